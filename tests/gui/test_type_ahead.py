"""Going to a picture of the library by typing its name."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from made_up_listing import made_up_pictures
from playing import Player, visible_text
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot
from stored_files import Picture, Place, store

from finder.core.errors import FinderError
from finder.core.library.catalogue.filter.picture_filter import Filter
from finder.core.library.listing import Listing, Order, Typed
from finder.core.paths import Home
from finder.gui.grid.thumbnail_feed import ThumbnailFeed
from finder.gui.library.browse.library_model import LibraryModel
from finder.gui.library.browse.library_page import LibraryPage
from finder.gui.library.browse.listed_pictures import list_and_lay_out
from finder.gui.library.browse.type_ahead import TypeAhead
from finder.gui.results.preview.preview_dialog import PreviewDialog
from finder.jobs.task_runner import Lane, TaskRunner
from finder.use_cases.library.library_pictures import find_typed, list_library

Key = Qt.Key
LONG = 600_000  # ms: no pause ends what is typed


@pytest.fixture(autouse=True)
def no_pause(qapp: QApplication) -> Iterator[None]:
    before = QApplication.keyboardInputInterval()
    QApplication.setKeyboardInputInterval(LONG)
    yield
    QApplication.setKeyboardInputInterval(before)


def press_after_a_pause(view: QWidget, key: Qt.Key) -> None:
    QApplication.setKeyboardInputInterval(0)
    QTest.qWait(5)
    QTest.keyClick(view, key)
    QApplication.setKeyboardInputInterval(LONG)


# In the window


@pytest.fixture
def shown(filled: Player) -> Player:
    """The library by name, its first picture current."""
    page = filled.window.library_page
    filled.wait(lambda: page.view.isVisible() and page.view.count() == 80)
    with filled.qtbot.waitSignal(filled.controllers.browser.listed):
        page.order.setCurrentIndex(page.order.findData(str(Order.NAME)))
    page.view.setFocus()
    page.view.go_to_row(0)
    filled.settle()
    return filled


def current_name(player: Player) -> str:
    page = player.window.library_page
    record = page.model.record_at(page.view.currentIndex().row())
    return Path(record.paths[0]).name if record is not None else ""


def is_current(player: Player, name: str) -> bool:
    return current_name(player) == name


def type_text(player: Player, text: str) -> None:
    QTest.keyClicks(player.window.library_page.view, text)
    player.wait(lambda: not player.task_runner.busy(Lane.QUICK))


def test_typing_goes_to_a_name_that_was_never_loaded(shown: Player) -> None:
    page = shown.window.library_page
    last = page.model.rowCount() - 1
    assert page.model.record_at(last) is None
    assert last not in page.view.visible_rows()
    type_text(shown, "YoUNG")
    assert page.view.currentIndex().row() == last
    assert last in page.view.visible_rows()
    shown.wait(partial(is_current, shown, "young-pig.jpg"))
    shown.wait(lambda: "young-pig.jpg" in visible_text(shown.window.details))


def test_more_letters_keep_what_fits_and_the_next_name_begins_after_a_pause(shown: Player) -> None:
    view = shown.window.library_page.view
    for letters, name in (
        ("ki", "kinderdijk-windmills.jpg"),
        ("nd", "kinderdijk-windmills.jpg"),
        ("er", "kinderdijk-windmills.jpg"),
    ):
        type_text(shown, letters)
        shown.wait(partial(is_current, shown, name))
    press_after_a_pause(view, Key.Key_K)
    shown.wait(partial(is_current, shown, "kingfisher--crop.jpg"))
    type_text(shown, "ingfisher.")
    shown.wait(partial(is_current, shown, "kingfisher.jpg"))


def test_the_same_letter_goes_from_name_to_name(shown: Player) -> None:
    names = ["goat.jpg", "goldfish--smaller.png", "goldfish.jpg", "gateway-of-india.jpg"]
    type_text(shown, "gg")
    shown.wait(partial(is_current, shown, "giza-pyramids.jpg"))
    for name in names:
        type_text(shown, "g")
        shown.wait(partial(is_current, shown, name))


def test_nothing_moves_and_nothing_is_said_where_no_name_fits(shown: Player) -> None:
    view = shown.window.library_page.view
    type_text(shown, "cow")
    shown.wait(partial(is_current, shown, "cow.jpg"))
    place = view.verticalOffset()
    type_text(shown, "7q")
    assert current_name(shown) == "cow.jpg"
    assert view.verticalOffset() == place
    assert shown.status() == shown.notice() == ""


def test_space_is_a_letter_within_a_name_and_the_preview_otherwise(shown: Player) -> None:
    view = shown.window.library_page.view
    type_text(shown, "cow")
    shown.wait(partial(is_current, shown, "cow.jpg"))
    QTest.keyClick(view, Key.Key_Space)
    shown.settle()
    assert not shown.has_dialog(PreviewDialog)
    press_after_a_pause(view, Key.Key_Space)
    dialog = shown.dialog(PreviewDialog)
    assert isinstance(dialog, PreviewDialog)
    assert dialog.name.whole_text() == "cow.jpg"


def test_only_what_passes_the_filter_is_gone_to(shown: Player) -> None:
    with shown.qtbot.waitSignal(shown.controllers.browser.listed):
        shown.controllers.browser.show_filter(Filter(name=("jpg",)))
    page = shown.window.library_page
    page.view.go_to_row(0)
    type_text(shown, "goldfish")
    shown.wait(partial(is_current, shown, "goldfish.jpg"))


# The page alone


@pytest.fixture
def task_runner(qapp: object) -> Iterator[TaskRunner]:
    runner = TaskRunner()
    yield runner
    assert runner.close(20)


@pytest.fixture
def page(host: QWidget, empty_feed: ThumbnailFeed) -> LibraryPage:
    page = LibraryPage(LibraryModel(empty_feed, host), QLabel())
    page.setParent(host)
    page.resize(1_000, 600)
    page.show()
    return page


class Held:
    """Finds the picture in the row of this number when it is released."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.typed: list[Typed] = []

    def __call__(self, listing: Listing, typed: Typed) -> Callable[[], int | None]:
        def find() -> int:
            self.typed.append(typed)
            assert self.go.wait(20)
            return int(listing.pictures[len(typed.text) * 10])

        return find


