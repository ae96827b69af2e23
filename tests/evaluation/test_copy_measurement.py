"""Which copies are the hardest, and what came before their originals."""

from __future__ import annotations

import numpy as np
import pytest
from generators import result_of
from making import unit_vectors

from finder.core.evaluation.alteration_names import TITLES
from finder.core.evaluation.alterations import ALTERATIONS
from finder.core.evaluation.copy_measurement import (
    CopiesLeftOut,
    CopyEvaluation,
    CopyMeasurement,
    summarise_copies,
)
from finder.core.evaluation.evaluation import ModelVectors, evaluate_copies
from finder.core.evaluation.measurement import Kinds, ModelCost
from finder.core.search.distance import Metric
from finder.core.search.ranking.similarity import UnitVectorSimilarity

MODEL, PICTURES = "a", 40
KINDS = ("mirrored", "made up")


@pytest.fixture(scope="module")
def measurement() -> CopyMeasurement:
    """Two copies of each of 15 pictures: the mirrored ones are hard to recognise, the others easy.
    Content ids are positions + 1000."""
    random = np.random.default_rng(5)
    vectors = unit_vectors(random, PICTURES, 8)
    originals = np.repeat(np.arange(15), 2)
    of_query = np.tile([0, 1], 15)
    noise = np.where(of_query == 0, 0.8, 0.01)[:, np.newaxis]
    queries = (vectors[originals] + noise * random.normal(size=(30, 8))).astype(np.float32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    model = ModelVectors(MODEL, UnitVectorSimilarity(Metric.EUCLIDEAN, 8), vectors, queries)
    of_models, of_combinations = result_of(evaluate_copies(originals, [model], {}))
    evaluation = CopyEvaluation(
        np.arange(PICTURES) + 1_000, originals, Kinds(of_query, KINDS), of_models, of_combinations
    )
    models, combinations, best = summarise_copies(evaluation)
    costs = {MODEL: ModelCost(1, None)}
    none = CopiesLeftOut()
    return CopyMeasurement(models, combinations, {MODEL: "A"}, costs, best, evaluation, none)


def test_the_hardest_are_those_whose_original_is_farthest_behind(
    measurement: CopyMeasurement,
) -> None:
    ranking = next(measurement.rankings)
    hard = measurement.hardest(ranking, 100)
    precisions = [query.average_precision for query in hard]
    assert precisions == sorted(precisions)
    of_all = measurement.evaluation.models[MODEL].metrics.average_precision
    assert precisions == sorted(of_all[of_all < 1].tolist()), "those in front are not hard"
    assert 3 < len(hard) < 16
    assert measurement.hardest(ranking, 2) == hard[:2]


def test_what_came_before_it_is_in_the_order_of_the_ranking(measurement: CopyMeasurement) -> None:
    hard = measurement.hardest(next(measurement.rankings), 100)
    for query in hard:
        rank = round(1 / query.average_precision)
        assert len(query.wrong) == min(10, rank - 1)
        assert [label for _, label in query.wrong] == [
            str(place) for place in range(1, len(query.wrong) + 1)
        ]
        assert query.picture not in [picture for picture, _ in query.wrong]
        assert 1_000 <= query.picture < 1_015
    assert any(len(query.wrong) < 10 for query in hard)


def test_they_can_be_those_of_one_alteration(measurement: CopyMeasurement) -> None:
    ranking = next(measurement.rankings)
    assert measurement.hardest(ranking, 100, "made up") == []
    assert {query.label for query in measurement.hardest(ranking, 100, "mirrored")} == {"mirrored"}
    per_kind = measurement.models[MODEL].per_label
    assert per_kind["made up"] == 1.0 > per_kind["mirrored"]
    assert (measurement.pictures, measurement.copies) == (PICTURES, 30)


def test_each_alteration_has_a_title() -> None:
    assert tuple(TITLES) == tuple(ALTERATIONS)
