"""Queries of several pictures, and one picture exactly as if it were alone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from making import Vectors, fill, run_index, tiny_spec, unit_vectors
from PIL import Image

from finder.core.errors import FinderError, ModelFailedError
from finder.core.models.baselines import pixels
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.distance import Metric, euclidean
from finder.core.search.matches import Match, Result
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.query.query_spec import MOST_QUERY_PICTURES, QuerySpec
from finder.core.search.ranking.similarity import PixelSimilarity, UnitVectorSimilarity
from finder.use_cases.search.library_search import open_searcher
from finder.use_cases.search.search_session import SearchSession

NUMBER = 300
SPEC = tiny_spec(dimension=24)
VECTORS = unit_vectors(np.random.default_rng(1), NUMBER, 24)
ONE = np.ones(1)


@pytest.fixture
def library(home: Home) -> Home:
    fill(home, [SPEC], range(NUMBER), {SPEC.name: VECTORS})
    return home


def item(vector: Vectors | None = None, picture: int | None = None, weight: float = 1) -> QueryItem:
    """A picture of the library, or one whose vector is given."""
    made = QueryItem("query", b"", picture=picture, weight=weight)
    if vector is not None:
        made.set_vector(SPEC, vector)
    return made


def search(
    home: Home, *items: QueryItem, specs: Sequence[ModelSpec] = (SPEC,), top: int = 20
) -> Result:
    with closing(open_searcher(home, ExtractorPool())) as searcher:
        return searcher.search(Query(items), specs, top, Metric.EUCLIDEAN)


def ids(matches: Sequence[Match]) -> list[int]:
    return [match.picture.id for match in matches]


def nearest(query: Vectors, top: int = 20) -> list[int]:
    order: list[int] = np.argsort(euclidean(query, VECTORS), kind="stable").tolist()
    return order[:top]


def normalised(vector: Vectors) -> Vectors:
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize("weight", [0.25, 1, 7])
@pytest.mark.parametrize(
    "similarity",
    [
        UnitVectorSimilarity(Metric.EUCLIDEAN, 24),
        UnitVectorSimilarity(Metric.HAMMING, 24),
        PixelSimilarity(Metric.L1, 23),
        PixelSimilarity(Metric.COSINE, 23),
    ],
)
def test_a_single_vector_is_the_query_bit_for_bit(
    similarity: UnitVectorSimilarity | PixelSimilarity, weight: float
) -> None:
    for vector in VECTORS:
        merged = similarity.query_vector(vector[np.newaxis], weight * ONE)
        assert merged is not None
        assert merged.tobytes() == vector.tobytes()


@pytest.mark.parametrize("stored", [False, True])
def test_one_picture_is_answered_bit_for_bit_from_its_own_vector(
    library: Home, stored: bool
) -> None:
    vector = VECTORS[5] if stored else unit_vectors(np.random.default_rng(2), 1, 24)[0]
    result = search(library, item(picture=5) if stored else item(vector))
    found = result.models[SPEC.name]
    assert ids(found) == nearest(vector)
    expected = euclidean(vector, VECTORS[ids(found)])
    assert [match.score for match in found] == expected.tolist()


@pytest.mark.parametrize("weights", [(1, 1), (3, 1), (1, 2, 0.5)])
def test_several_pictures_are_their_weighted_sum(library: Home, weights: tuple[float, ...]) -> None:
    vectors = unit_vectors(np.random.default_rng(3), len(weights), 24)
    items = [item(v, weight=w) for v, w in zip(vectors, weights, strict=True)]
    found = search(library, *items).models[SPEC.name]
    total = normalised(np.array(weights) @ vectors.astype(np.float64)).astype(np.float32)
    assert ids(found) == nearest(total)
    np.testing.assert_allclose([m.score for m in found], euclidean(total, VECTORS[ids(found)]))


def test_stored_and_given_vectors_go_together(library: Home) -> None:
    given = unit_vectors(np.random.default_rng(4), 1, 24)[0]
    found = search(library, item(picture=9), item(given)).models[SPEC.name]
    assert ids(found) == nearest(normalised(VECTORS[9] + given))


def test_a_picture_between_two_others_is_before_them(home: Home) -> None:
    left, right = np.eye(8, dtype=np.float32)[:2]
    vectors = np.stack([left, right, normalised(left + right)])
    spec = tiny_spec()
    fill(home, [spec], [1, 2, 3], {spec.name: vectors})
    found = search(home, item(picture=1), item(picture=2), specs=[spec]).models[spec.name]
    assert ids(found) == [3, 1, 2]
    assert found[0].score == pytest.approx(0, abs=1e-6)


def test_of_equally_near_pictures_the_querys_own_are_first(home: Home) -> None:
    spec = tiny_spec()
    vectors = np.repeat(np.eye(8, dtype=np.float32)[:1], 300, axis=0)
    fill(home, [spec], range(300), {spec.name: vectors})
    result = search(home, item(picture=250), item(picture=120), specs=[spec], top=3)
    assert ids(result.models[spec.name]) == [120, 250, 0]
    assert ids(result.combined) == [120, 250, 0]


def test_the_same_picture_twice_is_that_picture(library: Home) -> None:
    twice = search(library, item(picture=7), item(picture=7))
    assert ids(twice.combined) == ids(search(library, item(picture=7)).combined)
    assert ids(twice.combined)[0] == 7


def test_pictures_that_cancel_each_other_out_fail_for_that_model(home: Home) -> None:
    a, b = tiny_spec("a"), tiny_spec("b", mark="b")
    vectors = unit_vectors(np.random.default_rng(5), 4, 8)
    fill(home, [a, b], range(4), {"a": np.stack([*vectors[:3], -vectors[0]]), "b": vectors})
    opposite = item(picture=0), item(picture=3)
    result = search(home, *opposite, specs=[a, b])
    assert list(result.models) == ["b"]
    assert result.notes == ("For A the query pictures have nothing in common.",)
    with pytest.raises(ModelFailedError, match=r"For A .* one by one"):
        search(home, *opposite, specs=[a])


def test_several_pixel_pictures_are_their_mean_picture() -> None:
    white, black, grey = (
        pixels(Image.new("RGB", (8, 8), (level,) * 3), 4) for level in (255, 0, 204)
    )
    similarity = PixelSimilarity(Metric.L1, len(white) - 1)
    merged = similarity.query_vector(np.stack([white, black]), np.array([4.0, 1.0]))
    assert merged is not None
    np.testing.assert_allclose(merged, grey, atol=1e-6)


def test_files_are_read_and_extracted_each(
    home: Home, samples: Path, fast_spec: ModelSpec, extractors: ExtractorPool, tmp_path: Path
) -> None:
    run_index(home, [samples / "cats"], [fast_spec], extractors)
    paths = [str(samples / "cats" / "kitten.jpg"), str(samples / "birds" / "kingfisher.jpg")]
    query = Query(tuple(map(QueryItem.from_file, paths)))
    assert [item.path for item in query.items] == paths
    assert len(query.own) == 2
    assert query.vectors(fast_spec, extractors).shape == (2, fast_spec.dimension)
    with closing(open_searcher(home, extractors)) as searcher:
        result = searcher.search(query, [fast_spec], 3, Metric.COSINE)
    assert len(result.combined) == 3


def test_a_query_of_very_many_pictures_is_refused(samples: Path) -> None:
    path = str(samples / "cats" / "kitten.jpg")
    with pytest.raises(FinderError, match="at most 32 pictures"):
        QuerySpec.of_files([path] * (MOST_QUERY_PICTURES + 1)).check()
    QuerySpec.of_files([path] * MOST_QUERY_PICTURES).check()


def test_a_file_among_several_that_cannot_be_read_is_named(home: Home, samples: Path) -> None:
    paths = [str(samples / "cats" / "kitten.jpg"), "/gone.jpg"]
    with (
        closing(SearchSession(home, ExtractorPool)) as session,
        pytest.raises(FinderError, match=r"There is no file .*gone\.jpg"),
    ):
        session.set_query(QuerySpec.of_files(paths))
