"""The words of a lesson, for the command line and the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finder.core.evaluation.bootstrap import Verdict
from finder.core.i18n import mark, tr, trn
from finder.core.teaching.heads import Method

if TYPE_CHECKING:
    from finder.core.teaching.report import GroupReport

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


def gain_words(group: GroupReport) -> str:
    """How the taught model compares with the best base."""
    gain = group.gain
    words = tr(_VERDICTS[gain.verdict]).format(model=gain.other)
    return trn(
        "{gain:+.3f} [{low:+.3f}, {high:+.3f}] in {n} search: {words}",
        "{gain:+.3f} [{low:+.3f}, {high:+.3f}] in {n} searches: {words}",
        group.searches,
        gain=gain.value,
        low=gain.interval.low,
        high=gain.interval.high,
        words=words,
    )
