"""Reads a TIFF's tags before Pillow turns them into Python objects (TIFF 6.0, section 2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from finder.core.errors import Reason, SkippedPicture

if TYPE_CHECKING:
    from finder.core.pictures.mapped_file import Bytes

_MAX_NUMBERS = 500_000
"""In all tags together: mostly the offset and length of each strip. Pillow uses 40 to 200 bytes of
memory for each, and as much again for each tile."""

_MAX_ENTRIES = 10_000
_TEXT_COPIES = 3
_TEXT_SIZES = {1: 1, 2: 1, 7: 1}
_NUMBER_SIZES = {3: 2, 4: 4, 5: 8, 6: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
"""Type to bytes per value; Pillow keeps values of the first group as bytes."""

_LAYOUT_TAGS = (256, 257, 258, 277, 278, 284, 322, 323)
"""Sizes, tiles and strips. libtiff may accept types here that Pillow does not."""

_DIRECTORY_TAGS = (34_665, 34_853, 40_965)
"""Tags that hold the offsets of the EXIF, GPS and interoperability directories."""


def tag_memory(data: Bytes) -> int:
    """Bytes of memory that the tags of the picture and of its EXIF directories will take; 0 if the
    file is not a TIFF. Raises SkippedPicture."""
    order: Literal["little", "big"] = "little" if data[:1] == b"I" else "big"
    version = int.from_bytes(data[2:4], order)
    if version not in (42, 43):
        return 0
    reader = _TiffReader(data, order, version == 43)
    pending, seen = [reader.number(8 if reader.is_big else 4, reader.offset_size)], set[int]()
    text = numbers = 0
    while pending:
        at = pending.pop()
        if at in seen:
            continue
        seen.add(at)
        for tag in reader.directory(at):
            if tag.number in _DIRECTORY_TAGS:
                pending.append(tag.value)
            if tag.number in _LAYOUT_TAGS and tag.type not in _NUMBER_SIZES | _TEXT_SIZES:
                raise SkippedPicture(Reason.DAMAGED, f"tag {tag.number} of type {tag.type}")
            text += tag.count * _TEXT_SIZES.get(tag.type, 0)
            numbers += tag.count if tag.type in _NUMBER_SIZES else 0
    if numbers > _MAX_NUMBERS:
        raise SkippedPicture(Reason.DAMAGED, f"{numbers} numbers in its tags")
    return text * _TEXT_COPIES


@dataclass(frozen=True)
class _Tag:
    """value: of a tag that holds one number. count: 0 if the file is too short for its values."""

    number: int
    type: int
    count: int
    value: int


class _TiffReader:
    def __init__(self, data: Bytes, order: Literal["little", "big"], is_big: bool) -> None:
        self._data, self._order, self.is_big = data, order, is_big
        self.offset_size = 8 if is_big else 4

    def number(self, at: int, size: int) -> int:
        part = self._data[at : at + size] if at < len(self._data) else b""
        return int.from_bytes(part, self._order)

    def directory(self, at: int) -> Iterator[_Tag]:
        count_size = 8 if self.is_big else 2
        for number in range(min(self.number(at, count_size), _MAX_ENTRIES)):
            entry = at + count_size + number * (4 + 2 * self.offset_size)
            if entry >= len(self._data):
                return
            kind, count = self.number(entry + 2, 2), self.number(entry + 4, self.offset_size)
            size = count * (_TEXT_SIZES.get(kind) or _NUMBER_SIZES.get(kind, 0))
            is_complete = size <= len(self._data)
            value = self.number(entry + 4 + self.offset_size, self.offset_size)
            yield _Tag(self.number(entry, 2), kind, count if is_complete else 0, value)
