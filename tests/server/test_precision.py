"""Vectors that a server keeps as float16."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from making import Vectors, as_bytes, matrix_vectors, tiny_state, unit_vectors
from milvus_server import connected
from shared_machine import Machine

from finder.core.cancellation import Cancelled
from finder.core.errors import FinderError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.records import ModelState
from finder.core.library.check.full_check import check
from finder.core.library.server import connection_test
from finder.core.library.server.connection_test import has_float16, try_connection
from finder.core.library.server.credentials import Secret
from finder.core.library.server.model_on_server import ModelOnServer
from finder.core.library.server.server_address import parse
from finder.core.library.server.server_client import ServerClient
from finder.core.library.server.server_errors import ServerError, explain
from finder.core.library.server.server_library import ServerLibrary
from finder.core.library.server.server_problem import Problem
from finder.core.library.server.server_store import ServerStore
from finder.core.library.server.server_tables import VectorField, joined
from finder.core.library.server.store_settings import (
    Precision,
    StoreSettings,
    read_store_settings,
    write_store_settings,
)
from finder.core.library.vectors.same_vectors import are_same
from finder.core.library.vectors.vector_matrix import drop_all_but
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.use_cases.library.move_library import copy_to_server, set_mirror, use_server
from finder.use_cases.library.vector_store import store_status

FLOAT16 = Precision.FLOAT16
STATE = tiny_state(dimension=32)
VECTORS = unit_vectors(np.random.default_rng(1), 400, 32)
MakeMachine = Callable[[str], Machine]


def rounded(vectors: Vectors) -> Vectors:
    return vectors.astype(np.float16).astype(np.float32)


def client_of(uri: str) -> ServerClient:
    return ServerClient(parse(uri, library="precision"), Secret(""))


def store_of(uri: str, precision: Precision = FLOAT16) -> ServerStore:
    settings = StoreSettings(parse(uri), machine="here", token="1", precision=precision)
    return ServerStore(ServerLibrary(settings))


@pytest.fixture
def machine(tmp_path: Path, fast_spec: ModelSpec, extractors: ExtractorPool) -> MakeMachine:
    return lambda name: Machine(tmp_path, name, [fast_spec], extractors)


@pytest.fixture
def birds(samples: Path) -> list[Path]:
    return sorted((samples / "birds").glob("*.jpg"))


# A field


def test_float16_takes_half_of_the_bytes_and_comes_back_as_float32() -> None:
    field = VectorField.of(VECTORS, FLOAT16)
    assert (field.row_bytes, VectorField.of(VECTORS).row_bytes) == (64, 128)
    stored = [field.encoded(vector).tobytes() for vector in VECTORS]
    back = np.stack([field.decoded([data]) for data in stored])
    assert back.dtype == np.float32
    np.testing.assert_array_equal(back, field.rounded(VECTORS))
    np.testing.assert_array_equal(field.rounded(back), back)
    assert 0 < np.abs(back - VECTORS).max() < 1e-3
    assert joined([b"ab", b"c"]) == b"abc"
    assert joined([1.0, 2.0]) == [1.0, 2.0]


def test_a_hash_is_kept_as_bits_whatever_the_precision() -> None:
    signs = np.random.default_rng(1).choice([-1, 1], (5, 64))
    bits = (signs / 8).astype(np.float32)
    field = VectorField.of(bits, FLOAT16)
    assert (field.is_binary, field.row_bytes) == (True, 8)
    np.testing.assert_array_equal(field.rounded(bits), bits)


def test_the_precision_is_kept(home: Home) -> None:
    settings = StoreSettings(parse("http://nas"), "one", "1", precision=FLOAT16)
    home.root.mkdir(exist_ok=True)
    write_store_settings(home, settings)
    assert read_store_settings(home) == settings


# What a server has


def test_who_has_float16(lite_uri: str, float16_uri: str) -> None:
    for uri, expected in ((lite_uri, False), (float16_uri, True)):
        with closing(client_of(uri)) as client:
            assert has_float16(client) is expected
            assert try_connection(client, thorough=True).has_float16 is expected
            assert try_connection(client).has_float16 is None
        with connected(uri) as somebody:
            assert somebody.list_collections() == []


def test_a_server_that_is_full_is_not_one_without_float16(
    float16_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(client_of(float16_uri)) as client:
        full = explain(Problem.NO_SPACE, client.address, Secret(""))
        create = connection_test._create

        def create_if_small(milvus: Any, name: str, field: VectorField) -> None:
            if field.precision is FLOAT16:
                raise full
            create(milvus, name, field)

        monkeypatch.setattr(connection_test, "_create", create_if_small)
        for asked in (has_float16, partial(try_connection, thorough=True)):
            with pytest.raises(ServerError) as raised:
                asked(client)
            assert raised.value.problem is Problem.NO_SPACE


def test_what_the_trial_of_float16_leaves_is_named(
    float16_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(client_of(float16_uri)) as client:
        call, kept = client.call, explain(Problem.NO_RIGHT, client.address, Secret(""))

        def cannot_delete(name: str, *arguments: Any, **options: Any) -> Any:
            if name == "drop_collection":
                fields = call("describe_collection", *arguments)
                if VectorField.described(fields).precision is FLOAT16:
                    raise kept
            return call(name, *arguments, **options)

        monkeypatch.setattr(client, "call", cannot_delete)
        facts = try_connection(client, thorough=True)
        assert (facts.has_float16, facts.may_write, facts.failure) == (True, False, kept)
        assert facts.left_over in call("list_collections")
        with pytest.raises(ServerError) as raised:
            has_float16(client)
        assert raised.value is kept


def test_milvus_2_3_is_not_asked(milvus_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It creates such a collection, and its process ends when vectors are stored."""
    monkeypatch.setattr(
        "finder.core.library.server.connection_test._trial",
        lambda *_: pytest.fail("it would end the server"),
    )
    with closing(client_of(milvus_uri)) as client:
        assert has_float16(client) is False


