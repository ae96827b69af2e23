"""What a TIFF's tags hold, before Pillow turns them into Python objects (TIFF 6.0, section 2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from finder.core.errors import Reason, SkippedPicture
from finder.core.pictures.mapped_file import Bytes

_MOST_NUMBERS = 500_000
"""In all tags together: where each strip lies and how long it is. Pillow makes 40 to 200 bytes of
each, and as much again of each tile."""

_MOST_ENTRIES = 10_000
_COPIES = 3
_BYTES = {1: 1, 2: 1, 7: 1}
_NUMBERS = {3: 2, 4: 4, 5: 8, 6: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
"""A type's number and the bytes of one value; the first ones are kept as bytes."""

_LAYOUT = (256, 257, 258, 277, 278, 284, 322, 323)
"""Sizes, tiles and strips. What Pillow does not understand of these, libtiff may."""

_DIRECTORIES = (34_665, 34_853, 40_965)
"""Tags that tell where EXIF, GPS and interoperability directories are."""


def check_tags(data: Bytes) -> int:
    """Bytes of memory that the tags will take, those of the picture and of its EXIF directories;
    0 for what is no TIFF. Raises SkippedPicture."""
    order: Literal["little", "big"] = "little" if data[:1] == b"I" else "big"
    version = int.from_bytes(data[2:4], order)
    if version not in (42, 43):
        return 0
    tags = _Tags(data, order, version == 43)
    waiting, seen = [tags.number(8 if tags.is_big else 4, tags.wide)], set[int]()
    text = numbers = 0
    while waiting:
        at = waiting.pop()
        if at in seen:
            continue
        seen.add(at)
        for tag in tags.directory(at):
            if tag.number in _DIRECTORIES:
                waiting.append(tag.value)
            if tag.number in _LAYOUT and tag.type not in _NUMBERS | _BYTES:
                raise SkippedPicture(Reason.DAMAGED, f"tag {tag.number} of type {tag.type}")
            text += tag.count * _BYTES.get(tag.type, 0)
            numbers += tag.count if tag.type in _NUMBERS else 0
    if numbers > _MOST_NUMBERS:
        raise SkippedPicture(Reason.DAMAGED, f"{numbers} numbers in its tags")
    return text * _COPIES


@dataclass(frozen=True)
class _Tag:
    """value: of a tag that holds one number. count: 0 where the file is too short for it."""

    number: int
    type: int
    count: int
    value: int


class _Tags:
    def __init__(self, data: Bytes, order: Literal["little", "big"], is_big: bool) -> None:
        self._data, self._order, self.is_big = data, order, is_big
        self.wide = 8 if is_big else 4

    def number(self, at: int, size: int) -> int:
        part = self._data[at : at + size] if at < len(self._data) else b""
        return int.from_bytes(part, self._order)

    def directory(self, at: int) -> Iterator[_Tag]:
        counted = 8 if self.is_big else 2
        for number in range(min(self.number(at, counted), _MOST_ENTRIES)):
            entry = at + counted + number * (4 + 2 * self.wide)
            if entry >= len(self._data):
                return
            kind, count = self.number(entry + 2, 2), self.number(entry + 4, self.wide)
            size = count * (_BYTES.get(kind) or _NUMBERS.get(kind, 0))
            is_there = size <= len(self._data)
            value = self.number(entry + 4 + self.wide, self.wide)
            yield _Tag(self.number(entry, 2), kind, count if is_there else 0, value)
