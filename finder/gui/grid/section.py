"""A part of a grid under a header."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """Some successive pictures under a common title."""

    title: str
    start: int
    count: int
