"""A library that several machines share on a Milvus server."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from making import as_bytes, matrix_vectors
from shared_machine import MakeMachine, assert_right

from finder.core.errors import FinderError
from finder.core.library.catalogue.backups import Backup, find_backup, make_backup
from finder.core.library.check.full_check import check
from finder.core.library.server.sending import Step
from finder.core.library.server.server_address import ServerAddress
from finder.core.library.server.server_library import ServerLibrary
from finder.core.library.server.store_settings import read_store_settings
from finder.core.library.writer import LibraryWriter
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.use_cases.library.restore_backup import restore_backup
from finder.use_cases.library.vector_store import forget_machine


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
    steps = [(step.step, step.done, step.total) for step in two.use(address)]
    assert steps[-2:] == [(Step.FETCHING_PLACES, 3, 3), (Step.FETCHING, 3, 3)]
    assert two.names() == {f"one:{bird.name}" for bird in birds[:3]}
    assert as_bytes(matrix_vectors(two.home, hash_spec.name)) == as_bytes(one.on_server(hash_spec))
    assert_right(two)

    newer = replace(hash_spec, version="2")  # its vectors are others, of the same file
    two.specs = [newer]
    two.add(birds[0])
    two.index()
    assert len(two.on_server(newer)) == len(matrix_vectors(two.home, newer.name)) == 1
    assert len(one.on_server(hash_spec)) == 3


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
