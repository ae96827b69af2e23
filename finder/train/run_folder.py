"""The state of a training that is not finished, in the library's folder: written after each epoch,
so that the same command goes on where a killed one has stopped."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import torch

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.small_files import read_json, write_json
from finder.core.training.run_lock import RunLock
from finder.core.training.unfinished import EPOCHS, LAST, RECORD

if TYPE_CHECKING:
    from finder.core.paths import Home

_BEST: Final = "best.pt"


class RunFolder:
    """The folder of the training with this name, held by this process until it is closed.

    Raises FinderError if another process holds it, or it cannot be made.
    """

    def __init__(self, home: Home, name: str) -> None:
        self.path = home.trainings / name
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = RunLock(self.path)
        except OSError as error:
            raise _not_saved(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._lock.release()

    def clear(self) -> None:
        """Forget the state; the folder stays held."""
        for name in (LAST, EPOCHS, _BEST, RECORD):
            (self.path / name).unlink(missing_ok=True)

    def remove(self) -> None:
        """The training is finished."""
        self._lock.remove_folder()

    def record(self) -> dict[str, Any] | None:
        """What was recorded when it began; None before an epoch is done, and if it cannot be
        read."""
        if not self.has_epoch:
            return None
        try:
            found = read_json(self.path / RECORD)
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def begin(self, record: dict[str, Any]) -> None:
        self._write(RECORD, record)

    def save_best(self, state: dict[str, Any]) -> None:
        """Raises FinderError, as `save_last` does."""
        self._save(_BEST, state)

    def save_last(self, state: dict[str, Any]) -> None:
        """Last of an epoch: what it says is complete."""
        self._save(LAST, state)
        self._write(EPOCHS, state["epochs"])

    @property
    def has_epoch(self) -> bool:
        """Whether the state after an epoch is there."""
        return (self.path / LAST).is_file()

    def best(self) -> dict[str, Any] | None:
        return self._load(_BEST)

    def last(self) -> dict[str, Any] | None:
        return self._load(LAST)

    def _write(self, name: str, value: object) -> None:
        try:
            write_json(self.path / name, value)
        except OSError as error:
            raise _not_saved(error) from error

    def _save(self, name: str, state: dict[str, Any]) -> None:
        content = io.BytesIO()
        torch.save(state, content)
        part = self.path / f"{name}.part"
        try:
            with open(part, "wb") as file:
                file.write(content.getbuffer())
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, self.path / name)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise _not_saved(error) from error

    def _load(self, name: str) -> dict[str, Any] | None:
        """None if it is not there. Raises FinderError if it is damaged."""
        path: Path = self.path / name
        if not path.is_file():
            return None
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:  # each kind of damage raises another class
            raise FinderError(
                tr("The saved state of this training is damaged: {file}.").format(file=path),
                tr("Use --restart to forget it."),
            ) from error
        return state


def _not_saved(error: OSError) -> FinderError:
    return FinderError(
        tr("The state of the training could not be saved: {why}.").format(why=error),
        tr("Free some space, then start it again: the epochs that are done are kept."),
    )
