"""Counts the scans of a JPEG: each one costs the decoder a pass over the whole picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from finder.core.pictures.mapped_file import Bytes

_START_OF_SCAN = 0xDA
_CHUNK = 1 << 16


def count_scans(data: Bytes) -> int:
    """Start-of-scan markers anywhere in the file: an upper bound of the scans.

    numpy releases the GIL, which `bytes.count` does not, and takes a seventh of its time.
    """
    values = np.frombuffer(data, np.uint8)
    found = 0
    for begin in range(0, len(values) - 1, _CHUNK):
        part = values[begin : begin + _CHUNK + 1]
        found += int(np.count_nonzero((part[:-1] == 0xFF) & (part[1:] == _START_OF_SCAN)))
    return found
