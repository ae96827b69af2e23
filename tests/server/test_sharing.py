"""A library that moves to a Milvus server, and one that several machines share there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import output_of
from fault_relay import FaultRelay
from making import as_bytes, matrix_vectors
from milvus_server import address_of, connected
from shared_machine import Machine

from finder.core.cancellation import Cancelled
from finder.core.errors import Failure, FinderError, Reason
from finder.core.library.catalogue.backups import Backup, find_backup, make_backup
from finder.core.library.check.full_check import check
from finder.core.library.indexing import worker
from finder.core.library.server.places import Place
from finder.core.library.server.sending import SendProgress, Step
from finder.core.library.server.server_address import ServerAddress, parse
from finder.core.library.server.server_client import ServerClient
from finder.core.library.server.server_library import ServerLibrary
from finder.core.library.server.server_names import Collections
from finder.core.library.server.store_settings import read_store_settings
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.use_cases.library import move_library
from finder.use_cases.library.move_library import (
    copy_to_embedded,
    copy_to_server,
    set_mirror,
    use_embedded,
    use_server,
)
from finder.use_cases.library.removed_pictures import (
    bring_back,
    find_pictures,
    remove_pictures,
    removed_files,
)
from finder.use_cases.library.restore_backup import restore_backup
from finder.use_cases.library.vector_store import forget_machine, map_folder, store_status

MakeMachine = Callable[[str], Machine]


@pytest.fixture
def address(milvus_uri: str, library_name: str) -> ServerAddress:
    return parse(milvus_uri, library=library_name)


@pytest.fixture
def machine(tmp_path: Path, hash_spec: ModelSpec, extractors: ExtractorPool) -> MakeMachine:
    return lambda name: Machine(tmp_path, name, [hash_spec], extractors)


@pytest.fixture
def birds(samples: Path) -> list[Path]:
    return sorted((samples / "birds").glob("*.jpg"))


def assert_right(one: Machine) -> None:
    """Catalogue, matrix, thumbnails and server agree."""
    *_, last = check(one.home, one.specs, [], False)
    assert [finding.sentence for finding in last.findings] == []


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


def test_machines_find_the_pictures_of_all(
    machine: MakeMachine, birds: list[Path], address: ServerAddress, hash_spec: ModelSpec
) -> None:
    one, two = machine("one"), machine("two")
    one.add(*birds[:3])
    two.add(*birds[2:5])  # one of them is on both
    for each in (one, two):
        each.index()
        each.use(address)
    assert one.sync().files == 3
    assert one.names() == {b.name for b in birds[:3]} | {f"two:{b.name}" for b in birds[2:5]}
    assert two.names() == {b.name for b in birds[2:5]} | {f"one:{b.name}" for b in birds[:3]}
    assert len(one.pictures()) == 5
    assert as_bytes(matrix_vectors(one.home, hash_spec.name)) == as_bytes(one.on_server(hash_spec))
    assert as_bytes(matrix_vectors(two.home, hash_spec.name)) == as_bytes(one.on_server(hash_spec))
    for each in (one, two):
        assert_right(each)

    two.forget()
    assert len(one.on_server(hash_spec)) == 3, "what no machine has is gone, what one has is not"
    assert two.names() == {f"one:{bird.name}" for bird in birds[:3]}
    pulled = one.sync()
    assert (pulled.files, pulled.gone) == (0, 3)
    assert one.names() == {bird.name for bird in birds[:3]}
    for each in (one, two):
        assert_right(each)


def test_what_one_machine_has_embedded_the_other_does_not(
    machine: MakeMachine,
    birds: list[Path],
    address: ServerAddress,
    hash_spec: ModelSpec,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, two = machine("one"), machine("two")
    one.add(*birds[:4])
    one.index()
    one.use(address)
    two.index()
    two.use(address)
    assert len(matrix_vectors(two.home, hash_spec.name)) == 4
    monkeypatch.setattr(
        "finder.core.library.indexing.worker.embedded_or_failure",
        lambda *_: pytest.fail("it is known already"),
    )
    two.add(*birds[:4])
    two.index()
    assert two.names() == {b.name for b in birds[:4]} | {f"one:{b.name}" for b in birds[:4]}
    one.sync()
    assert len(one.names()) == 8
    assert_right(two)


def test_a_thumbnail_travels_with_a_place(
    machine: MakeMachine, birds: list[Path], address: ServerAddress
) -> None:
    from finder.core.library.thumbnail_store import read_thumbnail

    one, two = machine("one"), machine("two")
    one.add(*birds[:2])
    for each in (one, two):
        each.index()
        each.use(address)
    for picture, record in two.pictures().items():
        thumbnail = read_thumbnail(two.home, picture)
        assert thumbnail is not None
        assert thumbnail.startswith(b"\xff\xd8")
        assert len(thumbnail) <= 4_096
        assert record.facts == one.pictures()[picture].facts
        assert record.paths[0].startswith("one:/")


def test_a_machine_that_is_gone_for_good_is_forgotten(
    machine: MakeMachine, birds: list[Path], address: ServerAddress, hash_spec: ModelSpec
) -> None:
    one, two, three = machine("one"), machine("two"), machine("three")
    one.add(*birds[:2])
    two.add(*birds[1:4])
    for each in (one, two, three):
        each.index()
        each.use(address)
    three.sync()
    assert len(three.names()) == 5
    one.sync()
    assert forget_machine(one.home, "two", "a test") == 3
    assert len(one.on_server(hash_spec)) == 2
    assert one.names() == {bird.name for bird in birds[:2]}
    three.sync()
    assert three.names() == {f"one:{bird.name}" for bird in birds[:2]}
    for each in (one, three):
        assert_right(each)
    for name in ("one", "nobody"):
        with pytest.raises(FinderError) as failure:
            forget_machine(one.home, name, "a test")
        assert failure.value.hint
    two.index()  # it was not gone after all
    assert len(one.on_server(hash_spec)) == 4


def test_the_last_machine_removes_the_vectors_of_all_models(
    machine: MakeMachine,
    birds: list[Path],
    address: ServerAddress,
    hash_spec: ModelSpec,
    fast_spec: ModelSpec,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also of a model that it does not have, and of a picture that its own model has failed on."""
    monkeypatch.setattr(move_library, "register_models", lambda _: None)
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
    calls = []
    call = ServerClient.call

    def noted(client: ServerClient, method: str, *args: Any, **options: Any) -> Any:
        calls.append(method)
        return call(client, method, *args, **options)

    monkeypatch.setattr(ServerClient, "call", noted)
    two.forget()
    assert calls.count("list_collections") == 2, "on opening, and once for all that is removed"
    assert len(one.on_server(fast_spec)) == len(two.on_server(hash_spec)) == 0
    assert_right(two)


