"""A measurement as JSON and as the rows of a CSV file. Names and numbers do not depend on the
language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from finder.core.evaluation.combination_weights import WeightChoice
    from finder.core.evaluation.copy_measurement import CopyMeasurement
    from finder.core.evaluation.measurement import MeasuredRankings, Measurement, RankingSummary

_ALL = ""
"""In the column of labels: all of them."""


def as_json(measurement: Measurement) -> dict[str, Any]:
    """For `json.dumps`. `combined` is null where a single model was measured."""
    return {
        "pictures": len(measurement.evaluation.labelled),
        "labels": len(measurement.evaluation.labelled.names),
        "queries": len(measurement.evaluation.queries),
        "left_out": asdict(measurement.left_out),
        **_rankings(measurement, "labels"),
        "weights": _weights(measurement.weights),
    }


def copies_as_json(measurement: CopyMeasurement) -> dict[str, Any]:
    """As `as_json`, with alterations in place of labels."""
    return {
        "pictures": measurement.pictures,
        "copies": measurement.copies,
        "left_out": asdict(measurement.left_out),
        **_rankings(measurement, "alterations"),
    }


def _rankings(measurement: MeasuredRankings, kinds: str) -> dict[str, Any]:
    """kinds: what the figures of each kind are called."""
    from finder.core.evaluation.measurement import COMBINED

    combinations = {
        name: _summary(summary, kinds) for name, summary in measurement.combinations.items()
    }
    return {
        "best_model": measurement.best_model,
        "models": {
            name: _summary(summary, kinds) | asdict(measurement.costs[name])
            for name, summary in measurement.models.items()
        },
        "combined": combinations.pop(COMBINED, None),
        "combinations": combinations,
    }


def _weights(choice: WeightChoice | None) -> dict[str, Any] | None:
    """`map` and `equal_map` are those of labels that did not choose the weights."""
    if choice is None:
        return None
    return {
        "models": dict(choice.weights),
        "map": choice.mean_precision,
        "equal_map": choice.equal_precision,
        "gain": [choice.gain.low, choice.gain.high],
        "helps": choice.helps,
    }


def _summary(summary: RankingSummary, kinds: str) -> dict[str, Any]:
    difference = summary.difference
    return {
        **summary.means,
        "interval": [summary.interval.low, summary.interval.high],
        "difference": None
        if difference is None
        else {
            "to": difference.other,
            "map": difference.value,
            "interval": [difference.interval.low, difference.interval.high],
            "verdict": str(difference.verdict),
        },
        kinds: dict(summary.per_label),
    }


def csv_rows(measurement: MeasuredRankings) -> Iterator[list[str]]:
    """A row for each ranking and label, after the head; an empty label stands for all of them."""
    means = next(iter(measurement.models.values())).means
    yield ["ranking", "label", *means, "interval_low", "interval_high"]
    for ranking in measurement.rankings:
        summary = ranking.summary
        numbers = [*summary.means.values(), summary.interval.low, summary.interval.high]
        yield [ranking.name, _ALL, *map(repr, numbers)]
        for label, precision in summary.per_label.items():
            yield [ranking.name, label, repr(precision), *[""] * (len(numbers) - 1)]
