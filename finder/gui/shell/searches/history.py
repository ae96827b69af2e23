"""The places that back and forward lead to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter

if TYPE_CHECKING:
    from finder.jobs.query_facts import Asked

_LONGEST = 50


@dataclass(frozen=True)
class Place:
    """A query, or the start page (None), and the filter with which it was seen last."""

    asked: Asked | None = None
    filter: Filter = NO_FILTER


class History:
    """Places in the order of visiting; the first one is the start page."""

    def __init__(self) -> None:
        self._places = [Place()]
        self._at = 0

    @property
    def current(self) -> Place:
        return self._places[self._at]

    def can_move(self, step: int) -> bool:
        """step: −1 back, +1 forward."""
        return 0 <= self._at + step < len(self._places)

    def move(self, step: int) -> Place:
        self._at += step
        return self.current

    def add(self, asked: Asked | None) -> None:
        """The filter stays as it is. What was ahead of the current place is gone."""
        if asked is self.current.asked:
            return
        self._places[self._at + 1 :] = [replace(self.current, asked=asked)]
        del self._places[:-_LONGEST]
        self._at = len(self._places) - 1

    def drop_current(self) -> None:
        """Back to the place before, as if the current one had not been visited."""
        if self._at:
            del self._places[self._at]
            self._at -= 1

    def replace_query(self, asked: Asked) -> None:
        """The current place is of this query now."""
        self._places[self._at] = replace(self.current, asked=asked)

    def replace_filter(self, filter: Filter) -> None:
        """The current place has this filter now."""
        self._places[self._at] = replace(self.current, filter=filter)