def test_files_that_show_no_picture_are_not_published(
    machine: MakeMachine, birds: list[Path], address: ServerAddress
) -> None:
    one = machine("one")
    one.add(*birds[:2])
    (one.folder / "secret-plan.jpg").write_bytes(b"no picture")
    one.index()
    one.use(address)
    (one.folder / "another.jpg").write_bytes(b"nor this")
    birds_file = one.folder / birds[0].name
    birds_file.write_bytes(b"a picture no more")
    one.index()
    with closing(ServerLibrary(read_store_settings(one.home))) as library:
        rows = library.client.call(
            "query", library.names.places, filter="id >= 0", output_fields=["path", "picture"]
        )
    places = {Path(row["path"]).name: row["picture"] for row in rows}
    assert places.keys() == {bird.name for bird in birds[:2]}
    assert places[birds[0].name] == -1


def test_a_machine_that_has_indexed_nothing_finds_what_the_others_have(
    machine: MakeMachine, birds: list[Path], address: ServerAddress, hash_spec: ModelSpec
) -> None:
    one, two = machine("one"), machine("two")
    one.add(*birds[:3])
    one.index()
    one.use(address)
    two.use(address)
    assert two.names() == {f"one:{bird.name}" for bird in birds[:3]}
    assert as_bytes(matrix_vectors(two.home, hash_spec.name)) == as_bytes(one.on_server(hash_spec))
    assert_right(two)


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


