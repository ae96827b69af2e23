"""How many scans a JPEG has: each one costs the decoder a pass over the whole picture."""

from __future__ import annotations

import numpy as np

_SOI, _SOS, _EOI = 0xD8, 0xDA, 0xD9
_WITHOUT_LENGTH = frozenset({0x00, 0x01, _SOI, _EOI, *range(0xD0, 0xD8), 0xFF})
_SEQUENTIAL = (0xC0, 0xC1)  # SOF0 and SOF1: baseline and extended, Huffman coded
_CHUNK = 1 << 16


def count_scans(data: bytes) -> int:
    """The number of scans that a decoder may have to go through, at least 1.

    A sequential picture whose first scan has all its components has one scan: libjpeg refuses
    another. That is nearly every photograph, and its segments are few. In all other files, start of
    scan markers are counted in all the bytes.
    """
    return 1 if _has_one_scan(data) else max(1, _count_markers(data))


def _has_one_scan(data: bytes) -> bool:
    """Walks the segments before the first scan (ITU T.81, B.1.1.4). False for anything odd."""
    at, components = 2, 0
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] not in _WITHOUT_LENGTH:
        marker, start = data[at + 1], at + 4
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if length < 3 or start + length - 2 > len(data):
            return False
        if marker == _SOS:
            return 0 < components == data[start]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # a start of frame
            if marker not in _SEQUENTIAL or length < 8 or components:
                return False
            components = data[start + 5]
        at = start + length - 2
    return False


def _count_markers(data: bytes) -> int:
    """Start of scan markers anywhere in the file. numpy lets other threads run meanwhile, which
    `bytes.count` does not, and takes a fifth of its time."""
    values = np.frombuffer(data, np.uint8)
    found = 0
    for begin in range(0, len(values) - 1, _CHUNK):
        part = values[begin : begin + _CHUNK + 1]
        found += int(np.count_nonzero((part[:-1] == 0xFF) & (part[1:] == _SOS)))
    return found
