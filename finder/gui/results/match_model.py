"""The rows of one result column as cards. `data()` only returns values that are ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from finder.core.i18n import tr
from finder.core.search.closeness.closeness import SAME, whole_closeness
from finder.core.search.closeness.match_word import match_word
from finder.core.search.distance import Metric, format_distance
from finder.core.search.matches import Match, replace_pictures
from finder.gui.common.formatting import file_name, metric_title, path_texts
from finder.gui.common.widgets import tool_tip
from finder.gui.grid.card import Card, Dot
from finder.gui.grid.picture_view import CardRole
from finder.gui.results import part_words, proof_words
from finder.gui.results.folding import Rows, Stack

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.pictures.transform import Box
    from finder.core.search.verify.sameness import Sameness
    from finder.gui.grid.thumbnail_feed import ThumbnailFeed

_NO_PARENT = QModelIndex()


class MatchRole(IntEnum):
    """The roles beside those of `CardRole`."""

    MATCH = Qt.ItemDataRole.UserRole + 11
    NUMBER = Qt.ItemDataRole.UserRole + 12
    PIXMAP = Qt.ItemDataRole.UserRole + 13
    MARKED = Qt.ItemDataRole.UserRole + 14


@dataclass(frozen=True)
class CardContext:
    """What cards show of the whole answer. own: the pictures of the query; dots: for each picture
    one for each model; words: the closeness in words in place of the number; same: the pictures
    that are proven to be the query's; parts: for those that are near because of a part of them,
    that. has_words: whether the query has words."""

    own: frozenset[int] = frozenset()
    dots: Mapping[int, tuple[Dot, ...]] = field(default_factory=dict)
    words: bool = False
    same: Mapping[int, Sameness] = field(default_factory=dict)
    parts: Mapping[int, Box] = field(default_factory=dict)
    has_words: bool = False


class MatchListModel(QAbstractListModel):
    """Matches, nearest first. The marked picture is the one that is selected, or under the pointer,
    in any column."""

    def __init__(self, feed: ThumbnailFeed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._feed = feed
        self.metric: Metric | None = Metric.EUCLIDEAN  # of the numbers; None: combined
        self._context = CardContext()
        self._matches: list[Match] = []
        self._stacks: Mapping[int, Stack] = {}
        self._rows: dict[int, int] = {}
        self._marked: int | None = None
        feed.loaded.connect(self._changed)

    @property
    def matches(self) -> Sequence[Match]:
        return self._matches

    def show_matches(self, matches: Sequence[Match], context: CardContext | None = None) -> None:
        """Matches of which none is folded."""
        self.show_rows(Rows(matches), context)

    def show_rows(self, rows: Rows, context: CardContext | None = None) -> None:
        self.beginResetModel()
        self._matches = list(rows.matches)
        self._stacks = rows.stacks
        self._context = context or self._context
        self._rows = {match.picture.id: row for row, match in enumerate(self._matches)}
        self.endResetModel()

    def update_pictures(self, pictures: Mapping[int, PictureRecord]) -> None:
        """These pictures have other paths now, or are offline."""
        self._matches = replace_pictures(self._matches, pictures)
        if self._matches:
            self.dataChanged.emit(self.index(0), self.index(len(self._matches) - 1))

    def set_marked(self, picture: int | None) -> None:
        """Mark this picture, if it is in the list; None: no picture."""
        before, self._marked = self._marked, picture
        for changed in (before, picture):
            self._changed_row(self.row_showing(changed))

    def row_of(self, picture: int | None) -> int:
        """The row that shows a picture, −1 if none does."""
        return -1 if picture is None else self._rows.get(picture, -1)

    def row_showing(self, picture: int | None) -> int:
        """The row that shows a picture, or else the stack that it is folded in."""
        row = self.row_of(picture)
        stack = self.stack_of(picture)
        return row if row >= 0 or stack is None else self.row_of(stack.leader.picture.id)

    def stack_of(self, picture: int | None) -> Stack | None:
        """The stack that a picture of this list is in."""
        return None if picture is None else self._stacks.get(picture)

    def match_at(self, row: int) -> Match | None:
        return self._matches[row] if 0 <= row < len(self._matches) else None

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._matches)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        match = self.match_at(index.row()) if index.isValid() else None
        if match is None:
            return None
        return self._value(match, role)

    def _value(self, match: Match, role: int) -> object:
        if role == CardRole.CARD:
            return self._card(match)
        if role == CardRole.PICTURE:
            return match.picture.id
        if role == MatchRole.PIXMAP:
            return self._feed.pixmap(match.picture.id)
        if role == MatchRole.MARKED:
            return self._is_marked(match)
        if role == MatchRole.MATCH:
            return match
        if role == MatchRole.NUMBER:
            return self.number(match)
        if role == Qt.ItemDataRole.DisplayRole:
            return file_name(match)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tool_tip("\n".join(self._tip(match)))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(match)
        return None

    def _spoken(self, match: Match) -> str:
        said = (self.number(match), self._word(match), file_name(match))
        words = [tr("Rank {rank}").format(rank=match.rank), *filter(None, said)]
        words += self._proof(match)
        if match.picture.away:
            words.append(match.picture.away)
        if match.picture.id in self._context.own:
            words.append(self._own_words())
        return ", ".join([*words, *self._stack_words(match)])

    def _tip(self, match: Match) -> list[str]:
        legend = [self._legend(match), *self._proof(match)]
        return [*legend, *path_texts(match.picture), *self._stack_words(match)]

    def _word(self, match: Match) -> str:
        """What is proven; else how close it is, or how likely the words fit."""
        same = self._context.same.get(match.picture.id)
        if same is not None:
            return same.label
        word = match_word(match, self._context.has_words)
        return word.label if word is not None else ""

    def _proof(self, match: Match) -> list[str]:
        """What is proven, or that only a part of it is so near."""
        same = self._context.same.get(match.picture.id)
        if same is not None:
            return [proof_words.reason(same)]
        return [part_words.sentence()] if match.picture.id in self._context.parts else []

    def _own_words(self) -> str:
        is_only = len(self._context.own) == 1
        return tr("this is your query") if is_only else tr("it is in your query")

    def _stack_words(self, match: Match) -> list[str]:
        """How many near-duplicates are folded behind it; or what it is a near-duplicate of."""
        stack = self.stack_of(match.picture.id)
        if stack is None:
            return []
        if _leads(stack, match):
            return [stack.words]
        return [tr("near-duplicate of rank {rank}").format(rank=stack.leader.rank)]

    def _is_marked(self, match: Match) -> bool:
        """A stack is marked for what is folded in it."""
        picture = match.picture.id
        if self._marked is None or picture == self._marked:
            return picture == self._marked
        stack = self.stack_of(self._marked)
        return stack is not None and not stack.is_open and _leads(stack, match)

    def number(self, match: Match) -> str:
        """The distance in the model's metric; in the combined ranking the closeness, 0 to 100."""
        if self.metric is None:
            return str(whole_closeness(match.closeness))
        return format_distance(match.score, self.metric)

    def facts(self, match: Match) -> tuple[str, ...]:
        """What is said of a match beside its rank; what is proven is said elsewhere."""
        is_proven = match.picture.id in self._context.same
        return ("" if is_proven else self._word(match), self.number(match))

    def texts(self, match: Match) -> tuple[Box, ...]:
        """Where in the picture words of the query were found."""
        return ()

    def _legend(self, match: Match) -> str:
        """What the number on the card means."""
        measure = tr("Closeness, 0 to 100") if self.metric is None else metric_title(self.metric)
        number, word = self.number(match), self._word(match)
        if not word:
            return tr("{measure}: {number}").format(measure=measure, number=number)
        return tr("{measure}: {number} ({word})").format(measure=measure, number=number, word=word)

    def _card(self, match: Match) -> Card:
        picture, context = match.picture.id, self._context
        stack, same = self.stack_of(picture), context.same.get(picture)
        corner, short_corner, corner_icon = self._corner(match)
        number = self.number(match)
        word = self._word(match) if context.words else ""
        if same is not None:
            word = match.picture.away or (same.short_label if context.words else "")
        return Card(
            file_name(match),
            self._feed.pixmap(picture),
            badge=str(match.rank),
            label=f"{word} · {number}" if word else number,
            short_label=number,
            corner=corner,
            short_corner=short_corner,
            corner_icon=corner_icon,
            outline=proof_words.outline_of(same)
            if same is not None
            else part_words.outline(context.parts.get(picture)),
            stack=stack.badge if stack is not None and _leads(stack, match) else "",
            is_in_open_stack=stack is not None and stack.is_open,
            dots=context.dots.get(picture, ()),
            is_marked=self._is_marked(match),
            is_offline=match.picture.is_offline,
        )

    def _corner(self, match: Match) -> tuple[str, str, str]:
        """A word, a shorter one, and an icon."""
        own, same = self._context.own, self._context.same.get(match.picture.id)
        is_own = match.picture.id in own
        if match.picture.away and (is_own or same is None):
            return match.picture.away, "", ""
        if is_own:
            return (tr("Your query") if len(own) == 1 else tr("In the query")), tr("Query"), ""
        if same is not None:
            words = proof_words.title(same), proof_words.short_title(same)
            return *words, proof_words.icon_name(same)
        is_same = match.closeness >= SAME and not self._context.has_words
        return (tr("Same picture"), tr("Same"), "") if is_same else ("", "", "")

    def _changed(self, picture: int | None) -> None:
        self._changed_row(self.row_of(picture))

    def _changed_row(self, row: int) -> None:
        if row >= 0:
            index = self.index(row)
            self.dataChanged.emit(index, index)


def _leads(stack: Stack, match: Match) -> bool:
    return stack.leader.picture.id == match.picture.id