def test_a_removal_is_heard_of_although_the_places_were_dropped(
    machine: MakeMachine, birds: list[Path], address: ServerAddress, hash_spec: ModelSpec
) -> None:
    one, two = machine("one"), machine("two")
    one.add(*birds[:3])
    for each in (one, two):
        each.index()
        each.use(address)
    assert len(two.names()) == 3
    (one.folder / birds[0].name).unlink()
    one.index()
    with connected(address.uri) as client:
        client.drop_collection(Collections(address.library).places)
    one.index()
    assert two.sync().gone == 1
    assert two.names() == {f"one:{bird.name}" for bird in birds[1:3]}
    assert len(one.on_server(hash_spec)) == 2
    assert len(matrix_vectors(two.home, hash_spec.name)) == 2


def test_a_removal_is_heard_of_although_the_place_was_lost(
    machine: MakeMachine, birds: list[Path], address: ServerAddress, hash_spec: ModelSpec
) -> None:
    one, two = machine("one"), machine("two")
    one.add(*birds[:2])
    for each in (one, two):
        each.index()
        each.use(address)
    assert len(two.names()) == 2
    lost = Place("one", str(one.folder / birds[0].name), 0, 0, None, 0)
    with connected(address.uri) as client:
        client.delete(Collections(address.library).places, ids=[lost.id])
    assert len(one.places()) == 1
    (one.folder / birds[0].name).unlink()
    one.index()
    assert two.sync().gone == 1
    assert two.names() == {f"one:{birds[1].name}"}
    assert len(two.on_server(hash_spec)) == 1
    for each in (one, two):
        assert_right(each)


