"""Reads what the metadata says of pictures that were indexed before the catalogue had it.

No picture is decoded, and none is embedded. A run spends a bounded time on it, and the next one
goes on; a file that cannot be read now, or has changed, stays for it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from finder.core.errors import SkippedPicture
from finder.core.limits import WORKER_MEMORY
from finder.core.pictures.decode import read_description
from finder.core.pictures.file_reading import read_metadata
from finder.core.pictures.metadata.description import NOTHING, Description
from finder.core.pictures.scan import is_within_any

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue

SECONDS: Final = 20.0
"""For one run: enough for some ten thousand pictures on a local disk."""
_AT_ONCE: Final = 64
"""Pictures that are stored together."""
_FIRST: Final = -(1 << 63)


def describe_known(
    catalogue: Catalogue, folders: Sequence[str], offline: Collection[str], seconds: float = SECONDS
) -> Iterator[None]:
    """Of pictures in these folders, but not in those that are offline; yields after each few
    pictures, when all that was read is stored. Raises FinderError."""
    end = time.monotonic() + seconds
    for folder in folders:
        if is_within_any(folder, offline):
            continue
        last = _FIRST
        while time.monotonic() < end:
            files = catalogue.descriptions.unread(folder, last, _AT_ONCE)
            if not files:
                break
            last = files[-1][0]
            read = {
                picture: description
                for picture, path, size, mtime_ns in files
                if not is_within_any(path, offline)
                if (description := _read(path, size, mtime_ns)) is not None
            }
            with catalogue.transaction():
                for picture, description in read.items():
                    catalogue.descriptions.put(picture, description)
            yield


def _read(path: str, size: int, mtime_ns: int) -> Description | None:
    """None where the file is not as it was indexed, or cannot be read."""
    try:
        facts = os.stat(path, follow_symlinks=False)
        if (facts.st_size, facts.st_mtime_ns) != (size, mtime_ns):
            return None
        return read_description(read_metadata(path), WORKER_MEMORY) or NOTHING
    except (OSError, SkippedPicture):
        return None
