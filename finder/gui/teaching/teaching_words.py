"""What came out of teaching a model, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.evaluation.bootstrap import Verdict
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.teaching.report import TeachingReport


@dataclass(frozen=True)
class Outcome:
    """verdict: on new pictures of the taught labels; more: on labels that were not taught."""

    verdict: Verdict
    title: str
    more: str


def outcome(report: TeachingReport, titles: Mapping[str, str]) -> Outcome:
    """titles: of the bases, by name."""
    gain = report.pictures.gain
    sentences = {
        Verdict.BETTER: tr("It finds new pictures of your labels surely better than {model}."),
        Verdict.UNCLEAR: tr("These pictures show no sure gain over {model}."),
        Verdict.WORSE: tr("It finds new pictures of your labels surely worse than {model}."),
    }
    title = sentences[gain.verdict].format(model=titles.get(gain.other, gain.other))
    ways = {
        Verdict.UNCLEAR: tr("With more labels, or more pictures of each, a gain could be shown."),
        Verdict.WORSE: tr("Do not use it: teach again with more pictures, or from another model."),
    }
    parts = (ways.get(gain.verdict, ""), _of_other_labels(report))
    return Outcome(gain.verdict, title, " ".join(filter(None, parts)))


def _of_other_labels(report: TeachingReport) -> str:
    if report.labels is None:
        return tr(
            "What happens to labels that were not taught was not measured: that needs at least "
            "four labels."
        )
    return {
        Verdict.BETTER: tr("Labels that were not taught are found surely better, too."),
        Verdict.UNCLEAR: tr("Whether it harms labels that were not taught is not sure."),
        Verdict.WORSE: tr(
            "Labels that were not taught are found surely worse: use it for these labels only."
        ),
    }[report.labels.gain.verdict]