def test_a_picture_of_another_machine_is_removed_here_and_brought_back(
    machine: MakeMachine,
    birds: list[Path],
    milvus_uri: str,
    library_name: str,
    hash_spec: ModelSpec,
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
        assert_right(two)


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


def test_a_vector_that_somebody_removed_is_sent_again(
    machine: MakeMachine, birds: list[Path], address: ServerAddress, hash_spec: ModelSpec
) -> None:
    from finder.core.library.server.server_library import ServerLibrary

    one = machine("one")
    one.add(*birds[:4])
    one.index()
    one.use(address)
    library = ServerLibrary(read_store_settings(one.home))
    name = library.names.own(library.client.call("list_collections"))[0]
    gone = list(one.on_server(hash_spec))[:2]
    library.client.call("delete", name, ids=gone)
    library.close()
    *_, last = check(one.home, one.specs, [], False)
    assert "2 vectors are damaged or missing in one of their two copies" in str(
        [finding.sentence for finding in last.findings]
    )
    *_, last = check(one.home, one.specs, [], True)
    assert all(finding.repaired for finding in last.findings)
    vectors = one.on_server(hash_spec)
    assert len(vectors) == 4
    np.testing.assert_allclose([np.linalg.norm(v) for v in vectors.values()], 1, rtol=1e-6)
    assert_right(one)


def test_without_a_mirror_the_vectors_come_back_from_the_server(
    machine: MakeMachine, birds: list[Path], address: ServerAddress, hash_spec: ModelSpec
) -> None:
    one = machine("one")
    one.add(*birds[:3])
    one.index()
    before = as_bytes(matrix_vectors(one.home, hash_spec.name))
    one.use(address)
    set_mirror(one.home, False, "a test")
    use_embedded(one.home, "a test")
    assert as_bytes(matrix_vectors(one.home, hash_spec.name)) == before
    assert_right(one)


def test_what_is_copied_here_is_shown_and_can_be_cancelled(
    machine: MakeMachine, birds: list[Path], address: ServerAddress, hash_spec: ModelSpec
) -> None:
    """Also, what another process writes into store.json meanwhile is not lost."""
    one, two = machine("one"), machine("two")
    one.add(*birds[:3])
    two.add(*birds[3:5])
    for each in (one, two):
        each.index()
        each.use(address)
    steps: list[SendProgress] = []

    def cancelled_after(number: int) -> Callable[[], bool]:
        return lambda: len(steps) >= number

    def last(step: Step) -> tuple[int, int]:
        return next((s.done, s.total) for s in reversed(steps) if s.step is step)

    def mapped(step: SendProgress) -> None:
        steps.append(step)
        map_folder(two.home, f"nas-{len(steps)}:/mnt", str(two.folder))

    with pytest.raises(Cancelled):
        set_mirror(two.home, False, "a test", steps.append, lambda: True)
    assert read_store_settings(two.home).mirror
    set_mirror(two.home, False, "a test", mapped)
    assert last(Step.REMOVING) == (0, 1)
    for number in (1, 2):
        steps.clear()
        with pytest.raises(Cancelled):
            set_mirror(two.home, True, "a test", steps.append, cancelled_after(number))
        assert steps[0] == SendProgress(Step.FETCHING, 0, 2, hash_spec.name)
        assert not read_store_settings(two.home).mirror
    assert_right(two)
    steps.clear()
    set_mirror(two.home, True, "a test", mapped)
    assert last(Step.FETCHING_PLACES) == last(Step.FETCHING) == (3, 3)
    assert_right(two)

    steps.clear()
    with pytest.raises(Cancelled):
        use_embedded(two.home, "a test", steps.append, cancelled_after(1))
    assert read_store_settings(two.home).is_server
    two.sync()
    assert len(two.names()) == 5
    assert_right(two)
    steps.clear()
    use_embedded(two.home, "a test", mapped)
    assert last(Step.FILLING) == (2, 2)
    assert not read_store_settings(two.home).is_server
    assert len(read_store_settings(two.home).mappings) >= len(steps)
    assert_right(two)


def test_a_restored_catalogue_is_compared_with_its_places(
    machine: MakeMachine, birds: list[Path], address: ServerAddress
) -> None:
    one, two = machine("one"), machine("two")
    one.add(*birds[:3])
    for each in (one, two):
        each.index()
        each.use(address)
    assert len(two.names()) == 3
    backup = make_backup_of(one.home)
    one.forget()
    two.sync()
    assert two.names() == set()
    for _ in restore_backup(one.home, backup, "a test"):
        pass
    one.sync()
    assert len(one.names()) == 3
    two.sync()
    assert two.names() == {f"one:{bird.name}" for bird in birds[:3]}
    one.index()
    assert_right(one)


def make_backup_of(home: Home) -> Backup:
    with LibraryWriter(home, "a test") as writer:
        make_backup(home, writer.catalogue.connection)
    return find_backup(home, "latest")


def test_a_copy_on_another_server_changes_nothing_here(
    machine: MakeMachine, birds: list[Path], milvus_uri: str, library_name: str
) -> None:
    first, other = (parse(milvus_uri, library=f"{library_name}{end}") for end in ("a", "b"))
    one, two = machine("one"), machine("two")
    one.add(*birds[:2])
    two.name = "one"
    for each, address in ((one, first), (two, other)):
        each.index()
        each.use(address)
    for _ in copy_to_server(one.home, other, "a test"):
        pass
    assert read_store_settings(one.home).machine == "one"
    assert read_store_settings(one.home).address == first
    assert set(store_status(two.home).machines) == {"one", "one-2"}
    assert set(store_status(one.home).machines) == {"one"}
    one.index()
    assert_right(one)

    set_mirror(one.home, False, "a test")
    with pytest.raises(FinderError, match="no copy of the vectors"):
        list(copy_to_server(one.home, other, "a test"))
