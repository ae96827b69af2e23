"""What all tests share: a library in a temporary folder, the samples, the shipped models."""

from __future__ import annotations

import gc
import shutil
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from command_line import output_of
from hermetic import clear_environment, default_signals, use_home
from hypothesis import settings
from sharing import made_once

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.models.registry import list_models
from finder.core.models.runtime import throughput
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.runtime.text_towers import TIMER
from finder.core.models.spec import DEFAULT_MODEL, ModelSpec
from finder.core.paths import Home, samples_dir, shipped_models_dir
from finder.use_cases.models import model_speed
from finder.workers.worker_pools import FolderChecks

clear_environment()  # before anything reads it: Qt, hypothesis, the program
pytest_plugins = [
    "shared_fixtures",
    "shared_machine",
    "candidate_rankings",
    "forking",
    "import_children",
    "playing",
    "measure_scene",
    "proof_scene",
    "words_scene",
    "one_model",
    "serving",
    "small_disk",
    "model_manager",
    "milvus_server",
    "lite_server",
    "storage_scene",
    "train_scene",
    "training_set",
    "training_child",
    "teach_scene",
    "word_library",
]
settings.register_profile("finder", deadline=None)
settings.load_profile("finder")

_OF_THE_WINDOW = {"gui", "jobs"}
"""The folders of tests that coverage does not trace."""
_YOUNG_COLLECTIONS = 30
"""Tests after which everything is collected; after each one, what is new."""
_GRACE = 3.0
"""Seconds that a test's threads have to end; the vector engine's need some tenths."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no worker is alone with it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("wheel") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Trace only tests of the core: those of the window take half as long again when traced, and
    cover no line of it that the others do not."""
    coverage = item.config.pluginmanager.get_plugin("_cov")
    controller = getattr(coverage, "cov_controller", None)
    if controller is None or not _OF_THE_WINDOW & set(item.path.parts):
        return (yield)
    controller.pause()
    try:
        return (yield)
    finally:
        controller.resume()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder with a short path of plain letters, as a socket needs it, wherever the system's
    temporary folder is."""
    with TemporaryDirectory(dir="/tmp" if Path("/tmp").is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def samples() -> Path:
    folder = samples_dir()
    assert folder.is_dir()
    return folder


@pytest.fixture
def many(samples: Path, tmp_path: Path) -> Path:
    """300 pictures with different content: a JPEG may have anything behind its end."""
    folder = tmp_path / "many"
    folder.mkdir()
    data = (samples / "cats" / "kitten.jpg").read_bytes()
    for number in range(300):
        (folder / f"{number:03}.jpg").write_bytes(data + b"%d" % number)
    return folder


@pytest.fixture(scope="session")
def specs() -> list[ModelSpec]:
    """The models that ship, without the baselines."""
    found, broken = list_models([shipped_models_dir()])
    assert not broken
    return [spec for spec in found if not spec.is_baseline]


@pytest.fixture(scope="session")
def fast_spec(specs: list[ModelSpec]) -> ModelSpec:
    return next(spec for spec in specs if spec.name == DEFAULT_MODEL)


@pytest.fixture(scope="session")
def extractors() -> ExtractorPool:
    return ExtractorPool()


def _describe_pictures(home: Home) -> None:
    """Keep their local features, which the first search in each copy would compute."""
    from finder.core.search.verify.verifier import Verifier  # OpenCV takes long to import

    with closing(Catalogue(home)) as catalogue, closing(Verifier(home)) as verifier:
        for picture in catalogue.pictures.thumbnails():
            verifier.verify({}, picture)


@pytest.fixture(scope="session")
def indexed_samples(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Home:
    """A library of all samples with all models, made once by the command line: only to be read."""

    def make(folder: Path) -> None:
        indexed = output_of("index", samples, home=Home(folder / "home"))
        assert indexed == "80 pictures indexed.\n"
        _describe_pictures(Home(folder / "home"))

    shared = made_once(tmp_path_factory, "indexed-samples", make)
    own = tmp_path_factory.mktemp("samples") / "home"  # a search writes, too: its log, SQLite's
    return Home(Path(shutil.copytree(shared / "home", own)))


@pytest.fixture(scope="session", autouse=True)
def _signals_and_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    use_home(tmp_path_factory.mktemp("user"))
    with default_signals():
        yield


@pytest.fixture(autouse=True)
def _short_measurements(monkeypatch: pytest.MonkeyPatch) -> None:
    """Speeds are measured for a moment only: no test needs the exact number."""
    monkeypatch.setattr(throughput, "_SECONDS", 0.02)
    monkeypatch.setattr(throughput, "_ROUNDS", 2)
    monkeypatch.setattr(model_speed, "measure", partial(model_speed.measure, seconds=0.05))


@pytest.fixture(autouse=True)
def _patient_folder_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine, a look at a folder may take longer than the program waits for it."""
    monkeypatch.setattr(FolderChecks.__init__, "__defaults__", (20.0,))


@pytest.fixture(scope="session", autouse=True)
def _collection_in_this_thread() -> Iterator[None]:
    """As in the window's process (`finder.jobs.garbage_collection`): a Qt object that a test has
    left must not be destroyed in a worker thread of another."""
    gc.disable()
    gc.freeze()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    yield
    if gc.get_count()[1] > _YOUNG_COLLECTIONS:
        gc.collect()
    else:
        gc.collect(0)


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    end = time.monotonic() + _GRACE
    while (left := _new_threads(before)) and time.monotonic() < end:
        time.sleep(0.02)
    assert not left, f"threads left behind: {[thread.name for thread in left]}"


def _new_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    """Threads begun since; not those that Python only met, as Qt's own pool threads, nor those that
    wait to let go of a text tower, which the session's `extractors` keep."""
    return [
        thread
        for thread in threading.enumerate()
        if thread not in before
        and not isinstance(thread, threading._DummyThread)
        and thread.name != TIMER
    ]
