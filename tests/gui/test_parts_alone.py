"""Controllers and panels without the main window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtWidgets import QPushButton, QStackedWidget, QWidget
from pytestqt.qtbot import QtBot

from finder.core.errors import FinderError
from finder.core.library.catalogue.opening import DamagedCatalogueError
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.gui.common.notices.bug_reporter import BugReporter
from finder.gui.common.notices.message_page import MessagePage
from finder.gui.common.notices.messages import Message
from finder.gui.common.notices.notice_bar import NoticeBar
from finder.gui.common.notices.toast import Toasts
from finder.gui.library.indexing_models import IndexingModels
from finder.gui.models.model_activities import ModelActivities
from finder.gui.models.model_view import Activity
from finder.gui.query.input.drop_data import DropData, read_mime
from finder.gui.query.input.input_controller import InputController
from finder.gui.shell.feedback import Feedback
from finder.gui.shell.message_pages import MessagePages
from finder.jobs.query_facts import QuerySource
from finder.jobs.task_runner import TaskRunner
from finder.jobs.workspace import Workspace
from finder.use_cases.models.word_files import ModelFiles

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def notice(qtbot: QtBot) -> NoticeBar:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    return bar


@pytest.fixture
def task_runner(qtbot: QtBot) -> Iterator[TaskRunner]:
    runner = TaskRunner()
    yield runner
    assert runner.close()


@pytest.fixture
def controller(
    notice: NoticeBar, task_runner: TaskRunner, home: Home, window: QWidget
) -> InputController:
    return InputController(notice, task_runner, Workspace(home), window)


def test_a_dropped_picture_becomes_the_query(
    controller: InputController, qtbot: QtBot, samples: Path
) -> None:
    path = str(samples / "cats" / "kitten.jpg")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path)])
    with qtbot.waitSignal(controller.query_given) as given:
        controller.receive(read_mime(mime))
    assert given.args == [QuerySource(path, path=path)]


def test_added_folders_and_models_reach_the_controller(
    controller: InputController, notice: NoticeBar, qtbot: QtBot, tmp_path: Path
) -> None:
    models = [str(tmp_path / name) for name in ("one.onnx", "two.onnx")]
    for model in models:
        Path(model).touch()
    folders: list[tuple[str, ...]] = []
    controller.folders_given.connect(folders.append)
    with qtbot.waitSignal(controller.model_given) as given:
        controller.receive(DropData(paths=(str(tmp_path), *models)))
    assert (folders, given.args) == ([(str(tmp_path),)], [ModelFiles(Path(models[0]), left_out=1)])
    assert notice.text.text() == "2 models were dropped; the first one is imported."


def test_a_drop_without_a_picture_is_explained(
    controller: InputController, notice: NoticeBar
) -> None:
    controller.receive(DropData(error="There is none."))
    assert notice.text.text() == "There is none."


def test_pinned_lines_stay_above_other_notices(notice: NoticeBar) -> None:
    notice.pin_notice("Pinned.")
    notice.show_notice("Passing.")
    assert notice.text.text() == "Pinned.\nPassing."
    notice.clear_unpinned()
    assert notice.text.text() == "Pinned."


@pytest.fixture
def indexing(
    task_runner: TaskRunner, home: Home, specs: list[ModelSpec], window: QWidget
) -> IndexingModels:
    models = IndexingModels(None, task_runner, Workspace(home), window)
    models.installed = specs
    return models


def test_all_models_index_until_the_user_chooses(
    indexing: IndexingModels, specs: list[ModelSpec], qtbot: QtBot
) -> None:
    assert indexing.specs() == specs
    with qtbot.waitSignal(indexing.changed):
        indexing.choose([specs[0].name])
    assert indexing.specs() == specs[:1]
    indexing.choose([spec.name for spec in reversed(specs)])
    assert indexing.names is None


def test_a_model_that_was_switched_off_or_removed_does_not_index(
    indexing: IndexingModels, specs: list[ModelSpec], qtbot: QtBot
) -> None:
    with qtbot.waitSignal(indexing.changed):
        indexing.switch_off([specs[0].name])
    assert indexing.specs() == specs[1:]
    indexing.forget(specs[1].name)
    assert indexing.specs() == specs[2:]
    with qtbot.assertNotEmitted(indexing.changed):
        indexing.switch_off([])


def test_an_activity_ends_when_the_models_are_read_again(qtbot: QtBot, window: QWidget) -> None:
    pending: list[Callable[[], None]] = []
    activities = ModelActivities(pending.append, window)
    with qtbot.waitSignal(activities.changed):
        activities.begin("one", "Measuring …", can_cancel=True)
    activities.end("one", "Done.")
    assert activities.activity("one") == Activity("Measuring …", can_cancel=True)
    pending.pop()()
    assert (activities.activity("one"), activities.message("one")) == (None, Message("Done.", ""))


def test_a_failed_activity_has_a_message_unless_it_is_a_bug(qtbot: QtBot, window: QWidget) -> None:
    activities = ModelActivities(lambda then: then(), window)
    activities.fail("one", FinderError("It failed.", "Try again."))
    assert activities.message("one") == Message("It failed.", "Try again.")
    bug = ValueError("bug")
    with qtbot.waitSignal(activities.failed) as failed:
        activities.fail("two", bug)
    assert (failed.args, activities.message("two")) == ([bug], None)


@pytest.fixture
def stack(qtbot: QtBot) -> QStackedWidget:
    widget = QStackedWidget()
    qtbot.addWidget(widget)
    widget.addWidget(QWidget())
    widget.addWidget(MessagePage())
    widget.show()
    return widget


def _pages(stack: QStackedWidget) -> tuple[MessagePages, MessagePage]:
    page = stack.widget(1)
    assert isinstance(page, MessagePage)
    return MessagePages(stack, page, stack), page


def test_a_quick_search_shows_no_loading_page(stack: QStackedWidget, qtbot: QtBot) -> None:
    pages, page = _pages(stack)
    pages.show_searching()
    pages.stop_loading()
    assert stack.currentIndex() == 0
    pages.show_searching()
    qtbot.waitUntil(lambda: stack.currentIndex() == 1)
    assert page.title.text() == "Searching …"


def test_the_buttons_of_a_page_are_signals(
    stack: QStackedWidget, qtbot: QtBot, specs: list[ModelSpec]
) -> None:
    pages, page = _pages(stack)
    pages.show_not_indexed(specs)
    with qtbot.waitSignal(pages.index_requested) as requested:
        _click(page, "Index now")
    assert requested.args == [[spec.name for spec in specs]]
    pages.show_error(DamagedCatalogueError("Damaged.", "Repair it."), Message("Damaged.", ""))
    with qtbot.waitSignal(pages.check_requested):
        _click(page, "Check library…")


def _click(page: QWidget, text: str) -> None:
    (button,) = (b for b in page.findChildren(QPushButton) if b.text() == text)
    button.click()


def test_errors_become_notices_and_texts_a_toast(
    notice: NoticeBar, qtbot: QtBot, tmp_path: Path
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    toasts = Toasts(window)
    feedback = Feedback(toasts, notice, BugReporter(tmp_path / "log"), window)
    feedback.show_status("The path was copied.")
    feedback.report_error(FinderError("It failed.", "Try again."))
    assert [toast.text for toast in toasts.shown] == ["The path was copied."]
    assert notice.text.text() == "It failed. Try again."
