"""Removing what several machines share: the others hear of it, and no vector is left for nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from command_line import output_of
from fault_relay import FaultRelay
from making import matrix_vectors
from milvus_server import address_of, connected
from shared_machine import MakeMachine, assert_right

from finder.core.cancellation import Cancelled
from finder.core.errors import Failure, Reason
from finder.core.library.indexing import worker
from finder.core.library.server.credentials import Secret
from finder.core.library.server.mirror import Mirror
from finder.core.library.server.places import Place
from finder.core.library.server.server_address import ServerAddress, parse
from finder.core.library.server.server_client import ServerClient
from finder.core.library.server.server_errors import explain
from finder.core.library.server.server_names import Collections
from finder.core.library.server.server_problem import Problem
from finder.core.models.spec import ModelSpec
from finder.use_cases.library import move_library, vector_store
from finder.use_cases.library.index_folders import forget_folder
from finder.use_cases.library.move_library import (
    set_mirror,
)
from finder.use_cases.library.removed_pictures import (
    bring_back,
    find_pictures,
    remove_pictures,
    removed_files,
)


def test_the_last_machine_removes_the_vectors_of_all_models(
    machine: MakeMachine,
    birds: list[Path],
    address: ServerAddress,
    hash_spec: ModelSpec,
    fast_spec: ModelSpec,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also of a model that it does not have, and of a picture that its own model has failed on.
    While the other model's collection cannot be loaded, they are left to the next run."""
    for module in (move_library, vector_store):
        monkeypatch.setattr(module, "register_models", lambda _: None)
    one, two = machine("one"), machine("two")
    one.specs, two.specs = [fast_spec], [hash_spec]
    for each in (one, two):
        each.add(*birds[:2])
    one.index()
    one.use(address)
    embed, failing = worker.embedded_or_failure, [Failure(Reason.MODEL_ERROR, "")]
    monkeypatch.setattr(
        worker,
        "embedded_or_failure",
        lambda *args: failing.pop() if failing else embed(*args),
    )
    two.index()
    two.use(address)
    assert len(two.on_server(hash_spec)) == 1
    one.forget()
    assert len(one.on_server(fast_spec)) == 2, "the other machine has the pictures"
    two.sync()
    others = Collections(address.library).of_model(one.state(fast_spec))
    calls = []
    call = ServerClient.call
    is_full = True

    def noted(client: ServerClient, method: str, *args: Any, **options: Any) -> Any:
        calls.append(method)
        if is_full and method == "load_collection" and args[0] == others:
            raise explain(Problem.NO_SPACE, client.address, Secret(), text="quota exceeded")
        return call(client, method, *args, **options)

    monkeypatch.setattr(ServerClient, "call", noted)
    notes: list[str] = []
    forget_folder(two.home, str(two.folder), "a test", notes.append)
    assert calls.count("list_collections") == 2, "on opening, and once for all that is removed"
    assert len(notes) == 1
    assert "has no room for more: quota exceeded. What was removed here is removed" in notes[0]
    assert len(two.on_server(hash_spec)) == 1
    two.index()  # goes on all the same
    set_mirror(two.home, False, "a test")
    two.index()
    is_full = False
    set_mirror(two.home, True, "a test")

    with connected(address.uri) as client:  # in the middle of `store index` on the other machine
        client.release_collection(others)
        client.drop_index(others, "vector")
    two.forget()
    assert len(one.on_server(fast_spec)) == len(two.on_server(hash_spec)) == 0
    assert_right(two)


def test_a_removal_is_heard_of_although_its_place_or_all_were_lost(
    machine: MakeMachine, birds: list[Path], address: ServerAddress, hash_spec: ModelSpec
) -> None:
    one, two = machine("one"), machine("two")
    one.add(*birds[:4])
    for each in (one, two):
        each.index()
        each.use(address)
    assert len(two.names()) == 4
    lost = Place("one", str(one.folder / birds[0].name), 0, 0, None, 0)
    names = Collections(address.library)
    with connected(address.uri) as client:
        client.delete(names.places, ids=[lost.id])
    assert len(one.places()) == 3
    (one.folder / birds[0].name).unlink()
    one.index()
    assert two.sync().gone == 1
    assert two.names() == {f"one:{bird.name}" for bird in birds[1:4]}

    (one.folder / birds[1].name).unlink()
    one.index()
    with connected(address.uri) as client:
        client.drop_collection(names.places)
    one.index()
    assert two.sync().gone == 1
    assert two.names() == {f"one:{bird.name}" for bird in birds[2:4]}
    assert len(one.on_server(hash_spec)) == 2
    assert len(matrix_vectors(two.home, hash_spec.name)) == 2
    for each in (one, two):
        assert_right(each)


def test_a_picture_of_another_machine_is_removed_here_and_brought_back(
    machine: MakeMachine,
    birds: list[Path],
    milvus_uri: str,
    library_name: str,
    hash_spec: ModelSpec,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It stays on the other machine, and on the server."""
    one, two = machine("one"), machine("two")
    one.add(*birds[:2])
    with FaultRelay(address_of(milvus_uri)) as relay:
        for each in (one, two):
            each.index()
            each.use(parse(relay.uri, library=library_name))
        gone, _ = (f"one:{one.folder / bird.name}" for bird in birds[:2])
        assert output_of("forget", gone, home=two.home).startswith("Removed 1 picture (1 file)")
        two.sync()
        (one.folder / birds[0].name).touch()
        one.index()
        two.sync()
        assert list(removed_files(two.home)) == [gone]
        assert len(two.pictures()) == len(matrix_vectors(two.home, hash_spec.name)) == 1
        assert len(one.pictures()) == len(two.on_server(hash_spec)) == 2
        for each in (one, two):
            assert_right(each)

        said = output_of("forget", "--undo", gone, home=two.home)
        assert said == "They are in the library again.\n"
        assert len(two.pictures()) == len(matrix_vectors(two.home, hash_spec.name)) == 2
        assert removed_files(two.home) == {}
        assert_right(two)

        pictures = find_pictures(two.home, [gone])
        remove_pictures(two.home, pictures, "a test")
        set_mirror(two.home, False, "a test")
        assert list(removed_files(two.home)) == [gone]
        set_mirror(two.home, True, "a test")
        assert len(two.pictures()) == 1, "it stays hidden"
        relay.refuse()
        notes: list[str] = []
        assert bring_back(two.home, pictures, "a test", notes.append).folders == ()
        assert notes[0].startswith("No server responds at")
        assert notes[0].endswith("What is on other machines comes back with the next run.")
        relay.restore()
        assert two.sync().files == 1
        assert len(two.pictures()) == len(matrix_vectors(two.home, hash_spec.name)) == 2

        remove_pictures(two.home, pictures, "a test")
        two.sync()
        with monkeypatch.context() as stopped:
            stopped.setattr(Mirror, "_copy", _cancel)
            with pytest.raises(Cancelled):
                bring_back(two.home, pictures, "a test")
        two.sync()
        assert len(two.pictures()) == len(matrix_vectors(two.home, hash_spec.name)) == 2
        assert_right(two)


def _cancel(*_: object) -> int:
    raise Cancelled
