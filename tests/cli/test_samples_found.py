"""How well the shipped models find the shipped samples. The bounds are a little below what was
measured: mean precision@4 within the 12 groups was .720 (Lite0), .758 (Lite2), .668 (VGG16) and
.795 (combined)."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from command_line import output_of

from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home, samples_dir
from finder.core.pictures.formats import EXTENSIONS
from finder.core.search.distance import Metric
from finder.core.search.matches import Match
from finder.core.search.query.query import Query
from finder.use_cases.search.library_search import open_searcher

ALTERED = sorted((samples_dir() / "altered").iterdir())
LEAST = {
    "efficientnet-lite0": 0.69,
    "efficientnet-lite2": 0.73,
    "vgg16": 0.64,
    "combined": 0.77,
}


@pytest.mark.parametrize("altered", ALTERED, ids=lambda path: path.name)
def test_the_original_of_an_altered_copy_is_next_to_it(
    indexed_samples: Home, samples: Path, altered: Path
) -> None:
    found = json.loads(output_of("search", altered, "--json", "--top", "2", home=indexed_samples))
    original = altered.stem.partition("--")[0]
    for matches in (*found["models"].values(), found["combined"]):
        assert [Path(match["path"]).stem for match in matches] == [altered.stem, original]


def test_pictures_of_the_same_group_come_first(
    indexed_samples: Home, samples: Path, specs: list[ModelSpec], extractors: ExtractorPool
) -> None:
    pictures = [path for path in samples.glob("*/*") if path.suffix in EXTENSIONS]
    originals = [path for path in pictures if path.parent.name != "altered"]
    assert len(originals) == 67
    hits = dict.fromkeys(LEAST, 0.0)
    with closing(open_searcher(indexed_samples, extractors)) as searcher:
        for path in originals:
            query = Query.from_file(str(path))
            result = searcher.search(query, specs, 80, Metric.EUCLIDEAN)
            for name, matches in (*result.models.items(), ("combined", result.combined)):
                hits[name] += precision(path, matches) / len(originals)
    for name, least in LEAST.items():
        assert hits[name] >= least, f"{name}: {hits[name]:.3f}"
    assert hits["combined"] == max(hits.values()), hits


def precision(query: Path, matches: list[Match]) -> float:
    """The share of the query's group in the first four, without itself and altered copies."""
    found = [Path(match.picture.paths[0]) for match in matches]
    others = [p for p in found if p != query and p.parent.name != "altered"]
    return sum(p.parent == query.parent for p in others[:4]) / 4
