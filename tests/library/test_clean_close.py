"""The mark of a clean close: while it is valid nothing is compared; no fault leaves it valid."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from forking import ForkedProcesses
from making import (
    assert_all_in_step,
    assert_in_step,
    fill,
    in_catalogue,
    outcomes,
    tiny_spec,
    unit_vectors,
)

from finder.core.errors import FinderError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.tables.embedding_table import EmbeddingTable
from finder.core.library.vectors import store_session
from finder.core.library.vectors.repair import RepairResult, repair_model
from finder.core.library.vectors.vector_matrix import MatrixFiles
from finder.core.library.writer import LibraryWriter
from finder.core.paths import Home

SPECS = [tiny_spec("first", 8), tiny_spec("second", 5, "b")]
VECTORS = {
    spec.name: unit_vectors(np.random.default_rng(number), 40, spec.dimension)
    for number, spec in enumerate(SPECS)
}
BOTH = ["first", "second"]

_KILLED = """
import os
from pathlib import Path
from finder.core.library.catalogue.tables.embedding_table import EmbeddingTable
from finder.core.library.vectors.vector_matrix import MatrixFiles
from finder.core.library.writer import LibraryWriter
from finder.core.paths import Home
from making import outcomes, tiny_spec, unit_vectors
import numpy as np

with LibraryWriter(Home(Path(sys.argv[1]))) as writer:
    writer.register_models([tiny_spec("first", 8)])
    where = {"matrix": (MatrixFiles, "write"), "catalogue": (EmbeddingTable, "add")}
    if sys.argv[2] in where:
        setattr(*where[sys.argv[2]], lambda *args: os._exit(9))
    vectors = unit_vectors(np.random.default_rng(0), 40, 8)
    writer.write(outcomes(range(20, 30), {"first": vectors[20:30]}))
    os._exit(9)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Twenty pictures with both models, closed in step. Only to be read: see `filled`."""
    home = Home(tmp_path_factory.mktemp("made") / "home")
    fill(home, SPECS, range(20), {name: rows[:20] for name, rows in VECTORS.items()})
    assert compared(home) == []
    return home


@pytest.fixture
def filled(home: Home, made: Home) -> Home:
    shutil.copytree(made.root, home.root)
    return home


def compared(home: Home, thorough: bool = False) -> list[str]:
    """The models whose records the next writer compares."""
    seen: list[str] = []

    def noting(catalogue: Any, store: Any, nearest: Any, state: Any, *options: Any) -> RepairResult:
        seen.append(state.name)
        return repair_model(catalogue, store, nearest, state, *options)

    with pytest.MonkeyPatch.context() as patch, LibraryWriter(home) as library:
        patch.setattr(store_session, "repair_model", noting)
        library.store.repair(thorough)
    return sorted(seen)


def store_more(library: LibraryWriter, model: str = "first") -> None:
    library.register_models([spec for spec in SPECS if spec.name == model])
    library.write(outcomes(range(20, 30), {model: VECTORS[model][20:30]}))


def files_of(home: Home, model: str) -> MatrixFiles:
    with closing(Catalogue(home)) as catalogue:
        return MatrixFiles(home.nearest, catalogue.models.states()[model])


def in_collection(home: Home, name: str) -> Path:
    """A file of the first model's collection."""
    (found,) = (home.vectors / "collections" / "m_first_2d_aaaaaaaa").rglob(name)
    return found


def assert_holds(home: Home, pictures: int) -> None:
    for model, found in assert_all_in_step(home, BOTH).items():
        expected = {
            n: VECTORS[model][n].tolist() for n in range(pictures if model == "first" else 20)
        }
        assert {p: v.tolist() for p, v in found.items()} == expected


def test_without_a_mark_a_model_is_compared(home: Home) -> None:
    fill(home, SPECS, range(20), {name: rows[:20] for name, rows in VECTORS.items()})
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        catalogue.settings.put("in step: first-aaaaaaaa", "")
    assert compared(home) == ["first"]


def test_after_a_clean_close_nothing_is_compared(filled: Home) -> None:
    for more in (False, True):
        with LibraryWriter(filled) as library:
            if more:
                store_more(library)
            library.store.flush()
        assert compared(filled) == []
        assert compared(filled) == []
    assert_holds(filled, 30)


def test_removing_leaves_a_mark_as_well(filled: Home) -> None:
    with LibraryWriter(filled) as library:
        library.register_models(SPECS)
        library.removals.forget_files(["/pictures/3.jpg"])
        assert library.removals.purge() == 1
    assert compared(filled) == []
    assert in_catalogue(filled, "first") == set(range(20)) - {3}
    with LibraryWriter(filled) as library:
        library.register_models(SPECS)
        assert library.removals.forget_folder("/pictures") == 19
    assert compared(filled) == []
    assert assert_in_step(filled, "first") == {}


def test_a_thorough_check_compares(filled: Home) -> None:
    assert compared(filled, thorough=True) == BOTH
    assert compared(filled) == []
    files = files_of(filled, "first")
    data = bytearray(files.vectors.read_bytes())
    data[5] ^= 1
    files.vectors.write_bytes(data)
    assert compared(filled) == [], "names and sizes are as they were"
    assert compared(filled, thorough=True) == BOTH
    assert_holds(filled, 20)


