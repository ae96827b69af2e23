"""The whole window as a user operates it: shown, given pictures, closed at the end."""

from __future__ import annotations

import logging
import shutil
import threading
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest
from making import copied, run_index
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QClipboard, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from finder.app import Program
from finder.core.library.catalogue.backups import list_backups
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import Settings
from finder.core.library.indexing.progress import Progress
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.matches import Match
from finder.gui.common.widgets import ElidedLabel
from finder.gui.results.compare.result_column import ResultColumn
from finder.gui.theme.theme import Scheme, apply_theme
from finder.use_cases.library.indexing_estimate import Survey

LITE0, LITE2, VGG16 = "efficientnet-lite0", "efficientnet-lite2", "vgg16"
FAST = Settings(models_on=(LITE0,))
UNFOLDED = Settings(fold_near_duplicates=False)
"""Each match has a row of its own: the samples have near-duplicates, which test_folding folds."""
SAMPLES = 80
BIRD, CAT = "birds/kingfisher.jpg", "cats/cheetah.jpg"
CROP = "altered/kingfisher--crop.jpg"


_OFFSCREEN = "Qt: This plugin does not support"
"""What Qt says of dialogs and menus where there is no screen."""


class _Noise(logging.Handler):
    """Warnings and worse of the program, Qt's among them (the program logs those)."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = self.format(record)
        if _OFFSCREEN not in text:
            self.said.append(text)


class Player:
    """The program on a library, and its user. `noise`: what was logged as a warning or worse; a
    test that expects some removes it, anything left at the end is a failure."""

    def __init__(self, qtbot: QtBot, home: Home, settings: Settings) -> None:
        self.qtbot = qtbot
        self.home = home
        self._handler = _Noise()
        self.noise = self._handler.said
        logging.getLogger("finder").addHandler(self._handler)
        self.program = Program(home, settings)
        self.task_runner, self.conductor = self.program.task_runner, self.program.conductor
        self.controllers = self.conductor.controllers
        self.window, self.workspace = self.program.window, self.program.workspace
        self.bar, self.results = self.window.query_bar, self.window.results
        self.closed = False

    def start(self, picture: str | None, size: tuple[int, int]) -> None:
        self.conductor.start([picture] if picture else [])
        self.window.resize(*size)
        self.window.show()
        self.window.activateWindow()
        self.wait(lambda: bool(self.controllers.library.overview.models))

    def end(self) -> None:
        """Close, wait for the threads, and delete the window."""
        if self.closed:
            return
        self.closed = True
        self.program.close()
        self.window.hide()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        logging.getLogger("finder").removeHandler(self._handler)
        assert not self.noise

    def close(self) -> None:
        """Close the window as its own button does, and the program with it."""
        self.window.close()
        self.end()

    # Waiting

    def wait(self, ready: Callable[[], bool], seconds: float = 40.0) -> None:
        self.qtbot.waitUntil(ready, timeout=round(seconds * 1_000))

    def settle(self) -> None:
        """Wait until nothing is running any more."""
        self.wait(
            lambda: not self.task_runner.busy() and not self.controllers.library.indexing.busy
        )

    def indexed(self) -> None:
        """Wait until the current run has ended and the window knows its result."""
        self.wait(lambda: self.controllers.library.indexing.busy)
        self.settle()

    def rescan(self) -> None:
        """Index all folders again, by the menu."""
        self.window.actions_by_name["rescan"].trigger()

    # Giving pictures

    def ask(self, *pictures: Path) -> None:
        """Drop files and wait for the answer."""
        self.answer(lambda: self.drop(files(*pictures)))

    def answer(self, act: Callable[[], object]) -> None:
        """Do what makes the window search, and wait for the answer."""
        with self.qtbot.waitSignal(self.controllers.searching.answered, timeout=40_000):
            act()

    def drop(self, mime: QMimeData) -> None:
        """A drag over the window, and its drop."""
        at, action = QPointF(self.window.rect().center()), Qt.DropAction.CopyAction
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        with warnings.catch_warnings():  # a QPoint is all that older versions of PySide take
            warnings.simplefilter("ignore", DeprecationWarning)
            enter = QDragEnterEvent(at.toPoint(), action, mime, left, none)
        QApplication.sendEvent(self.window, enter)
        assert enter.isAccepted()
        drop = QDropEvent(at, action, mime, left, none)
        QApplication.sendEvent(self.window, drop)
        assert drop.isAccepted()

    def paste(self, mime: QMimeData) -> None:
        QGuiApplication.clipboard().setMimeData(mime)
        self.window.actions_by_name["paste"].trigger()

    def choose(self, *models: str) -> None:
        """Tick these models and no other."""
        for row in self.bar.models.rows:
            row.box.setChecked(row.spec.name in models)

    # Looking

    @property
    def columns(self) -> Sequence[ResultColumn]:
        return self.results.columns

    def column(self, key: str) -> ResultColumn:
        return next(column for column in self.columns if column.key == key)

    def shows_results(self) -> bool:
        return self.window.pages.currentWidget() is self.window.results_page

    def page(self) -> str:
        """The text of the page in the middle."""
        page = self.window.pages.currentWidget()
        assert page is not None
        return visible_text(page)

    def query_name(self) -> str:
        """What the window says the query is; empty while there is none."""
        window = self.window
        return window.hero.name.whole_text() if window.windowTitle() != "Image Finder" else ""

    @property
    def model_columns(self) -> Sequence[ResultColumn]:
        """The columns of the models, without that of the combined ranking."""
        return [column for column in self.columns if column.key]

    def notice(self) -> str:
        """The text of the notice; empty while none is shown."""
        return visible_text(self.window.notice) if self.window.notice.isVisible() else ""

    def status(self) -> str:
        """The text of the newest toast; empty while none is shown."""
        return self.window.toasts.shown[-1].text if self.window.toasts.shown else ""

    def press(self, text: str, within: QWidget | None = None) -> None:
        """Click the visible button with this text, as soon as the layout has given it its place."""
        button = button_with(within or self.window, text)
        self.wait(lambda: not button.rect().isEmpty())
        assert button.isEnabled()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def dialog(self, kind: type[QDialog]) -> QDialog:
        """The open dialog of this kind, as soon as it is there."""
        self.wait(lambda: self.has_dialog(kind))
        return next(d for d in self.window.findChildren(kind) if d.isVisible())

    def has_dialog(self, kind: type[QDialog]) -> bool:
        return any(d.isVisible() for d in self.window.findChildren(kind))


Given = TypeVar("Given", Progress, Survey | None)


class RunSteps:
    """Follows the steps of all indexing runs from now on, in their thread.

    hold_at: a run stands still once so many pictures are done, until `release` is called. Once the
    test has set `paused`: `stepped` is set by the next step, `latest` is what the last one gave,
    and `while_paused` counts the steps that were asked for all the same.
    """

    def __init__(
        self, player: Player, monkeypatch: pytest.MonkeyPatch, hold_at: int | None = None
    ) -> None:
        self.paused, self.stepped = threading.Event(), threading.Event()
        self.latest: Progress | Survey | None = None
        self.while_paused = 0
        self._hold_at = hold_at
        self._held, self._released = threading.Event(), threading.Event()
        self._survey, self._index = player.workspace.survey, player.workspace.index
        monkeypatch.setattr(player.workspace, "survey", self._follow_survey)
        monkeypatch.setattr(player.workspace, "index", self._follow_index)

    def is_held(self) -> bool:
        return self._held.is_set()

    def release(self) -> None:
        self._released.set()

    def _follow_survey(
        self, folders: Sequence[str], specs: Sequence[ModelSpec], large: int
    ) -> Generator[Survey | None]:
        for survey in self._survey(folders, specs, large):
            yield from self._step(survey)

    def _follow_index(
        self, folders: Sequence[str], specs: Sequence[ModelSpec]
    ) -> Generator[Progress]:
        for progress in self._index(folders, specs):
            yield from self._step(progress)
            if self._hold_at is not None and progress.done >= self._hold_at:
                self._held.set()
                self._released.wait(60)

    def _step(self, given: Given) -> Iterator[Given]:
        was_paused = self.paused.is_set()
        if was_paused:
            self.latest = given
            self.stepped.set()
        yield given
        self.while_paused += was_paused and self.paused.is_set()


def files(*paths: Path) -> QMimeData:
    """What a file manager drops."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def text_of(text: str) -> QMimeData:
    mime = QMimeData()
    mime.setText(text)
    return mime


