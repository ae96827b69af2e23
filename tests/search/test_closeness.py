"""Closeness: one unit for all models, calibrated by the library's own pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import Vectors, fill, outcomes, tiny_spec, unit_vectors

from finder.core.library.view.model_index import ModelIndex
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.closeness import closeness_scale
from finder.core.search.closeness.closeness import (
    BINS,
    CLOSEST_OTHER,
    ClosenessWord,
    closeness_histogram,
    closeness_word,
    number_hidden,
    suggested_cut_off,
    whole_closeness,
)
from finder.core.search.closeness.closeness_scale import measured_scale
from finder.core.search.distance import Metric
from finder.core.search.matches import Result
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.ranking.similarity import similarity_of
from finder.core.search.searcher import Searcher
from finder.use_cases.search.library_search import open_searcher

DIMENSION = 64
SPECS = [tiny_spec("a", DIMENSION), tiny_spec("b", 48, "b")]
HASH = replace(tiny_spec("hash", DIMENSION, "c"), kind="phash")
PIXELS = replace(tiny_spec("pixels", 13, "d"), kind="pixels")


def query_of(vectors: dict[ModelSpec, Vectors], picture: int | None = None) -> Query:
    query = Query((QueryItem("query", b"", None, picture),))
    for spec, vector in vectors.items():
        query.items[0].set_vector(spec, vector)
    return query


def related_vectors(number: int, dimension: int, seed: int = 0) -> Vectors:
    """Groups of four that lie nearer to each other, around a common mean, as a network's do."""
    random = np.random.default_rng(seed)
    centres = np.repeat(random.normal(size=(number // 4 + 1, dimension)), 4, axis=0)[:number]
    vectors = 0.8 + 0.7 * centres + random.normal(size=(number, dimension))
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


Ask = Callable[..., Result]


@pytest.fixture
def ask(home: Home) -> Iterator[Ask]:
    searchers: list[Searcher] = []

    def ask(query: Query, specs: Sequence[ModelSpec], top: int = 200) -> Result:
        if not searchers:
            searchers.append(open_searcher(home, ExtractorPool()))
        return searchers[0].search(query, specs, top, Metric.EUCLIDEAN)

    yield ask
    for searcher in searchers:
        searcher.close()


@pytest.mark.parametrize(
    ("closeness", "word", "whole"),
    [
        (100.0, ClosenessWord.SAME_PICTURE, 100),
        (99.9, ClosenessWord.NEARLY_THE_SAME, 99),
        (80.0, ClosenessWord.NEARLY_THE_SAME, 80),
        (79.99, ClosenessWord.SIMILAR, 79),
        (40.0, ClosenessWord.SIMILAR, 40),
        (39.9, ClosenessWord.DISTANT, 39),
        (0.0, ClosenessWord.DISTANT, 0),
    ],
)
def test_words_have_fixed_borders(closeness: float, word: ClosenessWord, whole: int) -> None:
    assert closeness_word(closeness) is word
    assert whole_closeness(closeness) == whole
    assert len(word.short_label) <= 7 <= len(word.label)


def test_histogram_and_number_hidden() -> None:
    values = [100, 99.9, 80, 79.9, 40, 39.9, 3.9, 0]
    counts = closeness_histogram(values)
    assert len(counts) == BINS == 25
    assert {at: n for at, n in enumerate(counts) if n} == {0: 2, 9: 1, 10: 1, 19: 1, 20: 1, 24: 2}
    assert [number_hidden(values, cut) for cut in (0, 3.9, 40, 80, 100)] == [0, 1, 3, 5, 7]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([100, 95, 60, 52, 40, 18, 17], 29.0),  # not at 77.5, below the copies
        ([100, 95, 60, 41, 30, 29], 50.5 - 15.0),
        ([17, 100, 40, 95, 52, 18, 60], 29.0),
        ([100, 60, 55, 10, 5], 32.5),
        ([100, 99, 15, 5], 40.0),  # the only gap is too high: the border
        ([100, 60, 55], None),  # it would hide nothing
        ([39, 5, 1], 22.0),
        ([15, 10, 5], None),  # it would hide all
        ([100], None),
        ([], None),
    ],
)
def test_the_suggested_cut_off(values: list[float], expected: float | None) -> None:
    assert suggested_cut_off(values) == expected


@pytest.mark.parametrize("spec", [SPECS[0], HASH, PIXELS], ids=lambda spec: spec.kind)
@pytest.mark.parametrize("number", [0, 1, 2, 3, 10, 200])
def test_a_scale_rises_whatever_the_library_has(spec: ModelSpec, number: int) -> None:
    for vectors in (
        related_vectors(number, spec.dimension),
        unit_vectors(np.random.default_rng(1), number, spec.dimension),
        np.repeat(related_vectors(1, spec.dimension), number, axis=0),
        np.eye(spec.dimension, dtype=np.float32)[np.arange(number) % spec.dimension],
    ):
        scale = measured_scale(spec, similarity_of(spec, Metric(spec.metrics[0])), vectors)
        assert scale.zero < scale.similar < scale.nearly < 1.0
        similarities = np.linspace(-1.0, 1.0, 2_001)
        closeness = scale.closeness(similarities)
        assert (np.diff(closeness) >= 0.0).all()
        assert closeness[0] == 0.0 and CLOSEST_OTHER <= closeness[-1] <= 100.0
        at_borders = scale.closeness(np.array([scale.zero, scale.similar, scale.nearly]))
        np.testing.assert_allclose(at_borders, [0.0, 40.0, 80.0])


@given(st.floats(-1.0, 1.0, allow_nan=False), st.booleans())
def test_the_same_picture_is_proved_by_content_or_by_a_network(value: float, own: bool) -> None:
    for spec in (SPECS[0], HASH, PIXELS):
        vectors = related_vectors(60, spec.dimension)
        scale = measured_scale(spec, similarity_of(spec, Metric(spec.metrics[0])), vectors)
        for similarity in (value, 1.0):
            found = scale.closeness(np.array([similarity]), np.array([own]))[0]
            identical = similarity > 1.0 - 0.5e-6
            assert bool(found == 100.0) is (identical and (own or spec is SPECS[0]))


def test_a_model_that_gives_one_vector_for_all_proves_nothing(home: Home, ask: Ask) -> None:
    vector = unit_vectors(np.random.default_rng(0), 1, DIMENSION)
    fill(home, SPECS[:1], range(50), {"a": np.repeat(vector, 50, axis=0)})
    matches = ask(query_of({SPECS[0]: vector[0]}), SPECS[:1]).models["a"]
    assert {m.closeness for m in matches} == {CLOSEST_OTHER}
    own, *others = ask(query_of({}, 7), SPECS[:1]).models["a"]
    assert (own.picture.id, own.closeness) == (7, 100.0)
    assert {m.closeness for m in others} == {CLOSEST_OTHER}


@pytest.mark.parametrize("number", [1, 2, 10, 300])
def test_the_query_itself_is_the_same_picture_and_nothing_else_is(
    home: Home, ask: Ask, number: int
) -> None:
    vectors = {spec.name: related_vectors(number, spec.dimension) for spec in SPECS}
    fill(home, SPECS, range(number), vectors)
    for own in {0, number // 2}:
        result = ask(query_of({}, own), SPECS)
        for matches in (*result.models.values(), result.combined):
            assert (matches[0].picture.id, matches[0].closeness) == (own, 100.0)
            assert all(match.closeness < 80.0 for match in matches[1:])
        for matches in result.models.values():
            values = [match.closeness for match in matches]
            assert values == sorted(values, reverse=True)
        for matches, standings in (
            (result.combined, result.combined_standings),
            (result.models["a"], {p: s["a"] for p, s in result.standings.items()}),
        ):
            assert {m.picture.id: m.closeness for m in matches}.items() <= {
                picture: standing.closeness for picture, standing in standings.items()
            }.items()


def test_a_copy_with_other_bytes_is_the_same_picture_too(home: Home, ask: Ask) -> None:
    vectors = {spec.name: related_vectors(100, spec.dimension) for spec in SPECS}
    fill(home, SPECS, range(100), vectors)
    same = {spec: vectors[spec.name][3] for spec in SPECS}
    result = ask(query_of(same), SPECS)
    assert result.combined[0].closeness == result.models["b"][0].closeness == 100.0
    moved = {spec: v + np.float32(2e-3) * vectors[spec.name][0] for spec, v in same.items()}
    moved = {spec: v / np.linalg.norm(v) for spec, v in moved.items()}
    assert 99.0 < ask(query_of(moved), SPECS).combined[0].closeness < 100.0


def test_a_hash_without_difference_is_not_proof(home: Home, ask: Ask) -> None:
    random = np.random.default_rng(2)
    signs = np.where(random.random((80, DIMENSION)) < 0.5, 1.0, -1.0) / np.sqrt(DIMENSION)
    fill(home, [HASH], range(80), {"hash": signs.astype(np.float32)})
    first = ask(query_of({HASH: signs[5].astype(np.float32)}), [HASH]).models["hash"][0]
    assert (first.score, first.closeness) == (0.0, CLOSEST_OTHER)
    assert ask(query_of({}, 5), [HASH]).models["hash"][0].closeness == 100.0


def test_closeness_does_not_depend_on_how_many_are_listed(home: Home, ask: Ask) -> None:
    vectors = {spec.name: related_vectors(400, spec.dimension, 3) for spec in SPECS}
    fill(home, SPECS, range(400), vectors)
    query = query_of({spec: related_vectors(4, spec.dimension, 9)[1] for spec in SPECS})
    whole = ask(query, SPECS, 200)
    assert max(m.closeness for m in whole.combined) > min(m.closeness for m in whole.combined)
    for top in (1, 10, 50):
        part = ask(query, SPECS, top)
        assert part.combined == whole.combined[:top]
        assert part.models["b"] == whole.models["b"][:top]


def test_a_scale_is_measured_once_for_each_state_of_the_library(
    home: Home, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = []

    def measure(spec: ModelSpec, *arguments: object) -> object:
        measured.append(spec.name)
        return measured_scale(spec, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(closeness_scale, "measured_scale", measure)
    vectors = {spec.name: related_vectors(90, spec.dimension) for spec in SPECS}
    first = {name: rows[:80] for name, rows in vectors.items()}
    fill(home, SPECS, range(80), first)
    for own in (1, 2, 1):
        ask(query_of({}, own), SPECS)
    assert measured == ["a", "b"]
    with LibraryWriter(home) as writer:
        writer.register_models(SPECS)
        writer.write(outcomes(range(80, 90), {n: rows[80:] for n, rows in vectors.items()}))
    ask(query_of({}, 1), SPECS)
    assert measured == ["a", "b"] * 2


def test_damaged_rows_do_not_count(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    spec, vectors = SPECS[0], related_vectors(150, DIMENSION)
    fill(home, [spec], range(150), {"a": vectors})
    similarity = similarity_of(spec, Metric.EUCLIDEAN)
    read = ModelIndex.vectors

    def damaged(index: ModelIndex, positions: np.ndarray) -> np.ndarray:
        rows = read(index, positions).copy()
        rows[3], rows[5], rows[7] = np.nan, np.inf, 1e30
        return rows

    with closing(open_searcher(home, ExtractorPool())) as searcher:
        index = searcher._view.indexes([spec])["a"]
        monkeypatch.setattr(ModelIndex, "vectors", damaged)
        scale = closeness_scale.ClosenessScales().scale(spec, index, similarity)
    intact = np.delete(vectors, [3, 5, 7], axis=0)
    expected = measured_scale(spec, similarity, intact)
    assert scale.zero == pytest.approx(expected.zero, abs=0.01)
    assert scale.similar == pytest.approx(expected.similar, abs=0.01)
