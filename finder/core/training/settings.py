"""What is trained and how; and what is known after each epoch."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Final, TypeVar, get_type_hints

from finder.core.errors import FinderError
from finder.core.i18n import tr

SCRATCH: Final = "scratch"
"""As a base: a small network of our own, with random weights."""

ADAM, SGD = "adam", "sgd"
_PACKAGES: Final = ("torch", "torchvision", "onnxscript", "safetensors")
INSTALL: Final = 'pip install "image-finder[train]"'

Record = TypeVar("Record")


class Method(StrEnum):
    """scratch: all weights, from random ones; transfer: the classifier alone; finetune: the last
    layers, or all, from those of the base."""

    SCRATCH = "scratch"
    TRANSFER = "transfer"
    FINETUNE = "finetune"


@dataclass(frozen=True)
class Settings:
    """base: “scratch”, a network of torchvision, or a model of the library. layers: how many of
    the last ones are fine-tuned, None for all. side: of the pictures, in pixels, None for the
    base's. batch: pictures at a time, None for what fits. weights: of a torchvision network.
    rate: the first learning rate of the classifier, None for the method's. patience: epochs
    without a better validation loss after which it ends."""

    folder: str
    base: str
    method: Method
    name: str
    layers: int | None = None
    epochs: int = 20
    seed: int = 0
    side: int | None = None
    batch: int | None = None
    weights: str = "imagenet"
    optimiser: str = ADAM
    rate: float | None = None
    patience: int = 5

    def as_record(self) -> dict[str, Any]:
        return {**asdict(self), "method": str(self.method)}

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Settings:
        """Raises ValueError if it is not one of `as_record`."""
        try:
            return _of_record(cls, {**record, "method": Method(record["method"])})
        except (KeyError, TypeError) as error:
            raise ValueError(error) from error

    def differing(self, record: Mapping[str, Any]) -> list[str]:
        """The names of what differs from these recorded settings, other than the batch: a training
        that ran out of memory goes on with a smaller one."""
        own = self.as_record()
        return sorted(k for k in own if k != "batch" and record.get(k) != own[k])

    def with_full_paths(self) -> Settings:
        """Another process may be in another folder."""
        weights = os.path.abspath(os.path.expanduser(self.weights))
        is_word = self.weights == Settings.weights
        return self if is_word or not os.path.isfile(weights) else replace(self, weights=weights)

    def is_done(self, epochs: tuple[Epoch, ...]) -> bool:
        """Whether all epochs are done, or the validation loss has not become lower for long."""
        if not epochs:
            return False
        since = len(epochs) - best_of(epochs).number
        return len(epochs) >= self.epochs or since >= self.patience

    @property
    def head_rate(self) -> float:
        """The learning rate of the classifier at the beginning."""
        if self.rate is not None:
            return self.rate
        adam = 1e-3
        return adam if self.optimiser == ADAM else 10 * adam

    @property
    def network_rate(self) -> float:
        """That of the other weights: a tenth where they have learned something before."""
        return self.head_rate * (0.1 if self.method is Method.FINETUNE else 1.0)


@dataclass(frozen=True)
class Epoch:
    """One pass over the training part. number: from 1; accuracies: 0 … 1; those of the training
    part are measured on the altered pictures, while it learns."""

    number: int
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Epoch:
        """Raises ValueError if it is not one of `asdict`."""
        try:
            return _of_record(cls, record)
        except TypeError as error:
            raise ValueError(error) from error


@dataclass(frozen=True)
class Progress:
    """doing: a sentence; share: of this step, 0 … 1; epochs: those that are done; seconds_left: of
    the whole training, None while unknown."""

    doing: str
    share: float
    epochs: tuple[Epoch, ...] = ()
    seconds_left: float | None = None


def best_of(epochs: tuple[Epoch, ...]) -> Epoch:
    """The first one with the lowest validation loss."""
    return min(epochs, key=lambda epoch: epoch.validation_loss)


def missing_packages() -> list[str]:
    """Those of the extra “train” that are not installed."""
    importlib.invalidate_caches()
    return [name for name in _PACKAGES if importlib.util.find_spec(name) is None]


def require_packages() -> None:
    """Raises FinderError if one of the extra's packages is not installed."""
    missing = missing_packages()
    if missing:
        raise FinderError(
            tr("Training needs packages that are not installed: {names}.").format(
                names=", ".join(missing)
            ),
            tr("Install them: {command}.").format(command=INSTALL),
        )


def _of_record(kind: type[Record], record: Mapping[str, Any]) -> Record:
    """Raises ValueError for a value of another type, TypeError for other names."""
    types = get_type_hints(kind)
    for name, value in record.items():
        if name in types and not isinstance(value, types[name]):
            raise ValueError(f"{name}: {value!r}")
    return kind(**record)
