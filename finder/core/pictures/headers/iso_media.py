"""Reads picture sizes from the boxes of AVIF and HEIC files (ISO/IEC 14496-12, 23008-12, AVIF
1.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.errors import Reason, SkippedPicture
from finder.core.pictures.headers.av1 import frame_pixels
from finder.core.pictures.headers.format_headers import MAX_EXIF_BYTES, MAX_METADATA_BYTES

if TYPE_CHECKING:
    from finder.core.pictures.mapped_file import Bytes

_MAX_BOXES = 100_000
_MAX_ITEMS = 10_000
_MAX_SAMPLES = 200_000
"""Frames of an animation: an hour at 50 per second. libavif builds a list of all of them."""

_FORBIDDEN = (b"iovl", b"unci", b"mski", b"tili")
"""Item types of pictures composed from others at any size, and of uncompressed ones. No camera or
program writes them."""

Box = tuple[bytes, int, int]
"""(type, start of the content, end of the content)."""


@dataclass(frozen=True)
class MediaSizes:
    """av1_pixels: of all AV1 frames that are in memory together, according to the streams.
    canvases: (width, height) of pictures composed from tiles."""

    av1_pixels: int
    canvases: tuple[tuple[int, int], ...]


def read_media_sizes(data: Bytes) -> MediaSizes:
    """Raises SkippedPicture."""
    pixels, canvases = 0, list[tuple[int, int]]()
    for kind, start, end in _boxes(data, 0, len(data)):
        if kind == b"meta":
            items = _Items(data, start + 4, end)
            pixels += items.av1_pixels()
            canvases += items.canvases()
        elif kind == b"moov":
            _require_box_size(b"moov", end - start, MAX_METADATA_BYTES)
            pixels += sum(_track_pixels(data, track) for track in _boxes(data, start, end))
    return MediaSizes(pixels, tuple(canvases))


def _boxes(data: Bytes, at: int, end: int) -> Iterator[Box]:
    for _ in range(_MAX_BOXES):
        head = data[at : min(at + 16, end)]
        if len(head) < 8:
            return
        size, start = _uint(head[:4]), at + 8
        if size == 1:
            size, start = _uint(head[8:16]), at + 16
        stop = min(end, at + size) if size else end
        if stop < start:
            return
        yield head[4:8], start, stop
        at = stop
    raise SkippedPicture(Reason.DAMAGED, f"more than {_MAX_BOXES} boxes")


def _uint(part: bytes) -> int:
    return int.from_bytes(part, "big")


def _require_box_size(kind: bytes, size: int, limit: int) -> None:
    if size > limit:
        raise SkippedPicture(Reason.DAMAGED, f"{size} bytes of {kind.decode('latin-1')}")


class _Items:
    """The items of a file's `meta` box."""

    def __init__(self, data: Bytes, start: int, end: int) -> None:
        self._data = data
        self._idat = (0, 0)
        self._types: dict[int, bytes] = {}
        self._locations: dict[int, tuple[int, list[tuple[int, int]]]] = {}
        _require_box_size(b"meta", end - start, MAX_METADATA_BYTES)
        for kind, first, last in _boxes(data, start, end):
            if kind == b"iinf":
                self._read_types(first, last)
            elif kind == b"iloc":
                self._read_locations(_Reader(data, first, last))
            elif kind == b"idat":
                self._idat = first, last
        self._reject_items()

    def _read_types(self, first: int, last: int) -> None:
        counted = 2 if self._data[first] == 0 else 4
        for kind, start, _ in _boxes(self._data, first + 4 + counted, last):
            if kind == b"infe":
                wide = 2 if self._data[start] >= 3 else 0
                entry = self._data[start + 4 : start + 12 + wide]
                self._types[_uint(entry[: 2 + wide])] = entry[4 + wide : 8 + wide]

    def _read_locations(self, box: _Reader) -> None:
        version = box.take(1)
        box.take(3)
        sizes = box.take(2)
        offset, length, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
        for _ in range(min(box.take(4 if version == 2 else 2), _MAX_ITEMS)):
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
            self._locations.setdefault(item, (method, extents))

    def _reject_items(self) -> None:
        exif = 0
        for item, kind in self._types.items():
            if kind in _FORBIDDEN:
                raise SkippedPicture(Reason.DAMAGED, f"an item of type {kind.decode('latin-1')}")
            if kind == b"Exif":
                exif += sum(length for _, length in self._locations.get(item, (0, []))[1])
        _require_box_size(b"Exif", min(exif, len(self._data)), MAX_EXIF_BYTES)

    def _content(self, item: int, limit: int | None = None) -> bytes:
        method, extents = self._locations.get(item, (0, []))
        base, end = self._idat if method == 1 else (0, len(self._data))
        parts = []
        for at, length in extents:
            start = base + at
            parts.append(self._data[start : min(start + length if length else end, end)][:limit])
        return b"".join(parts)[:limit]

    def av1_pixels(self) -> int:
        """Sum over all pictures in the file: colour, transparency, tiles, previews."""
        items = [item for item, kind in self._types.items() if kind == b"av01"]
        return sum(frame_pixels(self._content(item)) for item in items)

    def canvases(self) -> list[tuple[int, int]]:
        """ISO/IEC 23008-12, 6.6.2.3.2."""
        found = []
        for item, kind in self._types.items():
            if kind == b"grid":
                grid = self._content(item, 12)
                side = 4 if grid[1:2] and grid[1] & 1 else 2
                found.append((_uint(grid[4 : 4 + side]), _uint(grid[4 + side : 4 + 2 * side])))
        return found


class _Reader:
    """Reads consecutive integers. Past the end it returns 0."""

    def __init__(self, data: Bytes, at: int, end: int) -> None:
        self._data, self._at, self._end = data, at, end

    @property
    def is_over(self) -> bool:
        return self._at >= self._end

    def take(self, size: int) -> int:
        part = self._data[self._at : min(self._at + size, self._end)]
        self._at += size
        return _uint(part)


_TRACK_CONTAINERS = (b"mdia", b"minf", b"stbl")


def _track_pixels(data: Bytes, track: Box) -> int:
    """AV1 pixels of the first frame of an animation's track."""
    if track[0] != b"trak":
        return 0
    chunk, samples, is_av1, first_size = 0, 0, False, 0
    pending = [track]
    while pending:
        _, start, end = pending.pop()
        for kind, first, last in _boxes(data, start, end):
            if kind in _TRACK_CONTAINERS:
                pending.append((kind, first, last))
            elif kind in (b"stco", b"co64") and not chunk:
                wide = 4 if kind == b"stco" else 8
                chunk = _uint(data[first + 8 : min(last, first + 8 + wide)])
            elif kind == b"stsz":
                samples = max(samples, _uint(data[first + 8 : first + 12]))
                first_size = _uint(data[first + 4 : first + 8]) or _uint(
                    data[first + 12 : first + 16]
                )
            elif kind == b"stsd":
                is_av1 = data[first + 12 : first + 16] == b"av01"
    if samples > _MAX_SAMPLES:
        raise SkippedPicture(Reason.DAMAGED, f"{samples} frames")
    return frame_pixels(data[chunk : chunk + first_size]) if is_av1 else 0
