"""The whole answer at a million pictures, beside numpy's product over the same bytes.

    python -m benchmarks.whole_answer [--short] [--runs N]

At 1,000,000 × 1,280 it takes about 6 GB of disk for a temporary library, as much memory for the
system to keep its matrix, and 5 minutes, most of them to fill the catalogue (`--short`: 100,000
pictures, half a minute). The library is made without its vector database, which no search opens;
the pictures' files are not there, so that looking for them costs less than opening them would.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.common import Options, options, ratio, section, table, verdict
from benchmarks.searching.asking import Ask, Vectors, medians_in_turn, milliseconds
from benchmarks.searching.made_up_library import filter_cases
from benchmarks.searching.sample import Sample, exact_top

_DIMENSION = 1_280
_MILLION = 1_000_000
_PROMISED = "one model"
_TARGET = 1.2
"""At a million pictures, with one model; nothing is promised about the others."""
_EXPLANATION = """\
Milliseconds for one query, medians, taken in turn over the same memory-mapped matrix. *Product* is
numpy's `matrix @ query` alone. *The whole answer* is what the window and the command line ask for:
the query's vector goes in; out come the 20 nearest with their exact distances, their records and
places from the catalogue, the ranks of all that is listed, and the combined ranking. Content ids
lie all over 63 bits, as those of real files do."""


def main() -> None:
    args = options(__doc__)
    sizes = [100_000] if args.short else [100_000, _MILLION]
    rows = []
    for pictures in sizes:
        with TemporaryDirectory() as folder:
            rows += measured(Sample(Path(folder), pictures, _DIMENSION), args)
    head = ["pictures × numbers", "asked for", "product", "the whole answer", "÷ product"]
    head.append("equal to brute force")
    section("The whole answer", "whole_answer", _EXPLANATION, table(head, rows))


def measured(sample: Sample, args: Options) -> list[list[str]]:
    """A row for an answer without a filter and for one within a folder."""
    case = filter_cases(len(sample.matrix))[0]
    within = exact_top(sample.matrix, sample.queries, case.rows)
    with sample.searcher() as searcher:
        everywhere, inside = sample.whole(searcher), sample.whole(searcher, filter=case.filter)
        return [
            _row(sample, args, _PROMISED, everywhere, sample.truth),
            _row(sample, args, f"the same within {case.name}", inside, within),
        ]


def _row(
    sample: Sample, args: Options, name: str, ask: Ask, truth: Sequence[Sequence[int]]
) -> list[str]:
    asks = {"product": _product(sample), "whole": ask}
    times = medians_in_turn(args, asks, sample.queries)
    share = ratio(times["whole"], times["product"])
    is_promised = name == _PROMISED and len(sample.matrix) == _MILLION
    equal = sum(ask(query) == rows for query, rows in zip(sample.queries, truth, strict=True))
    return [
        sample.title,
        name,
        milliseconds(times["product"]),
        milliseconds(times["whole"]),
        verdict(share, _TARGET) if is_promised else f"{share:.2f}",
        f"{equal} of {len(truth)}",
    ]


def _product(sample: Sample) -> Ask:
    """numpy's product, of which nothing is used."""
    matrix = sample.matrix

    def ask(query: Vectors) -> list[int]:
        matrix @ query
        return []

    return ask


if __name__ == "__main__":
    main()