def visible_text(widget: QWidget) -> str:
    """All visible words in a widget, each label and button on a line."""
    words = []
    for child in [widget, *widget.findChildren(QWidget)]:
        if not child.isVisible():
            continue
        if isinstance(child, ElidedLabel):
            words.append(child.whole_text())
        elif isinstance(child, QLabel | QAbstractButton):
            words.append(child.text())
    return "\n".join(filter(None, words))


def button_with(widget: QWidget, text: str) -> QAbstractButton:
    buttons = [b for b in widget.findChildren(QAbstractButton) if b.isVisible()]
    found = [b for b in buttons if b.text().replace("&", "") == text]
    assert found, f"no button “{text}” among {[b.text() for b in buttons]}"
    return found[0]


def matches(column: ResultColumn) -> list[Match]:
    """The rows of a column."""
    rows = (column.model.match_at(row) for row in range(column.model.rowCount()))
    return [match for match in rows if match is not None]


def names(column: ResultColumn) -> list[str]:
    """The file names in a column, from the top."""
    return [Path(match.picture.paths[0]).name for match in matches(column)]


def picture_count(home: Home, model: str) -> tuple[int, int]:
    """(pictures in the catalogue, those that the model has embedded)."""
    with closing(Catalogue(home)) as catalogue:
        return catalogue.pictures.count(), catalogue.embeddings.counts().get(model, 0)


