"""Trainings that were interrupted: what is known of them without PyTorch.

Each has a folder below `Home.trainings`, with its name; `finder.train.run_folder` writes it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from finder.core.errors import FinderError
from finder.core.models.model_folders import require_name_free
from finder.core.small_files import read_json
from finder.core.training.run_lock import forget_training, is_running
from finder.core.training.settings import Epoch, Settings

if TYPE_CHECKING:
    from finder.core.paths import Home

RECORD: Final = "training.json"
"""What was recorded when it began."""
CURVES: Final = "training.json"
"""In the folder of a trained model: its curve, and as `settings` what was recorded."""
LAST: Final = "last.pt"
"""The state after the last epoch."""
EPOCHS: Final = "epochs.json"
"""The curve until then."""


@dataclass(frozen=True)
class Unfinished:
    """epochs: those that are done; empty if that cannot be read. batch: pictures at a time, None if
    that was not recorded."""

    settings: Settings
    epochs: tuple[Epoch, ...]
    batch: int | None = None


def unfinished_trainings(home: Home) -> list[Unfinished]:
    """Those with an epoch that is done, the newest first. Left out are those that are running, or
    whose name a model has, and what cannot be read."""
    found = [(_changed(folder), _read(home, folder)) for folder in _folders(home)]
    known = [(changed, one) for changed, one in found if changed and one is not None]
    return [one for _, one in sorted(known, key=lambda item: item[0], reverse=True)]


def remove_finished(home: Home) -> None:
    """Delete the states of trainings whose model is installed: processes that were killed just then
    leave them."""
    for folder in _folders(home):
        with suppress(OSError, ValueError, TypeError, KeyError, FinderError):
            installed = read_json(home.models / folder.name / CURVES)["settings"]
            if installed == read_json(folder / RECORD):
                forget_training(home, folder.name)


def _folders(home: Home) -> list[Path]:
    try:
        return [Path(entry.path) for entry in os.scandir(home.trainings) if entry.is_dir()]
    except OSError:
        return []


def _changed(folder: Path) -> int:
    """When its last epoch ended, in nanoseconds; 0 if none has."""
    try:
        return (folder / LAST).stat().st_mtime_ns
    except OSError:
        return 0


def _read(home: Home, folder: Path) -> Unfinished | None:
    try:
        record: dict[str, Any] = read_json(folder / RECORD)
        settings = Settings.of_record(record["settings"])
        require_name_free(home, settings.name)
    except (OSError, ValueError, TypeError, KeyError, FinderError):
        return None
    if settings.name != folder.name or is_running(folder):
        return None
    epochs: tuple[Epoch, ...] = ()
    with suppress(OSError, ValueError, TypeError):
        epochs = tuple(map(Epoch.of_record, read_json(folder / EPOCHS)))
    batch = record.get("batch")
    is_usable = isinstance(batch, int) and batch > 0
    return Unfinished(settings, epochs, batch if is_usable else None)
