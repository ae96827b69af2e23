from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import bootstrap

from finder.core.evaluation.bootstrap import Interval, LabelBootstrap, Verdict


def test_with_one_query_a_label_it_is_the_usual_bootstrap() -> None:
    """scipy's percentile interval of a mean; both draw at random, so they differ a little."""
    values = np.random.default_rng(3).random(60)
    found = LabelBootstrap(np.arange(60)).intervals({"values": values})["values"]
    expected = bootstrap(
        (values,), np.mean, n_resamples=10_000, method="percentile", rng=np.random.default_rng(5)
    ).confidence_interval
    width = expected.high - expected.low
    assert found.low == pytest.approx(expected.low, abs=0.05 * width)
    assert found.high == pytest.approx(expected.high, abs=0.05 * width)


def test_whole_labels_are_drawn() -> None:
    """Queries of a label that are all alike say no more than one of them."""
    values = np.array([0.2, 0.4, 0.6, 0.8])
    once = LabelBootstrap(np.arange(4)).intervals({"values": values})["values"]
    often = LabelBootstrap(np.repeat(np.arange(4), 50)).intervals(
        {"values": np.repeat(values, 50)}
    )["values"]
    assert often.low == pytest.approx(once.low)
    assert often.high == pytest.approx(once.high)


def test_it_is_the_same_each_time_and_for_each_value() -> None:
    labels = np.random.default_rng(1).integers(0, 9, 200)
    values = np.random.default_rng(2).random(200)
    first = LabelBootstrap(labels).intervals({"one": values, "two": values})
    again = LabelBootstrap(labels).intervals({"one": values})
    assert first["two"] == first["one"], "the same labels are drawn for both"
    assert again["one"].low == pytest.approx(first["one"].low, abs=1e-12)
    assert again["one"].high == pytest.approx(first["one"].high, abs=1e-12)


def test_labels_need_not_be_numbered_from_zero() -> None:
    values = np.array([0.1, 0.2, 0.3, 0.9])
    found = LabelBootstrap(np.array([7, 7, 90, 90])).intervals({"values": values})["values"]
    assert found.low == pytest.approx(0.15)
    assert found.high == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [
        (Interval(0.01, 0.1), Verdict.BETTER),
        (Interval(-0.1, -0.01), Verdict.WORSE),
        (Interval(-0.1, 0.01), Verdict.UNCLEAR),
        (Interval(0.0, 0.0), Verdict.UNCLEAR),
    ],
)
def test_a_difference_is_sure_where_its_interval_has_no_zero(
    interval: Interval, verdict: Verdict
) -> None:
    assert Verdict.of(interval) is verdict
