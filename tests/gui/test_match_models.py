"""Qt's models of the lists, and the thumbnails that are loaded for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import cast

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QColor, QImage, QPixmap
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from finder.core.errors import Reason
from finder.core.library.catalogue.records import FileRecord, PictureRecord
from finder.core.paths import Home
from finder.core.pictures.decode import PictureFacts
from finder.core.search.matches import Match
from finder.gui.grid.thumbnail_feed import ThumbnailFeed
from finder.gui.library.side_bar.skipped_dialog import SkippedModel
from finder.gui.results.match_model import MatchListModel, MatchRole
from finder.jobs.library_pictures import LibraryPictures
from finder.jobs.task_runner import TaskRunner
from finder.jobs.workspace import Workspace
from finder.workers.worker_pools import FolderChecks

_BYTES = 1_000 + 4 * 2 * 2  # what the feed counts for one of the thumbnails here
WARNING = QAbstractItemModelTester.FailureReportingMode.Warning
FACTS = PictureFacts(4, 3, "JPEG", None, 1)


def _match(rank: int, picture: int, path: str = "") -> Match:
    known = PictureRecord(picture, FACTS, (path or f"/pictures/{picture}.jpg",))
    return Match(rank, known, rank / 10)


def _matches(pictures: Sequence[int]) -> list[Match]:
    return [_match(rank, picture) for rank, picture in enumerate(pictures, 1)]


class _Thumbs(LibraryPictures):
    """Thumbnails whose colour is their picture's id, returned when `go` is set."""

    def __init__(self, home: Home) -> None:
        super().__init__(home, FolderChecks())
        self.go = threading.Event()
        self.asked: list[int] = []

    def thumbs(self, pictures: Sequence[int]) -> list[QImage]:
        self.asked += pictures
        self.go.wait(10)
        images = [QImage(2, 2, QImage.Format.Format_RGB32) for _ in pictures]
        for picture, image in zip(pictures, images, strict=True):
            image.fill(QColor(picture % 256, 0, 0))
        return images


@pytest.fixture
def thumbs(home: Home) -> _Thumbs:
    return _Thumbs(home)


@pytest.fixture
def feed(qtbot: QtBot, home: Home, thumbs: _Thumbs) -> Iterator[ThumbnailFeed]:
    runner = TaskRunner()
    workspace = Workspace(home)
    workspace.pictures = thumbs
    yield ThumbnailFeed(runner, workspace.pictures.thumbs, runner)
    thumbs.go.set()
    runner.close()


def _red(pixmap: object) -> int:
    assert isinstance(pixmap, QPixmap)
    return pixmap.toImage().pixelColor(0, 0).red()


@pytest.fixture
def wait(qtbot: QtBot) -> Callable[[Callable[[], bool]], None]:
    return lambda ready: qtbot.waitUntil(ready, timeout=10_000)


Wait = Callable[[Callable[[], bool]], None]


def test_the_match_model_keeps_qts_rules(feed: ThumbnailFeed) -> None:
    model = MatchListModel(feed)
    QAbstractItemModelTester(model, WARNING, model)
    for pictures in ([], [1], [3, 1, 2], range(100), [], [7]):
        model.show_matches(_matches(list(pictures)))
        model.set_marked(2)
        assert model.rowCount() == len(pictures)
        assert not model.rowCount(model.index(0))
    model.set_marked(None)


def test_the_skipped_model_keeps_qts_rules() -> None:
    files = [
        FileRecord("/a/empty.jpg", 0, 0, None, Reason.EMPTY),
        FileRecord("/a/b/text.png", 4, 0, None, Reason.NOT_A_PICTURE),
    ]
    for some in ([], files):
        model = SkippedModel(some)
        QAbstractItemModelTester(model, WARNING, model)
        assert (model.rowCount(), model.columnCount()) == (len(some), 3)
    assert model.data(model.index(0, 0)) == "empty.jpg"
    assert model.data(model.index(1, 1)) == Reason.NOT_A_PICTURE.sentence()
    assert model.data(model.index(1, 2)) == "/a/b"
    assert model.as_text().splitlines()[0] == f"empty.jpg\t{Reason.EMPTY.sentence()}\t/a"


def test_a_row_has_rank_number_name_and_place(feed: ThumbnailFeed) -> None:
    model = MatchListModel(feed)
    model.show_matches([_match(1, 5, "/pictures/a b.jpg")])
    index = model.index(0)
    assert index.data() == "a b.jpg"
    assert index.data(MatchRole.NUMBER) == "0.100"
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Rank 1, 0.100, distant, a b.jpg"
    assert "/pictures/a b.jpg" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert QModelIndex().data() is None


def test_a_name_that_looks_like_html_is_quoted_in_the_tip(feed: ThumbnailFeed) -> None:
    model = MatchListModel(feed)
    model.show_matches([_match(1, 5, "/pictures/<b>bold & co.jpg")])
    assert model.index(0).data() == "<b>bold & co.jpg"
    tip = model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert "&lt;b&gt;bold &amp; co.jpg" in tip


