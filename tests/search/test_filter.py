"""Searching in a folder and a span of days, against plain numpy over the pictures allowed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pytest
from making import Vectors, tiny_spec, unit_vectors
from numpy.typing import NDArray
from stored_pictures import NOON, StoredPicture

from finder.core.errors import FinderError
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.library.catalogue.tables.picture_table import PictureTable
from finder.core.library.indexing.file_result import FileResult
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.scan import FoundFile
from finder.core.search.distance import Metric
from finder.core.search.matches import Match, Result
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.searcher import Searcher
from finder.use_cases.search.library_search import open_searcher

A, B = tiny_spec("a", 12), tiny_spec("b", 9, "b")
SPECS = [A, B]
FOLDERS = ("/p/a", "/p/ab", "/p/a/b", "/p/a b", "/q")


def _store(home: Home, shown: Sequence[StoredPicture]) -> None:
    with LibraryWriter(home) as writer:
        writer.register_models(SPECS)
        for one in shown:
            if not one.vectors:
                random = np.random.default_rng(one.id)
                one.vectors = {s.name: unit_vectors(random, 1, s.dimension)[0] for s in SPECS}
        writer.write([outcome for one in shown for outcome in one.outcomes()])


def _random_pictures(random: np.random.Generator, number: int) -> list[StoredPicture]:
    """In one or two folders, half without a time taken; most embedded by both models."""
    made = []
    for picture in random.choice(2**62, number, replace=False).tolist():
        folders = random.choice(FOLDERS, 1 + int(random.random() < 0.2), replace=False)
        day = timedelta(days=int(random.integers(0, 31)), hours=int(random.integers(0, 24)))
        moment = datetime(2024, 1, 1) + day
        taken = moment.isoformat(" ") if random.random() < 0.5 else None
        seconds = NOON if taken else moment.timestamp()
        models = [[A], [B], SPECS][int(random.choice(3, p=[0.15, 0.15, 0.7]))]
        vectors = {s.name: unit_vectors(random, 1, s.dimension)[0] for s in models}
        places = [f"{folder}/{picture}.jpg" for folder in folders]
        made.append(StoredPicture(picture, places, taken, seconds, vectors))
    return made


@dataclass(frozen=True)
class _Library:
    home: Home
    live: list[StoredPicture]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> _Library:
    """Some pictures were removed, with their rows still in the matrix; some lost their files only
    just now. Not to be changed."""
    home = Home(tmp_path_factory.mktemp("filters"))
    pictures = _random_pictures(np.random.default_rng(1), 170)
    _store(home, pictures[:140])
    with LibraryWriter(home) as writer:
        writer.removals.forget_files(place for one in pictures[:20] for place in one.places)
        writer.removals.purge()
    _store(home, pictures[140:])
    with LibraryWriter(home) as writer:
        writer.removals.forget_files(place for one in pictures[20:30] for place in one.places)
        assert writer.state("a").rows > writer.catalogue.embeddings.counts()["a"]
    return _Library(home, pictures[30:])


@pytest.fixture
def searcher(library: _Library) -> Iterator[Searcher]:
    with closing(open_searcher(library.home, ExtractorPool())) as searcher:
        yield searcher


def _query(vectors: dict[str, Vectors], picture: int | None = None) -> Query:
    """A query that has its embeddings already: nothing is extracted."""
    query = Query((QueryItem("query", b"", None, picture),))
    for spec in SPECS:
        if spec.name in vectors:
            query.items[0].set_vector(spec, vectors[spec.name])
    return query


def _random_query(random: np.random.Generator) -> dict[str, Vectors]:
    return {spec.name: unit_vectors(random, 1, spec.dimension)[0] for spec in SPECS}


def _ask(
    searcher: Searcher,
    query: Query,
    filter: Filter,
    top: int = 200,
    specs: Sequence[ModelSpec] = SPECS,
) -> Result:
    return searcher.search(query, specs, top, Metric.EUCLIDEAN, filter)


def _ids(matches: Sequence[Match]) -> list[int]:
    return [match.picture.id for match in matches]


def _distances(query: Vectors, allowed: Sequence[StoredPicture], model: str) -> NDArray[np.float64]:
    rows = np.array([one.vectors[model] for one in allowed], dtype=np.float64)
    distances: NDArray[np.float64] = np.linalg.norm(rows - query.astype(np.float64), axis=1)
    return distances


def _random_filter(random: np.random.Generator) -> Filter:
    folder = str(random.choice([*FOLDERS, "/p", "/"])) if random.random() < 0.7 else None
    first, last = sorted(int(day) for day in random.integers(1, 32, 2))
    return Filter(
        (folder,) if folder else (),
        f"2024-01-{first:02}" if random.random() < 0.5 else None,
        f"2024-01-{last:02}" if random.random() < 0.5 else None,
    )


@pytest.mark.parametrize("seed", range(40))
def test_answers_are_those_of_a_plain_search_of_what_is_allowed(
    library: _Library, searcher: Searcher, seed: int
) -> None:
    random = np.random.default_rng(seed)
    for top in (1, 5, 200):
        filter, vectors = _random_filter(random), _random_query(random)
        allowed = [one for one in library.live if one.lies_in(filter)]
        if not allowed:
            continue
        result = _ask(searcher, _query(vectors), filter, top)
        for spec in SPECS:
            embedded = [one for one in allowed if spec.name in one.vectors]
            if not embedded:
                assert result.models[spec.name] == []
                continue
            distances = _distances(vectors[spec.name], embedded, spec.name)
            order = np.argsort(distances)
            matches = result.models[spec.name]
            assert _ids(matches) == [embedded[i].id for i in order[:top]]
            assert [m.rank for m in matches] == list(range(1, len(matches) + 1))
            np.testing.assert_allclose(
                [m.score for m in matches], distances[order[:top]], atol=1e-5
            )
            places = {embedded[at].id: rank for rank, at in enumerate(order.tolist(), 1)}
            for picture, standings in result.standings.items():
                assert (spec.name in standings) == (picture in places)
                if picture in places:
                    assert standings[spec.name].rank == places[picture]


@pytest.mark.parametrize("seed", range(40))
def test_the_combined_scores_are_those_of_the_whole_library(
    library: _Library, searcher: Searcher, seed: int
) -> None:
    random = np.random.default_rng(seed)
    filter, query = _random_filter(random), _query(_random_query(random))
    allowed = {one.id for one in library.live if one.lies_in(filter)}
    whole = _ask(searcher, query, NO_FILTER)
    inside = [match for match in whole.combined if match.picture.id in allowed]
    if not allowed:
        return
    for top in (200, 3):
        result = _ask(searcher, query, filter, top)
        assert [(m.picture.id, m.score) for m in result.combined] == [
            (m.picture.id, m.score) for m in inside[:top]
        ]
        assert [m.rank for m in result.combined] == list(range(1, len(result.combined) + 1))
        assert result.combined_over == len(inside)
        places = {match.picture.id: rank for rank, match in enumerate(inside, 1)}
        shown = result.standings.keys()
        assert {p: s.rank for p, s in result.combined_standings.items()} == {
            picture: rank for picture, rank in places.items() if picture in shown
        }


def test_the_random_filters_leave_some_pictures(library: _Library) -> None:
    """Some are narrow, some wide, hardly any empty; both models have pictures of their own."""
    filters = [_random_filter(np.random.default_rng(seed)) for seed in range(40)]
    sizes = sorted(sum(one.lies_in(filter) for one in library.live) for filter in filters)
    assert sizes.count(0) < 10
    assert sizes[15] < 40 < 100 < sizes[-1]
    for alone in ({"a"}, {"b"}, {"a", "b"}):
        assert sum(one.vectors.keys() == alone for one in library.live) > 10


@pytest.mark.parametrize("one_model", SPECS, ids=["a", "b"])
def test_one_searcher_takes_filters_and_models_in_turn(
    library: _Library, searcher: Searcher, one_model: ModelSpec
) -> None:
    random = np.random.default_rng(5)
    vectors = _random_query(random)
    for specs, filter in (
        (SPECS, Filter(("/p/a",))),
        ([one_model], Filter(("/p/a",))),
        ([one_model], Filter(("/q",))),
        (SPECS, Filter(("/q",))),
        (SPECS, NO_FILTER),
        (SPECS, Filter(("/p/a",))),
    ):
        result = _ask(searcher, _query(vectors), filter, specs=specs)
        for spec in specs:
            allowed = [o for o in library.live if o.lies_in(filter) and spec.name in o.vectors]
            order = np.argsort(_distances(vectors[spec.name], allowed, spec.name))
            assert _ids(result.models[spec.name]) == [allowed[i].id for i in order]


def test_a_model_with_no_picture_that_passes_has_an_empty_list(home: Home) -> None:
    random = np.random.default_rng(2)
    made = {spec.name: unit_vectors(random, 1, spec.dimension)[0] for spec in SPECS}
    _store(
        home,
        [
            StoredPicture(1, ["/p/a/1.jpg"], vectors={"a": made["a"]}),
            StoredPicture(2, ["/q/2.jpg"], vectors=made),
        ],
    )
    with closing(open_searcher(home, ExtractorPool())) as searcher:
        result = _ask(searcher, _query(made), Filter(("/p",)))
    assert (_ids(result.models["a"]), result.models["b"], result.combined) == ([1], [], [])
    assert result.combined_over == 0
    assert result.standings.keys() == {1}


@pytest.mark.parametrize("top", [1, 5, 200])
def test_the_query_is_shown_first_only_if_it_passes(
    library: _Library, searcher: Searcher, top: int
) -> None:
    both = [one for one in library.live if len(one.vectors) == 2]
    inside = next(one for one in both if one.lies_in(Filter(("/q",))))
    outside = next(one for one in both if not one.lies_in(Filter(("/q",))))
    result = _ask(searcher, _query({}, inside.id), Filter(("/q",)), top)
    for matches in (result.models["a"], result.models["b"], result.combined):
        assert _ids(matches)[0] == inside.id
    result = _ask(searcher, _query({}, outside.id), Filter(("/q",)), top)
    for matches in (result.models["a"], result.models["b"], result.combined):
        assert matches
        assert outside.id not in _ids(matches)
    assert outside.id not in result.standings
    assert outside.id not in result.combined_standings


@pytest.mark.parametrize(
    "filter",
    [
        Filter(("/p/nowhere",)),
        Filter((), "2024-02-01"),
        Filter((), None, "2023-12-31"),
        Filter(("/q",), "2024-01-20", "2024-01-10"),
    ],
)
def test_a_filter_that_nothing_passes_is_reported_with_a_hint(
    library: _Library, searcher: Searcher, filter: Filter
) -> None:
    query = _query(_random_query(np.random.default_rng(3)))
    with pytest.raises(FinderError) as caught:
        _ask(searcher, query, filter)
    assert caught.value.sentence
    assert caught.value.hint
    assert _ask(searcher, query, NO_FILTER).combined, "and the next search works"


# What changes between two searches


def test_the_next_search_sees_new_files_in_the_folder(home: Home) -> None:
    _store(
        home,
        [
            StoredPicture(1, ["/p/a/1.jpg"]),
            StoredPicture(2, ["/q/2.jpg"]),
            StoredPicture(3, ["/q/3.jpg"]),
        ],
    )
    query = _query(_random_query(np.random.default_rng(4)))
    filter = Filter(("/p/a",))

    with closing(open_searcher(home, ExtractorPool())) as searcher:

        def found() -> set[int]:
            return set(_ids(_ask(searcher, query, filter).models["a"]))

        assert found() == {1}
        _store(home, [StoredPicture(4, ["/p/a/4.jpg"]), StoredPicture(5, ["/q/5.jpg"])])
        assert found() == {1, 4}, "a new picture"
        with LibraryWriter(home) as writer:
            writer.register_models(SPECS)
            writer.write([FileResult(FoundFile("/p/a/copy.jpg", 1_000, 0), 2)])
        assert found() == {1, 2, 4}, "a new place of a picture that was there"
        with LibraryWriter(home) as writer:
            writer.removals.forget_files(["/p/a/1.jpg", "/p/a/copy.jpg"])
        assert found() == {4}, "places that are gone"
        with LibraryWriter(home) as writer:
            writer.removals.purge()
        assert found() == {4}, "rows that are gone"


def test_a_filter_is_looked_up_once_while_nothing_changes(
    library: _Library, searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[tuple[str, ...]] = []
    pictures_in = PictureTable.matching

    def counted(table: PictureTable, filter: Filter, offline: frozenset[str]) -> NDArray[np.int64]:
        looked.append(filter.folders)
        return pictures_in(table, filter, offline)

    monkeypatch.setattr(PictureTable, "matching", counted)
    query = _query(_random_query(np.random.default_rng(6)))
    a, q = ("/p/a",), ("/q",)
    for folders in ((), a, a, a, q, q, ()):
        _ask(searcher, query, Filter(folders))
    assert looked == [a, q]
