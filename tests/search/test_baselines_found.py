"""Searching with baselines: their own distances, exact, beside models and combined."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from making import assert_in_step, run_index
from PIL import Image

from finder.core.models.baselines import phash
from finder.core.models.registry import list_models, pick_models
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home, shipped_models_dir
from finder.core.pictures.decode import decode
from finder.core.search.distance import Metric
from finder.core.search.matches import Result
from finder.core.search.query.query import Query
from finder.use_cases.search.library_search import open_searcher

NAMES = ("efficientnet-lite0", "phash-64", "pixels")


@pytest.fixture(scope="module")
def chosen() -> list[ModelSpec]:
    return pick_models(list_models([shipped_models_dir()])[0], NAMES)


@pytest.fixture(scope="module")
def indexed(
    tmp_path_factory: pytest.TempPathFactory,
    samples: Path,
    chosen: list[ModelSpec],
    extractors: ExtractorPool,
) -> Home:
    """Only to be read."""
    home = Home(tmp_path_factory.mktemp("indexed") / "home")
    run_index(home, [samples / "birds", samples / "cats"], chosen, extractors)
    return home


def ask(
    home: Home, picture: Path, specs: list[ModelSpec], metric: Metric, extractors: ExtractorPool
) -> Result:
    with closing(open_searcher(home, extractors)) as searcher:
        return searcher.search(Query.from_file(str(picture)), specs, 50, metric)


def small(path: Path, side: int = 16) -> np.ndarray:
    image = decode(path.read_bytes(), 320).image.resize((side, side), Image.Resampling.BOX)
    return np.asarray(image, np.float64).ravel() / 255.0


def listed(result: Result, model: str) -> dict[str, float]:
    return {match.picture.paths[0]: match.score for match in result.models[model]}


def test_each_model_has_its_own_distance(
    indexed: Home, samples: Path, chosen: list[ModelSpec], extractors: ExtractorPool
) -> None:
    query = samples / "altered" / "kingfisher--crop.jpg"
    result = ask(indexed, query, chosen, Metric.EUCLIDEAN, extractors)
    assert result.metrics == dict(
        zip(NAMES, (Metric.EUCLIDEAN, Metric.HAMMING, Metric.L1), strict=True)
    )
    assert ask(indexed, query, chosen, Metric.COSINE, extractors).metrics["pixels"] is Metric.COSINE
    mine = phash(decode(query.read_bytes(), 320).image, 8) > 0
    for path, bits in listed(result, "phash-64").items():
        other = phash(decode(Path(path).read_bytes(), 320).image, 8) > 0
        assert bits == np.count_nonzero(mine != other)
    for name in NAMES:
        numbers = [match.score for match in result.models[name]]
        assert numbers == sorted(numbers)
        assert len(assert_in_step(indexed, name)) == len(numbers) == 12


@pytest.mark.parametrize("metric", [Metric.L1, Metric.COSINE])
def test_pixels_are_compared_as_they_are(
    metric: Metric, indexed: Home, samples: Path, chosen: list[ModelSpec], extractors: ExtractorPool
) -> None:
    query = samples / "cats" / "kitten.jpg"
    found = listed(ask(indexed, query, chosen, metric, extractors), "pixels")
    one = small(query)
    for path, number in found.items():
        other = small(Path(path))
        exact = (
            np.abs(one - other).sum()
            if metric is Metric.L1
            else one @ other / (np.linalg.norm(one) * np.linalg.norm(other))
        )
        assert number == pytest.approx(exact, abs=2e-3)
    assert next(iter(found)) == str(query)
    assert found[str(query)] == (0.0 if metric is Metric.L1 else 1.0)


def test_a_hash_takes_part_in_the_combined_ranking(
    indexed: Home, samples: Path, chosen: list[ModelSpec], extractors: ExtractorPool
) -> None:
    query = samples / "altered" / "kingfisher--crop.jpg"
    result = ask(indexed, query, chosen, Metric.EUCLIDEAN, extractors)
    assert result.combined_over == 12
    assert result.combined[0].picture.paths == (str(samples / "birds" / "kingfisher.jpg"),)
    assert set(result.standings[result.combined[0].picture.id]) == set(NAMES)
    for standing in result.standings[result.combined[0].picture.id].values():
        assert -1.0 <= standing.similarity <= 1.0
