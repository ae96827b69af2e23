"""What the user folds and unfolds in the results."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from finder.core.search.stacks import NO_NEAR_DUPLICATES, NearDuplicates, foldable
from finder.gui.results.folding import Folding

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.core.search.matches import Match, Result
    from finder.gui.results.results_panel import ResultsPanel


class FoldingController(QObject):
    """Keeps what is open while a query is searched for again with other options."""

    def __init__(self, panel: ResultsPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._panel = panel
        self._folding = Folding()
        self._near = NO_NEAR_DUPLICATES
        self._result: Result | None = None
        self._models: tuple[str, ...] = ()
        panel.stack_toggled.connect(self.toggle)
        panel.show_all_requested.connect(self.unfold_all)

    def begin(self, result: Result, specs: Sequence[ModelSpec]) -> Folding:
        """How this result is folded until its near-duplicates are known."""
        models = tuple(spec.name for spec in specs)
        if self._result is None or result.query is not self._result.query:
            self._folding = replace(self._folding, opened=frozenset())
        if models != self._models:
            self._near = NO_NEAR_DUPLICATES
        self._result, self._models = result, models
        self._folding = self._with_near()
        return self._folding

    def set_on(self, is_on: bool) -> None:
        """Fold near-duplicates, or list all matches."""
        self._show(replace(self._folding, is_on=is_on, opened=frozenset()))

    def show_near_duplicates(self, near: NearDuplicates) -> None:
        """Those of the result that is shown. What the user has selected since stays in the list."""
        self._near = near
        self._show(self._listing_chosen(self._with_near()))

    def show_proofs(self, result: Result) -> None:
        """The same answer with the proven matches in front. What the user has selected stays where
        it is; else the top of the lists does."""
        before, self._result = self._result, result
        self._panel.update_result(result)
        chosen = self._panel.selection.chosen
        stays = chosen.picture.id if chosen is not None else None
        moving = _moved_forward(before, result) if before is not None else frozenset()
        self._show(self._listing_chosen(self._with_near()), stays, moving)

    def _with_near(self) -> Folding:
        result = self._result
        near = foldable(self._near, result) if result is not None else self._near
        return replace(self._folding, near=near)

    def _listing_chosen(self, folding: Folding) -> Folding:
        """What the user has selected is not folded."""
        selection = self._panel.selection
        chosen = selection.chosen
        if chosen is None or not selection.would_fold(folding, chosen):
            return folding
        return folding.with_open([chosen.picture.id])

    def toggle(self, match: Match) -> None:
        """Unfold the stack that a match is in, in all columns, or fold it again."""
        stack = self._panel.selection.stack_of(match)
        if stack is not None:
            picture, before = stack.leader.picture.id, self._folding
            is_open = stack.is_open
            after = before.with_closed(picture) if is_open else before.with_open([picture])
            self._show(after, picture)

    def unfold_all(self) -> None:
        """Of this answer; the next one is folded again."""
        if self._result is not None:
            pictures = [picture.id for picture in self._result.pictures()]
            self._show(self._folding.with_open(pictures))

    def _show(
        self, folding: Folding, stays: int | None = None, moving: Collection[int] = ()
    ) -> None:
        self._folding = folding
        self._panel.set_folding(folding, stays, moving)


def _moved_forward(before: Result, after: Result) -> frozenset[int]:
    """The pictures that have a better rank in the combined list than before."""
    ranks = {match.picture.id: match.rank for match in before.combined}
    return frozenset(
        match.picture.id for match in after.combined if match.rank < ranks.get(match.picture.id, 0)
    )
