"""The description of a taught model, with a card of how it was made in model.toml."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from finder.core.models.descriptions import TAUGHT
from finder.core.teaching.taught_graph import INPUT, OUTPUT

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.core.teaching.choice import HeadChoice
    from finder.core.teaching.projection import Projection
    from finder.core.teaching.report import GroupReport, Lesson, TeachingReport

CARD = "taught"
"""The card's table in model.toml."""


def taught_spec(
    bases: Sequence[ModelSpec],
    lesson: Lesson,
    choice: HeadChoice,
    report: TeachingReport,
    projection: Projection,
) -> ModelSpec:
    """Its file and hash are those of the first base, until the new ones are written."""
    titles = " + ".join(spec.title for spec in bases)
    labelled = lesson.labelled
    return replace(
        bases[0],
        name=lesson.name,
        version="1",
        title=lesson.name,
        description=TAUGHT.format(title=titles, labels=len(labelled.names), pictures=len(labelled)),
        dimension=projection.dimension,
        licence=" AND ".join(dict.fromkeys(spec.licence for spec in bases)),
        source="; ".join(dict.fromkeys(spec.source for spec in bases)),
        input=replace(bases[0].input, name=INPUT),
        output=OUTPUT,
        text=None,  # its words are in the space of the first base
        extra={CARD: _card(bases, lesson, choice, report)},
    )


def _card(
    bases: Sequence[ModelSpec], lesson: Lesson, choice: HeadChoice, report: TeachingReport
) -> dict[str, Any]:
    labelled, head = lesson.labelled, choice.chosen.head
    sizes = labelled.sizes().tolist()
    card: dict[str, Any] = {
        "bases": [{"name": spec.name, "sha256": spec.sha256} for spec in bases],
        "labels": dict(zip(labelled.names, sizes, strict=True)),
        "pictures": len(labelled),
        "method": head.method.value,
        "regularisation": head.regularisation,
        "seed": lesson.seed,
        "split": "figures: taught the same way without the pictures that judge; the model: all",
        "held_out_pictures": _group(report.pictures),
    }
    if report.labels is not None:
        card["labels_not_taught"] = _group(report.labels)
    return card


def _group(group: GroupReport) -> dict[str, Any]:
    gain = group.gain
    return {
        "searches": group.searches,
        "labels": group.labels,
        "map": {name: round(model.means["map"], 4) for name, model in group.models.items()},
        "best_base": gain.other,
        "gain": round(gain.value, 4),
        "gain_95": [round(gain.interval.low, 4), round(gain.interval.high, 4)],
        "verdict": gain.verdict.value,
    }
