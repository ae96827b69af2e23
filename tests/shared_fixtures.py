"""Fixtures that several test modules share."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from making import copied, run_index
from PySide6.QtGui import QImage
from sharing import made_once

from finder.core.library.catalogue.backups import list_backups
from finder.core.models.manifest import load_spec
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.decode import DecodedPicture, decode
from finder.gui.grid.thumbnail_feed import ThumbnailFeed
from finder.jobs.task_runner import TaskRunner


class _EmptyFeed(ThumbnailFeed):
    def request(self, pictures: Iterable[int]) -> None:
        """Begins no thread: none of these pictures exists."""


@pytest.fixture(scope="session")
def small_spec(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    """A model of 1 kB that gives the mean of each channel, where no real network is needed."""
    from model_folders import Made, make_model  # onnx takes long to import

    return load_spec(make_model(tmp_path_factory.mktemp("models"), Made()))


@pytest.fixture
def runner(qapp: object) -> Iterator[TaskRunner]:
    runner = TaskRunner()
    yield runner
    runner.close()


@pytest.fixture
def empty_feed(runner: TaskRunner) -> ThumbnailFeed:
    """No picture has a thumbnail."""
    return _EmptyFeed(runner, lambda pictures: [QImage() for _ in pictures], runner)


@pytest.fixture
def decodes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The short side of each decode of a query."""
    sides: list[int] = []

    def counted(data: bytes, short_side: int, max_pixels: int) -> DecodedPicture:
        sides.append(short_side)
        return decode(data, short_side, max_pixels)

    monkeypatch.setattr("finder.core.search.query.query.decode", counted)
    return sides


@pytest.fixture(params=["UTC0", "JST-9", "PST8"])
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """The local time zone for one test."""
    if not hasattr(time, "tzset"):
        pytest.skip("the time zone cannot be set here")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


@pytest.fixture(scope="session")
def indexed_birds(
    tmp_path_factory: pytest.TempPathFactory,
    samples: Path,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
) -> Home:
    """As `bird_library`, made once: only to be read."""

    def copy(folder: Path) -> None:
        copied(sorted((samples / "birds").glob("*.jpg")), folder / "birds")

    def make(folder: Path) -> None:
        run_index(Home(folder / "home"), [pictures / "birds"], [fast_spec], extractors)

    pictures = made_once(tmp_path_factory, "birds", copy)
    home = Home(made_once(tmp_path_factory, "indexed-birds", make) / "home")
    assert len(list_backups(home)) == 1
    return home


@pytest.fixture
def shared_birds(home: Home, indexed_birds: Home) -> Home:
    """As `bird_library`, in less time; but its pictures are those of all tests: only to be read."""
    shutil.copytree(indexed_birds.root, home.root)
    return home
