"""A picture that brings the process down does not do it twice."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from forking import ForkedProcesses
from making import assert_in_step, copied, run_index
from model_folders import Made, make_model
from plugins import ABORTS, DEVOURS, HANGS, DeadlyProgram
from thumbnails import stored_thumbnails

from finder.core.errors import Reason
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.records import FileRecord
from finder.core.library.indexing import worker
from finder.core.library.indexing.file_result import FileResult
from finder.core.library.indexing.index_run import index
from finder.core.library.indexing.progress import Counts
from finder.core.library.indexing.reliability.crash_journal import CrashJournal, CrashSuspects
from finder.core.library.indexing.worker import WorkerOutput
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import DEFAULT_MODEL, ModelSpec
from finder.core.paths import Home
from finder.core.pictures.scan import FoundFile
from finder.workers import child_process as processes
from finder.workers.worker_pools import worker_pool

_PATIENCE = 60.0
needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")


@pytest.fixture
def pictures(tmp_path: Path, samples: Path) -> Path:
    copied(sorted((samples / "birds").iterdir()), tmp_path / "pictures")
    return tmp_path / "pictures"


@pytest.fixture
def home(home: Home) -> Home:
    """With the small model, which child processes look for there."""
    make_model(home.models, Made())
    return home


def index_words(home: Home, folder: Path) -> list[str | Path]:
    return ["index", "--model", DEFAULT_MODEL, folder, "--home", home.root]


def skipped(home: Home) -> dict[str, Reason | None]:
    with closing(Catalogue(home)) as catalogue:
        return {Path(file.path).name: file.reason for file in catalogue.files.skipped()}


@needs_signals
def test_a_decoder_that_dies(
    home: Home, tmp_path: Path, pictures: Path, forked: ForkedProcesses
) -> None:
    (pictures / "deadly.jpg").write_bytes(ABORTS)
    program, words = DeadlyProgram(tmp_path), index_words(home, pictures)
    assert forked.run(program.code, *words, env=program.env).returncode == -signal.SIGABRT
    again = forked.run(program.code, *words, env=program.env)
    assert again.returncode == 0, again.stderr
    assert skipped(home) == {"deadly.jpg": Reason.CRASHED}
    assert len(assert_in_step(home, DEFAULT_MODEL)) == 7
    assert not home.suspects.exists()
    assert not home.crash_journal.exists()
    third = forked.run(program.code, *words, env=program.env)
    assert "Everything is up to date: 8 files." in third.stdout


@needs_signals
def test_a_decoder_that_swallows_all_memory(
    home: Home, tmp_path: Path, pictures: Path, forked: ForkedProcesses
) -> None:
    deadly = pictures / "deadly.jpg"
    deadly.write_bytes(DEVOURS)
    leave_in_journal(home, deadly)
    # as much as must be
    small = "from finder.workers import isolated_worker; isolated_worker.MEMORY_LIMIT = 0"
    program = DeadlyProgram(tmp_path, small)
    ended = forked.run(program.code, *index_words(home, pictures), env=program.env)
    assert ended.returncode == 0, ended.stderr
    assert skipped(home) == {"deadly.jpg": Reason.CRASHED}
    assert len(assert_in_step(home, DEFAULT_MODEL)) == 7


@needs_signals
def test_a_decoder_that_hangs_and_a_user_who_loses_patience(
    home: Home, tmp_path: Path, pictures: Path, forked: ForkedProcesses
) -> None:
    (pictures / "deadly.jpg").write_bytes(HANGS)
    short = "from finder.workers import isolated_worker; isolated_worker.TIME_LIMIT = 5"
    program, words = DeadlyProgram(tmp_path, short), index_words(home, pictures)
    forked.start(program.code, *words, env=program.env)
    end = time.monotonic() + _PATIENCE
    while not (home.crash_journal.exists() and b"deadly.jpg" in home.crash_journal.read_bytes()):
        assert time.monotonic() < end
        time.sleep(0.02)
    forked.kill()
    assert forked.wait().returncode == -signal.SIGKILL
    ended = forked.run(program.code, *words, env=program.env)
    assert ended.returncode == 0, ended.stderr
    assert skipped(home) == {"deadly.jpg": Reason.TOO_SLOW}
    assert len(assert_in_step(home, DEFAULT_MODEL)) == 7


def leave_in_journal(home: Home, *paths: Path) -> None:
    """As a process leaves it that ended in the middle."""
    Catalogue(home).close()
    slots = (len(bytes(path)).to_bytes(2, "little") + bytes(path) for path in paths)
    home.crash_journal.write_bytes(b"".join(slot.ljust(8_192, b"\0") for slot in slots))


def test_an_innocent_suspect_is_indexed(
    home: Home, pictures: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    plain = Home(home.root.with_name("plain"))
    run_index(plain, [pictures], [small_spec], extractors)
    leave_in_journal(home, pictures / "kingfisher.jpg", pictures / "gone.jpg")
    last = run_index(home, [pictures], [small_spec], extractors)
    assert last.counts == Counts(new=7)
    ours, theirs = assert_in_step(home, small_spec.name), assert_in_step(plain, small_spec.name)
    assert {p: v.tolist() for p, v in ours.items()} == {p: v.tolist() for p, v in theirs.items()}
    assert stored_thumbnails(home) == stored_thumbnails(plain) == ours.keys()
    assert not home.suspects.exists()


def test_a_run_that_is_closed_keeps_its_suspects(
    home: Home, pictures: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    suspect = pictures / "kingfisher.jpg"
    leave_in_journal(home, suspect)
    with LibraryWriter(home) as writer, worker_pool() as crew:
        run = index(writer, [str(pictures)], [small_spec], extractors, crew)
        while "extracting" not in next(run).phase:
            pass
        run.close()
    assert CrashSuspects(home).paths == {str(suspect)}
    assert run_index(home, [pictures], [small_spec], extractors).counts.new == 7


def test_a_suspect_that_is_in_no_folder_of_this_run_is_kept(
    home: Home, tmp_path: Path, pictures: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    leave_in_journal(home, tmp_path / "elsewhere" / "x.jpg")
    run_index(home, [pictures], [small_spec], extractors)
    assert CrashSuspects(home).paths == {str(tmp_path / "elsewhere" / "x.jpg")}


def test_a_run_with_nothing_to_do_clears_what_is_stored(
    home: Home, pictures: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    run_index(home, [pictures], [small_spec], extractors)
    leave_in_journal(home, pictures / "kingfisher.jpg")
    run_index(home, [pictures], [small_spec], extractors)
    assert not home.suspects.exists()
    assert not home.crash_journal.exists()


def test_names_that_are_no_text_are_noted(home: Home) -> None:
    Catalogue(home).close()
    long = "/".join(["d" * 200] * 20)
    odd = ["/a\udcff/" + "n" * 250 + ".jpg", f"/{long}/x.jpg", "/b\n.jpg"]
    for name in odd:
        with CrashJournal(home) as notes, notes.holding(name):
            assert CrashSuspects(home).paths >= {name}
    assert CrashSuspects(home).paths == set(odd), "kept until something became of them"


@pytest.mark.parametrize("kept", [b"", b"{", b"[1, 2]", b'{"a": 1}', b"\xff\xfe"])
def test_a_damaged_list_is_no_fault(home: Home, kept: bytes) -> None:
    home.suspects.write_bytes(kept)
    home.crash_journal.write_bytes(b"\xff\xff" + kept)
    assert CrashSuspects(home).paths == set()


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Decoding `stuck.jpg` takes until the event is set, or the test ends."""
    free = threading.Event()
    extract = worker._extract

    def hangs(file: Any, *rest: Any) -> Any:
        if Path(file.path).name.startswith("stuck"):
            free.wait(_PATIENCE)
        return extract(file, *rest)

    monkeypatch.setattr(worker, "_extract", hangs)
    yield free
    free.set()


