"""The order of the columns, and which are hidden, as the user arranged them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from finder.core.search.agreement import COMBINED


@dataclass(frozen=True)
class ColumnOrder:
    """Both by the models' names, so that they last over restarts and other choices of models.
    order: as arranged; models that it does not name follow in their own order. The column of the
    combined ranking is always the first one, and never hidden."""

    order: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    def arranged(self, keys: Sequence[str]) -> list[str]:
        """The keys in this order, the hidden ones included."""
        placed = [key for key in self.order if key in keys and key != COMBINED]
        others = [key for key in keys if key not in placed and key != COMBINED]
        return [*([COMBINED] if COMBINED in keys else []), *placed, *others]

    def shown(self, keys: Sequence[str]) -> list[str]:
        """What is not hidden, in this order; all, if no model were left."""
        arranged = self.arranged(keys)
        shown = [key for key in arranged if key == COMBINED or key not in self.hidden]
        return shown if any(key != COMBINED for key in shown) else arranged

    def can_move(self, key: str, step: int, keys: Sequence[str]) -> bool:
        """step: −1 or +1."""
        return self.moved(key, step, keys) != self

    def moved(self, key: str, step: int, keys: Sequence[str]) -> ColumnOrder:
        """The column changes places with its neighbour among those shown."""
        shown, arranged = self.shown(keys), self.arranged(keys)
        if key not in shown or key == COMBINED:
            return self
        to = shown.index(key) + step
        if not 0 <= to < len(shown) or shown[to] == COMBINED:
            return self
        here, there = arranged.index(key), arranged.index(shown[to])
        arranged[here], arranged[there] = arranged[there], arranged[here]
        kept = [name for name in self.order if name not in keys]
        order = [name for name in arranged if name != COMBINED]
        return ColumnOrder((*order, *kept), self.hidden)

    def can_hide(self, key: str, keys: Sequence[str]) -> bool:
        """The last model stays."""
        return key != COMBINED and any(k not in (key, COMBINED) for k in self.shown(keys))

    def with_hidden(self, key: str) -> ColumnOrder:
        return ColumnOrder(self.order, (*self.hidden, key))

    def with_all(self) -> ColumnOrder:
        return ColumnOrder(self.order)
