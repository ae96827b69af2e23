"""Trainings that were interrupted: what is known of them without PyTorch.

Each has a folder below `Home.trainings`, with its name; `finder.train.run_folder` writes it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from finder.core.small_files import read_json
from finder.core.training.settings import Epoch, Settings

if TYPE_CHECKING:
    from finder.core.paths import Home

RECORD: Final = "training.json"
"""What was recorded when it began."""
LAST: Final = "last.pt"
"""The state after the last epoch."""
EPOCHS: Final = "epochs.json"
"""The curve until then."""


@dataclass(frozen=True)
class Unfinished:
    """epochs: those that are done; empty if that cannot be read."""

    settings: Settings
    epochs: tuple[Epoch, ...]


def unfinished_trainings(home: Home) -> list[Unfinished]:
    """Those with an epoch that is done, the newest first. What cannot be read is left out."""
    folders: list[Path] = []
    with suppress(OSError):
        folders = [Path(entry.path) for entry in os.scandir(home.trainings) if entry.is_dir()]
    found = [(_changed(folder), _read(folder)) for folder in folders]
    known = [(changed, one) for changed, one in found if changed and one is not None]
    return [one for _, one in sorted(known, key=lambda item: item[0], reverse=True)]


def _changed(folder: Path) -> int:
    """When its last epoch ended, in nanoseconds; 0 if none has."""
    try:
        return (folder / LAST).stat().st_mtime_ns
    except OSError:
        return 0


def _read(folder: Path) -> Unfinished | None:
    try:
        settings = Settings.of_record(read_json(folder / RECORD)["settings"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    if settings.name != folder.name:
        return None
    epochs: tuple[Epoch, ...] = ()
    with suppress(OSError, ValueError, TypeError):
        epochs = tuple(map(Epoch.of_record, read_json(folder / EPOCHS)))
    return Unfinished(settings, epochs)
