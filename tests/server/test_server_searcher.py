"""Searching on the server gives what searching its mirror gives."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from fault_relay import FaultRelay
from making import Vectors, tiny_spec, unit_vectors
from milvus_server import address_of, drop_library
from stored_pictures import NOON, StoredPicture

from finder.core.cancellation import CancellableExecutor, Cancelled, CancelToken
from finder.core.errors import FinderError, NothingPassesError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.filter_text import parse_filter
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.library.catalogue.settings import save_weights
from finder.core.library.catalogue.tables.removed_table import RemovedTable
from finder.core.library.server.folder_scope import Here
from finder.core.library.server.model_on_server import ModelOnServer
from finder.core.library.server.server_address import parse
from finder.core.library.server.server_store import ServerStore
from finder.core.library.server.store_settings import StoreSettings, read_store_settings
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.paths import Home
from finder.core.pictures.transform import ORIENTATIONS, UPRIGHT
from finder.core.search import candidate_search
from finder.core.search.distance import Metric
from finder.core.search.matches import Match, Result
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.searcher import Searcher
from finder.core.search.server_searcher import ServerSearcher
from finder.use_cases.library.move_library import use_server
from finder.use_cases.search.library_search import open_searcher

A, B = tiny_spec("a", 16), tiny_spec("b", 24, "b")
SPECS = [A, B]
NUMBER = 400


@dataclass
class Library:
    home: Home
    settings: StoreSettings
    pictures: list[StoredPicture]

    def searchers(self) -> tuple[Searcher, ServerSearcher]:
        extractors = ExtractorPool()
        server = ServerSearcher(self.home, replace(self.settings, mirror=False), extractors)
        return open_searcher(self.home, extractors), server


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, milvus_uri: str) -> Iterator[Library]:
    """Its vectors are on the server and in a mirror. Only to be read."""
    home, random = Home(tmp_path_factory.mktemp("server")), np.random.default_rng(1)
    pictures = []
    for number, picture in enumerate(random.choice(2**62, NUMBER, replace=False).tolist()):
        moment = datetime(2024, 1, 1) + timedelta(days=int(random.integers(0, 60)))
        taken = moment.isoformat(" ") if random.random() < 0.5 else None
        vectors = {s.name: unit_vectors(random, 1, s.dimension)[0] for s in SPECS}
        if number % 7 == 0:
            del vectors["b"]
        folder = ("/p/a", "/p/ab", "/q")[number % 3]
        places = [f"{folder}/{'beach' if number % 5 else 'Café “x”'} {number}.jpg"]
        seconds = NOON if taken else moment.timestamp()
        pictures.append(StoredPicture(picture, places, taken, seconds, vectors))
    with LibraryWriter(home) as writer:
        writer.register_models(SPECS)
        writer.write([outcome for one in pictures for outcome in one.outcomes()])
    name = f"t{secrets.token_hex(4)}"
    for _ in use_server(home, parse(milvus_uri, library=name), "a test", "here"):
        pass
    yield Library(home, read_store_settings(home), pictures)
    drop_library(milvus_uri, name)


def query(vectors: dict[str, Vectors], picture: int | None = None) -> Query:
    """One that has its embeddings already."""
    made = Query((QueryItem("query", b"", None, picture),))
    for spec in SPECS:
        if spec.name in vectors:
            made.items[0].set_vector(spec, vectors[spec.name])
    return made


def numbers(matches: list[Match]) -> list[tuple[int, float]]:
    return [(match.picture.id, match.score) for match in matches]


def assert_same(mirror: Result, server: Result) -> None:
    assert mirror.models.keys() == server.models.keys()
    for name, matches in mirror.models.items():
        ids, scores = zip(*numbers(matches), strict=True)
        found, found_scores = zip(*numbers(server.models[name]), strict=True)
        assert found == ids, name
        np.testing.assert_allclose(found_scores, scores, atol=1e-4)
        for one, other in zip(matches, server.models[name], strict=True):
            assert other.picture.paths == one.picture.paths
            assert other.picture.facts == one.picture.facts


@pytest.mark.parametrize("metric", list(Metric)[:2])
def test_the_same_matches_with_the_same_distances(library: Library, metric: Metric) -> None:
    random = np.random.default_rng(2)
    mirror, server = library.searchers()
    with closing(mirror), closing(server):
        for _ in range(3):
            vectors = {spec.name: unit_vectors(random, 1, spec.dimension)[0] for spec in SPECS}
            results = [s.search(query(vectors), SPECS, 20, metric) for s in (mirror, server)]
            assert_same(*results)
            combined = [[match.picture.id for match in result.combined] for result in results]
            assert len(set(combined[0]) & set(combined[1])) >= 19
        own = library.pictures[11].id
        results = [s.search(query({}, own), SPECS, 20, metric) for s in (mirror, server)]
        assert_same(*results)
        assert results[1].combined[0].picture.id == own


def test_in_any_orientation_both_turn_a_query_only_where_its_best_is_not_clear(
    library: Library,
) -> None:
    random, known = np.random.default_rng(6), library.pictures[11]
    clear = replace(query(known.vectors), any_orientation=True)
    turned = query({spec.name: unit_vectors(random, 1, spec.dimension)[0] for spec in SPECS})
    for turn in ORIENTATIONS[1:]:
        for spec in SPECS:
            vector = unit_vectors(random, 1, spec.dimension)[0]
            turned.items[0].turned(turn).set_vector(spec, vector)
            if turn == ORIENTATIONS[5]:
                turned.items[0].turned(turn).set_vector(spec, known.vectors[spec.name])
    mirror, server = library.searchers()
    with closing(mirror), closing(server):
        for asked, orientation in (
            (clear, UPRIGHT),  # it could not be extracted in another one
            (replace(turned, any_orientation=True), ORIENTATIONS[5]),
        ):
            results = [s.search(asked, SPECS, 20, Metric.COSINE) for s in (mirror, server)]
            assert_same(*results)
            for result in results:
                assert result.combined[0].picture.id == known.id
                assert result.combined_standings[known.id].orientation == orientation


def test_weights_count_in_the_same_way(library: Library) -> None:
    random = np.random.default_rng(5)
    asked = query({spec.name: unit_vectors(random, 1, spec.dimension)[0] for spec in SPECS})
    with closing(Catalogue(library.home)) as catalogue:
        save_weights(catalogue, {"a": 3.0, "b": 1.0})
        try:
            mirror, server = library.searchers()
            with closing(mirror), closing(server):
                here = mirror.search(asked, SPECS, 20, Metric.EUCLIDEAN)
                there = server.search(asked, SPECS, 20, Metric.EUCLIDEAN)
        finally:
            save_weights(catalogue, {})
    assert here.weights == there.weights == {"a": 1.5, "b": 0.5}
    assert_same(here, there)


@pytest.mark.parametrize(
    "text",
    [
        "taken>=2024-02-01",
        "taken<2024-01-15",
        "folder:/p/a",
        "-folder:/p",
        "name:beach",
        'name:"café “x”"',
        "size>1 width>=1 taken>=2024-01-20 folder:/q",
        "available:elsewhere",
        None,
    ],
)
def test_what_passes_a_filter(library: Library, text: str | None) -> None:
    """None: a name that would be something else if it were not escaped."""
    hostile = replace(NO_FILTER, name=('" or id > 0 or "',), folders=('/p/a" or id > 0 or "',))
    asked: Filter = hostile if text is None else parse_filter(text)
    random = np.random.default_rng(3)
    vectors = {spec.name: unit_vectors(random, 1, spec.dimension)[0] for spec in SPECS}
    mirror, server = library.searchers()
    with closing(mirror), closing(server):
        try:
            expected = mirror.search(query(vectors), SPECS, 15, Metric.EUCLIDEAN, asked)
        except NothingPassesError:
            with pytest.raises(NothingPassesError):
                server.search(query(vectors), SPECS, 15, Metric.EUCLIDEAN, asked)
            return
        assert_same(expected, server.search(query(vectors), SPECS, 15, Metric.EUCLIDEAN, asked))


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that lists a few pictures at most."""
    monkeypatch.setattr(candidate_search, "_MOST_PASSING", 20)
    monkeypatch.setattr(candidate_search, "LIST_LENGTHS", (5, 10))


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("text", ["folder:/p -folder:/p/a -folder:/p/ab", "taken>=2030-01-01"])
def test_nothing_passes_is_said_only_where_everything_was_looked_at(
    library: Library, text: str
) -> None:
    random = np.random.default_rng(4)
    vectors = {spec.name: unit_vectors(random, 1, spec.dimension)[0] for spec in SPECS}
    _, server = library.searchers()
    asked = parse_filter(text)
    expected = "passes the filter" if "folder" in text else "too many pictures"
    with closing(server), pytest.raises(FinderError, match=expected):
        server.search(query(vectors), SPECS, 5, Metric.EUCLIDEAN, asked)


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize(("removed", "is_said"), [(10, True), (7, True), (3, False)])
def test_more_of_the_nearest_are_removed_than_the_server_lists(
    library: Library, monkeypatch: pytest.MonkeyPatch, removed: int, is_said: bool
) -> None:
    """There are others, which it does not list."""
    vectors = library.pictures[8].vectors
    _, server = library.searchers()
    spec = [one for one in SPECS if one.name in vectors][:1]
    with closing(server):
        nearest = server.search(query(vectors), spec, 10, Metric.EUCLIDEAN)
        ids = [match.picture.id for match in nearest.combined]
        monkeypatch.setattr(RemovedTable, "ids", lambda _: frozenset(ids[:removed]))
        found = server.search(query(vectors), spec, 5, Metric.EUCLIDEAN)
    assert [match.picture.id for match in found.combined] == ids[removed:][:5]
    assert [("removed" in note, "mirror on" in note) for note in found.notes] == [
        (True, True)
    ] * is_said


