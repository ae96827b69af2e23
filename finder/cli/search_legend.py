"""What the numbers beside the matches of a search mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finder.core.i18n import mark, tr
from finder.core.search.distance import Metric

if TYPE_CHECKING:
    from finder.core.search.matches import Result

_DISTANCES = {
    Metric.EUCLIDEAN: mark("Euclidean"),
    Metric.L1: mark("L1"),
    Metric.HAMMING: mark("Hamming"),
}
_SIMILARITIES = {
    Metric.COSINE: mark("Cosine similarity: 1 is the same picture."),
    Metric.IP: mark("Inner product: 1 is the same picture."),
}
_WORD_SIMILARITIES = {
    Metric.COSINE: mark("Cosine similarity: larger is nearer."),
    Metric.IP: mark("Inner product: larger is nearer."),
}


def legend(result: Result) -> str:
    """A sentence for each kind of number."""
    has_words = bool(result.query.words)
    similarities = _WORD_SIMILARITIES if has_words else _SIMILARITIES
    metrics = list(dict.fromkeys(result.metrics.values()))
    sentences = [tr(similarities[metric]) for metric in metrics if metric in similarities]
    distances = [tr(_DISTANCES[metric]) for metric in metrics if metric in _DISTANCES]
    if distances:
        same = tr("{names} distance: 0 is the same picture.")
        text = tr("{names} distance: smaller is nearer.") if has_words else same
        sentences.append(text.format(names=", ".join(distances)))
    if len(result.models) > 1:
        sentences.append(combined_legend(result))
    elif result.looked_twice:
        sentences.append(tr("In the order of a second look."))
    return " ".join(sentences)


def combined_legend(result: Result) -> str:
    weights = ", ".join(f"{name} {weight:.2g}" for name, weight in result.weights.items())
    if result.query.words:
        plain = tr("Combined: how far a picture stands out, up to 100.")
        weighted = tr(
            "Combined, with weights ({weights}): how far a picture stands out, up to 100."
        )
    else:
        plain = tr("Combined: 100 is the same picture.")
        weighted = tr("Combined, with weights ({weights}): 100 is the same picture.")
    return weighted.format(weights=weights) if weights else plain
