"""What is shown of an answer beside its matches: agreement, dots, times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from finder.core.i18n import tr, trn
from finder.core.search.agreement import COMBINED, Agreement, agreements, disputed, tops
from finder.core.search.distance import Metric
from finder.gui.common.formatting import metric_title
from finder.gui.grid.card import Dot
from finder.gui.results.match_model import CardContext
from finder.gui.results.names.found_words import NAMES, as_matches, number_words
from finder.gui.results.part_words import parts_of

if TYPE_CHECKING:
    from finder.core.library.words.name_match import NameMatch
    from finder.core.models.spec import ModelSpec
    from finder.core.search.matches import Match, Result


@dataclass(frozen=True)
class ColumnFacts:
    """metric: of the numbers, None: the combined ranking. line: under the title, short_line: in a
    narrow column; tip: more about it. found: of the column of names, what has the words, by content
    id."""

    matches: Sequence[Match]
    metric: Metric | None
    line: str
    short_line: str
    tip: str
    found: Mapping[int, NameMatch] = field(default_factory=dict)


class AnswerFacts:
    """Of one result. colours: of the models, by name. names: what has the query's words in its
    names and texts; None without words. most: how many were asked for. disputed: the pictures
    that models disagree on (content ids)."""

    def __init__(
        self,
        result: Result,
        specs: Sequence[ModelSpec],
        colours: Mapping[str, str],
        names: Sequence[NameMatch] | None = None,
        most: int = 0,
    ) -> None:
        self.result = result
        self.specs = specs
        self.colours = colours
        self.names, self._most = names, most
        self.agreements: dict[tuple[str, str], Agreement] = agreements(result)
        self.disputed = frozenset(disputed(result))
        self._dots = self._make_dots() if len(specs) > 1 else {}

    def of_result(self, result: Result) -> AnswerFacts:
        """Of the same answer, its best matches in another order."""
        return AnswerFacts(result, self.specs, self.colours, self.names, self._most)

    @property
    def order_words(self) -> str:
        """Why the best matches need not be in the order of their numbers; empty if they are."""
        return tr("looked twice") if self.result.looked_twice else ""

    def of_column(self, key: str) -> ColumnFacts:
        if key == NAMES:
            return self._of_names(self.names or ())
        if key == COMBINED:
            words = tr("combined, weighted") if self.result.weights else tr("combined")
            order = self.order_words
            line = f"{words} · {order}" if order else words
            return ColumnFacts(
                self.result.combined, None, line, order or words, self._combined_tip()
            )
        metric = self.result.metrics[key]
        line, short = metric_title(metric), short_metric(metric)
        agreement = self.agreements.get((COMBINED, key))
        if agreement is not None and len(self.specs) > 1:
            short = tr("agrees {shared} of {top}").format(
                shared=agreement.shared, top=agreement.top
            )
            line = f"{short} · {short_metric(metric)}"
        return ColumnFacts(self.result.models[key], metric, line, short, self._tip(key, metric))

    def _of_names(self, names: Sequence[NameMatch]) -> ColumnFacts:
        line = number_words(len(names), self._most)
        tip = tr("Pictures with these words in their name, folder, label, caption, or in a text")
        found = {name.picture.id: name for name in names}
        return ColumnFacts(as_matches(names), None, line, line, tip, found)

    def card_context(self, words: bool) -> CardContext:
        """words: whether there is room for them."""
        result = self.result
        return CardContext(
            result.query.own,
            self._dots,
            words,
            result.same,
            parts_of(result),
            bool(result.query.words),
        )

    def _make_dots(self) -> dict[int, tuple[Dot, ...]]:
        return {
            picture: tuple(
                Dot(self.colours.get(spec.name, ""), spec.name in models) for spec in self.specs
            )
            for picture, models in tops(self.result).items()
        }

    def _tip(self, key: str, metric: Metric) -> str:
        agreement = self.agreements.get((COMBINED, key))
        lines = [tr("Numbers: {metric}").format(metric=metric_title(metric))]
        if agreement is not None and len(self.specs) > 1:
            lines.append(
                tr(
                    "{shared} of its first {top} are among the first {top} of the best matches "
                    "(rank-biased overlap {rbo:.2f})."
                ).format(shared=agreement.shared, top=agreement.top, rbo=agreement.rank_biased)
            )
        if len(self.specs) == 1:
            lines += self._order()
        lines.append(_took(self.result.seconds[key]))
        return "\n".join(lines)

    def _combined_tip(self) -> str:
        seconds = self.result.combined_seconds + sum(self.result.seconds.values())
        ranked = trn(
            "All models together; it ranks the {n} picture that all of them have indexed.",
            "All models together; it ranks the {n} pictures that all of them have indexed.",
            self.result.combined_over,
        )
        return "\n".join([ranked, *self._weights(), *self._order(), _took(seconds)])

    def _order(self) -> Iterator[str]:
        """A line on the proofs and one on the second look, if they have changed the order."""
        if self.result.same:
            yield tr("Pictures that are proven to be the query's come before all others.")
        if self.result.looked_twice:
            yield tr(
                "Looked at twice: pictures whose own neighbours are also near the query come first."
            )

    def _weights(self) -> Iterator[str]:
        """A line on the library's weights, if it has any."""
        weights = self.result.weights
        if weights:
            each = ", ".join(
                f"{spec.title} × {weights[spec.name]:.2g}"
                for spec in self.specs
                if spec.name in weights
            )
            yield tr("Weights of this library: {weights}").format(weights=each)


def short_metric(metric: Metric) -> str:
    """A word for a narrow header."""
    return {
        Metric.EUCLIDEAN: tr("Euclidean"),
        Metric.COSINE: tr("Cosine"),
        Metric.IP: tr("Product"),
        Metric.L1: tr("L1"),
        Metric.HAMMING: tr("bits"),
    }[metric]


def _took(seconds: float) -> str:
    return tr("Search time: {ms:.1f} ms").format(ms=seconds * 1_000)
