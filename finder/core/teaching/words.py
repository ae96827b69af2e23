"""The words of a lesson, for the command line and the window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from finder.core.evaluation.bootstrap import Verdict
from finder.core.evaluation.measurement_words import left_out_sentences
from finder.core.i18n import mark, tr, trn
from finder.core.teaching.heads import Method

if TYPE_CHECKING:
    from finder.core.evaluation.measurement import LeftOut
    from finder.core.teaching.report import GroupReport

HELD_OUT_PICTURES: Final = mark("New pictures of taught labels")
LABELS_NOT_TAUGHT: Final = mark("Labels that were not taught")
NO_LABEL_LEFT_OUT: Final = mark("Not measured: at least four labels are needed to leave some out.")

_METHODS = {
    Method.DISCRIMINANT: mark("linear discriminant, vectors of {n} numbers"),
    Method.SOFTMAX: mark("softmax head, vectors of {n} numbers"),
}
_VERDICTS = {
    Verdict.BETTER: mark("surely better than {model}"),
    Verdict.WORSE: mark("surely worse than {model}"),
    Verdict.UNCLEAR: mark("no difference to {model} that these pictures can show"),
}


def head_words(method: Method, dimension: int) -> str:
    """How a model was taught. dimension: of its vectors."""
    return tr(_METHODS[method]).format(n=dimension)


def gain_words(group: GroupReport, titles: Mapping[str, str] | None = None) -> str:
    """How the taught model compares with the best base. titles: of the bases, by name; without,
    they are called by their names."""
    gain = group.gain
    model = (titles or {}).get(gain.other, gain.other)
    words = tr(_VERDICTS[gain.verdict]).format(model=model)
    return trn(
        "{gain:+.3f} [{low:+.3f}, {high:+.3f}] in {n} search: {words}",
        "{gain:+.3f} [{low:+.3f}, {high:+.3f}] in {n} searches: {words}",
        group.searches,
        gain=gain.value,
        low=gain.interval.low,
        high=gain.interval.high,
        words=words,
    )


def taught_words(labels: int, pictures: int, method: Method, dimension: int) -> str:
    """What was taught, and how."""
    return tr("{labels}, {pictures}: {head}").format(
        labels=trn("{n} label", "{n} labels", labels),
        pictures=trn("{n} picture", "{n} pictures", pictures),
        head=head_words(method, dimension),
    )


def not_taught_sentences(left_out: LeftOut, few: int) -> Iterator[str]:
    """Why pictures were not taught. few: of how many the label has too few."""
    yield from left_out_sentences(left_out)
    if few:
        yield trn(
            "{n} picture is left out: its label has too few.",
            "{n} pictures are left out: their labels have too few.",
            few,
        )


def stored_words(name: str, stored: int) -> str:
    """How many pictures have a vector of the new model."""
    return trn(
        "{name} has vectors of {n} picture.",
        "{name} has vectors of {n} pictures.",
        stored,
        name=name,
    )
