"""Pictures with a weight below 0: matches should not look like these."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from making import Vectors, fill, run_index, tiny_spec, unit_vectors
from PIL import Image

from finder.core.errors import FinderError
from finder.core.library.catalogue.filter.picture_filter import Filter
from finder.core.models.baselines import pixels
from finder.core.models.registry import list_models, pick_models
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home, shipped_models_dir
from finder.core.search.distance import Metric
from finder.core.search.matches import Result
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.query.query_spec import LESS, FileSource, QueryExample, QuerySpec
from finder.core.search.ranking.similarity import PixelSimilarity, UnitVectorSimilarity
from finder.use_cases.search.library_search import open_searcher

NUMBER = 200
SPEC = tiny_spec(dimension=24)
HASHES = replace(tiny_spec("hashes", 64, "b"), kind="phash")
RANDOM = np.random.default_rng(8)
SIGNS = (np.where(RANDOM.random((NUMBER, 64)) < 0.5, -1, 1) / 8).astype(np.float32)
VECTORS = {SPEC.name: unit_vectors(RANDOM, NUMBER, 24), HASHES.name: SIGNS}


def search(home: Home, *weights: float) -> Result:
    """For the first pictures of the library, with these weights."""
    items = [QueryItem("q", b"", picture=n, weight=weight) for n, weight in enumerate(weights)]
    with closing(open_searcher(home, ExtractorPool())) as searcher:
        return searcher.search(Query(tuple(items)), [SPEC, HASHES], 50, Metric.EUCLIDEAN)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Only to be read."""
    home = Home(tmp_path_factory.mktemp("library") / "home")
    fill(home, [SPEC, HASHES], range(NUMBER), VECTORS)
    return home


@pytest.mark.parametrize("weights", [(1, -0.5), (2, -2), (1, 0.5, -1, -0.25), (0.1, -2)])
@pytest.mark.parametrize("spec", [SPEC, HASHES], ids=lambda spec: spec.name)
def test_matches_are_ranked_by_the_weighted_sum_of_similarities(
    library: Home, weights: tuple[float, ...], spec: ModelSpec
) -> None:
    rows = VECTORS[spec.name].astype(np.float64)
    total = np.array(weights) @ rows[: len(weights)]
    scores = rows @ (total / np.linalg.norm(total))
    found = search(library, *weights).models[spec.name]
    best = np.sort(scores)[::-1][:50]
    np.testing.assert_allclose([scores[m.picture.id] for m in found], best, atol=1e-6)


def test_hashes_are_ranked_by_the_weighted_sum_of_their_distances(library: Home) -> None:
    found = search(library, 1, 1, -0.5).models[HASHES.name]
    differing = ((SIGNS[:, np.newaxis] * SIGNS[:3]) < 0).sum(axis=2)
    sums = differing @ np.array([1, 1, -0.5])
    assert [sums[m.picture.id] for m in found] == np.sort(sums)[:50].tolist()


def test_they_are_not_the_querys_own_and_need_not_come_first(library: Home) -> None:
    result = search(library, 1, -1)
    assert result.query.own == {0}
    found = [match.picture.id for match in result.models[SPEC.name]]
    assert found[0] == 0
    assert 1 not in found
    far = search(library, 0.1, -2)
    assert far.models[SPEC.name][0].picture.id not in (0, 1), "nor is its own forced to be first"


def test_alone_they_are_refused() -> None:
    source = FileSource("/q/one.jpg")
    for weights in ((-1.0,), (-0.5, -2.0)):
        spec = QuerySpec(tuple(QueryExample(source, weight) for weight in weights))
        with pytest.raises(FinderError, match=r"needs a picture to start from\. Add a picture"):
            spec.check()
    with pytest.raises(FinderError, match="needs a picture"):
        QuerySpec(()).check()


@pytest.mark.parametrize("weight", [0, 2.1, -2.1, float("nan")])
def test_weights_have_bounds(weight: float) -> None:
    with pytest.raises(ValueError, match="weight"):
        QueryExample(FileSource("/q/one.jpg"), weight)


def grey(*levels: int) -> Vectors:
    return np.stack([pixels(Image.new("RGB", (8, 8), (level,) * 3), 4) for level in levels])


@pytest.mark.parametrize(
    ("levels", "weights", "expected"),
    [
        ((150, 100), (1, -1), 200),  # as far again
        ((150, 100), (1, -0.5), 175),
        ((150, 100), (2, -1), 175),
        ((100, 200, 50), (1, 1, -0.5), 175),  # mean 150, a quarter of 100 beyond
        ((200, 50), (1, -2), 255),  # white, not more
        ((50, 200), (1, -2), 0),
    ],
)
def test_pixels_go_beyond_the_mean_picture_away_from_the_others(
    levels: tuple[int, ...], weights: tuple[float, ...], expected: int
) -> None:
    similarity = PixelSimilarity(Metric.L1, 48)
    merged = similarity.query_vector(grey(*levels), np.array(weights))
    assert merged is not None
    np.testing.assert_allclose(merged, grey(expected)[0], atol=1e-6)
    assert np.linalg.norm(merged) == pytest.approx(1)


def test_a_picture_less_itself_has_no_vector() -> None:
    one = VECTORS[SPEC.name][[0, 0]]
    weights = np.array([1.0, -1.0])
    assert UnitVectorSimilarity(Metric.EUCLIDEAN, 24).query_vector(one, weights) is None


def ranks(
    home: Home,
    folders: Sequence[Path],
    wanted: Path,
    less: Sequence[Path],
    models: Sequence[ModelSpec],
) -> dict[str, list[str]]:
    """For each model, and combined, the names of the matches in these folders in their order."""
    items = [QueryItem.from_file(str(wanted))]
    items += [QueryItem.from_file(str(path), weight=LESS) for path in less]
    inside = Filter(tuple(map(str, folders)))
    with closing(open_searcher(home, ExtractorPool())) as searcher:
        result = searcher.search(Query(tuple(items)), models, 50, Metric.EUCLIDEAN, inside)
    lists = {**result.models, "combined": result.combined}
    return {
        name: [Path(match.picture.paths[0]).stem for match in matches]
        for name, matches in lists.items()
    }


def test_a_cat_less_a_cheetah_is_still_a_cat(
    home: Home,
    indexed_samples: Home,
    samples: Path,
    specs: list[ModelSpec],
    extractors: ExtractorPool,
) -> None:
    """What is like the unwanted picture goes back, what is like the wanted one alone stays."""
    folders = [samples / "cats", samples / "birds"]
    pixels = pick_models(list_models([shipped_models_dir()])[0], ("pixels",))
    run_index(home, folders, pixels, extractors)
    tabby, cheetah = samples / "cats" / "tabby-cat.jpg", samples / "cats" / "cheetah.jpg"
    for library, models in ((indexed_samples, specs), (home, pixels)):
        before = ranks(library, folders, tabby, [], models)
        after = ranks(library, folders, tabby, [cheetah], models)
        for name, found in after.items():
            assert len(found) == 12, name
            assert found[0] == "tabby-cat", name
            assert found.index("cheetah") >= before[name].index("cheetah"), name
            if models is specs:
                assert found[1] == "kitten", name
                assert found.index("cheetah") >= len(found) - 3, name
