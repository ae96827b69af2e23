"""A query is read and searched for in its lane, and stopped when a newer one comes."""

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
from PIL import Image
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
from finder.core.pictures.transform import Box, Transform
from finder.core.search.matches import Result
from finder.core.search.query.query_spec import (
    BytesSource,
    FileSource,
    QueryExample,
    QuerySpec,
    WebSource,
)
from finder.gui.query.search_controller import SearchController
from finder.jobs.query_facts import QueryFacts, QuerySource, download_label
from finder.jobs.task_runner import Lane, TaskRunner
from finder.jobs.workspace import Workspace

SOON = 20.0  # seconds that no test takes unless it fails
KITTEN, TREE = "cats/kitten.jpg", "birds/kingfisher.jpg"
Wait = Callable[[Callable[[], bool]], None]


class _SlowDecode:
    """Holds the decode of one picture until `go_on` is set."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._data = read_file(str(path))
        self.began, self.go_on, self.ended = (threading.Event() for _ in range(3))
        monkeypatch.setattr("finder.core.search.query.query.decode", self._decode)

    def _decode(self, data: bytes, short_side: int, max_pixels: int) -> DecodedPicture:
        if data != self._data:
            return decode(data, short_side, max_pixels)
        self.began.set()
        self.go_on.wait(3 * SOON)
        try:
            return decode(data, short_side, max_pixels)
        finally:
            self.ended.set()


class _Reports:
    """What a controller reported."""

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
def slow(samples: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_SlowDecode]:
    """The kitten takes long to decode."""
    slow = _SlowDecode(samples / KITTEN, monkeypatch)
    yield slow
    slow.go_on.set()


@pytest.fixture
def controller(workspace: Workspace, runner: TaskRunner) -> SearchController:
    return SearchController(runner, workspace, runner)


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


def test_a_stopped_query_does_not_replace_the_last_one(
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
    assert result.query.items[0].path == str(samples / TREE)
    assert len(result.combined) == 2


def test_a_stop_in_the_last_moment_of_reading_counts(
    workspace: Workspace, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = CancelToken()
    ready = decode(read_file(str(samples / KITTEN)), 320)

    def stopped(data: bytes, short_side: int, max_pixels: int) -> DecodedPicture:
        stop.set()
        return ready

    monkeypatch.setattr("finder.core.search.query.query.decode", stopped)
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


def test_a_file_that_is_no_picture_is_refused_from_a_worker_thread(
    workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "words.jpg").write_text("words")
    with pytest.raises(FinderError, match=r"words\.jpg"):
        workspace.set_query(_source(tmp_path / "words.jpg"), CancelToken())
    with pytest.raises(FinderError, match="no query"):
        workspace.search([], 5, "euclidean", CancelToken())


# The window's queries


def test_a_newer_query_does_not_wait_for_a_slow_one(
    controller: SearchController,
    runner: TaskRunner,
    home: Home,
    samples: Path,
    fast_spec: ModelSpec,
    slow: _SlowDecode,
    wait: Wait,
    caplog: pytest.LogCaptureFixture,
) -> None:
    _fill(home, fast_spec, samples)
    reports = _Reports(controller)
    controller.ready.connect(lambda facts: controller.search([fast_spec], 5, "euclidean"))
    controller.ask(_source(samples / KITTEN))
    wait(slow.began.is_set)
    controller.ask(_source(samples / TREE))
    wait(lambda: bool(reports.answers))
    assert not slow.go_on.is_set(), "the slow one is still being read"
    assert reports.labels() == ["kingfisher.jpg"]

    slow.go_on.set()
    assert slow.ended.wait(SOON)
    wait(lambda: not runner.busy())
    seen = threading.Event()
    runner.call(Lane.SEARCH, partial(int, "1"), lambda _: seen.set())
    wait(seen.is_set)
    assert reports.labels() == ["kingfisher.jpg"]
    assert [Path(answer.query.label).name for answer in reports.answers] == ["kingfisher.jpg"]
    assert controller.query is reports.ready[0]
    assert reports.errors == []
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []


def test_many_slow_queries_in_a_row_do_not_delay_the_next(
    controller: SearchController, samples: Path, slow: _SlowDecode, wait: Wait
) -> None:
    reports = _Reports(controller)
    for _ in range(5):
        slow.began.clear()
        controller.ask(_source(samples / KITTEN))
        wait(slow.began.is_set)
    controller.ask(_source(samples / TREE))
    wait(lambda: bool(reports.ready))
    assert reports.labels() == ["kingfisher.jpg"]
    assert not slow.go_on.is_set()


def test_forgetting_the_query_frees_the_lane(
    controller: SearchController, runner: TaskRunner, samples: Path, slow: _SlowDecode, wait: Wait
) -> None:
    reports = _Reports(controller)
    controller.ask(_source(samples / KITTEN))
    wait(slow.began.is_set)
    controller.clear()
    wait(lambda: not runner.busy())
    assert not slow.go_on.is_set()
    assert (reports.ready, reports.errors, controller.query) == ([], [], None)


def test_the_same_query_can_be_asked_again(
    controller: SearchController, home: Home, samples: Path, fast_spec: ModelSpec, wait: Wait
) -> None:
    """As going back in a history does."""
    _fill(home, fast_spec, samples)
    reports = _Reports(controller)
    controller.ready.connect(lambda facts: controller.search([fast_spec], 5, "euclidean"))
    controller.ask(_source(samples / KITTEN))
    wait(lambda: len(reports.answers) == 1)
    spec = reports.ready[0].spec
    assert spec == QuerySpec.of_files([str(samples / KITTEN)])
    controller.ask(_source(samples / TREE))
    wait(lambda: len(reports.answers) == 2)
    controller.ask(spec)
    wait(lambda: len(reports.answers) == 3)
    assert reports.labels() == ["kitten.jpg", "kingfisher.jpg", "kitten.jpg"]
    assert reports.answers[2].models == reports.answers[0].models


def test_every_picture_of_a_query_has_its_facts(workspace: Workspace, samples: Path) -> None:
    part = Transform(Box(0, 0, 0.5, 0.5), 1)
    asked = (
        QueryExample(FileSource(str(samples / KITTEN)), -0.5),
        QueryExample(FileSource(str(samples / TREE)), 2.0, part),
        QueryExample(BytesSource("Pasted picture", (samples / KITTEN).read_bytes())),
    )
    facts = workspace.set_query(QuerySpec(asked))
    assert tuple(example.asked for example in facts.examples) == asked
    kitten, tree, pasted = facts.examples
    assert (facts.label, facts.width, facts.image) == (tree.label, tree.width, tree.image)
    assert facts.more_labels == (kitten.label, "Pasted picture")
    assert (pasted.path, pasted.picture) == (None, kitten.picture)
    with Image.open(samples / TREE) as image:
        assert (tree.width, tree.height) == image.size, "of the whole picture"


def test_a_download_is_named() -> None:
    web = QueryExample(WebSource("https://example.org/a.jpg", "a.jpg"))
    specs = QuerySpec((web,)), QuerySpec((QueryExample(FileSource("/b.jpg")), web))
    assert [download_label(asked) for asked in specs] == ["a.jpg", "a.jpg"]
    assert download_label(QuerySource("a.jpg", url="https://example.org/a.jpg")) == "a.jpg"
    for asked in (_source(Path("/b.jpg")), QuerySpec.of_files(["/b.jpg"])):
        assert download_label(asked) == ""


def test_a_query_that_cannot_be_read_is_reported(
    controller: SearchController, tmp_path: Path, wait: Wait
) -> None:
    reports = _Reports(controller)
    controller.ask(_source(tmp_path / "nowhere.jpg"))
    wait(lambda: bool(reports.errors))
    assert isinstance(reports.errors[0], FinderError)


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
    runner: TaskRunner,
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
    reports = _Reports(controller)
    controller.ask(_source(samples / TREE))
    wait(lambda: bool(reports.ready))
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
    wait(lambda: not runner.busy())
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []
    assert reports.answers == []
    assert [str(error).partition(" ")[2] for error in reports.errors] == (
        [] if is_dropped else ["has not indexed any picture yet. Index a folder with it first."]
    )
