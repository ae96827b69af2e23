"""Whatever stops a writer, and after any step: the next one makes the three records of a picture's
vectors agree again, with nothing lost, doubled or mixed up."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import assert_all_in_step, matrix_vectors, outcomes, tiny_spec, unit_vectors

from finder.core.errors import FinderError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.tables.embedding_table import EmbeddingTable
from finder.core.library.catalogue.tables.file_table import FileTable
from finder.core.library.catalogue.tables.picture_table import PictureTable
from finder.core.library.removals import Removals
from finder.core.library.vectors import repair as mend
from finder.core.library.vectors import store_session
from finder.core.library.vectors.milvus_lite import MilvusLiteStore
from finder.core.library.vectors.vector_matrix import MatrixFiles
from finder.core.library.writer import LibraryWriter
from finder.core.paths import Home

SPECS = [tiny_spec("first", 8), tiny_spec("second", 5, "b")]
VECTORS = {
    spec.name: unit_vectors(np.random.default_rng(number), 24, spec.dimension)
    for number, spec in enumerate(SPECS)
}


class Killed(BaseException):
    """The process was killed: nothing that follows is done."""


STEPS: dict[str, tuple[Any, str]] = {
    "milvus": (MilvusLiteStore, "upsert"),
    "matrix": (MatrixFiles, "write"),
    "picture": (PictureTable, "put"),
    "file": (FileTable, "put"),
    "embeddings": (EmbeddingTable, "add"),
    "batch": (LibraryWriter, "write"),
    "flush": (MilvusLiteStore, "flush"),
    "files removed": (FileTable, "remove"),
    "tombstones": (EmbeddingTable, "remove"),
    "pictures removed": (Catalogue, "remove_pictures"),
    "milvus deletion": (MilvusLiteStore, "delete"),
    "tombstones cleared": (EmbeddingTable, "clear_tombstones"),
    "renumbered": (EmbeddingTable, "renumber"),
    "rewritten": (mend, "_rewrite"),
    "compacted": (store_session, "compact_matrix"),
    "removals": (Removals, "finish"),
    "repaired": (store_session, "repair_model"),
    "opened": (MilvusLiteStore, "__init__"),
}


@dataclass(frozen=True)
class CancelToken:
    """Stop at the n-th call of a step, before or after it; killed, or by an error."""

    step: str
    call: int
    after: bool
    kill: bool


@dataclass(frozen=True)
class Session:
    """A run that wants these pictures in the library, and no others."""

    wanted: frozenset[int]
    batch: int
    stop: CancelToken | None


stops = st.builds(
    CancelToken, st.sampled_from(sorted(STEPS)), st.integers(1, 3), st.booleans(), st.booleans()
)
sessions = st.builds(
    Session,
    st.frozensets(st.integers(0, 23), max_size=24),
    st.integers(1, 9),
    st.one_of(stops, stops, stops, st.none()),
)


@settings(max_examples=16)
@given(st.lists(sessions, min_size=1, max_size=4), st.frozensets(st.integers(0, 23)))
def test_the_next_run_recovers_whatever_stopped_the_last(
    before: list[Session], last: frozenset[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("finder.core.library.vectors.repair._DEAD_ROWS_ALLOWED", 3)
        home = Home(Path(folder))
        for session in before:
            stopped = play(home, session)
            if stopped is None:
                assert_holds(home, session.wanted)
            assert_never_ahead(home)
        assert_recovers(home, last, 4)


@pytest.mark.parametrize("kill", [True, False], ids=["killed", "failed"])
@pytest.mark.parametrize("step", sorted(STEPS))
def test_every_step_may_be_the_last(home: Home, step: str, kill: bool) -> None:
    """Six runs in a row are stopped at it, over three sets of pictures: before it and after it in
    turn, so that each set meets both."""
    wanted = [frozenset(range(12)), frozenset(range(8, 20)), frozenset(range(3, 9))]
    reached = {True: False, False: False}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("finder.core.library.vectors.repair._DEAD_ROWS_ALLOWED", 3)
        for number in range(6):
            after = (number % 2 == 0) == kill
            stop = CancelToken(step, 1, after, kill)
            reached[after] |= play(home, Session(wanted[number % 3], 5, stop)) is not None
            assert_never_ahead(home)
        assert_recovers(home, wanted[0], 12)
    assert all(reached.values()), f"the step was not reached: this proves nothing: {reached}"


def play(home: Home, session: Session) -> BaseException | None:
    """One session. Returns what stopped it."""
    with pytest.MonkeyPatch.context() as patch:
        if session.stop:
            _set(patch, session.stop)
        try:
            with LibraryWriter(home) as open_writer:
                try:
                    _bring_to(open_writer, session.wanted, session.batch)
                except Killed:
                    patch.undo()
                    _drop_dead(open_writer)
                    raise
        except (Killed, FinderError, OSError) as stopped:
            return stopped
    return None


def _bring_to(library: LibraryWriter, wanted: frozenset[int], batch: int) -> None:
    """What an indexing run does, without pictures and workers."""
    catalogue = library.catalogue
    library.register_models(SPECS)
    library.removals.finish()
    known = {file.picture: file.path for file in catalogue.files.below("/pictures")}
    embedded = [ids.among(wanted) for ids in library.embedded_ids.values()]
    missing = [
        picture
        for picture in sorted(wanted)
        if picture not in known or any(picture not in ids for ids in embedded)
    ]
    for start in range(0, len(missing), batch):
        chunk = missing[start : start + batch]
        library.write(outcomes(chunk, {name: rows[chunk] for name, rows in VECTORS.items()}))
    library.removals.forget_files(path for picture, path in known.items() if picture not in wanted)
    library.removals.purge()
    library.store.flush()


def _drop_dead(library: LibraryWriter) -> None:
    """What the system does for a killed process: descriptors are closed, nothing is written."""
    if library.store._store is not None:
        library.store._store.abandon()


def _set(patch: pytest.MonkeyPatch, stop: CancelToken) -> None:
    where, name = STEPS[stop.step]
    original: Callable[..., Any] = getattr(where, name)
    calls = 0

    def stopping(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls != stop.call:
            return original(*args, **options)
        if stop.after:
            original(*args, **options)
            if stop.step == "opened":
                args[0].abandon()
        raise Killed if stop.kill else OSError("No space left on device")

    patch.setattr(where, name, stopping)


def assert_never_ahead(home: Home) -> None:
    """Every vector that the catalogue counts on is in the matrix, and is that picture's."""
    with closing(Catalogue(home)) as catalogue:
        models = list(catalogue.models.states())
    for model in models:
        _assert_are(model, matrix_vectors(home, model))


def assert_recovers(home: Home, pictures: frozenset[int], batch: int) -> None:
    """A run that nothing stops brings the library to these pictures."""
    with LibraryWriter(home) as library:
        _bring_to(library, pictures, batch)
        _compare_records(library, pictures)
    _assert_in_step(home, pictures)


def assert_holds(home: Home, pictures: Iterable[int]) -> None:
    with LibraryWriter(home) as library:
        _compare_records(library, pictures)
    _assert_in_step(home, pictures)


def _compare_records(library: LibraryWriter, pictures: Iterable[int]) -> None:
    library.store.repair()  # a run that stored nothing has not looked into Milvus
    assert library.catalogue.embeddings.tombstones() == {}
    assert library.catalogue.pictures.count() == len(set(pictures))


def _assert_in_step(home: Home, pictures: Iterable[int]) -> None:
    for model, found in assert_all_in_step(home, [spec.name for spec in SPECS]).items():
        assert found.keys() == set(pictures)
        _assert_are(model, found)


def _assert_are(model: str, found: dict[int, Any]) -> None:
    for picture, vector in found.items():
        np.testing.assert_array_equal(vector, VECTORS[model][picture])
