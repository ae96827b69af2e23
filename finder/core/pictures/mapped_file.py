"""A large file's bytes without a copy of them in memory."""

from __future__ import annotations

import io
import mmap
from typing import BinaryIO, cast


class MappedFile(mmap.mmap):
    """An open file's bytes, which the system reads as they are needed and may drop at any time.

    If the file is cut short meanwhile, reading the part that is gone ends the process (SIGBUS).
    """

    @classmethod
    def of(cls, descriptor: int) -> MappedFile:
        """Raises OSError; ValueError for an empty file."""
        return cls(descriptor, 0, access=mmap.ACCESS_READ)

    def count(self, part: bytes) -> int:
        """How often the part occurs, like `bytes.count`."""
        times, at = 0, self.find(part, 0)
        while at >= 0:
            times, at = times + 1, self.find(part, at + len(part))
        return times


Bytes = bytes | MappedFile
"""A file's content."""


def stream_of(data: Bytes) -> BinaryIO:
    """The content from its beginning, to be read; each stream has a place of its own in it."""
    if isinstance(data, MappedFile):
        return cast(BinaryIO, _MappedStream(data))
    return io.BytesIO(data)


class _MappedStream(io.RawIOBase):
    def __init__(self, data: MappedFile) -> None:
        self._data = data
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._data)}[whence]
        if base + offset < 0:
            raise ValueError("a place before the beginning")
        self._at = base + offset
        return self._at

    def read(self, size: int | None = -1, /) -> bytes:
        start = min(self._at, len(self._data))
        end = len(self._data) if size is None or size < 0 else start + size
        part = self._data[start:end]
        self._at += len(part)
        return part

    def getvalue(self) -> MappedFile:
        """All of it, for libtiff, which wants it at once: like a BytesIO's, without a copy."""
        return self._data
