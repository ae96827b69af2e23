"""Searching in a folder and a span of days, against plain numpy over the pictures allowed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from making import Vectors, tiny_spec, unit_vectors
from numpy.typing import NDArray

from finder.core.errors import FinderError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.picture_filter import NO_FILTER, Filter, parse_filter
from finder.core.library.catalogue.picture_table import PictureTable
from finder.core.library.indexing.file_result import FileResult
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.facts import PictureFacts
from finder.core.pictures.scan import FoundFile
from finder.core.search.distance import Metric
from finder.core.search.matches import Match, Result
from finder.core.search.query import Query, QueryItem
from finder.core.search.searcher import Searcher
from finder.use_cases.library_search import open_searcher

A, B = tiny_spec("a", 12), tiny_spec("b", 9, "b")
SPECS = [A, B]
FOLDERS = ("/p/a", "/p/ab", "/p/a/b", "/p/a b", "/q")
NOON = datetime(2024, 1, 15, 12).timestamp()
SOME_DAY = "2024-01-15 12:00:00"


@dataclass
class _Shown:
    """One picture: its places, when it was taken, its file's time, a vector for each model."""

    id: int
    places: list[str]
    taken: str | None = SOME_DAY
    seconds: float = NOON
    vectors: dict[str, Vectors] = field(default_factory=dict)

    @property
    def day(self) -> str:
        return self.taken[:10] if self.taken else date.fromtimestamp(self.seconds).isoformat()

    def lies_in(self, filter: Filter) -> bool:
        folder = filter.folder or "/"
        return any(Path(place).is_relative_to(folder) for place in self.places) and (
            (filter.taken_from or "0000") <= self.day <= (filter.taken_until or "9999")
        )

    def outcomes(self) -> list[FileResult]:
        """For its first place with all that is known, for each other one as a copy."""
        files = [FoundFile(p, 1_000, round(self.seconds * 10**9)) for p in self.places]
        facts = PictureFacts(640, 480, "JPEG", self.taken, 1)
        return [
            FileResult(files[0], self.id, facts, self.vectors),
            *(FileResult(file, self.id) for file in files[1:]),
        ]


def _store(home: Home, shown: Sequence[_Shown]) -> None:
    with LibraryWriter(home) as writer:
        writer.adopt(SPECS)
        for one in shown:
            if not one.vectors:
                random = np.random.default_rng(one.id)
                one.vectors = {s.name: unit_vectors(random, 1, s.dimension)[0] for s in SPECS}
        writer.write([outcome for one in shown for outcome in one.outcomes()])


def _random_pictures(random: np.random.Generator, number: int) -> list[_Shown]:
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
        made.append(_Shown(picture, places, taken, seconds, vectors))
    return made


@dataclass(frozen=True)
class _Library:
    home: Home
    live: list[_Shown]


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
            query.first.set_vector(spec, vectors[spec.name])
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


def _distances(query: Vectors, allowed: Sequence[_Shown], model: str) -> NDArray[np.float64]:
    rows = np.array([one.vectors[model] for one in allowed], dtype=np.float64)
    distances: NDArray[np.float64] = np.linalg.norm(rows - query.astype(np.float64), axis=1)
    return distances


def _random_filter(random: np.random.Generator) -> Filter:
    folder = str(random.choice([*FOLDERS, "/p", "/"])) if random.random() < 0.7 else None
    first, last = sorted(int(day) for day in random.integers(1, 32, 2))
    return Filter(
        folder,
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


def test_the_random_filters_are_worth_a_search(library: _Library) -> None:
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
        (SPECS, Filter("/p/a")),
        ([one_model], Filter("/p/a")),
        ([one_model], Filter("/q")),
        (SPECS, Filter("/q")),
        (SPECS, NO_FILTER),
        (SPECS, Filter("/p/a")),
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
            _Shown(1, ["/p/a/1.jpg"], vectors={"a": made["a"]}),
            _Shown(2, ["/q/2.jpg"], vectors=made),
        ],
    )
    with closing(open_searcher(home, ExtractorPool())) as searcher:
        result = _ask(searcher, _query(made), Filter("/p"))
    assert (_ids(result.models["a"]), result.models["b"], result.combined) == ([1], [], [])
    assert result.combined_over == 0
    assert result.standings.keys() == {1}


