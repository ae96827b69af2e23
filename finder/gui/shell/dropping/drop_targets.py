"""The places of the window on which something can be dropped, and what each is for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QWidget

from finder.core.i18n import tr
from finder.gui.query.input.drop_data import Use
from finder.gui.query.input.drop_words import DropWords, drop_words

if TYPE_CHECKING:
    from finder.gui.query.input.dragged import Dragged
    from finder.gui.shell.main_window import MainWindow


@dataclass(frozen=True)
class DropTarget:
    """area: in the window. is_active: what would happen if it were dropped now."""

    area: QRect
    use: Use
    words: DropWords
    is_active: bool = True


def drop_targets(
    window: MainWindow, dragged: Dragged, modifiers: Qt.KeyboardModifier, at: QPoint
) -> list[DropTarget]:
    """Exactly one is active. at: the pointer, in the window."""
    spec, words = window.query_editor.spec, drop_words(dragged, Use.SEARCH)
    shows_query = window.pages.currentWidget() is window.results_page
    if spec is None or not (shows_query and dragged.pictures and words.is_usable):
        return [DropTarget(_whole_area(window, dragged), Use.SEARCH, words)]
    chosen = _use_of(modifiers)
    if chosen is not None:
        words = drop_words(dragged, chosen, len(spec.items))
        return [DropTarget(area_in(window, window.pages), chosen, words)]
    return _targets_beside_query(window, dragged, at, len(spec.items))


def area_in(window: QWidget, part: QWidget) -> QRect:
    return QRect(part.mapTo(window, QPoint()), part.size())


def _use_of(modifiers: Qt.KeyboardModifier) -> Use | None:
    if modifiers & Qt.KeyboardModifier.AltModifier:
        return Use.LESS
    return Use.MORE if modifiers & Qt.KeyboardModifier.ShiftModifier else None


def _whole_area(window: MainWindow, dragged: Dragged) -> QRect:
    """Folders go to the side bar as well."""
    middle = area_in(window, window.pages)
    if dragged.kinds.folders and window.library.isVisible():
        return middle.united(area_in(window, window.library))
    return middle


def _targets_beside_query(
    window: MainWindow, dragged: Dragged, at: QPoint, pictures: int
) -> list[DropTarget]:
    """Over the query, more and less like it; below it, something new. All that is elsewhere is for
    something new, too."""
    middle, hero = area_in(window, window.pages), area_in(window, window.hero)
    below = QRect(middle)
    below.setTop(hero.bottom() + 1)
    half = hero.width() // 2
    left, right = hero.adjusted(0, 0, half - hero.width(), 0), hero.adjusted(half, 0, 0, 0)
    if window.layoutDirection() is Qt.LayoutDirection.RightToLeft:
        left, right = right, left
    targets = []
    for area, use, hint in (
        (left, Use.MORE, tr("Or hold Shift anywhere")),
        (right, Use.LESS, tr("Or hold Alt anywhere")),
        (below, Use.SEARCH, ""),
    ):
        words = drop_words(dragged, use, pictures)
        if hint and words.is_usable:
            words = replace(words, lines=(*words.lines, hint))
        targets.append(DropTarget(area, use, words, area.contains(at)))
    if not any(target.is_active for target in targets):
        targets[-1] = replace(targets[-1], is_active=True)
    return targets
