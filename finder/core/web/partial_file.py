"""What has come of a file that is being downloaded, kept in the library between the sittings."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from finder.core.small_files import read_json, write_json


class PartialFile:
    """What has come of a file, and from where: two small files that outlive a sitting."""

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
        """What the last server said of the file, if this is the one; else empty."""
        with suppress(OSError, ValueError):
            note = read_json(self._note)
            if isinstance(note, dict) and note.get("url") == url:
                return str(note.get("validator", ""))
        return ""

    def note(self, url: str, validator: str) -> None:
        write_json(self._note, {"url": url, "validator": validator})

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)


def remove_partial_file(folder: Path, sha256: str) -> None:
    """Once the file was used. Raises OSError."""
    PartialFile(folder, sha256).remove()


def partial_file_size(folder: Path, sha256: str) -> int:
    """Bytes that have come of a file."""
    return PartialFile(folder, sha256).size


def remove_partial_files_but(folder: Path, wanted: Iterable[str]) -> None:
    """Delete the parts of files that nobody will ask for again; wanted: SHA-256 sums."""
    keep = set(wanted)
    for path in folder.glob("*.part"):
        if path.stem not in keep:
            with suppress(OSError):
                PartialFile(folder, path.stem).remove()
