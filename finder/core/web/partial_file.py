"""The unfinished file of a download, kept in the library until it is complete."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from finder.core.small_files import read_json, write_json


class PartialFile:
    """The bytes downloaded so far, and a note of where they came from, as two files."""

    def __init__(self, folder: Path, sha256: str) -> None:
        self.path = folder / f"{sha256}.part"
        self._note = folder / f"{sha256}.json"

    @property
    def size(self) -> int:
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def validator(self, url: str) -> str:
        """The validator of the last response from this URL; empty if there is none."""
        with suppress(OSError, ValueError):
            note = read_json(self._note)
            if isinstance(note, dict) and note.get("url") == url:
                return str(note.get("validator", ""))
        return ""

    def save_source(self, url: str, validator: str) -> None:
        write_json(self._note, {"url": url, "validator": validator})

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)


def remove_partial_file(folder: Path, sha256: str) -> None:
    """Delete the unfinished file of a download. Raises OSError."""
    PartialFile(folder, sha256).remove()


def partial_file_size(folder: Path, sha256: str) -> int:
    """Bytes downloaded so far."""
    return PartialFile(folder, sha256).size


def remove_other_partial_files(folder: Path, keep: Iterable[str]) -> None:
    """Delete the unfinished files whose SHA-256 is not among those to keep."""
    kept = set(keep)
    for path in folder.glob("*.part"):
        if path.stem not in kept:
            with suppress(OSError):
                PartialFile(folder, path.stem).remove()
