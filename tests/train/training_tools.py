"""What the tests of training share."""

from __future__ import annotations

import importlib.util
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest
from tqdm import tqdm

from finder.core.paths import Home
from finder.core.training.settings import Epoch, Method, Progress, Settings

if TYPE_CHECKING:
    from finder.train.training import Training

Result = TypeVar("Result")
Curve = list[tuple[float, ...]]
"""For each epoch its losses and accuracies; without the seconds, which no two runs share."""
tqdm.monitor_interval = 0  # the exporter's progress bar would leave a thread behind


def skip_without_torch() -> None:
    """Skip the calling module. Not importorskip: what is there but cannot be imported must fail."""
    if not all(importlib.util.find_spec(name) for name in ("torch", "torchvision", "onnxscript")):
        reason = "needs what the extra “train” brings: make test-train"
        pytest.skip(reason, allow_module_level=True)


def finished(work: Generator[Progress, None, Result]) -> Result:
    while True:
        try:
            next(work)
        except StopIteration as stop:
            found: Result = stop.value
            return found


def settings_for(pictures: Path, name: str = "mine", **others: object) -> Settings:
    """A small network from scratch on small pictures, unless others say something else."""
    usual = Settings(str(pictures), "scratch", Method.SCRATCH, name, epochs=3, side=32, batch=8)
    return replace(usual, **others)  # type: ignore[arg-type]


def prepared(home: Home, settings: Settings, restart: bool = False) -> Training:
    from finder.train.training import prepare  # not there without the extra

    return finished(prepare(home, settings, restart))


def curve(epochs: tuple[Epoch, ...]) -> Curve:
    return [(e.loss, e.accuracy, e.validation_loss, e.validation_accuracy) for e in epochs]
