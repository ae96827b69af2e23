"""The words of a measurement, for the command line, the window and the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from finder.core.evaluation.alteration_names import alteration_title
from finder.core.evaluation.bootstrap import Verdict
from finder.core.i18n import mark, tr, trn

if TYPE_CHECKING:
    from finder.core.evaluation.combination_weights import WeightChoice
    from finder.core.evaluation.copy_measurement import CopiesLeftOut, CopyMeasurement
    from finder.core.evaluation.measurement import (
        LeftOut,
        MeasuredRankings,
        Measurement,
        RankingSummary,
    )

FIGURES: Final = {
    "map": "mAP",
    "r1": "R@1",
    "r5": "R@5",
    "r10": "R@10",
    "p10": "P@10",
    "ndcg10": "nDCG@10",
}
"""The figures that tables show."""
_NOT_OF_COPIES: Final = "p10"
"""A copy has one original only."""
MEANING: Final = mark(
    "mAP: mean average precision, 1 if all pictures with the same label come first; 95 %: where it "
    "lies with this certainty. R@k: the share of searches with a right answer among the first k. "
    "P@10: how many of the first ten are right. nDCG@10: the same, where earlier ones count more."
)
_MEANING_OF_COPIES: Final = mark(
    "mAP: mean average precision, here the mean of 1 ÷ the rank of the original: 1 if each "
    "original comes first; 95 %: where it lies with this certainty. R@k: the share of copies whose "
    "original is among the first k. nDCG@10: as R@10, where earlier places count more."
)
_VERDICTS: Final = {
    Verdict.BETTER: mark("surely better than {model}"),
    Verdict.WORSE: mark("surely worse than {model}"),
    Verdict.UNCLEAR: mark("no difference to {model} that these pictures can show"),
}


def figures_shown(measurement: MeasuredRankings) -> Mapping[str, str]:
    """The titles of the figures that its tables show, by their short names."""
    if not measurement.of_copies:
        return FIGURES
    return {key: title for key, title in FIGURES.items() if key != _NOT_OF_COPIES}


def meaning(measurement: MeasuredRankings) -> str:
    """What these figures say."""
    return tr(_MEANING_OF_COPIES if measurement.of_copies else MEANING)


def kind_title(measurement: MeasuredRankings, name: str) -> str:
    """Of a label, or of an alteration."""
    return alteration_title(name) if measurement.of_copies else name


def amounts(measurement: Measurement) -> Sequence[str]:
    """How much was measured."""
    evaluation = measurement.evaluation
    return (
        trn("{n} picture", "{n} pictures", len(evaluation.labelled)),
        trn("{n} label", "{n} labels", len(evaluation.labelled.names)),
        trn("{n} search", "{n} searches", len(evaluation.queries)),
    )


def copy_amounts(measurement: CopyMeasurement) -> str:
    """How much was measured."""
    copies = trn("{n} altered copy", "{n} altered copies", measurement.copies)
    return f"{copies} {trn('among {n} picture', 'among {n} pictures', measurement.pictures)}"


def verdict(measurement: MeasuredRankings, summary: RankingSummary) -> str:
    """How a ranking compares with the best single model."""
    difference = summary.difference
    if difference is None:
        return tr("the best single model")
    words = tr(_VERDICTS[difference.verdict]).format(model=measurement.titles[difference.other])
    return f"{difference.value:+.3f} mAP: {words}"


def weight_words(choice: WeightChoice, titles: Mapping[str, str]) -> str:
    """Whether other weights of the models find better. titles: of the models, by name."""
    if not choice.helps:
        return tr("No weights of the models surely find better than equal ones.")
    weights = ", ".join(
        f"{titles[name]} × {weight:.2g}" for name, weight in choice.weights.items() if weight
    )
    if not all(choice.weights.values()):
        weights = tr("{weights}, the others × 0").format(weights=weights)
    return tr(
        "Better weights: {weights}; mAP {weighted:.3f} instead of {equal:.3f}, on labels that did "
        "not choose them."
    ).format(weights=weights, weighted=choice.mean_precision, equal=choice.equal_precision)


def left_out_sentences(left_out: LeftOut) -> Iterator[str]:
    """Why pictures were not measured."""
    if left_out.missing:
        yield trn(
            "{n} labelled file is left out: it is not in the library, or was skipped.",
            "{n} labelled files are left out: they are not in the library, or were skipped.",
            left_out.missing,
        )
    if left_out.ambiguous:
        yield trn(
            "{n} picture is left out: copies of it have different labels.",
            "{n} pictures are left out: copies of them have different labels.",
            left_out.ambiguous,
        )
    if left_out.not_embedded:
        yield trn(
            "{n} picture is left out: one of the models has no vector of it.",
            "{n} pictures are left out: one of the models has no vector of them.",
            left_out.not_embedded,
        )
    if left_out.single:
        yield trn(
            "{n} picture is the only one with its label: it is not searched for.",
            "{n} pictures are the only ones with their labels: they are not searched for.",
            left_out.single,
        )


def copies_left_out(left_out: CopiesLeftOut) -> Iterator[str]:
    """Why copies were not searched for."""
    if left_out.others:
        yield trn(
            "{n} file is left out: it is no copy of these pictures, or cannot be used.",
            "{n} files are left out: they are no copies of these pictures, or cannot be used.",
            left_out.others,
        )
    if left_out.ambiguous:
        yield trn(
            "{n} copy is left out: several pictures have the name of its original.",
            "{n} copies are left out: several pictures have the name of their original.",
            left_out.ambiguous,
        )
    if left_out.not_embedded:
        yield trn(
            "{n} copy is left out: one of the models has no vector of its original.",
            "{n} copies are left out: one of the models has no vector of their original.",
            left_out.not_embedded,
        )
