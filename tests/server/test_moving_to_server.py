"""A library that moves to a Milvus server, where others may be, and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from fault_relay import FaultRelay
from making import as_bytes, matrix_vectors
from milvus_server import address_of, connected
from shared_machine import MakeMachine, assert_right

from finder.core.errors import FinderError
from finder.core.library.server.server_address import ServerAddress, parse
from finder.core.library.server.server_names import Collections
from finder.core.library.server.store_settings import read_store_settings
from finder.core.models.spec import ModelSpec
from finder.use_cases.library.move_library import (
    copy_to_embedded,
    copy_to_server,
    set_mirror,
    use_embedded,
    use_server,
)
from finder.use_cases.library.vector_store import store_status


def test_a_library_moves_to_a_server_and_back(
    machine: MakeMachine, birds: list[Path], address: ServerAddress, fast_spec: ModelSpec
) -> None:
    one = machine("one")
    one.specs = [*one.specs, fast_spec]
    one.add(*birds[:5])
    assert one.index() == 5
    before = [as_bytes(matrix_vectors(one.home, spec.name)) for spec in one.specs]

    *_, verified = copy_to_server(one.home, address, "a test", verifies=True)
    assert (verified.wrong, verified.done) == (0, 5)
    assert not read_store_settings(one.home).is_server, "a copy changes nothing here"
    assert one.home.vectors.exists()

    one.use(address)
    assert not one.home.vectors.exists()
    assert [as_bytes(one.on_server(spec)) for spec in one.specs] == before
    status = store_status(one.home)
    assert list(status.vectors.values()) == [5, 5]
    assert status.machines["one"].pictures == 5
    assert one.index() == 0
    one.add(birds[5])
    assert one.index() == 1
    assert len(one.on_server(fast_spec)) == 6
    assert_right(one)

    *_, verified = copy_to_embedded(one.home, "a test", verifies=True)
    assert (verified.wrong, verified.done) == (0, 6)
    assert one.home.vectors.exists()
    assert read_store_settings(one.home).is_server
    assert one.index() == 0
    assert_right(one)

    use_embedded(one.home, "a test")
    assert one.home.vectors.exists()
    assert_right(one)
    after = [as_bytes(matrix_vectors(one.home, spec.name)) for spec in one.specs]
    assert [len(vectors) for vectors in after] == [6, 6]
    assert all(old.items() <= new.items() for old, new in zip(before, after, strict=True))


def test_sending_goes_on_where_it_was_stopped(
    machine: MakeMachine, birds: list[Path], address: ServerAddress, hash_spec: ModelSpec
) -> None:
    one = machine("one")
    one.add(*birds[:4])
    one.index()
    run = use_server(one.home, address, "a test", "one")
    next(run)
    run.close()
    assert not read_store_settings(one.home).is_server
    assert_right(one)
    one.use(address)
    assert len(one.on_server(hash_spec)) == 4
    assert_right(one)


def test_a_server_that_goes_away_loses_nothing(
    machine: MakeMachine,
    birds: list[Path],
    milvus_uri: str,
    library_name: str,
    hash_spec: ModelSpec,
) -> None:
    one = machine("one")
    one.add(*birds[:3])
    one.index()
    with FaultRelay(address_of(milvus_uri)) as relay:
        address = parse(relay.uri, library=library_name)
        relay.refuse()
        with pytest.raises(FinderError):
            one.use(address)
        assert not read_store_settings(one.home).is_server
        assert one.index() == 0, "the library is what it was"
        relay.restore()
        one.use(address)

        one.add(*birds[3:5])
        relay.refuse()
        with pytest.raises(FinderError) as failure:
            one.index()
        assert failure.value.hint
        assert len(matrix_vectors(one.home, hash_spec.name)) == 3
        relay.restore()
        assert one.index() == 2
        assert len(one.on_server(hash_spec)) == 5
        assert_right(one)


def test_without_a_mirror_the_vectors_come_back_from_the_server(
    machine: MakeMachine, birds: list[Path], address: ServerAddress, hash_spec: ModelSpec
) -> None:
    """Also those that somebody had deleted there. What is removed in the folder then is heard of on
    the server once the library is there again."""
    one = machine("one")
    one.add(*birds[:3])
    one.index()
    before = as_bytes(matrix_vectors(one.home, hash_spec.name))
    one.use(address)
    one.sync()  # from now on its records are known to be in step
    with connected(address.uri) as client:
        name = Collections(address.library).of_model(one.state(hash_spec))
        client.delete(name, ids=list(one.on_server(hash_spec))[:2])
    set_mirror(one.home, False, "a test")
    assert as_bytes(one.on_server(hash_spec)) == before
    one.use(address)
    assert not read_store_settings(one.home).mirror, "it stays as it is"
    use_embedded(one.home, "a test")
    assert as_bytes(matrix_vectors(one.home, hash_spec.name)) == before
    assert_right(one)

    gone = one.folder / birds[0].name
    gone.unlink()
    one.index()
    one.use(address)
    assert set(one.places()) == {str(one.folder / bird.name) for bird in birds[1:3]}
    assert_right(one)


def test_machines_of_one_name_are_told_apart(machine: MakeMachine, address: ServerAddress) -> None:
    one, two = machine("a"), machine("b")
    for each in (one, two):
        each.name = "nas"
        each.index()
        each.use(address)
    assert [read_store_settings(each.home).machine for each in (one, two)] == ["nas", "nas-2"]
    assert set(store_status(one.home).machines) == {"nas", "nas-2"}


@pytest.mark.parametrize(
    "name", ["b", "C", "a:b", "/x", "../x", "-a", "with space", "nas\\n2", "x" * 61]
)
def test_a_name_that_no_machine_may_have(machine: MakeMachine, name: str) -> None:
    one = machine("one")
    one.name = name
    one.begin()
    with pytest.raises(FinderError, match="not a name of a machine"):
        one.use(parse("http://127.0.0.1:1"))
