"""The queries that back and forward lead to."""

from __future__ import annotations

from finder.jobs.query_facts import Asked

_LONGEST = 50


class History:
    """Places in the order of visiting; None is the start page, which is the first one."""

    def __init__(self) -> None:
        self._places: list[Asked | None] = [None]
        self._at = 0

    @property
    def current(self) -> Asked | None:
        return self._places[self._at]

    def can_move(self, step: int) -> bool:
        """step: −1 back, +1 forward."""
        return 0 <= self._at + step < len(self._places)

    def move(self, step: int) -> Asked | None:
        self._at += step
        return self.current

    def add(self, source: Asked | None) -> None:
        """What was ahead of the current place is gone."""
        if source is self.current:
            return
        self._places[self._at + 1 :] = [source]
        del self._places[:-_LONGEST]
        self._at = len(self._places) - 1

    def replace_current(self, source: Asked) -> None:
        self._places[self._at] = source
