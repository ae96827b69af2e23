from __future__ import annotations

from collections.abc import Generator

import numpy as np
import pytest
from making import unit_vectors

from finder.core.evaluation.combination_weights import choose_weights, weight_grid
from finder.core.evaluation.evaluation import Evaluation, ModelVectors, evaluate
from finder.core.evaluation.labels import LabelledPictures
from finder.core.evaluation.measurement import summarise_labels
from finder.core.search.distance import Metric
from finder.core.search.ranking.similarity import UnitVectorSimilarity

LABELS, EACH, SIZE = 8, 6, 16


def finished(run: Generator[float, None, Evaluation]) -> Evaluation:
    shares = []
    while True:
        try:
            shares.append(next(run))
        except StopIteration as stop:
            assert shares == sorted(shares)
            assert shares[-1] == 1.0
            evaluation: Evaluation = stop.value
            return evaluation


@pytest.fixture
def labelled() -> LabelledPictures:
    return LabelledPictures.of((n, f"label {n % LABELS}") for n in range(LABELS * EACH))


def model(labelled: LabelledPictures, name: str, share: float, seed: int) -> ModelVectors:
    """One whose vectors have so much to do with the labels, from 0 (nothing) to 1."""
    random = np.random.default_rng(seed)
    centres = unit_vectors(random, len(labelled.names), SIZE)
    noise = unit_vectors(random, len(labelled), SIZE)
    vectors = share * centres[labelled.labels] + (1 - share) * noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    similarity = UnitVectorSimilarity(Metric.EUCLIDEAN, SIZE)
    return ModelVectors(name, similarity, vectors.astype(np.float32))


def test_a_query_is_never_its_own_answer(labelled: LabelledPictures) -> None:
    found = finished(evaluate(labelled, [model(labelled, "a", 0.5, 1)], {}))
    assert found.queries.tolist() == list(range(len(labelled)))
    first = found.models["a"].first
    assert first.shape == (len(labelled), 10)
    assert not (first == found.queries[:, np.newaxis]).any()


def test_a_model_that_knows_the_labels_finds_all(labelled: LabelledPictures) -> None:
    models = [model(labelled, "good", 1.0, 1), model(labelled, "blind", 0.0, 2)]
    found = finished(evaluate(labelled, models, {"combined": {"good": 1.0, "blind": 1.0}}))
    assert found.models["good"].metrics.means()["map"] == pytest.approx(1.0)
    assert found.models["blind"].metrics.means()["map"] < 0.4
    of_models, of_combinations, best = summarise_labels(found)
    assert best == "good"
    assert of_models["good"].difference is None
    difference = of_models["blind"].difference
    assert difference is not None
    assert (difference.other, difference.verdict) == ("good", "worse")
    assert 0.4 < of_combinations["combined"].means["map"] <= 1.0


def test_the_only_picture_of_a_label_is_an_answer_only(labelled: LabelledPictures) -> None:
    alone = LabelledPictures.of([*enumerate(["a", "a", "b", "b", "c"])])
    vectors = unit_vectors(np.random.default_rng(1), 5, SIZE)
    similarity = UnitVectorSimilarity(Metric.EUCLIDEAN, SIZE)
    found = finished(evaluate(alone, [ModelVectors("m", similarity, vectors)], {}))
    assert found.queries.tolist() == [0, 1, 2, 3]
    assert 4 in found.models["m"].first


def test_blocks_change_nothing(labelled: LabelledPictures, monkeypatch: pytest.MonkeyPatch) -> None:
    models = [model(labelled, "a", 0.5, 1), model(labelled, "b", 0.4, 2)]
    weights = {"both": {"a": 1.0, "b": 2.0}}
    whole = finished(evaluate(labelled, models, weights))
    monkeypatch.setattr("finder.core.evaluation.evaluation._BLOCK", 7 * len(labelled))
    parts = finished(evaluate(labelled, models, weights))
    for name in ("a", "b"):
        assert np.array_equal(whole.models[name].first, parts.models[name].first)
    assert np.array_equal(whole.combinations["both"].first, parts.combinations["both"].first)


def test_a_weight_of_zero_leaves_a_model_out(labelled: LabelledPictures) -> None:
    models = [model(labelled, "a", 0.5, 1), model(labelled, "b", 0.4, 2)]
    weights = {"only a": {"a": 2.0, "b": 0.0}, "a alone": {"a": 1.0}}
    found = finished(evaluate(labelled, models, weights)).combinations
    assert np.array_equal(found["only a"].first, found["a alone"].first)


def test_bits_that_differ_equally_are_a_tie() -> None:
    """Hashes of 9 bits, whose products are no round numbers in binary: ties in their order."""
    hashes = np.where(np.random.default_rng(4).random((40, 9)) < 0.5, 1, -1)
    labelled = LabelledPictures.of((n, "ab"[n % 2]) for n in range(40))
    vectors = (hashes / 3.0).astype(np.float32)
    similarity = UnitVectorSimilarity(Metric.HAMMING, 9)
    found = finished(evaluate(labelled, [ModelVectors("hash", similarity, vectors)], {}))
    bits = (hashes[:, np.newaxis] != hashes).sum(axis=2)
    np.fill_diagonal(bits, 99)
    expected = np.argsort(bits, axis=1, kind="stable")[:, :10]
    assert np.array_equal(found.models["hash"].first, expected)


@pytest.mark.parametrize("models", range(2, 9))
def test_the_grid_of_weights(models: int) -> None:
    grid = weight_grid(models)
    assert grid[0] == (1.0,) * models
    assert len(set(grid)) == len(grid) <= 41
    assert all(sum(weights) == pytest.approx(models) and min(weights) >= 0 for weights in grid)
    singles = [weights for weights in grid if weights.count(0.0) == models - 1]
    assert len(singles) == models


def test_weights_that_help_are_found_and_judged_by_other_labels() -> None:
    labelled = LabelledPictures.of((n, f"label {n % 30}") for n in range(240))
    models = [model(labelled, "good", 0.5, 1), model(labelled, "blind", 0.0, 2)]
    run = choose_weights(labelled, models)
    while True:
        try:
            next(run)
        except StopIteration as stop:
            choice = stop.value
            break
    assert choice.helps
    assert choice.mean_precision > choice.equal_precision + 0.05
    assert choice.weights["good"] > 1.5 > 0.5 > choice.weights["blind"]


def test_weights_that_do_not_surely_help_stay_equal(labelled: LabelledPictures) -> None:
    """Two models that are equally blind: whatever the weights, chance decides."""
    models = [model(labelled, "a", 0.0, 1), model(labelled, "b", 0.0, 2)]
    run = choose_weights(labelled, models)
    while True:
        try:
            next(run)
        except StopIteration as stop:
            choice = stop.value
            break
    assert not choice.helps
    assert set(choice.weights.values()) == {1.0}
