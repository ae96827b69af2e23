"""A query that is read and searched for in the lane, and what becomes of it when a newer one
comes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from making import fill, unit_vectors
from numpy.random import default_rng
from numpy.typing import NDArray
from playing import Begin
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from finder.core.cancellation import Cancelled, CancelToken
from finder.core.errors import FinderError
from finder.core.library.vectors.vector_matrix import MatrixFiles
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.content_id import content_id
from finder.core.pictures.decode import DecodedPicture, decode, read_file
from finder.core.search.matches import Result
from finder.gui.query.search_controller import SearchController
from finder.jobs.task_runner import Lane, TaskRunner
from finder.jobs.workspace import QueryFacts, QuerySource, Workspace

SOON = 20.0  # seconds that no test takes unless it fails
KITTEN, TREE = "cats/kitten.jpg", "birds/kingfisher.jpg"
Wait = Callable[[Callable[[], bool]], None]


class _SlowDecode:
    """Holds the decode of one picture until `go_on` is set."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._data = read_file(str(path))
        self.began, self.go_on, self.ended = (threading.Event() for _ in range(3))
        monkeypatch.setattr("finder.core.search.query.decode", self._decode)

    def _decode(self, data: bytes, short_side: int, max_pixels: int) -> DecodedPicture:
        if data != self._data:
            return decode(data, short_side, max_pixels)
        self.began.set()
        self.go_on.wait(3 * SOON)
        try:
            return decode(data, short_side, max_pixels)
        finally:
            self.ended.set()


class _Said:
    """What a controller told."""

    def __init__(self, controller: SearchController) -> None:
        self.ready: list[QueryFacts] = []
        self.answers: list[Result] = []
        self.errors: list[BaseException] = []
        controller.ready.connect(self.ready.append)
        controller.answered.connect(lambda result, specs: self.answers.append(result))
        controller.failed.connect(self.errors.append)

    def labels(self) -> list[str]:
        return [Path(facts.label).name for facts in self.ready]


@pytest.fixture
def workspace(home: Home, extractors: ExtractorPool) -> Iterator[Workspace]:
    workspace = Workspace(home)
    workspace._extractors._pool = extractors
    yield workspace
    workspace.close_search()  # the extractors are shared by all tests


@pytest.fixture
def door(qapp: object) -> Iterator[TaskRunner]:
    door = TaskRunner()
    yield door
    door.close()


@pytest.fixture
def slow(samples: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_SlowDecode]:
    """The kitten takes long to decode."""
    slow = _SlowDecode(samples / KITTEN, monkeypatch)
    yield slow
    slow.go_on.set()


@pytest.fixture
def controller(workspace: Workspace, door: TaskRunner) -> SearchController:
    return SearchController(door, workspace, door)


@pytest.fixture
def wait(qtbot: QtBot) -> Wait:
    return lambda ready: qtbot.waitUntil(ready, timeout=round(SOON * 1_000))


def _source(path: Path) -> QuerySource:
    return QuerySource(str(path), str(path))


def _fill(home: Home, spec: ModelSpec, samples: Path) -> None:
    """The two samples as pictures of the library, with made-up vectors."""
    pictures = [content_id(read_file(str(samples / name))) for name in (KITTEN, TREE)]
    fill(home, [spec], pictures, {spec.name: unit_vectors(default_rng(0), 2, spec.dimension)})


def _stop_after(began: threading.Event, stop: CancelToken) -> threading.Thread:
    def run() -> None:
        began.wait(SOON)
        stop.set()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


# The workspace


def test_a_query_is_read_from_a_file_an_image_or_bytes(workspace: Workspace, samples: Path) -> None:
    path = samples / KITTEN
    image = QImage(str(path))
    data = path.read_bytes()
    for source in (
        _source(path),
        QuerySource("Pasted picture", image=image),
        QuerySource("Pasted picture", data=data),
    ):
        facts = workspace.set_query(source, CancelToken())
        assert (facts.width, facts.height) == (image.width(), image.height())
        assert facts.label == source.label
        assert not facts.image.isNull()
    assert (facts.picture, facts.bytes) == (content_id(data), len(data))


def test_a_stop_frees_the_lane_while_a_query_is_read(
    workspace: Workspace, samples: Path, slow: _SlowDecode
) -> None:
    stop = CancelToken()
    stopper = _stop_after(slow.began, stop)
    with pytest.raises(Cancelled):
        workspace.set_query(_source(samples / KITTEN), stop)
    assert not slow.ended.is_set()
    slow.go_on.set()
    assert slow.ended.wait(SOON)
    stopper.join()


