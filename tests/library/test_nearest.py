"""The fast-search matrix: one row for each picture, in files that may be lost and rebuilt."""

from __future__ import annotations

import zlib
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from making import (
    Vectors,
    assert_in_step,
    fill,
    in_catalogue,
    matrix_vectors,
    outcomes,
    tiny_spec,
    tiny_state,
    unit_vectors,
)
from numpy.typing import NDArray

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.vectors.vector_matrix import MatrixFiles, checksums, drop_all_but
from finder.core.library.writer import LibraryWriter
from finder.core.paths import Home

SPEC = tiny_spec()
RANDOM = np.random.default_rng(2)


def table(*rows: tuple[int, int]) -> NDArray[np.int64]:
    """(picture, row) as the catalogue would list them."""
    return np.array([(*row, 0) for row in rows], dtype=np.int64).reshape(-1, 3)


def ids(*pictures: int) -> NDArray[np.int64]:
    return np.array(pictures, dtype=np.int64)


def test_what_is_written_is_mapped(tmp_path: Path) -> None:
    files = MatrixFiles(tmp_path / "nearest", tiny_state())
    vectors = unit_vectors(RANDOM, 5, 8)
    assert files.length() == 0
    files.write(0, ids(10, 11, 12), vectors[:3])
    files.write(3, ids(13, 2**63 - 1), vectors[3:])
    assert files.length() == 5
    np.testing.assert_array_equal(files.map_vectors(5), vectors)
    assert files.map_ids(5).tolist() == [10, 11, 12, 13, 2**63 - 1]
    assert files.map_vectors(0).shape == (0, 8)
    assert not files.map_vectors(5).flags.writeable


def test_the_files_are_plain_little_endian_numbers(tmp_path: Path) -> None:
    files = MatrixFiles(tmp_path, tiny_state())
    vectors = unit_vectors(RANDOM, 2, 8)
    files.write(0, ids(1, 2), vectors)
    assert files.vectors.read_bytes() == vectors.astype("<f4").tobytes()
    assert files.ids.read_bytes() == b"\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"


def test_what_an_unfinished_run_left_is_overwritten(tmp_path: Path) -> None:
    files = MatrixFiles(tmp_path, tiny_state())
    vectors = unit_vectors(RANDOM, 9, 8)
    files.write(0, ids(1, 2), vectors[:2])
    files.write(2, ids(3, 4, 5), vectors[2:5])  # never stored in the catalogue
    files.write(2, ids(6), vectors[5:6])
    assert files.map_ids(3).tolist() == [1, 2, 6]
    np.testing.assert_array_equal(files.map_vectors(3)[2], vectors[5])
    assert files.agrees(table((1, 0), (2, 1), (6, 2)))


def test_an_incomplete_row_does_not_count(tmp_path: Path) -> None:
    files = MatrixFiles(tmp_path, tiny_state())
    files.write(0, ids(1, 2, 3), unit_vectors(RANDOM, 3, 8))
    with open(files.vectors, "r+b") as file:
        file.truncate(2 * 32 + 31)
    assert files.length() == 2
    assert files.agrees(table((1, 0), (2, 1)))
    assert not files.agrees(table((1, 0), (2, 1), (3, 2)))


def test_agreeing_means_that_every_row_is_its_picture(tmp_path: Path) -> None:
    files = MatrixFiles(tmp_path, tiny_state())
    assert files.agrees(table())
    assert not files.agrees(table((1, 0)))
    files.write(0, ids(1, 2, 3), unit_vectors(RANDOM, 3, 8))
    assert files.agrees(table((3, 2), (1, 0)))
    assert not files.agrees(table((1, 0), (3, 1)))


def test_only_other_generations_of_the_same_model_are_removed(tmp_path: Path) -> None:
    states = [tiny_state(generation=g) for g in (0, 1, 12)]
    others = [tiny_state("tiny-2"), tiny_state("tin")]
    for state in states + others:
        MatrixFiles(tmp_path, state).write(0, ids(1), unit_vectors(RANDOM, 1, 8))
    MatrixFiles(tmp_path, states[1]).remove_others()
    left = {path.name for path in tmp_path.iterdir()}
    expected = [MatrixFiles(tmp_path, state) for state in [states[1], *others]]
    assert left == {path.name for files in expected for path in (files.vectors, files.ids)}


def test_files_of_unknown_models_are_dropped(tmp_path: Path) -> None:
    kept, gone = tiny_state("a", generation=3), tiny_state("b")
    for state in (kept, gone):
        MatrixFiles(tmp_path, state).write(0, ids(1), unit_vectors(RANDOM, 1, 8))
    (tmp_path / "notes.txt").write_text("mine")
    drop_all_but(tmp_path, [kept])
    files = MatrixFiles(tmp_path, kept)
    assert set(tmp_path.iterdir()) == {files.vectors, files.ids, tmp_path / "notes.txt"}
    drop_all_but(tmp_path / "nowhere", [kept])


def test_checksums_are_of_the_bytes() -> None:
    vectors = unit_vectors(RANDOM, 3, 8)
    assert checksums(vectors) == [zlib.crc32(v.astype("<f4").tobytes()) for v in vectors]


# In a library


