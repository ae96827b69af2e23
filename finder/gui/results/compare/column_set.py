"""The columns of the results: made for the models, arranged as the user wants, and shown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal, SignalInstance
from PySide6.QtWidgets import QMenu, QWidget

from finder.core.i18n import tr
from finder.core.search.agreement import COMBINED
from finder.gui.results.compare.column_order import ColumnOrder
from finder.gui.results.compare.compare_view import CompareView
from finder.gui.results.compare.result_column import ResultColumn
from finder.gui.results.names.found_words import NAMES
from finder.gui.results.names.names_column import NamesColumn

if TYPE_CHECKING:
    from finder.core.search.matches import Match, Standing
    from finder.gui.grid.thumbnail_feed import ThumbnailFeed


class ColumnSet(QObject):
    """compare: the widget that shows them. Signals carry a Match or None; menu_requested also a
    global position. pressed: with the mouse, also where it is selected already. order_changed: the
    user moved, hid or showed columns; stack_toggled: a click on the number of near-duplicates
    behind a match."""

    hovered = Signal(object)
    selected = Signal(object)
    pressed = Signal(object)
    activated = Signal(object)
    preview_requested = Signal(object)
    menu_requested = Signal(object, QPoint)
    order_changed = Signal()
    stack_toggled = Signal(object)

    def __init__(self, feed: ThumbnailFeed, parent: QObject) -> None:
        super().__init__(parent)
        self._feed = feed
        self._all: list[ResultColumn] = []
        self._thumb_size = 128
        self._compares = True
        self._grid_key: str | None = None
        self._is_selecting = False
        self.order = ColumnOrder()
        self.compare = CompareView()

    @property
    def all(self) -> Sequence[ResultColumn]:
        """The hidden ones, too; the combined one first, if there are several models."""
        return self._all

    def shown(self) -> list[ResultColumn]:
        """Those of the current view, from the left in a window that is read from there."""
        if not self._compares:
            chosen = [column for column in self._all if column.key == self._grid_key]
            return (chosen or self._all)[:1]
        by_key = {column.key: column for column in self._all}
        return [by_key[key] for key in self.order.shown(list(by_key))]

    # Making and arranging

    def make(self, titles: Sequence[tuple[str, str]], colours: Mapping[str, str]) -> None:
        """Columns with these keys and titles; those that are there already stay."""
        if [column.key for column in self._all] == [key for key, _ in titles]:
            for column in self._all:
                column.header.set_colour(colours.get(column.key, ""))
            return
        self.compare.set_columns([])
        for column in self._all:
            column.hide()
            column.setParent(None)
            column.deleteLater()
        self._all = [self._new(key, title, colours.get(key, "")) for key, title in titles]

    def _new(self, key: str, title: str, colour: str) -> ResultColumn:
        kind = NamesColumn if key == NAMES else ResultColumn
        column = kind(key, title, colour, self._feed)
        view = column.view
        view.set_thumb_size(self._thumb_size)
        view.thumbnails_requested.connect(self._feed.request)
        view.edge_passed.connect(lambda step: self._step(column, step))
        view.pressed.connect(lambda index: self._pass_on(column, self.pressed, index.row()))
        for signal, mine in (
            (view.hovered, self.hovered),
            (view.selected, self.selected),
            (view.chosen, self.activated),
            (view.preview_requested, self.preview_requested),
            (view.stack_pressed, self.stack_toggled),
        ):
            signal.connect(lambda row, mine=mine: self._pass_on(column, mine, row))
        view.menu_requested.connect(
            lambda row, at: self.menu_requested.emit(column.model.match_at(row), at)
        )
        column.header.moved.connect(lambda step: self.move(step, key))
        column.header.menu_requested.connect(lambda at: self._menu(key).popup(at))
        return column

    def _pass_on(self, column: ResultColumn, signal: SignalInstance, row: int) -> None:
        if not self._is_selecting:
            signal.emit(column.model.match_at(row))

    def arrange(self, compares: bool, grid_key: str | None = None) -> None:
        """compares: all columns that are not hidden, or else one grid: of the column with this key,
        or of the first."""
        self._compares, self._grid_key = compares, grid_key
        shown = self.shown()
        for column in self._all:
            if column not in shown:
                column.hide()
            column.set_as_grid(len(shown) == 1)
        self.compare.set_columns(shown)
        for before, after in pairwise(shown):
            QWidget.setTabOrder(before.view, after.view)

    def set_thumb_size(self, size: int) -> None:
        self._thumb_size = size
        with self.compare.columns_alone():  # each keeps the selected picture in view
            self.compare.set_thumb_size(size)
            for column in self._all:
                column.view.set_thumb_size(size)

    # Moving and hiding

    def set_order(self, order: tuple[str, ...], hidden: tuple[str, ...]) -> None:
        """See `ColumnOrder`."""
        self._change_order(ColumnOrder(order, hidden))

    def move(self, step: int, key: str | None = None) -> None:
        """step: −1 to the left, +1 to the right; key: None for the column with the focus."""
        key = self._focused_key() if key is None else key
        if key is not None:
            self._change_order(self.order.moved(key, self._in_reading(step), self._keys()))

    def hide(self, key: str | None = None) -> None:
        key = self._focused_key() if key is None else key
        if key is not None and self.order.can_hide(key, self._keys()):
            self._change_order(self.order.with_hidden(key))

    def show_all(self) -> None:
        self._change_order(self.order.with_all())

    def _focused_key(self) -> str | None:
        focused = self.compare.window().focusWidget()
        inside = focused is not None and self.compare.isVisible()
        return next((c.key for c in self.shown() if inside and c.isAncestorOf(focused)), None)

    def _in_reading(self, step: int) -> int:
        """A step to the right as one in the order of the columns."""
        return -step if self.compare.isRightToLeft() else step

    def _keys(self) -> list[str]:
        return [column.key for column in self._all]

    def _change_order(self, order: ColumnOrder) -> None:
        if order == self.order:
            return
        focused = self.compare.window().focusWidget()
        self.order = order
        self.arrange(self._compares, self._grid_key)
        shown = self.shown()
        if shown and focused is not None and not focused.isVisible():
            shown[0].view.setFocus()
        self.order_changed.emit()

    def _menu(self, key: str) -> QMenu:
        """Of a column's header."""
        menu, keys, order = QMenu(self.compare), self._keys(), self.order
        rows: list[tuple[str, bool, Callable[[], None]]] = []
        if key != COMBINED:
            can_go_left, can_go_right = (
                order.can_move(key, self._in_reading(step), keys) for step in (-1, 1)
            )
            rows = [
                (tr("Move left"), can_go_left, lambda: self.move(-1, key)),
                (tr("Move right"), can_go_right, lambda: self.move(1, key)),
                (tr("Hide"), order.can_hide(key, keys), lambda: self.hide(key)),
            ]
        is_any_hidden = not set(keys).isdisjoint(order.hidden)
        rows.append((tr("Show all columns"), is_any_hidden, self.show_all))
        for text, enabled, act in rows:
            action = menu.addAction(text)
            action.setEnabled(enabled)
            action.triggered.connect(lambda _=False, act=act: act())
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    # Selecting and marking

    def _step(self, column: ResultColumn, step: int) -> None:
        """To the column beside this one; step: as on the screen."""
        shown = self.shown()
        at = shown.index(column) + self._in_reading(step)
        if 0 <= at < len(shown):
            view, current = shown[at].view, column.view.current_match()
            view.setFocus()
            if not view.currentIndex().isValid():  # it does not list the selected picture
                row = view.matches.row_showing(current.picture.id if current else None)
                view.go_to_row(row if row >= 0 else max(0, column.view.currentIndex().row()))

    def select(self, match: Match | None) -> None:
        """Make its picture the current one in every column, which scrolls to it, without
        `selected`. A column in which it is folded scrolls to its stack."""
        picture = match.picture.id if match else None
        self._is_selecting = True
        with self.compare.columns_alone():
            for column in self._all:
                model, view = column.model, column.view
                row = model.row_of(picture)
                if row >= 0:
                    view.setCurrentIndex(model.index(row))
                else:
                    view.clear_current()
                    view.scrollTo(model.index(model.row_showing(picture)))
        self._is_selecting = False

    @contextmanager
    def places_kept(self, picture: int | None, moving: Collection[int] = ()) -> Iterator[None]:
        """While other matches are listed, the card of this picture stays where it is in the columns
        where it can be seen; in the others, the first card in view that is not among those that
        move forward, or the top of the list. Columns that are scrolled as one stay so: then cards
        stay where they are in one of them."""
        leader = self._leader(picture)
        places = [(c.view, c.view.place_to_keep(picture, moving)) for c in self._all]
        with self.compare.columns_alone():
            yield
            for view, place in places:
                view.lay_out_now()
                view.keep_place(place)
            if leader is not None:
                self.compare.scroll_all_to(leader.view.verticalScrollBar().value())

    def _leader(self, picture: int | None) -> ResultColumn | None:
        """The column that the others follow: the one with the focus if a picture is chosen, else
        the one that was scrolled last. None where each is somewhere else."""
        shown, key = self.shown(), self._focused_key() if picture is not None else None
        tops = {column.view.verticalScrollBar().value() for column in shown}
        if len(tops) != 1 or not self.compare.scrolls_together:
            return None
        scrolled = self.compare.scrolled_last or shown[0]
        return next((column for column in shown if column.key == key), scrolled)

    def mark(self, picture: int | None, standing: Callable[[str], Standing | None]) -> None:
        """standing: of the picture, for a column's key."""
        for column in self._all:
            column.show_marked(picture, standing(column.key))
        self.compare.show_links(picture)