@pytest.fixture(scope="session")
def qapp(qapp: QApplication) -> QApplication:
    """Also parts that are tested alone look as they do in the window."""
    apply_theme(qapp, Scheme.LIGHT)
    return qapp


Begin = Callable[..., Player]
"""(home, settings, picture, size) → a started player; all may be left out."""


@pytest.fixture
def begin(qtbot: QtBot, home: Home) -> Iterator[Begin]:
    players: list[Player] = []

    def begin(
        at: Home = home,
        settings: Settings | None = None,
        picture: str | None = None,
        size: tuple[int, int] = (1_280, 800),
    ) -> Player:
        player = Player(qtbot, at, settings or Settings())
        players.append(player)
        player.start(picture, size)
        return player

    QGuiApplication.clipboard().clear(QClipboard.Mode.Clipboard)
    yield begin
    for player in players:
        player.end()
    QGuiApplication.clipboard().clear(QClipboard.Mode.Clipboard)


@pytest.fixture
def host(qtbot: QtBot) -> QWidget:
    """A window for parts that are tested alone, without a layout and away from the pointer."""
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(1_000, 600)
    host.show()
    qtbot.waitExposed(host)
    return host


@pytest.fixture
def library(home: Home, indexed_samples: Home) -> Home:
    """A test's own copy of the indexed samples."""
    shutil.copytree(indexed_samples.root, home.root)
    return home


@pytest.fixture
def bird_library(
    home: Home, samples: Path, tmp_path: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> Home:
    """A folder of birds indexed with the fast model, and one copy of the catalogue."""
    copied(sorted((samples / "birds").glob("*.jpg")), tmp_path / "birds")
    run_index(home, [tmp_path / "birds"], [fast_spec], extractors)
    assert len(list_backups(home)) == 1
    return home


@pytest.fixture
def player(begin: Begin) -> Player:
    """The window on an empty library, with the fast model switched on."""
    return begin(settings=FAST)


@pytest.fixture
def filled(library: Home, begin: Begin) -> Player:
    """The window on the indexed samples, all three models side by side, nothing folded."""
    return begin(library, UNFOLDED)