def files_of(home: Home) -> MatrixFiles:
    with closing(Catalogue(home)) as catalogue:
        return MatrixFiles(home.nearest, catalogue.models.states()["tiny"])


def made(home: Home, number: int = 40) -> Vectors:
    vectors = unit_vectors(RANDOM, number, 8)
    fill(home, [SPEC], range(number), {"tiny": vectors})
    return vectors


def mend(home: Home) -> None:
    with LibraryWriter(home) as writer:
        writer.store.repair()


def damage(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0x40
    path.write_bytes(content)


@pytest.mark.parametrize("lost", ["both", "vectors", "ids", "shortened"])
def test_a_lost_matrix_is_made_again_from_milvus(home: Home, lost: str) -> None:
    vectors = made(home)
    files = files_of(home)
    if lost in ("both", "vectors"):
        files.vectors.unlink()
    if lost in ("both", "ids"):
        files.ids.unlink()
    if lost == "shortened":
        with open(files.vectors, "r+b") as file:
            file.truncate(100)
    mend(home)
    found = assert_in_step(home, "tiny")
    assert {p: v.tolist() for p, v in found.items()} == dict(enumerate(vectors.tolist()))
    assert {path.name for path in home.nearest.iterdir()} == {
        files_of(home).vectors.name,
        files_of(home).ids.name,
    }, "the damaged generation is gone"


def test_a_vector_that_neither_copy_has_is_computed_again(home: Home) -> None:
    vectors = made(home)
    from finder.core.library.vectors.milvus_lite import MilvusLiteStore

    with closing(MilvusLiteStore(home)) as store:
        store.delete(tiny_state(), [7, 8])
    files_of(home).vectors.unlink()
    mend(home)
    assert in_catalogue(home, "tiny") == set(range(40)) - {7, 8}
    with LibraryWriter(home) as writer:
        writer.register_models([SPEC])
        assert not writer.embedded_ids["tiny"].among([7])
        writer.write(outcomes([7, 8], {"tiny": vectors[7:9]}))
        writer.removals.finish()
    found = assert_in_step(home, "tiny")
    assert {p: v.tolist() for p, v in found.items()} == dict(enumerate(vectors.tolist()))


def test_a_vector_damaged_in_milvus_is_dropped(home: Home) -> None:
    made(home)
    from finder.core.library.vectors.milvus_lite import MilvusLiteStore

    with closing(MilvusLiteStore(home)) as store:
        wrong = unit_vectors(RANDOM, 1, 8)
        store.upsert(tiny_state(), [5], wrong)
    files_of(home).ids.unlink()
    mend(home)
    assert in_catalogue(home, "tiny") == set(range(40)) - {5}
    assert 5 not in matrix_vectors(home, "tiny")


def test_a_vector_damaged_in_the_matrix_is_not_sent_to_milvus(home: Home) -> None:
    made(home)
    from finder.core.library.vectors.milvus_lite import MilvusLiteStore

    with closing(MilvusLiteStore(home)) as store:
        store.delete(tiny_state(), [5, 6])
    damage(files_of(home).vectors, 5 * 32 + 3)
    mend(home)
    assert set(assert_in_step(home, "tiny")) == set(range(40)) - {5}


def test_vectors_that_milvus_lacks_are_sent_again(home: Home) -> None:
    vectors = made(home)
    from finder.core.library.vectors.milvus_lite import MilvusLiteStore

    with closing(MilvusLiteStore(home)) as store:
        store.delete(tiny_state(), list(range(0, 40, 3)))
    mend(home)
    found = assert_in_step(home, "tiny")
    assert {p: v.tolist() for p, v in found.items()} == dict(enumerate(vectors.tolist()))


def test_vectors_unknown_to_the_catalogue_are_removed_from_milvus(home: Home) -> None:
    made(home)
    from finder.core.library.vectors.milvus_lite import MilvusLiteStore

    with closing(MilvusLiteStore(home)) as store:
        stray = unit_vectors(RANDOM, 1, 8)
        store.upsert(tiny_state(), [99], stray)
    mend(home)
    assert set(assert_in_step(home, "tiny")) == set(range(40))


def test_unused_rows_are_reclaimed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finder.core.library.vectors.repair._DEAD_ROWS_ALLOWED", 10)
    vectors = made(home)
    before = files_of(home)
    with LibraryWriter(home) as writer:
        writer.removals.forget_files(f"/pictures/{p}.jpg" for p in range(9))
        assert writer.removals.purge() == 9
    assert files_of(home).vectors == before.vectors, "too few to be worth it"
    with LibraryWriter(home) as writer:
        writer.removals.forget_files(f"/pictures/{p}.jpg" for p in range(9, 21))
        assert writer.removals.purge() == 12
    after = files_of(home)
    assert after.length() == 19
    assert after.vectors.stat().st_size == 19 * 32
    found = assert_in_step(home, "tiny")
    assert {p: v.tolist() for p, v in found.items()} == {
        p: vectors[p].tolist() for p in range(21, 40)
    }
    with LibraryWriter(home) as writer:
        writer.register_models([SPEC])
        writer.write(outcomes([50], {"tiny": vectors[:1]}))
    assert assert_in_step(home, "tiny")[50].tolist() == vectors[0].tolist()