def test_a_query_that_was_stopped_is_not_the_one_searched_for(
    workspace: Workspace, home: Home, samples: Path, fast_spec: ModelSpec, slow: _SlowDecode
) -> None:
    _fill(home, fast_spec, samples)
    workspace.set_query(_source(samples / TREE))
    stop = CancelToken()
    stopper = _stop_after(slow.began, stop)
    with pytest.raises(Cancelled):
        workspace.set_query(_source(samples / KITTEN), stop)
    slow.go_on.set()
    assert slow.ended.wait(SOON)
    stopper.join()
    result = workspace.search([fast_spec], 5, "euclidean", CancelToken())
    assert result.query.first.path == str(samples / TREE)
    assert len(result.combined) == 2


def test_a_stop_in_the_last_moment_of_reading_counts(
    workspace: Workspace, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = CancelToken()
    ready = decode(read_file(str(samples / KITTEN)), 320)

    def stopped(data: bytes, short_side: int, max_pixels: int) -> DecodedPicture:
        stop.set()
        return ready

    monkeypatch.setattr("finder.core.search.query.decode", stopped)
    with pytest.raises(Cancelled):
        workspace.set_query(_source(samples / KITTEN), stop)
    with pytest.raises(FinderError, match="no query"):
        workspace.search([], 5, "euclidean")


def test_a_search_can_be_stopped(
    workspace: Workspace, home: Home, samples: Path, fast_spec: ModelSpec
) -> None:
    _fill(home, fast_spec, samples)
    workspace.set_query(_source(samples / TREE))
    stop = CancelToken()
    stop.set()
    with pytest.raises(Cancelled):
        workspace.search([fast_spec], 5, "euclidean", stop)
    assert workspace.search([fast_spec], 5, "euclidean", CancelToken()).combined


def test_what_is_no_picture_is_refused_from_a_helping_thread(
    workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "words.jpg").write_text("words")
    with pytest.raises(FinderError, match=r"words\.jpg"):
        workspace.set_query(_source(tmp_path / "words.jpg"), CancelToken())
    with pytest.raises(FinderError, match="no query"):
        workspace.search([], 5, "euclidean", CancelToken())


# The door


def test_dropping_a_ticket_sets_its_stop(door: TaskRunner) -> None:
    stop, began, go_on = CancelToken(), threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        go_on.wait(SOON)

    ticket = door.call(Lane.SEARCH, work, stop=stop)
    assert began.wait(SOON)
    stop.check()
    ticket.drop()
    with pytest.raises(Cancelled):
        stop.check()
    go_on.set()


def test_a_ticket_that_is_heard_leaves_its_stop_alone(door: TaskRunner, wait: Wait) -> None:
    stop = CancelToken()
    values: list[int] = []
    door.call(Lane.SEARCH, lambda: 7, values.append, stop=stop)
    wait(lambda: values == [7])
    stop.check()


def test_closing_the_door_sets_the_stop_of_what_runs(qapp: object) -> None:
    door, stop, began = TaskRunner(), CancelToken(), threading.Event()
    freed: list[bool] = []

    def work() -> None:
        began.set()
        for _ in range(round(SOON * 100)):
            try:
                stop.check()
            except Cancelled:
                freed.append(True)
                return
            threading.Event().wait(0.01)

    door.call(Lane.SEARCH, work, stop=stop)
    assert began.wait(SOON)
    door.close()
    assert freed == [True]


@pytest.mark.parametrize(
    ("error", "logged"), [(Cancelled(), 0), (FinderError("gone"), 0), (ValueError("bug"), 1)]
)
def test_of_a_dropped_ticket_only_real_faults_are_logged(
    door: TaskRunner,
    wait: Wait,
    caplog: pytest.LogCaptureFixture,
    error: BaseException,
    logged: int,
) -> None:
    began, go_on = threading.Event(), threading.Event()
    heard: list[object] = []

    def work() -> None:
        began.set()
        go_on.wait(SOON)
        raise error

    with caplog.at_level(logging.WARNING, "finder"):
        ticket = door.call(Lane.SEARCH, work, heard.append, heard.append, CancelToken())
        assert began.wait(SOON)
        ticket.drop()
        go_on.set()
        wait(lambda: not door.busy())
    assert len(caplog.records) == logged
    assert heard == []


# The window's questions


def test_a_newer_question_does_not_wait_for_a_slow_one(
    controller: SearchController,
    door: TaskRunner,
    home: Home,
    samples: Path,
    fast_spec: ModelSpec,
    slow: _SlowDecode,
    wait: Wait,
    caplog: pytest.LogCaptureFixture,
) -> None:
    _fill(home, fast_spec, samples)
    said = _Said(controller)
    controller.ready.connect(lambda facts: controller.search([fast_spec], 5, "euclidean"))
    controller.ask(_source(samples / KITTEN))
    wait(slow.began.is_set)
    controller.ask(_source(samples / TREE))
    wait(lambda: bool(said.answers))
    assert not slow.go_on.is_set(), "the slow one is still being read"
    assert said.labels() == ["kingfisher.jpg"]

    slow.go_on.set()
    assert slow.ended.wait(SOON)
    wait(lambda: not door.busy())
    seen = threading.Event()
    door.call(Lane.SEARCH, partial(int, "1"), lambda _: seen.set())
    wait(seen.is_set)
    assert said.labels() == ["kingfisher.jpg"]
    assert [Path(answer.query.label).name for answer in said.answers] == ["kingfisher.jpg"]
    assert controller.query is said.ready[0]
    assert said.errors == []
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []


def test_many_slow_questions_in_a_row_do_not_stand_in_the_way(
    controller: SearchController, samples: Path, slow: _SlowDecode, wait: Wait
) -> None:
    said = _Said(controller)
    for _ in range(5):
        slow.began.clear()
        controller.ask(_source(samples / KITTEN))
        wait(slow.began.is_set)
    controller.ask(_source(samples / TREE))
    wait(lambda: bool(said.ready))
    assert said.labels() == ["kingfisher.jpg"]
    assert not slow.go_on.is_set()


def test_forgetting_the_query_frees_the_lane(
    controller: SearchController, door: TaskRunner, samples: Path, slow: _SlowDecode, wait: Wait
) -> None:
    said = _Said(controller)
    controller.ask(_source(samples / KITTEN))
    wait(slow.began.is_set)
    controller.clear()
    wait(lambda: not door.busy())
    assert not slow.go_on.is_set()
    assert (said.ready, said.errors, controller.query) == ([], [], None)


def test_a_query_that_cannot_be_read_is_told(
    controller: SearchController, tmp_path: Path, wait: Wait
) -> None:
    said = _Said(controller)
    controller.ask(_source(tmp_path / "nowhere.jpg"))
    wait(lambda: bool(said.errors))
    assert isinstance(said.errors[0], FinderError)


def test_the_window_closes_in_the_middle_of_a_slow_query(
    begin: Begin, samples: Path, slow: _SlowDecode
) -> None:
    player = begin(picture=str(samples / KITTEN))
    player.wait(slow.began.is_set)
    player.close()
    assert player.closed
    assert not slow.ended.is_set(), "nobody waited for it"


@pytest.mark.parametrize("is_dropped", [True, False])
def test_a_search_whose_model_is_being_removed(
    controller: SearchController,
    door: TaskRunner,
    home: Home,
    samples: Path,
    fast_spec: ModelSpec,
    wait: Wait,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    is_dropped: bool,
) -> None:
    """It fails with a sentence, or quietly if another one has replaced it."""
    _fill(home, fast_spec, samples)
    said = _Said(controller)
    controller.ask(_source(samples / TREE))
    wait(lambda: bool(said.ready))
    began, go_on = threading.Event(), threading.Event()
    map_vectors = MatrixFiles.map_vectors

    def late(files: MatrixFiles, rows: int) -> NDArray[np.float32]:
        began.set()
        go_on.wait(SOON)
        return map_vectors(files, rows)

    monkeypatch.setattr(MatrixFiles, "map_vectors", late)
    controller.search([fast_spec], 5, "euclidean")
    wait(began.is_set)
    with LibraryWriter(home) as writer:
        writer.removals.forget_model(fast_spec.name)
        writer.store.drop_unknown()
    if is_dropped:
        controller.clear()
    go_on.set()
    wait(lambda: not door.busy())
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []
    assert said.answers == []
    assert [str(error).partition(" ")[2] for error in said.errors] == (
        [] if is_dropped else ["has not indexed any picture yet. Index a folder with it first."]
    )