@pytest.mark.usefixtures("narrow")
def test_too_many_places_to_be_listed(library: Library) -> None:
    """All that pass are far from the query."""
    far = next(one for one in library.pictures if "b" in one.vectors)
    number = int(next(iter(far.places)).rpartition(" ")[2].removesuffix(".jpg"))
    vectors = {name: -vector for name, vector in far.vectors.items()}
    asked = replace(NO_FILTER, name=(f" {number}.jpg",))
    _, server = library.searchers()
    with closing(server), pytest.raises(FinderError, match="too many") as raised:
        server.search(query(vectors), SPECS, 5, Metric.EUCLIDEAN, asked)
    assert not isinstance(raised.value, NothingPassesError)
    assert "mirror on" in (raised.value.hint or "")


def test_an_index_that_misses_some_is_asked_for_all(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ModelOnServer, "is_exact", False)
    monkeypatch.setattr(ModelOnServer, "nearest", lambda *_: [np.zeros(0, np.int64)])
    random = np.random.default_rng(5)
    vectors = {spec.name: unit_vectors(random, 1, spec.dimension)[0] for spec in SPECS}
    asked = parse_filter('name:"café “x”"')
    mirror, server = library.searchers()
    with closing(mirror), closing(server):
        results = [
            s.search(query(vectors), SPECS, 9, Metric.EUCLIDEAN, asked) for s in (mirror, server)
        ]
        assert_same(*results)
        nothing = parse_filter("folder:/nowhere")
        with pytest.raises(NothingPassesError):
            server.search(query(vectors), SPECS, 9, Metric.EUCLIDEAN, nothing)


