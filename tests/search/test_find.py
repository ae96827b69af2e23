"""The search against plain numpy and against Milvus' own, over libraries of random vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager

import numpy as np
import pytest
from making import Vectors, fill, outcome, outcomes, tiny_spec, unit_vectors
from numpy.typing import NDArray

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.picture_filter import Filter
from finder.core.library.catalogue.tables.picture_table import PictureTable
from finder.core.library.vectors.milvus_lite import MilvusLiteStore
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.core.search.matches import Match, Result
from finder.core.search.query.query import Query, QueryItem
from finder.use_cases.search.library_search import open_searcher


def query_with(spec_vectors: dict[ModelSpec, Vectors], picture: int | None = None) -> Query:
    """A query that has its embeddings already: nothing is extracted."""
    query = Query((QueryItem("query", b"", None, picture),))
    for spec, vector in spec_vectors.items():
        query.items[0].set_vector(spec, vector)
    return query


@contextmanager
def searching(home: Home) -> Iterator[Callable[..., Result]]:
    with closing(open_searcher(home, ExtractorPool())) as searcher:

        def ask(
            query: Query,
            specs: Sequence[ModelSpec],
            top: int = 200,
            metric: Metric = Metric.EUCLIDEAN,
        ) -> Result:
            return searcher.search(query, specs, top, metric)

        yield ask


def ids_of(matches: Sequence[Match]) -> list[int]:
    return [match.picture.id for match in matches]


def distances_to(query: Vectors, vectors: Vectors) -> NDArray[np.float64]:
    products: NDArray[np.float64] = vectors.astype(np.float64) @ query.astype(np.float64)
    return np.sqrt(np.maximum(0.0, 2.0 - 2.0 * products))


def assert_nearest(
    matches: Sequence[Match], pictures: Sequence[int], distances: NDArray[np.float64], top: int
) -> None:
    """The matches are the nearest by these distances; pictures that tie may change places."""
    order = np.argsort(distances, kind="stable")[:top]
    assert len(matches) == len(order)
    assert [match.rank for match in matches] == list(range(1, len(order) + 1))
    np.testing.assert_allclose([m.score for m in matches], distances[order], atol=1e-4)
    own = dict(zip(pictures, distances.tolist(), strict=True))
    assert len({match.picture.id for match in matches}) == len(matches)
    for match, expected in zip(matches, order, strict=True):
        if match.picture.id != pictures[expected]:
            assert own[match.picture.id] == pytest.approx(distances[expected], abs=1e-6)


@pytest.mark.parametrize(
    ("number", "dimension", "seed"),
    [(1, 32, 0), (2, 64, 1), (40, 256, 2), (233, 48, 3), (1_000, 128, 4), (3_000, 96, 5)],
)
def test_it_finds_what_numpy_and_milvus_find(
    home: Home, number: int, dimension: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    spec = tiny_spec(dimension=dimension)
    vectors = unit_vectors(random, number, dimension)
    pictures = random.choice(2**62, number, replace=False).tolist()
    fill(home, [spec], pictures, {"tiny": vectors})
    queries = [*unit_vectors(random, 3, dimension), vectors[number // 2]]
    with closing(Catalogue(home)) as catalogue:
        state = catalogue.models.states()["tiny"]
    with closing(MilvusLiteStore(home)) as store, store._loaded(state) as name:
        asked = [query.tolist() for query in queries]
        by_milvus = store._connection.client.search(name, asked, limit=min(50, number))
    with searching(home) as ask:
        for query, theirs in zip(queries, by_milvus, strict=True):
            distances = distances_to(query, vectors)
            for top in (1, 7, 50, 200):
                ours = ask(query_with({spec: query}), [spec], top).models["tiny"]
                assert_nearest(ours, pictures, distances, top)
            ours = ours[: len(theirs)]
            assert ids_of(ours) == [hit["id"] for hit in theirs]
            products = [1 - m.score**2 / 2 for m in ours]
            np.testing.assert_allclose(products, [hit["distance"] for hit in theirs], atol=1e-4)


@pytest.mark.parametrize(("asked", "given"), [(0, 1), (-5, 1), (201, 200), (10**9, 200)])
def test_the_number_of_matches_is_kept_in_bounds(home: Home, asked: int, given: int) -> None:
    spec = tiny_spec()
    vectors = unit_vectors(np.random.default_rng(0), 250, 8)
    fill(home, [spec], range(250), {"tiny": vectors})
    with searching(home) as ask:
        result = ask(query_with({spec: vectors[0]}), [spec], asked)
    assert len(result.models["tiny"]) == len(result.combined) == given


def test_removed_pictures_are_not_found(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finder.core.library.vectors.repair._DEAD_ROWS_ALLOWED", 60)
    random = np.random.default_rng(6)
    spec, vectors = tiny_spec(dimension=32), unit_vectors(random, 150, 32)
    fill(home, [spec], range(150), {"tiny": vectors})
    query = unit_vectors(random, 1, 32)[0]
    left = set(range(150))
    with searching(home) as ask:
        assert len(ask(query_with({spec: query}), [spec]).models["tiny"]) == 150
        for gone in (range(0, 50, 2), range(1, 50, 2), range(60, 100), range(149, 150)):
            with LibraryWriter(home) as writer:
                writer.removals.forget_files(f"/pictures/{picture}.jpg" for picture in gone)
                writer.removals.purge()
            left -= set(gone)
            kept = sorted(left)
            found = ask(query_with({spec: query}), [spec]).models["tiny"]
            assert_nearest(found, kept, distances_to(query, vectors[kept]), 200)
    with closing(Catalogue(home)) as catalogue:
        assert catalogue.models.states()["tiny"].generation == 1, "unused rows were reclaimed"


@pytest.mark.parametrize("begun", [False, True], ids=["new", "running"])
def test_a_lost_matrix_is_rebuilt_by_the_search(home: Home, begun: bool) -> None:
    random = np.random.default_rng(7)
    specs = [tiny_spec("a", 32), tiny_spec("b", 16, "b")]
    vectors = {"a": unit_vectors(random, 90, 32), "b": unit_vectors(random, 90, 16)}
    fill(home, specs, range(90), vectors)
    query = query_with({specs[0]: vectors["a"][3], specs[1]: vectors["b"][3]})
    with searching(home) as ask:
        before = ask(query, specs)
        for path in home.nearest.iterdir():
            path.unlink()
        if begun:
            with LibraryWriter(home) as writer:  # makes the running search look again
                writer.register_models(specs)
                writer.write(outcomes([90], {name: v[:1] for name, v in vectors.items()}))
            after = ask(query, specs)
            assert len(after.models["a"]) == 91
            return
    with searching(home) as ask:
        after = ask(query, specs)
    for name in vectors:
        assert ids_of(after.models[name]) == ids_of(before.models[name])
    assert ids_of(after.combined) == ids_of(before.combined)


def test_results_grow_while_a_writer_adds(home: Home) -> None:
    random = np.random.default_rng(8)
    spec, vectors = tiny_spec(dimension=32), unit_vectors(random, 120, 32)
    query = query_with({spec: unit_vectors(random, 1, 32)[0]})
    with LibraryWriter(home) as writer, searching(home) as ask:
        writer.register_models([spec])
        for end in range(10, 121, 10):
            batch = range(end - 10, end)
            writer.write(outcomes(batch, {"tiny": vectors[end - 10 : end]}))
            found = ask(query, [spec]).models["tiny"]
            distances = distances_to(query.vectors(spec, ExtractorPool())[0], vectors[:end])
            assert_nearest(found, range(end), distances, 200)


def test_metrics_rank_alike_and_their_values_are_related(home: Home) -> None:
    random = np.random.default_rng(9)
    spec, vectors = tiny_spec(dimension=24), unit_vectors(random, 80, 24)
    fill(home, [spec], range(80), {"tiny": vectors})
    query = unit_vectors(random, 1, 24)[0]
    with searching(home) as ask:
        usual = (Metric.EUCLIDEAN, Metric.COSINE, Metric.IP)
        by_metric = {m: ask(query_with({spec: query}), [spec], 80, m) for m in usual}
    euclidean, cosine, product = (by_metric[m].models["tiny"] for m in usual)
    assert ids_of(euclidean) == ids_of(cosine) == ids_of(product)
    s = vectors[ids_of(cosine)].astype(np.float64) @ query
    np.testing.assert_allclose([m.score for m in cosine], s, atol=1e-6)
    np.testing.assert_allclose([m.score for m in product], s, atol=1e-6)
    np.testing.assert_allclose([m.score for m in euclidean], np.sqrt(2 - 2 * s), atol=1e-6)
    assert len({tuple(ids_of(r.combined)) for r in by_metric.values()}) == 1
    for result in by_metric.values():
        for match in result.models["tiny"]:
            assert result.standings[match.picture.id]["tiny"].distance == match.score


def test_ranks_are_those_of_a_full_sort(home: Home) -> None:
    random = np.random.default_rng(10)
    specs = [tiny_spec("a", 32), tiny_spec("b", 16, "b")]
    vectors = {"a": unit_vectors(random, 500, 32), "b": unit_vectors(random, 500, 16)}
    fill(home, specs, range(500), vectors)
    queries = {spec: unit_vectors(random, 1, spec.dimension)[0] for spec in specs}
    with searching(home) as ask:
        result = ask(query_with(queries), specs, 20)
    shown = set(ids_of(result.combined)).union(*(ids_of(m) for m in result.models.values()))
    assert result.standings.keys() == shown
    assert len(shown) > 20, "some are found by one model only"
    for spec in specs:
        distances = distances_to(queries[spec], vectors[spec.name])
        places = np.argsort(np.argsort(distances)) + 1
        for picture in shown:
            standing = result.standings[picture][spec.name]
            assert standing.rank == places[picture]
            assert standing.distance == pytest.approx(distances[picture], abs=1e-6)


@pytest.mark.parametrize("number", range(2, 40, 6))
def test_the_query_itself_is_before_its_twins(home: Home, number: int) -> None:
    random = np.random.default_rng(number)
    specs = [tiny_spec("a", 33), tiny_spec("b", 16, "b")]
    vectors = {spec.name: unit_vectors(random, number, spec.dimension) for spec in specs}
    for rows in vectors.values():
        rows[number - 1] = rows[0]
    fill(home, specs, range(number), vectors)
    with searching(home) as ask:
        for own, twin in ((0, number - 1), (number - 1, 0)):
            result = ask(query_with({}, own), specs)
            for matches in (result.models["a"], result.models["b"], result.combined):
                assert ids_of(matches)[:2] == [own, twin]
            assert result.models["a"][0].score <= 1e-3
            assert result.standings[own]["b"].rank == 1


@pytest.mark.parametrize("top", [1, 10, 200])
def test_the_query_itself_is_first_of_very_many_equal_ones(home: Home, top: int) -> None:
    random = np.random.default_rng(11)
    spec = tiny_spec(dimension=32)
    vectors = np.repeat(unit_vectors(random, 2, 32), [600, 5], axis=0)
    fill(home, [spec], range(605), {"tiny": vectors})
    with searching(home) as ask:
        for own in (0, 301, 599):
            result = ask(query_with({}, own), [spec], top)
            assert ids_of(result.models["tiny"])[0] == own
            assert ids_of(result.combined)[0] == own
            assert all(match.score <= 1e-3 for match in result.models["tiny"])


def test_a_removed_picture_between_search_and_answer_is_left_out(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, vectors = tiny_spec(), unit_vectors(np.random.default_rng(12), 9, 8)
    fill(home, [spec], range(9), {"tiny": vectors})
    pictures = PictureTable.get

    def meanwhile(table: PictureTable, ids: set[int]) -> object:
        with closing(Catalogue(home)) as other, other.transaction():
            other.files.remove(["/pictures/4.jpg"])
        return pictures(table, ids)

    monkeypatch.setattr(PictureTable, "get", meanwhile)
    with searching(home) as ask:
        result = ask(query_with({spec: vectors[4]}), [spec])
    assert 4 not in ids_of(result.models["tiny"]) + ids_of(result.combined)
    assert [m.rank for m in result.models["tiny"]] == list(range(1, 9))


def test_a_matrix_lost_under_a_running_search_is_rebuilt_when_only_files_went(home: Home) -> None:
    spec, vectors = tiny_spec(), unit_vectors(np.random.default_rng(0), 30, 8)
    fill(home, [spec], range(30), {"tiny": vectors})
    query = Query((QueryItem("query", b"", None, None),))
    query.items[0].set_vector(spec, vectors[3])
    with closing(open_searcher(home, ExtractorPool())) as searcher:
        searcher.search(query, [spec], 5, Metric.EUCLIDEAN)
        for path in home.nearest.iterdir():
            path.unlink()
        with LibraryWriter(home) as writer:
            writer.removals.forget_files(["/pictures/4.jpg"])
        found = searcher.search(query, [spec], 50, Metric.EUCLIDEAN).models["tiny"]
    assert len(found) == 29


def test_the_place_in_the_folder_that_was_asked_for_is_shown_first(home: Home) -> None:
    spec, vectors = tiny_spec(), unit_vectors(np.random.default_rng(0), 1, 8)
    with LibraryWriter(home) as writer:
        writer.register_models([spec])
        writer.write([outcome(7, {"tiny": vectors[0]}, path) for path in ("/a/1.jpg", "/b/1.jpg")])
    query = Query((QueryItem("query", b"", None, None),))
    query.items[0].set_vector(spec, vectors[0])
    with closing(open_searcher(home, ExtractorPool())) as searcher:
        for folder in ("/a", "/b"):
            result = searcher.search(query, [spec], 5, Metric.EUCLIDEAN, Filter((folder,)))
            (match,) = result.models["tiny"]
            assert match.picture.paths[0] == f"{folder}/1.jpg"
