"""Which searches are behind the figures of a measurement."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from generators import result_of
from making import unit_vectors

from finder.core.evaluation.evaluation import Evaluation, ModelVectors, evaluate
from finder.core.evaluation.labels import LabelledPictures
from finder.core.evaluation.measurement import (
    LeftOut,
    Measurement,
    ModelCost,
    Ranking,
    summarise_labels,
)
from finder.core.search.distance import Metric
from finder.core.search.ranking.similarity import UnitVectorSimilarity

MODEL, PICTURES, LABELS = "a", 60, 6


@pytest.fixture(scope="module")
def measurement() -> Measurement:
    """Of a model that knows little of the labels."""
    labelled = LabelledPictures.of((100 + n, f"label {n % LABELS}") for n in range(PICTURES))
    random = np.random.default_rng(3)
    vectors = 0.4 * unit_vectors(random, LABELS, 8)[labelled.labels]
    vectors += 0.6 * unit_vectors(random, PICTURES, 8)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    model = ModelVectors(
        MODEL, UnitVectorSimilarity(Metric.EUCLIDEAN, 8), vectors.astype(np.float32)
    )
    found = finished(labelled, model)
    of_models, of_combinations, best = summarise_labels(found)
    costs = {MODEL: ModelCost(1, None)}
    return Measurement(of_models, of_combinations, {MODEL: "A"}, costs, best, found, LeftOut())


def finished(labelled: LabelledPictures, model: ModelVectors) -> Evaluation:
    return result_of(evaluate(labelled, [model], {}))


@pytest.fixture
def ranking(measurement: Measurement) -> Ranking:
    return next(measurement.rankings)


def label_of(picture: int) -> int:
    return (picture - 100) % LABELS


def test_the_hardest_searches_of_a_label(measurement: Measurement, ranking: Ranking) -> None:
    every = measurement.hardest(ranking, PICTURES)
    precisions = [query.average_precision for query in every]
    assert precisions == sorted(precisions)
    assert len(every) == PICTURES
    of_label = [query for query in every if query.label == "label 2"]
    assert measurement.hardest(ranking, 4, "label 2") == of_label[:4]
    assert {label_of(query.picture) for query in of_label} == {2}
    for query in every:
        assert all(label_of(picture) != label_of(query.picture) for picture, _ in query.wrong)


def test_the_labels_that_are_confused_most(measurement: Measurement, ranking: Ranking) -> None:
    confusion = measurement.confusion(ranking)
    pairs = measurement.confused_pairs(ranking, 1_000)
    assert sum(pair.queries for pair in pairs) == confusion.sum() - np.trace(confusion) > 10
    assert [pair.queries for pair in pairs] == sorted((p.queries for p in pairs), reverse=True)
    for pair in pairs:
        assert pair.queries == confusion[pair.label, pair.answer]
        assert (pair.label_name, pair.answer_name) == (
            f"label {pair.label}",
            f"label {pair.answer}",
        )
    assert measurement.confused_pairs(ranking, 2) == pairs[:2]


def test_the_searches_behind_a_confusion(measurement: Measurement, ranking: Ranking) -> None:
    confusion = measurement.confusion(ranking)
    numbers = Counter[tuple[int, int]]()
    for label in range(LABELS):
        for answer in range(LABELS):
            found = measurement.confused(label, answer, ranking, PICTURES)
            numbers[label, answer] = len(found)
            assert {label_of(query.picture) for query in found} <= {label}
            firsts = [[label_of(picture) for picture, _ in query.wrong] for query in found]
            assert firsts == [[] if label == answer else [answer]] * len(found)
    assert numbers.total() == PICTURES
    assert all(confusion[pair] == number for pair, number in numbers.items())
    assert measurement.confused(0, 0, ranking, 1) == measurement.confused(0, 0, ranking, 9)[:1]