def test_a_name_that_is_not_text_can_be_shown(feed: ThumbnailFeed) -> None:
    model = MatchListModel(feed)
    model.show_matches([_match(1, 5, "/pictures/caf\udce9.jpg")])
    assert model.index(0).data() == "caf\\udce9.jpg"
    assert "caf\\udce9.jpg" in model.index(0).data(Qt.ItemDataRole.ToolTipRole)


def test_data_fetches_nothing(feed: ThumbnailFeed, thumbs: _Thumbs, wait: Wait) -> None:
    model = MatchListModel(feed)
    model.show_matches(_matches(range(20)))
    for row in range(20):
        for role in MatchRole:
            model.index(row).data(role)
    thumbs.go.set()
    feed.request([99])  # comes after all that was asked for before
    wait(lambda: feed.pixmap(99) is not None)
    assert thumbs.asked == [99]
    assert model.index(0).data(MatchRole.PIXMAP) is None


def test_looking_up_a_row_takes_no_time(feed: ThumbnailFeed) -> None:
    model = MatchListModel(feed)
    model.show_matches(_matches(range(200)))
    began = time.thread_time()
    for row in range(200):
        for role in MatchRole:
            model.index(row).data(role)
    assert time.thread_time() - began < 0.5, "of this thread's own time"


def test_marking_updates_only_the_two_rows_it_changes(feed: ThumbnailFeed) -> None:
    model = MatchListModel(feed)
    model.show_matches(_matches([10, 20, 30]))
    changed: list[int] = []
    model.set_marked(10)
    model.dataChanged.connect(lambda first, last, roles: changed.append(first.row()))
    model.set_marked(30)
    assert changed == [0, 2]
    assert [model.index(row).data(MatchRole.MARKED) for row in range(3)] == [False, False, True]
    model.set_marked(99)
    assert not any(model.index(row).data(MatchRole.MARKED) for row in range(3))


def test_a_late_thumbnail_goes_to_its_own_picture(
    feed: ThumbnailFeed, thumbs: _Thumbs, wait: Wait
) -> None:
    model = MatchListModel(feed)
    model.show_matches(_matches([10, 20, 30]))
    feed.request([10, 20, 30])
    wait(lambda: len(thumbs.asked) >= 2)
    model.show_matches(_matches([30, 40, 10]))
    changed: list[int] = []
    model.dataChanged.connect(lambda first, last, roles: changed.append(first.row()))
    thumbs.go.set()
    wait(lambda: feed.pixmap(30) is not None)
    assert _red(model.index(0).data(MatchRole.PIXMAP)) == 30
    assert model.index(1).data(MatchRole.PIXMAP) is None
    assert _red(model.index(2).data(MatchRole.PIXMAP)) == 10
    assert sorted(changed) == [0, 2]


def test_the_latest_request_is_fetched_first(
    feed: ThumbnailFeed, thumbs: _Thumbs, wait: Wait
) -> None:
    feed.request(range(100))
    feed.request(range(200, 210))
    thumbs.go.set()
    wait(lambda: len(thumbs.asked) == 110)
    newest, old = thumbs.asked.index(209), thumbs.asked.index(50)
    assert newest < old
    assert thumbs.asked.index(209) < 25
    assert sorted(thumbs.asked) == [*range(100), *range(200, 210)]


def test_nothing_is_fetched_twice(feed: ThumbnailFeed, thumbs: _Thumbs, wait: Wait) -> None:
    thumbs.go.set()
    feed.request([1, 2, 3])
    feed.request([3, 2, 1])
    wait(lambda: all(feed.pixmap(p) is not None for p in (1, 2, 3)))
    feed.request([1, 2, 3, 4])
    wait(lambda: feed.pixmap(4) is not None)
    assert sorted(thumbs.asked) == [1, 2, 3, 4]


def test_the_feed_drops_the_least_recently_used(
    feed: ThumbnailFeed, thumbs: _Thumbs, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "_most_bytes", 5 * _BYTES)
    thumbs.go.set()
    feed.request(range(5))
    wait(lambda: all(feed.pixmap(p) is not None for p in range(5)))
    feed.pixmap(0)
    feed.request([5])
    wait(lambda: feed.pixmap(5) is not None)
    kept = [p for p in range(6) if feed.pixmap(p) is not None]
    assert len(kept) == 5
    assert 0 in kept


def test_a_picture_without_a_thumbnail_is_not_requested_again(home: Home, wait: Wait) -> None:
    runner = TaskRunner()
    asked: list[int] = []
    workspace = Workspace(home)

    def counted(pictures: Sequence[int]) -> list[QImage]:
        asked.extend(pictures)
        return workspace.pictures.thumbs(pictures)

    feed = ThumbnailFeed(runner, counted, runner)
    feed.request([1])
    wait(lambda: feed.pixmap(1) is not None)
    assert cast(QPixmap, feed.pixmap(1)).isNull()
    feed.request([1, 2])
    wait(lambda: feed.pixmap(2) is not None)
    assert asked == [1, 2]
    runner.close()