@pytest.mark.parametrize("top", [1, 5, 200])
def test_the_query_is_shown_first_only_if_it_passes(
    library: _Library, searcher: Searcher, top: int
) -> None:
    both = [one for one in library.live if len(one.vectors) == 2]
    inside = next(one for one in both if one.lies_in(Filter("/q")))
    outside = next(one for one in both if not one.lies_in(Filter("/q")))
    result = _ask(searcher, _query({}, inside.id), Filter("/q"), top)
    for matches in (result.models["a"], result.models["b"], result.combined):
        assert _ids(matches)[0] == inside.id
    result = _ask(searcher, _query({}, outside.id), Filter("/q"), top)
    for matches in (result.models["a"], result.models["b"], result.combined):
        assert matches
        assert outside.id not in _ids(matches)
    assert outside.id not in result.standings
    assert outside.id not in result.combined_standings


@pytest.mark.parametrize(
    "filter",
    [
        Filter("/p/nowhere"),
        Filter(None, "2024-02-01"),
        Filter(None, None, "2023-12-31"),
        Filter("/q", "2024-01-20", "2024-01-10"),
    ],
)
def test_a_filter_that_nothing_passes_is_reported_with_a_way_out(
    library: _Library, searcher: Searcher, filter: Filter
) -> None:
    query = _query(_random_query(np.random.default_rng(3)))
    with pytest.raises(FinderError) as caught:
        _ask(searcher, query, filter)
    assert caught.value.sentence
    assert caught.value.hint
    assert _ask(searcher, query, NO_FILTER).combined, "and the next search goes on"


# What changes between two searches


def test_the_next_search_sees_what_came_into_the_folder(home: Home) -> None:
    _store(home, [_Shown(1, ["/p/a/1.jpg"]), _Shown(2, ["/q/2.jpg"]), _Shown(3, ["/q/3.jpg"])])
    query = _query(_random_query(np.random.default_rng(4)))
    filter = Filter("/p/a")

    with closing(open_searcher(home, ExtractorPool())) as searcher:

        def found() -> set[int]:
            return set(_ids(_ask(searcher, query, filter).models["a"]))

        assert found() == {1}
        _store(home, [_Shown(4, ["/p/a/4.jpg"]), _Shown(5, ["/q/5.jpg"])])
        assert found() == {1, 4}, "a new picture"
        with LibraryWriter(home) as writer:
            writer.adopt(SPECS)
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
    looked: list[str | None] = []
    pictures_in = PictureTable.matching

    def counted(table: PictureTable, filter: Filter) -> NDArray[np.int64]:
        looked.append(filter.folder)
        return pictures_in(table, filter)

    monkeypatch.setattr(PictureTable, "matching", counted)
    query = _query(_random_query(np.random.default_rng(6)))
    for folder in (None, "/p/a", "/p/a", "/p/a", "/q", "/q", None):
        _ask(searcher, query, Filter(folder))
    assert looked == ["/p/a", "/q"]


# Which pictures a folder and days have


def _in(home: Home, *criteria: str | None) -> set[int]:
    with closing(Catalogue(home)) as catalogue:
        found = catalogue.pictures.matching(Filter(*criteria)).tolist()
    assert len(found) == len(set(found))
    return set(found)


def _note(home: Home, *shown: _Shown) -> None:
    """Into the catalogue only."""
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        for one in shown:
            for outcome in one.outcomes():
                if outcome.facts is not None:
                    catalogue.pictures.put(one.id, outcome.facts)
                catalogue.files.put(outcome.as_record())


def test_a_folder_is_not_one_whose_name_begins_alike(home: Home) -> None:
    _note(
        home,
        _Shown(1, ["/p/a/1.jpg"]),
        _Shown(2, ["/p/ab/2.jpg"]),
        _Shown(3, ["/p/a b/3.jpg"]),
        _Shown(4, ["/p/a.jpg"]),
        _Shown(5, ["/p/a/deep/er/5.jpg"]),
        _Shown(6, ["/p/a\udcff/6.jpg"]),
    )
    assert _in(home, "/p/a") == _in(home, "/p/a/") == {1, 5}
    assert _in(home, "/p/a\udcff") == {6}
    assert _in(home, "/p") == _in(home, "/") == _in(home, None) == {1, 2, 3, 4, 5, 6}
    assert _in(home, "/p/A") == set()


def test_one_place_inside_is_enough(home: Home) -> None:
    _note(home, _Shown(1, ["/p/a/1.jpg", "/q/1.jpg", "/q/again.jpg"]), _Shown(2, ["/p/a/2.jpg"]))
    assert _in(home, "/q") == {1}
    assert _in(home, "/p/a") == {1, 2}


def test_both_days_are_in_it(home: Home) -> None:
    taken = {
        1: "2024-06-29 23:59:59",
        2: "2024-06-30 00:00:00",
        3: "2024-07-01 12:00:00",
        4: "2024-07-02 23:59:59",
        5: "2024-07-03 00:00:00",
    }
    _note(home, *(_Shown(n, [f"/p/{n}.jpg"], when) for n, when in taken.items()))
    assert _in(home, None, "2024-06-30", "2024-07-02") == {2, 3, 4}
    assert _in(home, None, "2024-06-30", "2024-06-30") == {2}
    assert _in(home, None, "2024-07-02") == {4, 5}
    assert _in(home, None, None, "2024-06-30") == {1, 2}
    assert _in(home, "/p", "2024-07-03", "2024-07-03") == {5}
    assert _in(home, "/q", "2024-07-03", "2024-07-03") == set()