def test_a_server_without_float16(
    machine: MakeMachine, birds: list[Path], milvus_uri: str, lite_uri: str, library_name: str
) -> None:
    one = machine("one")
    one.add(birds[0])
    one.index()
    before = read_store_settings(one.home)
    for uri in (milvus_uri, lite_uri):
        address = parse(uri, library=library_name)
        for run in (
            use_server(one.home, address, "a test", precision=FLOAT16),
            copy_to_server(one.home, address, "a test", precision=FLOAT16),
        ):
            with pytest.raises(FinderError, match="cannot keep vectors as float16") as failure:
                list(run)
            assert "float32" in failure.value.hint
        with connected(uri) as somebody:
            assert not any(name.startswith(library_name) for name in somebody.list_collections())
    assert read_store_settings(one.home).address == before.address
    *_, sent = copy_to_server(one.home, address, "a test", verifies=True)
    assert (sent.done, sent.wrong, sent.precision) == (1, 0, Precision.FLOAT32)


# A library on a server that has it


def test_a_collection_of_float16(float16_uri: str) -> None:
    with closing(store_of(float16_uri)) as store:
        store.upsert(STATE, range(400), VECTORS)
        assert store.field(STATE).precision is FLOAT16
        ids, vectors = store.fetch(STATE, range(400))
        np.testing.assert_array_equal(vectors, rounded(VECTORS)[ids])
        np.testing.assert_array_equal(store.as_stored(STATE, VECTORS)[ids], vectors)
        model = ModelOnServer(store, STATE)
        (found,) = model.nearest(VECTORS[7:8], 20)
        exact = np.argsort(-(VECTORS @ VECTORS[7]))[:20]
        assert found[0] == 7
        assert len(np.intersect1d(found, exact)) >= 19
        fetched = model.fetch([5, 6, 7])
        assert len(fetched) == 3, "they have the length 1, but for rounding"
        other = tiny_state("other", dimension=32)
    with closing(store_of(float16_uri, Precision.FLOAT32)) as store:
        store.upsert(other, [1], VECTORS[:1])
        assert store.field(other).precision is FLOAT16, "as the library's other models have it"


