"""Long arrays, computed a piece at a time."""

from __future__ import annotations

from collections.abc import Iterator

_BLOCK = 16_384
"""What a few float64 arrays of this length need stays in the processor's cache."""


def blocks(length: int) -> Iterator[slice]:
    """Slices that follow each other and cover this length."""
    return (slice(start, start + _BLOCK) for start in range(0, length, _BLOCK))
