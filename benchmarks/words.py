"""Words: what an answer to words takes beyond the text tower, alone and together with a picture.

    python -m benchmarks.words [--short] [--runs N]

At 100,000 pictures and two models with 768 numbers it takes 0.7 GB of disk for a temporary library,
and half a minute. The vectors are made up: neither towers nor picture files are needed.
`python -m benchmarks.word_search` has the words in names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.common import Options, median, options, section, table, verdict
from benchmarks.searching.asking import Ask, Vectors, medians_in_turn, milliseconds
from benchmarks.searching.made_up_library import filter_cases, row_of
from benchmarks.searching.sample import TOP, Sample
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.models.spec import ModelSpec, TextSpec
from finder.core.search.distance import Metric
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.query.query_words import QueryWords
from finder.core.search.searcher import Searcher

_PICTURES, _DIMENSION, _MODELS = 100_000, 768, 2
_LIMIT = 40.0
"""Milliseconds for words alone."""
_TEXT = TextSpec(
    Path("none"), "", Path("none"), "", 64, "ids", "embedding", scale=112.7, bias=-16.8
)
_EXPLANATION = """\
Milliseconds for one query, medians, taken in turn over the same library: the vector of the words
goes in, as the text tower would give it; out come the 20 nearest of each model, the combined
ranking, closeness and probabilities, and the matches' records and places. *Product* is numpy's
`matrix @ query` with one model's matrix. With a picture, each model is asked three things: all of
it, the pictures, the words; while the words change, as they do when they are typed, the products
of the pictures are kept. Names, folders and captions are looked up beside it, and not in here."""


def main() -> None:
    args = options(__doc__)
    with TemporaryDirectory() as folder:
        sample = Sample(Path(folder), _PICTURES, _DIMENSION, _MODELS)
        rows = measured(sample, args)
    head = ["pictures × numbers", "asked for", "ms"]
    section("Words", "words", _EXPLANATION, table(head, rows))


def measured(sample: Sample, args: Options) -> list[list[str]]:
    """A row for each kind of query."""
    specs = [replace(spec, text=_TEXT) for spec in sample.specs]
    within = filter_cases(len(sample.matrix))[0]
    with sample.searcher() as searcher:
        asks: dict[str, Ask] = {
            "product": lambda query: np.argpartition(sample.matrix @ query, -TOP)[-TOP:].tolist(),
            "words, one model": _asking(searcher, specs[:1], _words),
            "words, two models": _asking(searcher, specs, _words),
            f"the same within {within.name}": _asking(searcher, specs, _words, within.filter),
            "words with a new picture, two models": _asking(searcher, specs, _with_new_picture),
            "other words with the same picture": _asking(searcher, specs, _with_same_picture),
        }
        times = medians_in_turn(args, asks, sample.queries)
    return [
        [
            sample.title,
            name,
            verdict(round(median(taken), 1), _LIMIT)
            if name.startswith("words, ")
            else milliseconds(taken),
        ]
        for name, taken in times.items()
    ]


def _asking(
    searcher: Searcher,
    specs: list[ModelSpec],
    query_of: Callable[[Vectors, list[ModelSpec]], Query],
    filter: Filter = NO_FILTER,
) -> Ask:
    def ask(vector: Vectors) -> list[int]:
        query = query_of(vector, specs)
        result = searcher.search(query, specs, TOP, Metric.EUCLIDEAN, filter, look_twice=True)
        return [row_of(match.picture.id) for match in result.combined]

    return ask


def _words(vector: Vectors, specs: list[ModelSpec]) -> Query:
    words = QueryWords("made up")
    for spec in specs:
        words.set_vector(spec, vector)
    return Query((), words=(words,))


def _with_new_picture(vector: Vectors, specs: list[ModelSpec]) -> Query:
    return _with_picture(vector, np.roll(vector, 1), specs)


def _with_same_picture(vector: Vectors, specs: list[ModelSpec]) -> Query:
    picture = np.zeros(len(vector), np.float32)
    picture[0] = 1.0
    return _with_picture(vector, picture, specs)


def _with_picture(vector: Vectors, picture: Vectors, specs: list[ModelSpec]) -> Query:
    item = QueryItem("query", b"")
    for spec in specs:
        item.set_vector(spec, picture)
    return Query((item,), words=_words(vector, specs).words)


if __name__ == "__main__":
    main()
