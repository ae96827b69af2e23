"""Cards that are dragged out of the grids: to other programs, and to other places of the window."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dragging import Drag, less
from playing import BIRD, CAT, FAST, LITE0, Begin, Player, matches
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDrag
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from finder.core.library.catalogue.records import PictureRecord
from finder.core.paths import Home
from finder.core.search.query.query_spec import LESS, LibrarySource
from finder.gui.common import card_mime
from finder.gui.common.card_mime import card_in
from finder.gui.grid.picture_view import PictureView
from finder.gui.query.input.drop_data import read_mime

Act = Callable[[QDrag], object]


@pytest.fixture
def start(library: Home, begin: Begin) -> Player:
    """The indexed samples, one model, the library's first pictures loaded."""
    player = begin(library, FAST)
    page = player.window.library_page
    player.wait(lambda: page.model.record_at(0) is not None)
    player.settle()
    return player


@pytest.fixture
def while_dragging(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Act]]:
    """Done by the user while a card is dragged. (Offscreen there is no pointer to drag with; Qt
    comes back at once.)"""
    acts: list[Act] = []
    allowed: list[Qt.DropAction] = []

    def exec_(drag: QDrag, actions: Qt.DropAction) -> Qt.DropAction:
        allowed.append(actions)
        for act in acts:
            act(drag)
        return Qt.DropAction.IgnoreAction

    monkeypatch.setattr(QDrag, "exec", exec_)
    yield acts
    assert allowed
    assert set(allowed) == {Qt.DropAction.CopyAction}, "never moved, so that nothing is lost"


def drag_out(view: PictureView, row: int) -> None:
    """Press on a card and move."""
    at = view.visualRect(view.model().index(row, 0)).topLeft() + QPoint(20, 20)
    left = Qt.MouseButton.LeftButton
    QTest.mousePress(view.viewport(), left, pos=at)
    QTest.mouseMove(view.viewport(), at + QPoint(2, 2))
    QTest.mouseMove(view.viewport(), at + QPoint(60, 4))
    QTest.mouseRelease(view.viewport(), left, pos=at + QPoint(60, 4))


def first_record(player: Player) -> PictureRecord:
    record = player.window.library_page.model.record_at(0)
    assert record is not None
    return record


def test_a_card_of_the_library_is_a_file_for_other_programs(
    start: Player, while_dragging: list[Act]
) -> None:
    seen: list[str] = []
    pixmaps: list[bool] = []

    def look(drag: QDrag) -> None:
        seen.extend(url.toLocalFile() for url in drag.mimeData().urls())
        pixmaps.append(drag.pixmap().isNull())

    while_dragging.append(look)
    view = start.window.library_page.view
    start.wait(lambda: view.model().index(0, 0).data(Qt.ItemDataRole.DisplayRole) is not None)
    drag_out(view, 0)
    record = first_record(start)
    assert seen == [record.paths[0]]
    assert pixmaps == [False]


def test_a_drag_leaves_scroll_bar_selection_and_clicks_alone(
    start: Player, while_dragging: list[Act]
) -> None:
    view = start.window.library_page.view
    view.verticalScrollBar().setValue(120)
    row = view.visible_rows().start + 2
    drag_out(view, row)
    assert view.verticalScrollBar().value() == 120
    assert view.currentIndex().row() == row
    assert [index.row() for index in view.selectedIndexes()] == [row]
    assert view.state() == view.State.NoState
    other = view.visualRect(view.model().index(row + 1, 0))
    QTest.mouseMove(view.viewport(), other.center())
    assert view.currentIndex().row() == row, "the button is not down any more"
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=other.center())
    assert view.currentIndex().row() == row + 1


def test_dropped_on_itself_a_card_stays_where_it_is(
    start: Player, while_dragging: list[Act]
) -> None:
    view = start.window.library_page.view
    titles: list[str] = []

    def drop_here(drag: QDrag) -> None:
        over = Drag(start, drag.mimeData())
        place = view.visualRect(view.model().index(0, 0))
        over.at = view.viewport().mapTo(start.window, place.center())
        over.enter()
        over.move()
        titles.append(over.title)
        over.drop()

    while_dragging.append(drop_here)
    drag_out(view, 0)
    start.settle()
    assert titles == [""]
    assert start.window.is_at_start


def test_dropped_elsewhere_in_the_window_a_card_is_searched_for(
    start: Player, while_dragging: list[Act]
) -> None:
    view = start.window.library_page.view
    titles: list[str] = []
    folders: list[object] = []
    start.controllers.input.folders_given.connect(folders.append)

    def drop_far(drag: QDrag) -> None:
        over = Drag(start, drag.mimeData())
        over.at = start.window.library.rect().center()
        over.enter()
        titles.append(over.title)
        over.drop()

    while_dragging.append(drop_far)
    start.answer(lambda: drag_out(view, 0))
    assert titles == ["Search for this picture"]
    spec = start.window.query_editor.spec
    assert spec is not None
    assert [item.source for item in spec.items] == [LibrarySource(first_record(start).id)]
    assert not folders, "it is no import from outside"


def test_a_match_becomes_an_example(
    start: Player, samples: Path, while_dragging: list[Act]
) -> None:
    start.ask(samples / BIRD)
    column = start.column(LITE0)
    third = matches(column)[2].picture

    def drop_on_less(drag: QDrag) -> None:
        over = Drag(start, drag.mimeData())
        over.enter()
        over.move(less(start))
        over.drop()

    while_dragging.append(drop_on_less)
    start.answer(lambda: drag_out(column.view, 2))
    spec = start.window.query_editor.spec
    assert spec is not None
    assert [(item.source, item.weight) for item in spec.items[1:]] == [
        (LibrarySource(third.id), LESS)
    ]


def test_an_offline_picture_is_a_picture_of_the_library_only(
    start: Player, samples: Path, tmp_path: Path
) -> None:
    record = first_record(start)
    gone = PictureRecord(record.id, record.facts, record.paths, frozenset(record.paths))
    mime = card_mime.card_mime(gone)
    assert not mime.hasUrls()
    drag = Drag(start, mime)
    drag.enter()
    assert drag.title == "Search for this picture"
    start.answer(drag.drop)
    both = PictureRecord(
        record.id, record.facts, ("/gone/a.jpg", "/here/b.jpg"), frozenset(["/gone/a.jpg"])
    )
    assert [url.toLocalFile() for url in card_mime.card_mime(both).urls()] == ["/here/b.jpg"]


def test_a_card_of_another_process_is_a_file(
    start: Player, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = first_record(start)
    path = str(shutil.copy(samples / CAT, tmp_path / "theirs.jpg"))
    theirs = PictureRecord(record.id, record.facts, (path,))
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(card_mime, "_token", lambda: "another process")
        mime = card_mime.card_mime(theirs)
        assert card_in(mime) is not None
    assert card_in(mime) is None
    assert read_mime(mime).paths == (path,)


def test_without_its_record_a_card_is_not_dragged(
    start: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[object] = []
    monkeypatch.setattr(QDrag, "exec", lambda *_: begun.append(None))
    start.window.library_page.model.clear_records()
    drag_out(start.window.library_page.view, 0)
    assert not begun
    assert QApplication.mouseButtons() == Qt.MouseButton.NoButton
