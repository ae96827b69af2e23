"""Disks that are full, read-only, forbidden, or gone: a sentence each, and nothing is lost."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from command_line import output_of, run
from making import assert_in_step, copied, run_index
from model_folders import Made, make_model
from playing import CROP, FAST, Begin, names
from small_disk import SmallDisk

from finder.core.errors import FinderError
from finder.core.library.batch_storage import BatchStorage
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.indexing.index_run import index
from finder.core.library.indexing.progress import Counts, Phase
from finder.core.library.thumbnail_store import ThumbnailStore
from finder.core.library.vectors.milvus_lite import MilvusLiteStore
from finder.core.library.vectors.vector_matrix import MatrixFiles
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.workers.worker_pools import worker_pool

PICTURES = 14
FORMAT_1 = Path(__file__).parent.parent / "formats" / "1"
NUMBER = 130  # more than two batches
READING = ("status", "models", "skipped")


@pytest.fixture
def pictures(samples: Path, tmp_path: Path) -> Path:
    """Not on the small disk."""
    copied(sorted(samples.glob("[bc]*/*.jpg"))[:PICTURES], tmp_path / "pictures")
    return tmp_path / "pictures"


@pytest.fixture
def small_home(small_disk: SmallDisk) -> Home:
    return Home(small_disk.point / "home")


@pytest.fixture
def installed(home: Home, small_home: Home) -> None:
    """The small model, where a process looks for it that tries what an ended run had in hand."""
    for each in (home, small_home):
        make_model(each.models, Made())


@pytest.fixture
def kept(small_home: Home, pictures: Path, fast_spec: ModelSpec, extractors: ExtractorPool) -> Home:
    """A library of all pictures on the small disk."""
    run_index(small_home, [pictures], [fast_spec], extractors)
    return small_home


def only_error_of(*words: str | Path, home: Home) -> str:
    """The one line that a command refuses with, after its progress."""
    ended = run(*words, home=home)
    assert ended.returncode == 1, ended.stdout
    assert "Traceback" not in ended.stderr
    (line,) = [line for line in ended.stderr.splitlines() if line.startswith("image-finder: ")]
    return line


def best_match(home: Home, samples: Path) -> str:
    return output_of("search", samples / CROP, home=home).splitlines()[0]


# Full


def test_too_little_space_for_a_batch(
    small_home: Home, small_disk: SmallDisk, pictures: Path
) -> None:
    small_disk.fill(leaving=20_000_000)
    words = "index", "--model", "efficientnet-lite0", pictures
    assert "almost full (" in only_error_of(*words, home=small_home)
    small_disk.free()
    output_of(*words, home=small_home)
    assert len(assert_in_step(small_home, "efficientnet-lite0")) == PICTURES


# WORKAROUND: milvus-lite 3.2.2 leaves its log open where closing it fails, and Python tells later.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("owner", "name", "after"),
    [
        (ThumbnailStore, "put", False),
        (BatchStorage, "_require_space", True),
        (MilvusLiteStore, "upsert", True),
        (MatrixFiles, "write", True),
        (MilvusLiteStore, "flush", False),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_full_in_the_middle(
    small_home: Home,
    small_disk: SmallDisk,
    pictures: Path,
    small_spec: ModelSpec,
    extractors: ExtractorPool,
    monkeypatch: pytest.MonkeyPatch,
    owner: Any,
    name: str,
    after: bool,
) -> None:
    """Somebody else fills the disk at this very moment."""
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, filling(small_disk, getattr(owner, name), after))
        with pytest.raises(FinderError) as raised:
            run_index(small_home, [pictures], [small_spec], extractors)
    assert raised.value.hint
    small_disk.free()
    counts = run_index(small_home, [pictures], [small_spec], extractors).counts
    assert counts.new + counts.unchanged + counts.known == PICTURES
    assert counts.skipped == 0
    assert len(assert_in_step(small_home, small_spec.name)) == PICTURES


def filling(disk: SmallDisk, function: Callable[..., Any], after: bool) -> Callable[..., Any]:
    """The function; the disk is full before it, or after it."""

    def filling(*args: Any) -> Any:
        if not after:
            disk.fill()
        given = function(*args)
        if after:
            disk.fill()
        return given

    return filling


def test_a_full_disk_can_be_searched(
    kept: Home, small_disk: SmallDisk, pictures: Path, samples: Path
) -> None:
    found = best_match(kept, samples)
    before = [output_of(word, home=kept) for word in READING]
    small_disk.fill()
    assert [output_of(word, home=kept) for word in READING] == before
    assert best_match(kept, samples) == found
    assert "Free some space" in only_error_of("index", home=kept)
    small_disk.free()
    again = output_of("index", "--model", "efficientnet-lite0", home=kept)
    assert f"Everything is up to date: {PICTURES} files." in again


def test_full_when_a_new_format_is_due(small_home: Home, small_disk: SmallDisk) -> None:
    shutil.copytree(FORMAT_1, small_home.root)
    small_disk.fill()
    assert "must be converted to a new format" in only_error_of("status", home=small_home)
    small_disk.free()
    with closing(sqlite3.connect(small_home.catalogue)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
        assert db.execute("SELECT COUNT(*) FROM file").fetchone() == (9,)
    assert "8 pictures" in output_of("status", home=small_home)


def test_a_copy_that_does_not_fit_is_reported(
    small_home: Home,
    small_disk: SmallDisk,
    pictures: Path,
    small_spec: ModelSpec,
    extractors: ExtractorPool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_backup = LibraryWriter.make_backup
    monkeypatch.setattr(LibraryWriter, "make_backup", filling(small_disk, make_backup, after=False))
    last = run_index(small_home, [pictures], [small_spec], extractors)
    assert last.counts == Counts(new=PICTURES)
    (note,) = last.notes
    assert "No backup of the catalogue could be made" in note
    assert list(small_home.backups.glob("*")) == []
    small_disk.free()
    assert len(assert_in_step(small_home, small_spec.name)) == PICTURES


# Read-only


def test_a_read_only_disk_can_be_searched(
    kept: Home, small_disk: SmallDisk, pictures: Path, samples: Path
) -> None:
    found = best_match(kept, samples)
    before = [output_of(word, home=kept) for word in READING]
    small_disk.protect()
    assert [output_of(word, home=kept) for word in READING] == before
    assert best_match(kept, samples) == found
    for words in (["index"], ["forget", pictures], ["restore", "latest"], ["check"]):
        line = only_error_of(*words, home=kept)
        assert str(kept.root) in line, line


def test_the_window_on_a_read_only_disk(
    kept: Home, small_disk: SmallDisk, samples: Path, begin: Begin
) -> None:
    small_disk.protect()
    player = begin(kept, FAST)
    player.ask(samples / CROP)
    assert names(player.columns[0])[0] == "kingfisher.jpg"
    assert player.notice().count("\n") <= 2
    player.close()


# Gone


@pytest.mark.usefixtures("installed")
def test_a_drive_that_goes_away_while_indexing(
    home: Home, small_disk: SmallDisk, many: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    folder = small_disk.point / "many"
    some = sorted(many.iterdir())[:NUMBER]
    copied(some, folder)
    with LibraryWriter(home) as writer, worker_pool() as crew:
        for look in index(writer, [str(folder)], [small_spec], extractors, crew):
            if look.phase is Phase.EXTRACTING and 0 < look.done < look.total:
                small_disk.unmount()
    assert look.offline == (str(folder),)
    assert look.counts.skipped == look.counts.removed == 0
    stored = assert_in_step(home, small_spec.name)
    with closing(Catalogue(home)) as catalogue:
        assert catalogue.files.skipped() == []
    small_disk.mount()
    copied(some, folder)
    again = run_index(home, [folder], [small_spec], extractors)
    assert again.counts == Counts(unchanged=len(stored), new=NUMBER - len(stored))
    assert len(assert_in_step(home, small_spec.name)) == NUMBER
