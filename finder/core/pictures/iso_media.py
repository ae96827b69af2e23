"""What an AVIF or HEIC file says of itself in its boxes (ISO/IEC 14496-12, 23008-12, AVIF 1.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from finder.core.errors import Reason, SkippedPicture
from finder.core.pictures.av1 import frame_pixels
from finder.core.pictures.format_headers import EXIF_BYTES, METADATA_BYTES
from finder.core.pictures.mapped_file import Bytes

_MOST_BOXES = 100_000
_MOST_ITEMS = 10_000
_MOST_SAMPLES = 200_000
"""Frames of an animation: an hour at 50 in a second. libavif makes a list of all of them."""

_FORBIDDEN = (b"iovl", b"unci", b"mski", b"tili")
"""Pictures put together from others at a size of their own, or without any compression: no camera
or program writes them."""

Box = tuple[bytes, int, int]
"""Type, where its content begins, where it ends."""


@dataclass(frozen=True)
class Coded:
    """pixels: of all AV1 frames that are decoded together, by what the streams say. canvases: the
    sizes of pictures that are put together from tiles."""

    pixels: int
    canvases: tuple[tuple[int, int], ...]


def check_boxes(data: Bytes) -> Coded:
    """Raises SkippedPicture."""
    pixels, canvases = 0, list[tuple[int, int]]()
    for kind, start, end in _boxes(data, 0, len(data)):
        if kind == b"meta":
            items = _Items(data, start + 4, end)
            pixels += items.av1_pixels()
            canvases += items.canvases()
        elif kind == b"moov":
            _check_size_of(b"moov", end - start, METADATA_BYTES)
            pixels += sum(_track_pixels(data, track) for track in _boxes(data, start, end))
    return Coded(pixels, tuple(canvases))


def _boxes(data: Bytes, at: int, end: int) -> Iterator[Box]:
    for _ in range(_MOST_BOXES):
        head = data[at : min(at + 16, end)]
        if len(head) < 8:
            return
        size, start = _number(head[:4]), at + 8
        if size == 1:
            size, start = _number(head[8:16]), at + 16
        stop = min(end, at + size) if size else end
        if stop < start:
            return
        yield head[4:8], start, stop
        at = stop
    raise SkippedPicture(Reason.DAMAGED, f"more than {_MOST_BOXES} boxes")


def _number(part: bytes) -> int:
    return int.from_bytes(part, "big")


def _check_size_of(kind: bytes, size: int, most: int) -> None:
    if size > most:
        raise SkippedPicture(Reason.DAMAGED, f"{size} bytes of {kind.decode('latin-1')}")


class _Items:
    """The items of a file's `meta` box."""

    def __init__(self, data: Bytes, start: int, end: int) -> None:
        self._data = data
        self._idat = (0, 0)
        self._kinds: dict[int, bytes] = {}
        self._places: dict[int, tuple[int, list[tuple[int, int]]]] = {}
        _check_size_of(b"meta", end - start, METADATA_BYTES)
        for kind, first, last in _boxes(data, start, end):
            if kind == b"iinf":
                self._read_kinds(first, last)
            elif kind == b"iloc":
                self._read_places(_Reader(data, first, last))
            elif kind == b"idat":
                self._idat = first, last
        self._check_kinds()

    def _read_kinds(self, first: int, last: int) -> None:
        counted = 2 if self._data[first] == 0 else 4
        for kind, start, _ in _boxes(self._data, first + 4 + counted, last):
            if kind == b"infe":
                wide = 2 if self._data[start] >= 3 else 0
                entry = self._data[start + 4 : start + 12 + wide]
                self._kinds[_number(entry[: 2 + wide])] = entry[4 + wide : 8 + wide]

    def _read_places(self, box: _Reader) -> None:
        version = box.take(1)
        box.take(3)
        sizes = box.take(2)
        offset, length, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
        for _ in range(min(box.take(4 if version == 2 else 2), _MOST_ITEMS)):
            item = box.take(4 if version == 2 else 2)
            method = box.take(2) & 15 if version else 0
            box.take(2)
            begin = box.take(base)
            extents = []
            for _ in range(box.take(2)):
                if box.is_over:
                    break
                box.take(index if version else 0)
                at = begin + box.take(offset)
                extents.append((at, box.take(length)))
            self._places.setdefault(item, (method, extents))

    def _check_kinds(self) -> None:
        exif = 0
        for item, kind in self._kinds.items():
            if kind in _FORBIDDEN:
                raise SkippedPicture(Reason.DAMAGED, f"an item of type {kind.decode('latin-1')}")
            if kind == b"Exif":
                exif += sum(length for _, length in self._places.get(item, (0, []))[1])
        _check_size_of(b"Exif", min(exif, len(self._data)), EXIF_BYTES)

    def _content(self, item: int, most: int | None = None) -> bytes:
        method, extents = self._places.get(item, (0, []))
        base, end = self._idat if method == 1 else (0, len(self._data))
        parts = []
        for at, length in extents:
            start = base + at
            parts.append(self._data[start : min(start + length if length else end, end)][:most])
        return b"".join(parts)[:most]

    def av1_pixels(self) -> int:
        """Sum over the file's pictures: colours, transparency, tiles, previews."""
        items = [item for item, kind in self._kinds.items() if kind == b"av01"]
        return sum(frame_pixels(self._content(item)) for item in items)

    def canvases(self) -> list[tuple[int, int]]:
        """ISO/IEC 23008-12, 6.6.2.3.2."""
        found = []
        for item, kind in self._kinds.items():
            if kind == b"grid":
                grid = self._content(item, 12)
                side = 4 if grid[1:2] and grid[1] & 1 else 2
                found.append((_number(grid[4 : 4 + side]), _number(grid[4 + side : 4 + 2 * side])))
        return found


class _Reader:
    """Numbers one after the other. Past the end there are zeros."""

    def __init__(self, data: Bytes, at: int, end: int) -> None:
        self._data, self._at, self._end = data, at, end

    @property
    def is_over(self) -> bool:
        return self._at >= self._end

    def take(self, size: int) -> int:
        part = self._data[self._at : min(self._at + size, self._end)]
        self._at += size
        return _number(part)


_INSIDE_TRACK = (b"mdia", b"minf", b"stbl")


def _track_pixels(data: Bytes, track: Box) -> int:
    """AV1 pixels of the first frame of an animation's track."""
    if track[0] != b"trak":
        return 0
    chunk, samples, is_av1, first_size = 0, 0, False, 0
    waiting = [track]
    while waiting:
        _, start, end = waiting.pop()
        for kind, first, last in _boxes(data, start, end):
            if kind in _INSIDE_TRACK:
                waiting.append((kind, first, last))
            elif kind in (b"stco", b"co64") and not chunk:
                wide = 4 if kind == b"stco" else 8
                chunk = _number(data[first + 8 : min(last, first + 8 + wide)])
            elif kind == b"stsz":
                samples = max(samples, _number(data[first + 8 : first + 12]))
                first_size = _number(data[first + 4 : first + 8]) or _number(
                    data[first + 12 : first + 16]
                )
            elif kind == b"stsd":
                is_av1 = data[first + 12 : first + 16] == b"av01"
    if samples > _MOST_SAMPLES:
        raise SkippedPicture(Reason.DAMAGED, f"{samples} frames")
    return frame_pixels(data[chunk : chunk + first_size]) if is_av1 else 0