def test_a_vector_that_is_stored_again_after_a_deletion(
    float16_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another machine gets a file of the picture while this one deletes it."""
    with closing(store_of(float16_uri)) as store:
        store.upsert(STATE, [1, 2], VECTORS[:2])
        placed = iter([set(), {1}])
        monkeypatch.setattr(store.library.places, "placed", lambda *_: next(placed))
        store.delete(STATE, [1, 2])
        ids, vectors = store.fetch(STATE, [1, 2])
        assert ids.tolist() == [1]
        np.testing.assert_array_equal(vectors, rounded(VECTORS[:1]))


def test_machines_share_a_library_of_float16(
    machine: MakeMachine, birds: list[Path], float16_uri: str, fast_spec: ModelSpec
) -> None:
    """What was indexed before is rounded on the server only; what comes later, everywhere."""
    address, (name, spec) = parse(float16_uri), (fast_spec.name, fast_spec)
    one, two = machine("one"), machine("two")
    one.add(*birds[:3])
    one.index()
    before = matrix_vectors(one.home, name)
    *_, sent = copy_to_server(one.home, address, "a test", verifies=True, precision=FLOAT16)
    assert (sent.wrong, sent.precision) == (0, FLOAT16)
    list(use_server(one.home, address, "a test", "one"))
    assert read_store_settings(one.home).precision is FLOAT16, "as the copy has it"
    assert store_status(one.home).precisions == {name: FLOAT16}
    assert as_bytes(matrix_vectors(one.home, name)) == as_bytes(before)
    expected = {picture: rounded(vector) for picture, vector in before.items()}
    assert as_bytes(one.on_server(spec)) == as_bytes(expected)

    two.add(*birds[2:5])
    two.begin()
    list(use_server(two.home, address, "a test", "two", precision=Precision.FLOAT32))
    assert read_store_settings(two.home).precision is FLOAT16, "the library was there already"
    two.index()
    one.sync()
    assert as_bytes(matrix_vectors(two.home, name)) == as_bytes(two.on_server(spec))
    for each in (one, two):
        assert len(matrix_vectors(each.home, name)) == 5
        *_, last = check(each.home, each.specs, [], False)
        assert [finding.sentence for finding in last.findings] == []

    set_mirror(one.home, False, "a test")
    set_mirror(one.home, True, "a test")
    assert as_bytes(matrix_vectors(one.home, name)) == as_bytes(one.on_server(spec))


@pytest.fixture
def sent_exact(
    machine: MakeMachine, birds: list[Path], float16_uri: str, fast_spec: ModelSpec
) -> Machine:
    """A machine that had indexed three pictures before it used a server with float16."""
    one = machine("one")
    one.add(*birds[:3])
    one.index()
    list(use_server(one.home, parse(float16_uri), "a test", "one", precision=FLOAT16))
    assert as_bytes(matrix_vectors(one.home, fast_spec.name)) != as_bytes(one.on_server(fast_spec))
    return one


def repair(home: Home, thorough: bool = False) -> list[str]:
    """The notes on it."""
    with LibraryWriter(home, "a test") as writer:
        writer.store.repair(thorough)
        return list(writer.notes)


def test_vectors_that_were_sent_exact_are_not_sent_again(
    sent_exact: Machine, fast_spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, name = sent_exact.home, fast_spec.name
    before = as_bytes(matrix_vectors(home, name))
    sent, upsert = list[int](), ServerStore.upsert

    def counted(store: ServerStore, model: ModelState, ids: Sequence[int], *more: Any) -> None:
        sent.extend(ids)
        upsert(store, model, ids, *more)

    monkeypatch.setattr(ServerStore, "upsert", counted)
    assert repair(home, thorough=True) == []
    assert sent == []
    assert as_bytes(matrix_vectors(home, name)) == before


def test_a_lost_matrix_is_filled_from_a_server_with_fewer_bits(
    sent_exact: Machine, fast_spec: ModelSpec
) -> None:
    home, name = sent_exact.home, fast_spec.name
    drop_all_but(home.nearest, ())
    (note,) = repair(home)
    assert "nothing is lost" in note
    kept = as_bytes(matrix_vectors(home, name))
    assert len(kept) == 3
    assert kept == as_bytes(sent_exact.on_server(fast_spec))
    assert repair(home, thorough=True) == []
    *_, last = check(home, sent_exact.specs, [], False)
    assert [finding.sentence for finding in last.findings] == []


def test_a_mirror_that_is_not_completed_loses_nothing(
    sent_exact: Machine, fast_spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is cancelled between what this machine has and what the others have."""
    home, name = sent_exact.home, fast_spec.name

    def cancelled(_: LibraryWriter) -> None:
        raise Cancelled

    set_mirror(home, False, "a test")
    with monkeypatch.context() as patched:
        patched.setattr("finder.use_cases.library.move_library.register_models", cancelled)
        with pytest.raises(Cancelled):
            set_mirror(home, True, "a test")
    with closing(Catalogue(home)) as catalogue:
        assert catalogue.embeddings.counts() == {name: 3}
    set_mirror(home, True, "a test")
    assert as_bytes(matrix_vectors(home, name)) == as_bytes(sent_exact.on_server(fast_spec))


def test_another_processor_s_vector_is_no_fault_whichever_way_it_is_rounded(
    float16_uri: str,
) -> None:
    """The nearest number of fewer bits may be another one; a vector that differs by more is."""
    ours = VECTORS[:200]
    other = ours + np.random.default_rng(2).uniform(-1e-4, 1e-4, ours.shape).astype(np.float32)
    with closing(store_of(float16_uri)) as store:
        store.upsert(STATE, range(200), other)
        there = store.as_stored(STATE, other)
        assert are_same(store, STATE, there, ours).all()
        assert are_same(store, STATE, there, rounded(ours)).all()
        assert not are_same(store, STATE, there + np.float32(1e-3), ours).any()


def test_another_vector_is_found_by_the_check(
    machine: MakeMachine, birds: list[Path], float16_uri: str, fast_spec: ModelSpec
) -> None:
    one = machine("one")
    one.add(*birds[:2])
    one.index()
    list(use_server(one.home, parse(float16_uri), "a test", "one", precision=FLOAT16))
    (picture, vector), *_ = one.on_server(fast_spec).items()
    with closing(Catalogue(one.home)) as catalogue:
        state = catalogue.models.states()[fast_spec.name]
    with closing(store_of(float16_uri)) as store:
        store.upsert(state, [picture], np.roll(vector, 1)[np.newaxis])
    *_, last = check(one.home, one.specs, [], True)
    assert [finding.repaired for finding in last.findings] == [True]
    assert as_bytes(one.on_server(fast_spec))[picture] == vector.tobytes()
