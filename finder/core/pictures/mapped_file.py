"""Access to a large file's bytes through a memory map, without a copy."""

from __future__ import annotations

import io
import mmap
from typing import BinaryIO, cast


class MappedFile(mmap.mmap):
    """A read-only memory map of an open file, with the methods of `bytes` that are needed.

    If the file is truncated meanwhile, reading the missing part kills the process (SIGBUS).
    """

    @classmethod
    def open(cls, descriptor: int) -> MappedFile:
        """Raises OSError; ValueError for an empty file."""
        return cls(descriptor, 0, access=mmap.ACCESS_READ)

    def count(self, part: bytes) -> int:
        """The number of non-overlapping occurrences, like `bytes.count`."""
        count, at = 0, self.find(part, 0)
        while at >= 0:
            count, at = count + 1, self.find(part, at + len(part))
        return count


Bytes = bytes | MappedFile
"""A file's content."""


def open_stream(data: Bytes) -> BinaryIO:
    """A new stream over the content, with a position of its own."""
    if isinstance(data, MappedFile):
        return cast(BinaryIO, _MappedStream(data))
    return io.BytesIO(data)


class _MappedStream(io.RawIOBase):
    def __init__(self, data: MappedFile) -> None:
        self._data = data
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: len(self._data)}[whence]
        if base + offset < 0:
            raise ValueError("a position before the beginning")
        self._position = base + offset
        return self._position

    def read(self, size: int | None = -1, /) -> bytes:
        start = min(self._position, len(self._data))
        end = len(self._data) if size is None or size < 0 else start + size
        part = self._data[start:end]
        self._position += len(part)
        return part

    def getvalue(self) -> MappedFile:
        """The whole content, for libtiff: like `BytesIO.getvalue`, without a copy."""
        return self._data