def test_near_duplicates(library: Library) -> None:
    mirror, server = library.searchers()
    ids = [one.id for one in library.pictures[:50] if "b" in one.vectors]
    with closing(mirror), closing(server):
        found = [s.near_duplicates([ids], SPECS) for s in (mirror, server)]
    assert [found[0].of(picture) for picture in ids] == [found[1].of(picture) for picture in ids]


@pytest.fixture
def relay(milvus_uri: str) -> Iterator[FaultRelay]:
    with FaultRelay(address_of(milvus_uri)) as relay:
        yield relay


def test_a_search_is_cancelled_while_the_server_is_silent(
    library: Library, relay: FaultRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one works, and reads no sample again."""
    assert library.settings.address is not None
    address = parse(relay.uri, library=library.settings.address.library)
    settings = replace(library.settings, address=address)
    _, server = replace(library, settings=settings).searchers()
    random = np.random.default_rng(6)
    vectors = {spec.name: unit_vectors(random, 1, spec.dimension)[0] for spec in SPECS}
    ids = [one.id for one in library.pictures[:9]]
    with closing(server):
        before = server.search(query(vectors), SPECS, 9, Metric.EUCLIDEAN)
        monkeypatch.setattr(ServerStore, "fetch_where", _unwanted)
        for work in (
            lambda stop: server.search(query(vectors), SPECS, 9, Metric.EUCLIDEAN, stop=stop),
            lambda stop: server.near_duplicates([ids], SPECS, stop),
        ):
            relay.hang()
            stop = CancelToken()
            timer = threading.Timer(0.3, stop.set)
            timer.start()
            began = time.monotonic()
            with pytest.raises(Cancelled):
                work(stop)
            assert 0.2 < time.monotonic() - began < 5
            timer.join()
            relay.restore()
            with pytest.raises(Cancelled):
                work(stop)
            after = server.search(query(vectors), SPECS, 9, Metric.EUCLIDEAN)
            assert numbers(after.combined) == numbers(before.combined)


def _unwanted(*_: object) -> None:
    raise AssertionError("the sample is read again")


def test_places_are_read_until_the_search_is_cancelled(library: Library) -> None:
    _, server = library.searchers()
    with closing(server):
        places = server.store.library.places
        passing = candidate_search.Passing(places, parse_filter("name:beach"), Here("here"))
        ids = [one.id for one in library.pictures]
        stop = CancelToken()
        found = passing.among(ids, CancellableExecutor(stop=stop))
        assert len(found) == sum("beach" in next(iter(one.places)) for one in library.pictures)
        stop.set()
        with pytest.raises(Cancelled):
            passing.among(ids, CancellableExecutor(stop=stop))


def test_a_model_that_the_server_does_not_have(library: Library) -> None:
    _, server = library.searchers()
    with closing(server), pytest.raises(FinderError, match="not indexed any picture"):
        server.search(query({}, library.pictures[0].id), [tiny_spec("c")], 5, Metric.EUCLIDEAN)