def test_a_run_goes_on_without_the_thread_that_hangs(
    home: Home,
    pictures: Path,
    small_spec: ModelSpec,
    extractors: ExtractorPool,
    hanging: threading.Event,
) -> None:
    for number in range(3):  # more than there are workers
        source = pictures / "kingfisher.jpg"
        (pictures / f"stuck-{number}.jpg").write_bytes(source.read_bytes() + bytes(number + 1))
    with LibraryWriter(home) as writer, worker_pool(2, decode_timeout=0.5) as crew:
        *_, last = index(writer, [str(pictures)], [small_spec], extractors, crew)
    assert last.counts == Counts(new=10), "alone, nothing kept them busy: they are not to blame"
    hanging.set()
    assert len(assert_in_step(home, small_spec.name)) == 10


def test_what_another_model_has_indexed_is_kept(
    home: Home, pictures: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    target, other = pictures / "kingfisher.jpg", replace(small_spec, name="other")
    run_index(home, [pictures], [small_spec], extractors)
    tried = []

    def crashes(_: Home, file: FoundFile, *__: object) -> WorkerOutput:
        tried.append(file.path)
        return WorkerOutput(FileResult(file, None, reason=Reason.CRASHED))

    def run_both() -> Counts:
        with LibraryWriter(home) as writer, worker_pool() as crew:
            crew.run_isolated = crashes
            *_, last = index(writer, [str(pictures)], [small_spec, other], extractors, crew)
        return last.counts

    leave_in_journal(home, target)
    assert run_both() == Counts(new=6, skipped=1)
    assert run_both().new == 0
    assert tried == [str(target)], "once is enough"
    assert len(assert_in_step(home, small_spec.name)) == 7
    assert len(assert_in_step(home, "other")) == 6
    assert not home.suspects.exists()
    target.write_bytes(target.read_bytes() + b"\0")
    assert run_both() == Counts(unchanged=6, new=1)


def test_a_suspect_on_a_drive_that_is_away_stays_one(
    home: Home, pictures: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    run_index(home, [pictures], [small_spec], extractors)
    leave_in_journal(home, pictures / "deadly.jpg")
    pictures.rename(pictures.with_name("unplugged"))
    run_index(home, [pictures], [small_spec], extractors)
    assert CrashSuspects(home).paths == {str(pictures / "deadly.jpg")}


@needs_signals
def test_a_child_that_is_told_to_end_blames_nobody(
    home: Home,
    pictures: Path,
    small_spec: ModelSpec,
    extractors: ExtractorPool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    suspect = pictures / "kingfisher.jpg"
    leave_in_journal(home, suspect)
    ended = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    with monkeypatch.context() as patch:
        patch.setattr(processes, "own_command", lambda *_: [sys.executable, "-c", ended])
        run_index(home, [pictures], [small_spec], extractors)
    assert skipped(home) == {}
    assert CrashSuspects(home).paths == {str(suspect)}
    assert run_index(home, [pictures], [small_spec], extractors).counts.new == 1


def test_what_is_skipped_as_deadly_is_tried_again_once_it_changes(
    home: Home, pictures: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    target = pictures / "kingfisher.jpg"
    facts = target.stat()
    with LibraryWriter(home) as writer, writer.catalogue.transaction():
        writer.catalogue.files.put(
            FileRecord(str(target), facts.st_size, facts.st_mtime_ns, None, Reason.CRASHED)
        )

    def counts() -> Counts:
        return run_index(home, [pictures], [small_spec], extractors).counts

    assert counts() == Counts(unchanged=1, new=6)
    target.write_bytes(target.read_bytes() + b"\0")
    assert counts() == Counts(unchanged=6, new=1)


@needs_signals
def test_a_file_that_changes_while_it_is_tried_alone_is_not_blamed(
    home: Home,
    pictures: Path,
    small_spec: ModelSpec,
    extractors: ExtractorPool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A large file that is cut short while it is mapped ends the process that reads it."""
    suspect = pictures / "kingfisher.jpg"
    leave_in_journal(home, suspect)
    cut = "import os, signal, sys; os.truncate(sys.argv[1], 9); os.kill(os.getpid(), signal.SIGBUS)"
    with monkeypatch.context() as patch:
        command = [sys.executable, "-c", cut, str(suspect)]
        patch.setattr(processes, "own_command", lambda *_: command)
        last = run_index(home, [pictures], [small_spec], extractors)
    assert last.counts == Counts(new=6, unsettled=1)
    assert skipped(home) == {}
