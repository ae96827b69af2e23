"""A server that is away, slow, restarted, or changed by others: a sentence, and nothing is lost."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from command_line import output_of
from fault_relay import FaultRelay
from faulty import Faulty, assert_right, failure_of, in_catalogue_and_server, stored_anyway
from making import in_catalogue
from milvus_server import address_of, connected, drop_library
from relay import listening
from shared_machine import Machine

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.check import server_check
from finder.core.library.check.full_check import check
from finder.core.library.indexing import batch_writer
from finder.core.library.indexing.progress import Phase
from finder.core.library.server import publisher
from finder.core.library.server.credentials import Secret
from finder.core.library.server.path_text import path_text
from finder.core.library.server.places import Place
from finder.core.library.server.server_address import parse
from finder.core.library.server.server_client import ServerClient
from finder.core.library.server.server_errors import explain
from finder.core.library.server.server_library import ServerLibrary
from finder.core.library.server.server_problem import Problem
from finder.core.library.server.server_tables import VectorField, create_model, index_parameters
from finder.core.library.server.store_settings import read_store_settings
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.use_cases.library.vector_store import store_status


@pytest.fixture(scope="module")
def library(
    milvus_uri: str,
    tmp_path_factory: pytest.TempPathFactory,
    hash_spec: ModelSpec,
    extractors: ExtractorPool,
    samples: Path,
) -> Iterator[Faulty]:
    """One for all tests here: to make its collections takes seconds."""
    root = tmp_path_factory.mktemp("faults")
    name = f"t{secrets.token_hex(4)}"
    one = Machine(root, "one", [hash_spec], extractors)
    try:
        with FaultRelay(address_of(milvus_uri)) as relay:
            faulty = Faulty(one, relay, milvus_uri, name)
            faulty.begin(sorted((samples / "birds").glob("*.jpg")))
        yield faulty
    finally:
        drop_library(milvus_uri, name)


@pytest.fixture
def faulty(library: Faulty) -> Iterator[Faulty]:
    """After each test the server answers again, and a run and a check find everything right."""
    listener = listening(library.relay.port)
    with FaultRelay(address_of(library.uri), listener) as library.relay:
        yield library
        library.relay.restore()
        library.machine.index()
        assert_right(library)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_writer, "_BATCH", 1)
    monkeypatch.setattr(batch_writer, "_BATCH_SECONDS", 0.0)


def test_gone_at_the_start(faulty: Faulty) -> None:
    faulty.add(1)
    faulty.relay.refuse()
    assert failure_of(faulty.machine.index).startswith("No server responds at 127.0.0.1:")


@pytest.mark.usefixtures("small_batches")
def test_gone_in_the_middle_and_back(faulty: Faulty) -> None:
    faulty.add(5)
    waiting = []
    with faulty.run() as steps:
        for progress in steps:
            if progress.phase is Phase.LOADING:
                faulty.relay.refuse()
            if progress.waiting and progress.waiting not in waiting:
                waiting.append(progress.waiting)
                faulty.relay.restore()
    assert len(waiting) == 1
    assert waiting[0].startswith("No server responds at 127.0.0.1:")
    assert waiting[0].endswith("Waiting for it; nothing is lost.")
    assert progress.phase is Phase.DONE
    assert progress.waiting == ""
    assert progress.counts.new == 5


def test_gone_at_the_end_and_back(faulty: Faulty) -> None:
    (gone,) = faulty.add(1)
    faulty.machine.index()
    gone.unlink()
    waiting = 0
    with faulty.run() as steps:
        for progress in steps:
            if progress.phase is Phase.FINISHING and not waiting:
                faulty.relay.refuse()
            if progress.waiting:
                waiting += 1
                faulty.relay.restore()
    assert waiting
    assert progress.phase is Phase.DONE
    assert progress.counts.removed == 1


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("fault", [FaultRelay.refuse, FaultRelay.hang])
def test_a_run_that_waits_ends_at_once_when_it_is_cancelled(
    faulty: Faulty, fault: Callable[[FaultRelay], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ServerClient.__init__, "__defaults__", (1.0, None, None))
    faulty.add(3)
    with faulty.run() as steps:
        for progress in steps:
            if progress.phase is Phase.LOADING:
                fault(faulty.relay)
            if progress.waiting:
                break
        started = time.monotonic()
        steps.close()
        assert time.monotonic() - started < 0.4
    assert time.monotonic() - started < 2
    faulty.relay.restore()
    assert faulty.machine.index() == 3


def test_a_run_connects_twice(faulty: Faulty) -> None:
    """For its store, and for all stamps, however many there are."""
    one = faulty.machine
    accepted = faulty.relay.accepted
    one.index()
    assert faulty.relay.accepted - accepted == 2


def test_what_is_removed_while_the_server_is_away(faulty: Faulty) -> None:
    from finder.use_cases.library.removed_pictures import bring_back, find_pictures, remove_pictures

    one = faulty.machine
    first, second = faulty.add(2)
    one.index()
    (picture,) = find_pictures(one.home, [str(first)])
    faulty.relay.refuse()
    notes: list[str] = []
    assert remove_pictures(one.home, [picture], "a test", notes.append) == 1
    assert len(notes) == 1
    assert notes[0].startswith("No server responds at 127.0.0.1:")
    assert notes[0].endswith("What was removed here is removed there by the next run.")
    with closing(Catalogue(one.home)) as catalogue:
        assert catalogue.embeddings.tombstones() == {one.specs[0].name: [picture], "": [picture]}
        assert catalogue.unpublished.count() == 1
    assert picture in in_catalogue_and_server(faulty)
    faulty.relay.restore()
    one.index()
    assert picture not in in_catalogue_and_server(faulty)
    assert str(first) not in one.places()
    bring_back(one.home, [picture], "a test")
    second.unlink()


def test_slow(faulty: Faulty) -> None:
    """Two seconds for each answer: no error, and the run can be closed at any time."""
    faulty.add(1)
    with faulty.run() as steps:
        faulty.relay.delay(2.0)
        assert next(steps).phase is Phase.CONNECTING
        for _ in range(5):
            started = time.monotonic()
            next(steps)
            assert time.monotonic() - started < 0.5
        time.sleep(3)
        faulty.relay.delay(0.1)
        *_, last = steps
    assert last.phase is Phase.DONE
    assert last.counts.new == 1


def test_an_answer_is_cut_short(faulty: Faulty) -> None:
    faulty.add(2)
    cuts = 0
    with faulty.run() as steps:
        for progress in steps:
            if progress.phase in (Phase.LOADING, Phase.EXTRACTING, Phase.FINISHING) and cuts < 5:
                cuts += 1
                faulty.relay.cut_after(300)
            elif cuts == 5:
                faulty.relay.restore()
    assert progress.counts.new == 2


_STORING = [Phase.LOADING, Phase.FINISHING]


@pytest.mark.usefixtures("small_batches")
def test_collections_are_released_by_somebody(faulty: Faulty) -> None:
    faulty.add(2)
    released = []
    with connected(faulty.uri) as client, faulty.run() as steps:
        for progress in steps:
            if progress.phase not in released and progress.phase in _STORING:
                released.append(progress.phase)
                for name in faulty.collections():
                    client.release_collection(name)
    assert progress.counts.new == 2
    assert released == _STORING


def test_collections_are_dropped_by_somebody(faulty: Faulty) -> None:
    with connected(faulty.uri) as client:
        for name in faulty.collections():
            client.drop_collection(name)
    assert faulty.machine.index() == 0
    assert_right(faulty)


@pytest.mark.usefixtures("small_batches")
def test_a_collection_is_dropped_in_the_middle(faulty: Faulty) -> None:
    faulty.add(2)
    (name,) = faulty.collections("m_")

    def run() -> None:
        with connected(faulty.uri) as client, faulty.run() as steps:
            for progress in steps:
                if progress.phase is Phase.LOADING:
                    client.drop_collection(name)

    assert failure_of(run).startswith("A collection of this library is missing on ")


def test_vectors_are_changed_by_somebody(faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_check, "_LOOK_AGAIN", 0.3)
    one, model = faulty.machine, faulty.machine.specs[0]
    (name,) = faulty.collections("m_")
    first, second, *_ = in_catalogue(one.home, model.name)
    with connected(faulty.uri) as client:
        rows = client.query(name, f"id in {[first]}", ["*"], consistency_level="Strong")
        changed = [{**row, "vector": _flipped(row["vector"])} for row in rows]
        client.upsert(name, changed)
        client.delete(name, ids=[second])
        stray = [{**changed[0], "id": 12345}]
        client.upsert(name, stray)
    assert len(_check(faulty, False)) == 2
    found = _check(faulty, True)
    assert "2 vectors are damaged or missing in one of their two copies" in found[0]
    assert "1 vector on the server is of no picture of any machine" in found[1]
    assert 12345 not in stored_anyway(faulty)


def _flipped(vector: object) -> bytes:
    data = vector[0] if isinstance(vector, list) else vector
    assert isinstance(data, bytes)
    return bytes(255 - byte for byte in data)


def test_places_are_changed_by_somebody(faulty: Faulty) -> None:
    one = faulty.machine
    (name,) = faulty.collections("places")
    with connected(faulty.uri) as client:
        rows = client.query(name, "picture >= 0", ["*"], consistency_level="Strong", limit=10)
        client.delete(name, ids=[rows[0]["id"]])
        client.upsert(name, [{**rows[1], "picture": 77}])
        stray = Place("one", "/gone/\udcff.jpg", 1, 1, 77, 1)  # its name is no text
        client.upsert(name, [{**rows[1], "id": stray.id, "path": path_text(stray.path)}])
    with closing(Catalogue(one.home)) as catalogue, catalogue.transaction():
        # as if it had gone while nothing was noted, in a catalogue that was restored
        catalogue.unpublished.end()
    (gone, *_) = sorted(one.folder.iterdir())
    assert any("The places of 3 pictures" in text for text in _check(faulty, False))
    assert any("The places of 3 pictures" in text for text in _check(faulty, True))
    gone.unlink()


def _check(faulty: Faulty, repair: bool) -> list[str]:
    """What it finds, and has repaired if it was asked to."""
    *_, last = check(faulty.machine.home, faulty.machine.specs, [], repair)
    assert all(finding.repaired is repair for finding in last.findings)
    return [finding.sentence for finding in last.findings]


def test_a_check_of_a_library_whose_server_is_away(faulty: Faulty) -> None:
    one = faulty.machine
    faulty.relay.refuse()
    *_, last = check(one.home, one.specs, [], False)
    (finding,) = last.findings
    assert finding.sentence.startswith("No server responds at 127.0.0.1:")
    assert finding.hint
    assert failure_of(lambda: list(check(one.home, one.specs, [], True))) == finding.sentence


def test_search_with_the_mirror_asks_no_server(faulty: Faulty) -> None:
    one = faulty.machine
    faulty.relay.refuse()
    accepted = faulty.relay.accepted
    (first, *_) = sorted(one.folder.iterdir())
    answer = output_of("search", "--model", one.specs[0].name, str(first), home=one.home)
    assert first.name in answer
    assert faulty.relay.accepted == accepted


def test_vectors_of_another_length(faulty: Faulty) -> None:
    """Somebody has made the model's collection with other vectors."""
    (name,) = faulty.collections("m_")
    settings = read_store_settings(faulty.machine.home)
    with connected(faulty.uri) as client, closing(ServerLibrary(settings)) as library:
        client.drop_collection(name)
        other = VectorField(128, is_binary=True)
        create_model(library.client, name, other, index_parameters(other, 0, settings.index))
        sentence = failure_of(faulty.machine.index)
        assert "has 128 numbers for each picture on the server, but 64 here" in sentence
        client.drop_collection(name)