@pytest.fixture
def held(page: LibraryPage, task_runner: TaskRunner) -> Iterator[Held]:
    """The row that is gone to: ten times the number of letters."""
    held = Held()
    page.show_pictures("All pictures", "100 pictures", made_up_pictures(100))
    page.view.go_to_row(3)
    TypeAhead(page, held, task_runner, page)
    yield held
    held.go.set()


def test_a_newer_key_drops_the_older_look_up(
    held: Held, page: LibraryPage, task_runner: TaskRunner, qtbot: QtBot
) -> None:
    rows: list[int] = []
    page.view.selected.connect(rows.append)
    QTest.keyClicks(page.view, "a")
    qtbot.waitUntil(lambda: len(held.typed) == 1)
    QTest.keyClicks(page.view, "bcd")
    held.go.set()
    qtbot.waitUntil(lambda: not task_runner.busy())
    assert held.typed == [Typed("a", 3), Typed("abcd", 3)], "those between were never begun"
    assert rows == [40]
    QTest.keyClicks(page.view, "e")
    qtbot.waitUntil(lambda: rows == [40, 50])
    assert held.typed[-1] == Typed("abcde", 3, keep=page.model.picture_at(40))


def test_the_same_letter_is_looked_up_once_with_its_number(
    held: Held, page: LibraryPage, task_runner: TaskRunner, qtbot: QtBot
) -> None:
    held.go.set()
    QTest.keyClicks(page.view, "aAa")
    qtbot.waitUntil(lambda: not task_runner.busy())
    assert held.typed[-1] == Typed("a", 3, number=3)


def test_a_failed_look_up_is_reported(
    page: LibraryPage, task_runner: TaskRunner, qtbot: QtBot
) -> None:
    def find() -> int:
        raise FinderError("no catalogue")

    page.show_pictures("All pictures", "100 pictures", made_up_pictures(100))
    ahead = TypeAhead(page, lambda listing, typed: find, task_runner, page)
    with qtbot.waitSignal(ahead.failed) as caught:
        QTest.keyClicks(page.view, "a")
    assert isinstance(caught.args[0], FinderError)


def test_going_elsewhere_ends_what_is_typed(
    held: Held, page: LibraryPage, task_runner: TaskRunner, qtbot: QtBot
) -> None:
    QTest.keyClicks(page.view, "ab")
    page.view.go_to_row(7)
    held.go.set()
    qtbot.waitUntil(lambda: not task_runner.busy())
    assert page.view.currentIndex().row() == 7
    QTest.keyClicks(page.view, "cd")
    qtbot.waitUntil(lambda: not task_runner.busy())
    assert held.typed[-1] == Typed("cd", 7)
    assert page.view.currentIndex().row() == 20


def test_keys_that_are_no_letters_are_not_looked_up(
    held: Held, page: LibraryPage, task_runner: TaskRunner
) -> None:
    for key in (Key.Key_Backspace, Key.Key_Delete, Key.Key_Tab, Key.Key_F5):
        QTest.keyClick(page.view, key)
    page.view.keyboardSearch("")
    assert not task_runner.busy()


MANY = 100_000
FRAME = 0.016  # s


def test_any_of_a_hundred_thousand_names_without_work_in_the_gui_thread(
    page: LibraryPage, task_runner: TaskRunner, home: Home, qtbot: QtBot
) -> None:
    ids = random.Random(2).sample(range(1 << 62, 1 << 63), MANY)
    pictures = [Picture(id, [Place(f"/p/trip {n:06d}.jpg", n)]) for n, id in enumerate(ids)]
    store(home, pictures)
    page.show_pictures(
        "All pictures",
        "many",
        list_and_lay_out(lambda: list_library(home, order=Order.SIZE), page.grid_size()),
    )
    page.view.go_to_row(0)
    TypeAhead(page, partial(partial, find_typed, home), task_runner, page)
    for text, number in (("trip 000123", 123), ("099876", 99_876), ("trip 05", 59_999)):
        page.view.end_typing()
        began = time.thread_time()
        QTest.keyClicks(page.view, text)
        assert (time.thread_time() - began) / len(text) < FRAME, text
        qtbot.waitUntil(lambda: not task_runner.busy(), timeout=20_000)
        row = page.view.currentIndex().row()
        assert page.model.picture_at(row) == ids[number], text
        assert row in page.view.visible_rows()
