"""Words on a server: what a search of its mirror finds."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

import numpy as np
import pytest
from made_up_towers import MadeUpTowers, word_spec
from making import Vectors, fill, tiny_spec, unit_vectors
from milvus_server import drop_library

from finder.core.errors import NoWordModelError
from finder.core.library.server.server_address import parse
from finder.core.library.server.store_settings import read_store_settings
from finder.core.library.writer import LibraryWriter
from finder.core.models.crops import CROPS, SCALE, crops_of
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.core.search.matches import Match, Result
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.query.query_words import QueryWords
from finder.core.search.searcher import Searcher
from finder.core.search.server_searcher import ServerSearcher
from finder.use_cases.library.move_library import use_server
from finder.use_cases.search.library_search import open_searcher

NUMBER = 4_000
PLAIN, WORDED = tiny_spec("plain", 16), word_spec("worded", 24, "b", scale=60.0, bias=-3.0)
MORE = word_spec("more", 20, "c")
SPECS = [PLAIN, WORDED, MORE]
RANDOM = np.random.default_rng(12)
TEXTS = ("a lake", "people")


def around_a_centre(dimension: int, number: int = NUMBER) -> Vectors:
    """As real vectors are; in the last dimension there are words only."""
    rows = unit_vectors(RANDOM, number, dimension) + 0.8 * unit_vectors(RANDOM, 1, dimension)
    rows[:, -1] = 0.0
    vectors: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return vectors


def far_away(dimension: int) -> Vectors:
    """As vectors of words are: about as similar to all pictures. [2, dimension]"""
    rows = 0.1 * unit_vectors(RANDOM, len(TEXTS), dimension - 1)
    return np.hstack([rows, np.full((len(TEXTS), 1), np.sqrt(0.99), np.float32)])


VECTORS = {spec.name: around_a_centre(spec.dimension) for spec in SPECS}
TOWERS = MadeUpTowers(
    {spec.name: dict(zip(TEXTS, far_away(spec.dimension), strict=True)) for spec in (WORDED, MORE)}
)


@dataclass
class _Searchers:
    mirror: Searcher
    server: ServerSearcher

    def ask(self, asked: Query, specs: Sequence[ModelSpec] = SPECS) -> tuple[Result, Result]:
        mirror, server = (
            searcher.search(asked, specs, 20, Metric.COSINE)
            for searcher in (self.mirror, self.server)
        )
        return mirror, server


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, milvus_uri: str) -> Iterator[Home]:
    """On the server, and in a mirror. A tenth of the pictures have crops. Only to be read."""
    home, chosen = Home(tmp_path_factory.mktemp("words") / "home"), np.arange(0, NUMBER, 10)
    fill(home, SPECS, range(NUMBER), VECTORS)
    with LibraryWriter(home) as writer:
        writer.register_models([*SPECS, *map(crops_of, SPECS)])
        for spec in SPECS:
            rows = around_a_centre(spec.dimension, len(chosen) * len(CROPS)) / SCALE
            crops = rows.reshape(len(chosen), -1).astype(np.float32)
            writer.store_vectors(crops_of(spec).name, chosen, crops)
    name = f"t{secrets.token_hex(4)}"
    for _ in use_server(home, parse(milvus_uri, library=name), "a test", "here"):
        pass
    yield home
    drop_library(milvus_uri, name)


@contextmanager
def searchers(home: Home) -> Iterator[_Searchers]:
    settings, pool = replace(read_store_settings(home), mirror=False), TOWERS.pool()
    with (
        closing(pool),
        closing(open_searcher(home, pool)) as mirror,
        closing(ServerSearcher(home, settings, pool)) as server,
    ):
        yield _Searchers(mirror, server)


def query(pictures: Sequence[tuple[int, float]], words: Sequence[tuple[str, float]]) -> Query:
    return Query(
        tuple(QueryItem("q", b"", picture=one, weight=weight) for one, weight in pictures),
        words=tuple(QueryWords(text, weight) for text, weight in words),
    )


def ids(matches: Sequence[Match]) -> list[int]:
    return [match.picture.id for match in matches]


def assert_same(mirror: Result, server: Result) -> None:
    """Apart from what a sample of the library says of all of it."""
    assert mirror.models.keys() == server.models.keys()
    for name, matches in mirror.models.items():
        assert ids(server.models[name]) == ids(matches)
        scores = [[match.score for match in one.models[name]] for one in (mirror, server)]
        np.testing.assert_allclose(scores[0], scores[1], atol=1e-4)
        for one, other in zip(matches, server.models[name], strict=True):
            assert other.closeness == pytest.approx(one.closeness, abs=0.5)
            assert other.likelihood == pytest.approx(one.likelihood, abs=1e-4)
    assert len(set(ids(mirror.combined)) & set(ids(server.combined))) >= 19
    best = [[match.score for match in one.combined[:5]] for one in (mirror, server)]
    np.testing.assert_allclose(best[0], best[1], rtol=0.02)
    assert server.left_out == mirror.left_out


@pytest.mark.parametrize(
    ("pictures", "words"),
    [
        ([], [("a lake", 1.0)]),
        ([], [("a lake", 1.0), ("people", -0.5)]),
        ([(7, 1.0)], [("a lake", 1.0)]),
        ([(7, 1.0)], [("people", -1.0)]),
        ([(7, 1.0), (9, -0.5)], [("a lake", 2.0)]),
        ([(7, -1.0)], [("a lake", 1.0)]),
    ],
)
def test_words_find_what_they_find_in_the_mirror(
    library: Home, pictures: list[tuple[int, float]], words: list[tuple[str, float]]
) -> None:
    with searchers(library) as both:
        mirror, server = both.ask(query(pictures, words))
        assert_same(mirror, server)
        alone = both.ask(query(pictures, words), [WORDED])
        assert_same(*alone)
        assert ids(alone[1].combined) == ids(alone[1].models["worded"])


def test_a_model_without_words_is_left_out_there_too(library: Home) -> None:
    with searchers(library) as both:
        _, server = both.ask(query([], [("a lake", 1.0)]))
        assert server.left_out == {"plain": "Plain does not understand words."}
        with pytest.raises(NoWordModelError, match="None of these models"):
            both.server.search(query([], [("a lake", 1.0)]), [PLAIN], 20, Metric.COSINE)
        mirror, server = both.ask(query([(7, 1.0)], [("a lake", 1.0)]), [PLAIN])
        assert server.notes == mirror.notes != ()