def test_a_model_that_was_not_written_keeps_its_mark(filled: Home) -> None:
    with closing(Catalogue(filled)) as catalogue:
        before = catalogue.settings.get("in step: second-bbbbbbbb")
    assert before
    with LibraryWriter(filled) as library:
        store_more(library)
    with closing(Catalogue(filled)) as catalogue:
        assert catalogue.settings.get("in step: second-bbbbbbbb") == before
    assert compared(filled) == []


def test_a_doubtful_model_gets_no_mark_without_a_comparison(filled: Home) -> None:
    files_of(filled, "second").ids.unlink()
    with LibraryWriter(filled) as library:
        store_more(library, "first")
    assert compared(filled) == ["second"]
    assert compared(filled) == []
    assert_holds(filled, 30)


@pytest.mark.parametrize("at", ["matrix", "catalogue", "end"])
def test_after_a_killed_writer_its_model_is_compared(
    filled: Home, forked: ForkedProcesses, at: str
) -> None:
    done = forked.run(_KILLED, filled.root, at)
    assert done.returncode == 9, done.stderr
    assert compared(filled) == ["first"]
    assert compared(filled) == []
    assert_holds(filled, 30 if at == "end" else 20)


@pytest.mark.parametrize("where", [(MatrixFiles, "write"), (EmbeddingTable, "add")])
@pytest.mark.parametrize("again", [False, True], ids=["given up", "tried again"])
def test_after_a_write_that_failed_midway_its_model_is_compared(
    filled: Home, monkeypatch: pytest.MonkeyPatch, where: tuple[Any, str], again: bool
) -> None:
    def fail(*args: object) -> None:
        raise OSError("No space left on device")

    with LibraryWriter(filled) as library:
        with monkeypatch.context() as patch:
            patch.setattr(*where, fail)
            with pytest.raises((OSError, FinderError), match="No space"):
                store_more(library)
        if again:
            store_more(library)
    assert compared(filled) == ["first"]
    assert compared(filled) == []
    assert_holds(filled, 30 if again else 20)


def test_after_a_removal_that_failed_midway_its_model_is_compared(
    filled: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise OSError("No space left on device")

    with LibraryWriter(filled) as library:
        library.register_models(SPECS)
        library.removals.forget_files(["/pictures/3.jpg"])
        with monkeypatch.context() as patch:
            patch.setattr(EmbeddingTable, "clear_tombstones", fail)
            with pytest.raises(OSError, match="No space"):
                library.removals.purge()
    assert "first" in compared(filled)
    assert compared(filled) == []


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


DAMAGES: dict[str, Callable[[Home], None]] = {
    "vectors truncated": lambda home: truncate(files_of(home, "first").vectors),
    "vectors deleted": lambda home: files_of(home, "first").vectors.unlink(),
    "ids truncated": lambda home: truncate(files_of(home, "first").ids),
    "ids deleted": lambda home: files_of(home, "first").ids.unlink(),
    "data file deleted": lambda home: in_collection(home, "data_*.parquet").unlink(),
    "collection deleted": lambda home: shutil.rmtree(in_collection(home, "manifest.json").parent),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_noticed_and_repaired(filled: Home, damage: str) -> None:
    DAMAGES[damage](filled)
    assert compared(filled) == ["first"]
    assert compared(filled) == []
    assert_holds(filled, 20)


def test_a_changed_manifest_is_noticed(filled: Home) -> None:
    manifest = in_collection(filled, "manifest.json")
    text = manifest.read_text()
    changed = text.replace('"current_seq": 20', '"current_seq": 21')
    assert changed != text
    assert len(changed) == len(text), "the size alone does not tell"
    manifest.write_text(changed)
    assert compared(filled) == ["first"]
    assert compared(filled) == []


def test_an_extra_file_is_noticed(filled: Home) -> None:
    data = in_collection(filled, "data_*.parquet")
    shutil.copy(data, data.with_name("data_000900_000901.parquet"))
    assert compared(filled) == ["first"]
    assert_holds(filled, 20)


def test_an_older_catalogue_is_noticed(filled: Home) -> None:
    older = filled.root / "older.sqlite"
    shutil.copy(filled.catalogue, older)
    with LibraryWriter(filled) as library:
        store_more(library)
    assert compared(filled) == []
    older.replace(filled.catalogue)
    assert compared(filled) == ["first"]
    assert compared(filled) == []
    assert_holds(filled, 20)


def test_a_catalogue_that_changed_alone_is_noticed(filled: Home) -> None:
    with closing(Catalogue(filled)) as catalogue, catalogue.transaction():
        catalogue.embeddings.remove("first", [3])
        catalogue.embeddings.clear_tombstones("first")
    assert compared(filled) == ["first"]
    assert compared(filled) == []
    assert assert_in_step(filled, "first").keys() == set(range(20)) - {3}


def test_an_emptied_database_is_noticed(filled: Home) -> None:
    shutil.rmtree(filled.vectors)
    assert compared(filled) == BOTH
    assert compared(filled) == []
    assert_holds(filled, 20)
