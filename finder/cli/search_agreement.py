"""How far the models of a search agree, as a table for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from finder.cli.output.text_width import cut_end
from finder.cli.query_lines import query_line
from finder.core.i18n import tr
from finder.core.search.agreement import COMBINED, agreements

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.core.search.matches import Result


def agreement_lines(result: Result, specs: Sequence[ModelSpec], width: int) -> Iterator[str]:
    """A line for each two rankings: what they share, and how alike they are."""
    titles = {COMBINED: tr("Combined")} | {spec.name: spec.title for spec in specs}
    found = agreements(result) if len(specs) > 1 else {}
    if not found:
        yield tr("Fewer than two models have answered.")
        return
    yield query_line(result.query)
    legend = tr(
        "How many of their first matches two rankings share, and how alike they are, from 0 to 1 "
        "(rank-biased overlap, in which the first ranks count most)."
    )
    yield from wrap(legend, width)
    yield ""
    for (one, other), agreement in found.items():
        numbers = tr("{shared:>2} of {top}   {overlap:.2f}").format(
            shared=agreement.shared, top=agreement.top, overlap=agreement.rank_biased
        )
        pair = tr("{one} and {other}").format(one=titles[one], other=titles[other])
        yield cut_end(f"{numbers}   {pair}", width)