@pytest.fixture(params=["UTC0", "JST-9", "PST8"])
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """The local time zone for one test."""
    if not hasattr(time, "tzset"):
        pytest.skip("the time zone cannot be set here")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


def test_a_picture_without_a_time_taken_counts_by_its_files_local_day(
    home: Home, zone: str
) -> None:
    moments = [datetime(2024, 6, 30, hour) for hour in (0, 8, 16)]
    moments += [datetime(2024, 6, 29, 23, 59, 59), datetime(2024, 7, 1)]
    _note(
        home,
        *(
            _Shown(n, [f"/p/{n}.jpg"], None, moment.timestamp() + 0.5)
            for n, moment in enumerate(moments)
        ),
        _Shown(10, ["/p/10.jpg"], "2024-06-30 03:00:00", datetime(2024, 7, 9).timestamp()),
        _Shown(11, ["/p/11.jpg"], "2024-07-09 03:00:00", datetime(2024, 6, 30).timestamp()),
    )
    assert _in(home, None, "2024-06-30", "2024-06-30") == {0, 1, 2, 10}


@pytest.fixture
def shanghai() -> Iterator[None]:
    """Until 1901 its clocks were 8 hours, 5 minutes and 43 seconds ahead."""
    if not hasattr(time, "tzset"):
        pytest.skip("the time zone cannot be set here")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Asia/Shanghai")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("shanghai")
@pytest.mark.parametrize("year", [1900, 1969])
def test_files_from_before_1970_are_found_by_their_day(home: Home, year: int) -> None:
    midnight, last = datetime(year, 6, 1), datetime(year, 5, 31, 23, 59, 59)
    _note(
        home,
        _Shown(1, ["/p/1.jpg"], None, midnight.timestamp()),
        _Shown(2, ["/p/2.jpg"], None, last.timestamp() + 0.5),
        _Shown(3, ["/p/3.jpg"], f"{year}-06-01 00:00:00", 0),
    )
    assert _in(home, None, f"{year}-06-01", f"{year}-06-01") == {1, 3}
    assert _in(home, None, f"{year}-05-31", f"{year}-05-31") == {2}
    assert _in(home, None, "0001-01-01", "9999-12-31") == {1, 2, 3}


def test_of_two_places_the_one_in_the_folder_gives_the_day(home: Home) -> None:
    early, late = datetime(2024, 1, 1, 12).timestamp(), datetime(2024, 5, 1, 12).timestamp()
    _note(home, _Shown(1, ["/p/1.jpg"], None, early))
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        catalogue.files.put(FileResult(FoundFile("/q/1.jpg", 1, int(late) * 10**9), 1).as_record())
    assert _in(home, "/p", "2024-01-01", "2024-01-01") == {1}
    assert _in(home, "/q", "2024-01-01", "2024-01-01") == set()
    assert _in(home, None, "2024-05-01") == {1}


# What the user typed


def test_a_filter_of_nothing_is_everything() -> None:
    assert parse_filter(None, None, None) == parse_filter("", "", "") == NO_FILTER
    assert NO_FILTER.is_everything
    assert not parse_filter(None, None, "2024-06-30").is_everything


def test_a_typed_folder_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", os.fspath(tmp_path / "me"))
    monkeypatch.setenv("USERPROFILE", os.fspath(tmp_path / "me"))
    assert parse_filter("cats/../dogs/", None, None).folder == str(tmp_path / "dogs")
    assert parse_filter("~/cats", None, None).folder == str(tmp_path / "me" / "cats")


@pytest.mark.parametrize("day", ["yesterday", "2024-13-01", "2024-02-30", "30.6.2024", "2024-6-1"])
@pytest.mark.parametrize("at", ["from", "until"])
def test_an_invalid_day_is_refused(day: str, at: str) -> None:
    days = (day, None) if at == "from" else (None, day)
    with pytest.raises(FinderError) as caught:
        parse_filter(None, *days)
    assert day in caught.value.sentence
    assert "2024-06-30" in caught.value.hint


@pytest.mark.parametrize("day", ["2024-06-30", "20240630", "2024-W26-7"])
def test_a_day_may_be_written_in_each_iso_way(day: str) -> None:
    assert parse_filter(None, day, day) == Filter(None, "2024-06-30", "2024-06-30")
