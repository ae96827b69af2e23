"""A training from the folder to the model of the library."""

from __future__ import annotations

import os
from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from finder.convert.source import plain_name
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.indexing.index_run import require_folder
from finder.core.models.model_folders import require_name_free
from finder.core.models.spec import NAME
from finder.core.training.settings import Epoch, Method, Progress, Settings
from finder.train.bases import Base, is_to_download, open_base
from finder.train.batches import Batches
from finder.train.classifier import Classifier
from finder.train.decoded_pictures import DecodedPictures
from finder.train.devices import best_device, fitting_batch, free_memory
from finder.train.labelled_folder import Split, read_split
from finder.train.loop import Loop
from finder.train.measuring import retrieval
from finder.train.run_folder import RunFolder
from finder.train.trained_model import TrainedModel, save_trained

if TYPE_CHECKING:
    from finder.core.paths import Home

_KEPT_SHARE = 0.25


class Training:
    """One that is ready to run, or to go on. Close it in any case."""

    def __init__(
        self,
        home: Home,
        settings: Settings,
        base: Base,
        split: Split,
        loop: Loop,
        run: RunFolder,
        batches: Batches,
        record: dict[str, Any],
    ) -> None:
        self.settings, self.base, self.split, self.batches = settings, base, split, batches
        self.record = record
        self._home, self._loop, self._run = home, loop, run

    @property
    def epochs(self) -> tuple[Epoch, ...]:
        """Those that are done."""
        return tuple(self._loop.epochs)

    @property
    def classifier(self) -> Classifier:
        classifier: Classifier = self._loop.classifier
        return classifier

    def run(self) -> Generator[Progress]:
        """Until the last epoch, or until no more is gained. Closing it stops the training; `keep`
        has the best epoch then, too. Raises FinderError."""
        return self._loop.run()

    def keep(self) -> Generator[Progress, None, TrainedModel]:
        """Measure the best epoch on the test part, add it to the library as a model, and forget the
        state of the training. Raises FinderError; the state is kept then."""
        best = self._run.best()
        if best is None:
            raise FinderError(
                tr("No epoch is done yet: there is nothing to keep."), tr("Start it again.")
            )
        self.classifier.restore(best["state"])
        known = tuple(Epoch(**record) for record in best["epochs"])
        epochs = max(self.epochs, known, key=len)  # the last one may not be recorded yet
        model = yield from save_trained(self._home, self, epochs)
        self._run.remove()
        return model

    def close(self) -> None:
        self._run.close()


def prepare(
    home: Home, settings: Settings, restart: bool = False
) -> Generator[Progress, None, Training]:
    """Open the network, read the pictures, and find the state of the same training if it was
    interrupted. Raises FinderError."""
    settings = _checked(home, settings)
    run = RunFolder(home, settings.name)
    try:
        if not run.has_epoch:
            run.clear()
        record = None if restart else run.record()
        _require_same(settings, record)
        training = yield from _prepared(home, settings, run, record, restart)
    except BaseException:
        if run.has_epoch:
            run.close()
        else:
            run.remove()
        raise
    return training


def _prepared(
    home: Home, settings: Settings, run: RunFolder, record: dict[str, Any] | None, restart: bool
) -> Generator[Progress, None, Training]:
    yield Progress(tr("Opening the network …"), 0.0)
    if is_to_download(home, settings):
        yield Progress(tr("Downloading the weights …"), 0.0)
    device = best_device()
    base = open_base(home, settings)
    memory = free_memory(torch.device("cpu"))
    pictures = DecodedPictures(base.input.decode_side, int(memory * _KEPT_SHARE))
    split = yield from read_split(settings.folder, settings.seed, pictures)
    torch.manual_seed(settings.seed)
    classifier = Classifier(base.network, base.dimension, len(split.names))
    classifier.choose(settings.method, settings.layers)
    given = base.input
    size = settings.batch or (record or {}).get("batch")
    size = size or fitting_batch(base.network, given.height, given.width, free_memory(device))
    batches = Batches(pictures, given, int(size), max(1, os.cpu_count() or 1))
    identity = {"pictures": split.digest, "base": base.identity}
    if record is None:
        before = yield from _before(settings, base, split, batches)
        record = {"settings": settings.as_record(), **identity, "batch": size, "base_map": before}
        if restart:  # not before: what cannot begin loses nothing
            run.clear()
        run.begin(record)
    elif any(record.get(key) != value for key, value in identity.items()):
        raise FinderError(
            tr("The pictures or the network have changed since this training began."),
            tr("Use --restart to forget it, or another --name."),
        )
    elif record.get("batch") != size:
        record = {**record, "batch": size}
        run.begin(record)
    loop = Loop(classifier, split, batches, settings, run, device)
    return Training(home, settings, base, split, loop, run, batches, record)


def _before(
    settings: Settings, base: Base, split: Split, batches: Batches
) -> Generator[Progress, None, float | None]:
    """How well the base finds pictures of the test part's labels, before it learns them; None for
    random weights."""
    if settings.method is Method.SCRATCH:
        return None
    yield Progress(tr("Measuring the network as it is …"), 0.0)
    return retrieval(base.network, split.test, split.validation, batches)


def _checked(home: Home, settings: Settings) -> Settings:
    """With absolute paths. Raises FinderError before any work."""
    if not NAME.fullmatch(settings.name):
        raise FinderError(
            tr("“{name}” is not a valid model name.").format(name=settings.name),
            tr("Use a-z, 0-9, “.”, “_” and “-”, like this: {name}.").format(
                name=plain_name(settings.name)
            ),
        )
    require_name_free(home, settings.name)
    if settings.layers is not None and settings.method is not Method.FINETUNE:
        raise FinderError(
            tr("The number of layers says how many layers are fine-tuned."),
            tr("Use --method finetune, or leave out --layers."),
        )
    return replace(settings.with_full_paths(), folder=require_folder(settings.folder))


def _require_same(settings: Settings, record: dict[str, Any] | None) -> None:
    if record is None:
        return
    differing = settings.differing(record.get("settings", {}))
    if differing:
        raise FinderError(
            tr("An unfinished training called “{name}” has other settings: {names}.").format(
                name=settings.name, names=", ".join(differing)
            ),
            tr("Use the same settings to go on with it, or --restart to forget it."),
        )
