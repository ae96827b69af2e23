"""A picture whose text brings the process down, or takes for ever, does not do it twice."""

from __future__ import annotations

import signal
import sys
from contextlib import closing
from pathlib import Path

import pytest
from forking import ForkedProcesses
from plugins import DeadlyProgram
from written_pictures import needs_reader, saved, written

from finder.core.cancellation import CancelToken
from finder.core.errors import Reason
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.tables.recognised_table import TextCounts
from finder.core.library.indexing import text_step
from finder.core.library.indexing.index_run import index
from finder.core.library.indexing.progress import Counts
from finder.core.library.indexing.worker import WorkerContext, WorkerOutput
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.scan import FoundFile
from finder.use_cases.library.library_overview import change_settings
from finder.workers.isolated_worker import work_isolated
from finder.workers.worker_pools import worker_pool

pytestmark = [
    needs_reader,
    pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL"),
]
DEADLY_WIDTH = 431
_DIES = f"""
import finder.core.text_recognition.rapid as rapid
read = rapid.RapidReader.read
def deadly(self, image):
    if image.width == {DEADLY_WIDTH}:
        {{}}
    return read(self, image)
rapid.RapidReader.read = deadly
"""


@pytest.fixture
def pages(tmp_path: Path, home: Home) -> Path:
    for name, width in (("good", 400), ("deadly", DEADLY_WIDTH), ("last", 450)):
        saved(written([f"the {name} page"], width=width), tmp_path / "pages" / f"{name}.png")
    Catalogue(home).close()
    change_settings(home, {"text_in_pictures": True})
    return tmp_path / "pages"


def lines(home: Home) -> dict[str, str | Reason]:
    """By the names of the files, what was read, or why it was not."""
    with closing(Catalogue(home)) as catalogue:
        files = {file.picture: Path(file.path).stem for file in catalogue.files.below("/")}
        found = catalogue.recognised_text.get(p for p in files if p is not None)
        return {files[picture]: one.reason or one.text for picture, one in found.items()}


READ = {"good": "the good page", "last": "the last page"}


def test_what_crashes_is_left_alone(
    home: Home, tmp_path: Path, pages: Path, forked: ForkedProcesses
) -> None:
    program = DeadlyProgram(tmp_path, _DIES.format("os.abort()"))
    words: list[str | Path] = ["index", "--model", "pixels", pages, "--home", home.root]
    assert forked.run(program.code, *words, env=program.env).returncode == -signal.SIGABRT
    again = forked.run(program.code, *words, env=program.env)
    assert again.returncode == 0, again.stderr
    assert lines(home) == {**READ, "deadly": Reason.CRASHED}
    assert not home.suspects.exists()
    third = forked.run(program.code, *words, env=program.env)
    assert "Everything is up to date: 3 files." in third.stdout


def test_a_process_of_its_own_reads_the_same(
    home: Home,
    pages: Path,
    small_spec: ModelSpec,
    extractors: ExtractorPool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def costly(*parts: object, **named: object) -> WorkerContext:
        return WorkerContext(*parts, **named | {"memory_limit": 10})  # type: ignore[arg-type]

    alone = []

    def noted(
        home: Home, file: FoundFile, specs: list[ModelSpec] | None, token: CancelToken
    ) -> WorkerOutput:
        alone.append((Path(file.path).stem, specs))
        return work_isolated(home, file, specs, token)

    monkeypatch.setattr(text_step, "WorkerContext", costly)
    with LibraryWriter(home) as writer, worker_pool(2) as crew:
        crew.run_isolated = noted  # type: ignore[assignment]
        *_, last = index(writer, [str(pages)], [small_spec], extractors, crew)
    assert last.counts == Counts(new=3, read=3)
    assert sorted(alone) == [("deadly", None), ("good", None), ("last", None)]
    assert lines(home) == {**READ, "deadly": "the deadly page"}
    with closing(Catalogue(home)) as catalogue:
        assert catalogue.recognised_text.counts() == TextCounts(3, 3, 0)


def test_what_takes_too_long_is_ended(
    home: Home,
    tmp_path: Path,
    pages: Path,
    forked: ForkedProcesses,
) -> None:
    short = (
        "from finder.workers import isolated_worker; isolated_worker.READING_TIME_LIMIT = 8",
        "from finder.core.library.indexing import text_step; text_step._PATIENCE = 0.03",
    )
    program = DeadlyProgram(tmp_path, *short, _DIES.format("time.sleep(1_000)"))
    words: list[str | Path] = ["index", "--model", "pixels", pages, "--home", home.root]
    ended = forked.run(program.code, *words, env=program.env)
    assert ended.returncode == 0, ended.stderr
    assert lines(home) == {**READ, "deadly": Reason.TOO_SLOW}
    assert "3 pictures indexed, 3 read for text." in ended.stdout
