"""Words for the sample pictures, by all shipped models. Bounds are a little beyond what was
measured (docs/closeness.md)."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.samples import sample_pictures
from finder.core.search.agreement import COMBINED
from finder.core.search.closeness.closeness import NEARLY_THE_SAME, SIMILAR
from finder.core.search.distance import Metric
from finder.core.search.query.query import Query
from finder.use_cases.search.library_search import open_searcher

ORIGINALS = [path for path in sample_pictures() if path.parent.name != "altered"]
ALWAYS_NEARLY = ("recompressed", "smaller", "brighter", "mirrored")

Pairs = dict[str, dict[tuple[Path, Path], float]]
"""For each model, and for the combined ranking, the closeness of each match to each query."""


@pytest.fixture(scope="module")
def pairs(indexed_samples: Home, specs: list[ModelSpec]) -> Pairs:
    found: Pairs = defaultdict(dict)
    with closing(open_searcher(indexed_samples, ExtractorPool())) as searcher:
        for query in ORIGINALS:
            result = searcher.search(
                Query.from_file(str(query)), specs, len(sample_pictures()), Metric.EUCLIDEAN
            )
            for name, matches in (*result.models.items(), (COMBINED, result.combined)):
                for match in matches:
                    found[name][query, Path(match.picture.paths[0])] = match.closeness
    assert {len(of_model) for of_model in found.values()} == {67 * 80}
    return found


def test_altered_copies_are_nearly_the_same(pairs: Pairs) -> None:
    for of_model in pairs.values():
        for (query, other), closeness in of_model.items():
            subject, _, edit = other.stem.partition("--")
            if subject == query.stem and edit:
                assert SIMILAR <= closeness < 100.0
                assert closeness >= NEARLY_THE_SAME or edit not in ALWAYS_NEARLY, other.name


def test_other_pictures_are_not_nearly_the_same_and_unrelated_ones_are_distant(
    pairs: Pairs,
) -> None:
    for name, of_model in pairs.items():
        others = {
            (query, other): closeness
            for (query, other), closeness in of_model.items()
            if other in ORIGINALS and other != query
        }
        assert len(others) == 67 * 66
        assert max(others.values()) < NEARLY_THE_SAME
        related = [c for (query, other), c in others.items() if query.parent == other.parent]
        unrelated = [c for (query, other), c in others.items() if query.parent != other.parent]
        assert np.mean(np.array(unrelated) >= SIMILAR) <= 0.02, name
        assert np.mean(np.array(related) >= SIMILAR) >= 0.3, name


def test_only_the_picture_itself_is_the_same(pairs: Pairs) -> None:
    for of_model in pairs.values():
        same = {pair for pair, closeness in of_model.items() if closeness == 100.0}
        assert same == {(path, path) for path in ORIGINALS}
