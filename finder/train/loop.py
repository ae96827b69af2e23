"""The training itself: a plain generator. Pausing is not asking for the next step; stopping is
closing it, and the best epoch so far stays in the run folder."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from torch.nn import functional

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.training.settings import ADAM, Epoch, Progress, Settings, best_of
from finder.train.devices import is_out_of_memory

if TYPE_CHECKING:
    from finder.train.batches import Batch, Batches
    from finder.train.classifier import Classifier
    from finder.train.labelled_folder import Split
    from finder.train.run_folder import RunFolder

_UNEVEN: Final = 1.5
"""From this ratio of the largest label to the smallest, each label counts the same."""
_MOMENTUM, _DECAY = 0.9, 1e-4


@dataclass
class _Sums:
    """Over the pictures of a pass."""

    loss: float = 0.0
    correct: int = 0
    pictures: int = 0

    def add(self, loss: float, scores: Any, labels: Any) -> None:
        number = len(labels)
        self.loss += loss * number
        self.correct += int((scores.argmax(dim=1) == labels).sum())
        self.pictures += number

    def means(self) -> tuple[float, float]:
        return self.loss / max(1, self.pictures), self.correct / max(1, self.pictures)


class _Watch:
    """Seconds of work, without those between a step and the next."""

    def __init__(self) -> None:
        self._start, self._away = time.monotonic(), 0.0

    def paused(self, step: Progress) -> Generator[Progress]:
        left = time.monotonic()
        yield step
        self._away += time.monotonic() - left

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start - self._away


class Loop:
    """Trains a classifier, epoch by epoch. epochs: those that are done, also in an earlier process
    whose state the run folder has."""

    def __init__(
        self,
        classifier: Classifier,
        split: Split,
        batches: Batches,
        settings: Settings,
        run: RunFolder,
        device: Any,
    ) -> None:
        self.classifier, self.device = classifier.to(device), device
        self._split, self._batches, self._settings, self._run = split, batches, settings, run
        self._optimiser = _optimiser(classifier, settings)
        self._first_rates = [group["lr"] for group in self._optimiser.param_groups]
        self._scaler = torch.amp.GradScaler(device.type, enabled=device.type == "cuda")
        self._weights = _label_weights(split.sizes(), device)
        self._steps = batches.number(split.train)
        self.epochs: list[Epoch] = []
        last = run.last()
        if last is not None:
            self._resume(last)

    @property
    def is_done(self) -> bool:
        return self._settings.is_done(tuple(self.epochs))

    def run(self) -> Generator[Progress]:
        """Raises FinderError; the epochs that are done are kept then, too."""
        while not self.is_done:
            try:
                yield from self._epoch(len(self.epochs) + 1)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                raise self._out_of_memory() from error

    def _epoch(self, number: int) -> Generator[Progress]:
        torch.manual_seed(_seed_of(self._settings.seed, number))  # of dropout
        watch, sums = _Watch(), _Sums()
        self.classifier.learn()
        examples = self._split.train
        for at, batch in enumerate(
            self._batches.altered(examples, self._settings.seed, number), start=1
        ):
            self._set_rates((number - 1) * self._steps + at - 1)
            self._learn(batch, sums)
            yield from watch.paused(self._progress(number, at, watch.seconds))
        validation = _Sums()
        self.classifier.eval()
        for batch in self._batches.plain(self._split.validation):
            self._measure(batch, validation)
            yield from watch.paused(self._progress(number, self._steps, watch.seconds))
        epoch = Epoch(number, *sums.means(), *validation.means(), watch.seconds)
        self._require_finite(epoch)
        self._save([*self.epochs, epoch])
        self.epochs.append(epoch)
        yield self._progress(number, self._steps, 0.0)

    def _learn(self, batch: Batch, sums: _Sums) -> None:
        pictures, labels = (part.to(self.device) for part in batch)
        self._optimiser.zero_grad(set_to_none=True)
        with torch.autocast(self.device.type, enabled=self.device.type == "cuda"):
            scores = self.classifier(pictures)
        loss = functional.cross_entropy(scores.float(), labels, weight=self._weights)
        self._scaler.scale(loss).backward()
        self._scaler.step(self._optimiser)
        self._scaler.update()
        sums.add(float(loss.detach()), scores.detach(), labels)

    def _measure(self, batch: Batch, sums: _Sums) -> None:
        pictures, labels = (part.to(self.device) for part in batch)
        with torch.inference_mode():
            scores = self.classifier(pictures)
            loss = functional.cross_entropy(scores, labels)
        sums.add(float(loss), scores, labels)

    def _set_rates(self, step: int) -> None:
        """Half a cosine, from the first rate to nearly 0 at the end of the last epoch."""
        share = step / (self._settings.epochs * self._steps)
        for group, first in zip(self._optimiser.param_groups, self._first_rates, strict=True):
            group["lr"] = first * (1 + math.cos(math.pi * share)) / 2

    def _progress(self, number: int, done: int, seconds: float) -> Progress:
        epochs = self._settings.epochs
        doing = tr("Epoch {n} of {total}").format(n=number, total=epochs)
        return Progress(doing, done / self._steps, tuple(self.epochs), self._left(done, seconds))

    def _left(self, done: int, seconds: float) -> float | None:
        """Seconds until the last epoch is done; it may end earlier."""
        rest = self._settings.epochs - len(self.epochs)
        if self.epochs:
            each = float(np.mean([epoch.seconds for epoch in self.epochs]))
            return max(0.0, each * rest - seconds)
        return seconds * (self._steps * rest / done - 1) if done else None

    def _require_finite(self, epoch: Epoch) -> None:
        if math.isfinite(epoch.loss) and math.isfinite(epoch.validation_loss):
            return
        hint = tr("Use a lower --rate than {rate:g}.")
        if self.epochs:  # else there is nothing to forget
            hint = tr("Use --restart and a lower --rate than {rate:g}.")
        raise FinderError(
            tr("The training has become unstable in epoch {n}.").format(n=epoch.number),
            hint.format(rate=self._settings.head_rate),
        )

    def _out_of_memory(self) -> FinderError:
        size = self._batches.size
        hint = tr("Start it again with --batch {n}: the epochs that are done are kept.")
        if size < 2:
            hint = tr("Close other programs, or use a smaller --input or network.")
        return FinderError(
            tr("There is not enough memory to learn from {n} pictures at a time.").format(n=size),
            hint.format(n=max(1, size // 2)),
        )

    def _save(self, epochs: list[Epoch]) -> None:
        state = self.classifier.state()
        records = [asdict(one) for one in epochs]
        if best_of(tuple(epochs)) == epochs[-1]:
            self._run.save_best({"epochs": records, "state": state})
        self._run.save_last(
            {
                "epochs": records,
                "state": state,
                "optimiser": self._optimiser.state_dict(),
                "scaler": self._scaler.state_dict(),
            }
        )

    def _resume(self, last: dict[str, Any]) -> None:
        self.classifier.restore(last["state"])
        self._optimiser.load_state_dict(last["optimiser"])
        if last["scaler"]:
            self._scaler.load_state_dict(last["scaler"])
        self.epochs = [Epoch(**record) for record in last["epochs"]]


def _optimiser(classifier: Classifier, settings: Settings) -> Any:
    body = [weights for weights in classifier.network.parameters() if weights.requires_grad]
    groups = [{"params": list(classifier.head.parameters()), "lr": settings.head_rate}]
    if body:
        groups.append({"params": body, "lr": settings.network_rate})
    if settings.optimiser == ADAM:
        return torch.optim.Adam(groups)
    return torch.optim.SGD(groups, momentum=_MOMENTUM, weight_decay=_DECAY, nesterov=True)


def _label_weights(sizes: Sequence[int], device: Any) -> Any:
    """For the loss, where labels have very different numbers of pictures; else None."""
    if max(sizes) < _UNEVEN * min(sizes):
        return None
    weights = [sum(sizes) / (len(sizes) * size) for size in sizes]
    return torch.tensor(weights, dtype=torch.float32, device=device)


def _seed_of(seed: int, epoch: int) -> int:
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1)[0])