@pytest.mark.usefixtures("small_batches")
def test_no_room_on_the_server(faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client says so itself here: this server cannot be filled, and has no quota."""
    call = ServerClient.call
    stored: list[str] = []

    def full(client: ServerClient, method: str, *args: Any, **options: Any) -> Any:
        if method == "upsert" and "__m_" in args[0]:
            if stored:
                text = "memory quota exceeded"
                raise explain(Problem.NO_SPACE, client.address, Secret(), text=text)
            stored.append(args[0])
        return call(client, method, *args, **options)

    faulty.add(4)
    monkeypatch.setattr(ServerClient, "call", full)
    sentence = failure_of(faulty.machine.index)
    assert sentence.endswith("has no room for more: memory quota exceeded.")
    monkeypatch.undo()
    new = faulty.machine.index()
    assert 0 < new < 4, "what was stored before is kept"


def test_a_clock_that_is_far_off(faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other machines hear of all changes in their order, whatever the clock of one says."""
    one = faulty.machine
    two = Machine(one.home.root.parent.parent, "two", one.specs, one.extractors)
    two.begin()
    two.use(parse(faulty.uri, library=faulty.library))
    for years, lost in ((20, False), (-30, False), (-31, True)):
        now = datetime.now(UTC) + timedelta(days=365 * years)
        _set_clock(monkeypatch, now)
        (new, gone) = faulty.add(2)
        one.index()
        two.sync()
        assert {f"one:{new.name}", f"one:{gone.name}"} <= two.names()
        if lost:  # as where an old catalogue was restored
            with closing(Catalogue(one.home)) as catalogue, catalogue.transaction():
                catalogue.settings.remove("server: sequence")
        gone.unlink()
        one.index()
        two.sync()
        assert two.names() == {f"one:{path.name}" for path in one.folder.iterdir()}
        seen = store_status(one.home).machines["one"].seen
        assert abs(seen - now) < timedelta(minutes=5)


def _set_clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return now

    time_ns = int(now.timestamp() * 1e9)
    monkeypatch.setattr(publisher, "time", SimpleNamespace(time_ns=lambda: time_ns))
    monkeypatch.setattr(publisher, "datetime", Clock)
