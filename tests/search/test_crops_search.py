"""A thing in a corner of a picture is found where the index has crops."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from crop_scene import SCENE, THING, find, make_scenes, rank_of, switch_on
from making import Vectors, fill, run_index, tiny_spec, unit_vectors
from numpy.typing import NDArray

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.filter_text import parse_filter
from finder.core.library.writer import LibraryWriter
from finder.core.models.crops import CROPS, SCALE, crops_name, crops_of
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.transform import ORIENTATIONS, UPRIGHT, Box, Transform
from finder.core.search.distance import Metric
from finder.core.search.matches import Result
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.ranking import model_scores, product_cache
from finder.use_cases.search.library_search import open_searcher

CORNER = Box(0.5, 0.5, 1.0, 1.0)
SPEC = tiny_spec("a", 24)
NUMBER = 300
WITH_CROPS = range(0, NUMBER, 3)
"""Pictures that have some."""


@pytest.fixture(scope="module")
def scenes(
    tmp_path_factory: pytest.TempPathFactory,
    samples: Path,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
) -> tuple[Home, Home]:
    """Two libraries of the same pictures: without crops, and with them."""
    root = tmp_path_factory.mktemp("crops")
    folder = make_scenes(samples, root / "pictures")
    homes = Home(root / "without"), Home(root / "with")
    switch_on(homes[1], folder)
    for home in homes:
        run_index(home, [folder], [fast_spec], extractors)
    return homes


@pytest.mark.parametrize("look_twice", [False, True])
def test_a_thing_in_a_corner_is_found_first(
    scenes: tuple[Home, Home],
    samples: Path,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
    look_twice: bool,
) -> None:
    query = Query.from_file(str(samples / THING))
    without, found = (
        find(home, extractors, fast_spec, query, look_twice=look_twice) for home in scenes
    )
    assert rank_of(without, SCENE, fast_spec.name) > 1
    assert rank_of(found, SCENE, fast_spec.name) == 1
    assert Path(found.combined[0].picture.paths[0]).name == SCENE
    scene = found.combined[0].picture.id
    assert found.standings[scene][fast_spec.name].part == CORNER
    assert found.combined_standings[scene].part == CORNER
    assert found.models[fast_spec.name][0].score < without.models[fast_spec.name][0].score
    assert all(standing.part is None for standing in without.combined_standings.values())


def test_a_whole_picture_is_nearest_to_itself(
    scenes: tuple[Home, Home], samples: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    query = Query.from_file(str(samples / "castles" / "chambord.jpg"))
    found = find(scenes[1], extractors, fast_spec, query)
    first = found.models[fast_spec.name][0]
    assert (Path(first.picture.paths[0]).name, first.score) == ("chambord.jpg", 0.0)
    assert found.standings[first.picture.id][fast_spec.name].part is None


def test_a_turned_thing_is_found_in_any_orientation(
    scenes: tuple[Home, Home], samples: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    turn = ORIENTATIONS[2]
    item = QueryItem.from_file(str(samples / THING)).turned(turn)
    found = find(scenes[1], extractors, fast_spec, Query((item,), any_orientation=True))
    scene = found.combined[0]
    assert Path(scene.picture.paths[0]).name == SCENE
    standing = found.standings[scene.picture.id][fast_spec.name]
    assert (standing.part, standing.orientation.quarter_turns) == (CORNER, turn.quarter_turns)


def test_a_filter_and_a_part_of_the_query_work_with_crops(
    scenes: tuple[Home, Home], samples: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    query = Query.from_file(str(samples / THING))
    only = parse_filter("name:scene")
    found = find(scenes[1], extractors, fast_spec, query, only)
    assert [Path(match.picture.paths[0]).name for match in found.combined] == [SCENE]
    part = Query((replace(query.items[0], transform=Transform(Box(0.1, 0.1, 0.9, 0.9))),))
    assert rank_of(find(scenes[1], extractors, fast_spec, part), SCENE, fast_spec.name) == 1
    both = Query((*query.items, *part.items))
    assert rank_of(find(scenes[1], extractors, fast_spec, both), SCENE, fast_spec.name) == 1
    others = parse_filter("name:chambord")
    found = find(scenes[1], extractors, fast_spec, query, others)
    assert [Path(match.picture.paths[0]).name for match in found.combined] == ["chambord.jpg"]


# Random vectors, against plain numpy


@pytest.fixture(scope="module")
def vectors() -> tuple[Vectors, Vectors]:
    """Of whole pictures [300, 24], and of crops [100, 5, 24]. They are not centred on zero."""
    random = np.random.default_rng(4)
    many = random.normal(size=(NUMBER + len(CROPS) * len(WITH_CROPS), SPEC.dimension)) + 0.4
    unit = (many / np.linalg.norm(many, axis=1, keepdims=True)).astype(np.float32)
    return unit[:NUMBER], unit[NUMBER:].reshape(len(WITH_CROPS), len(CROPS), -1)


@pytest.fixture
def random_home(home: Home, vectors: tuple[Vectors, Vectors]) -> Home:
    wholes, crops = vectors
    fill(home, [SPEC], range(NUMBER), {SPEC.name: wholes})
    companion = crops_of(SPEC)
    with LibraryWriter(home) as writer:
        writer.register_models([companion])
        joined = (crops.reshape(len(crops), -1) / SCALE).astype(np.float32)
        writer.store_vectors(companion.name, np.array(WITH_CROPS), joined)
    return home


def asked(vector: Vectors) -> Query:
    query = Query((QueryItem("query", b"", None, None),))
    query.items[0].set_vector(SPEC, vector)
    return query


def search(home: Home, query: Query, **options: object) -> Result:
    with closing(open_searcher(home, ExtractorPool())) as searcher:
        return searcher.search(query, [SPEC], 200, Metric.COSINE, **options)  # type: ignore[arg-type]


def best(query: Vectors, wholes: Vectors, crops: Vectors) -> tuple[NDArray[np.float64], list[int]]:
    """The best product of each picture, and the number of its crop; −1: the picture itself."""
    products = wholes.astype(np.float64) @ query.astype(np.float64)
    parts = [-1] * len(wholes)
    for picture, of_crops in zip(WITH_CROPS, crops.astype(np.float64) @ query, strict=True):
        if of_crops.max() > products[picture]:
            products[picture], parts[picture] = of_crops.max(), int(of_crops.argmax())
    return products, parts


def centred(rows: Vectors, mean: NDArray[np.float64]) -> NDArray[np.float64]:
    rest = rows - mean
    unit: NDArray[np.float64] = rest / np.linalg.norm(rest, axis=-1, keepdims=True)
    return unit


def test_it_ranks_as_numpy_does(random_home: Home, vectors: tuple[Vectors, Vectors]) -> None:
    wholes, crops = vectors
    query = unit_vectors(np.random.default_rng(5), 1, SPEC.dimension)[0]
    products, parts = best(query, wholes, crops)
    result = search(random_home, asked(query))
    order = np.argsort(-products, kind="stable")[:200]
    assert [match.picture.id for match in result.models[SPEC.name]] == order.tolist()
    scores = [match.score for match in result.models[SPEC.name]]
    np.testing.assert_allclose(scores, products[order], atol=1e-6)
    for picture, standing in result.standings.items():
        part = standing[SPEC.name].part
        assert part == (Box(*CROPS[parts[picture]]) if parts[picture] >= 0 else None)
        assert standing[SPEC.name].similarity == pytest.approx(products[picture], abs=1e-6)


def test_the_combined_ranking_is_standardised_by_whole_pictures(
    random_home: Home, vectors: tuple[Vectors, Vectors]
) -> None:
    wholes, crops = vectors
    query = unit_vectors(np.random.default_rng(6), 1, SPEC.dimension)[0]
    mean = wholes.astype(np.float64).mean(axis=0)
    turned = centred(query, mean)
    whole = centred(wholes, mean) @ turned
    expected = whole.copy()
    of_crops = (centred(crops, mean) @ turned).max(axis=1)
    expected[list(WITH_CROPS)] = np.maximum(expected[list(WITH_CROPS)], of_crops)
    z = (expected - whole.mean()) / whole.std()
    result = search(random_home, asked(query))
    for match in result.combined:
        assert match.score == pytest.approx(z[match.picture.id], abs=1e-4)
    ids = [match.picture.id for match in result.combined]
    assert set(ids[:50]) == set(np.argsort(-z)[:50].tolist())


def test_the_crops_of_a_search_are_multiplied_once(
    random_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    real = model_scores.checked_products

    def counted(*args: object) -> object:
        calls.append(len(args))
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(product_cache, "checked_products", counted)
    query = asked(unit_vectors(np.random.default_rng(7), 1, SPEC.dimension)[0])
    with closing(open_searcher(random_home, ExtractorPool())) as searcher:
        first = searcher.search(query, [SPEC], 50, Metric.COSINE)
        again = searcher.search(query, [SPEC], 20, Metric.EUCLIDEAN)
        assert len(calls) == 1
        assert again.combined == first.combined[:20]
        with LibraryWriter(random_home) as writer:
            writer.removals.remove_vectors(crops_name(SPEC.name), [0])
        searcher.search(query, [SPEC], 20, Metric.EUCLIDEAN)
        assert len(calls) == 2


def test_pictures_that_leave_the_library_leave_no_crops(
    random_home: Home, vectors: tuple[Vectors, Vectors]
) -> None:
    wholes, crops = vectors
    gone = [0, 3, 4]
    with LibraryWriter(random_home) as writer:
        writer.removals.remove_pictures(gone)
    products, _ = best(crops[0, 2], wholes, crops)
    products[gone] = -np.inf
    result = search(random_home, asked(crops[0, 2]))
    order = np.argsort(-products, kind="stable")[:200]
    assert [match.picture.id for match in result.models[SPEC.name]] == order.tolist()


@pytest.mark.parametrize("place", range(len(CROPS)))
def test_each_crop_is_found_with_its_place(
    random_home: Home, vectors: tuple[Vectors, Vectors], place: int
) -> None:
    query = asked(vectors[1][7, place])
    for look_twice in (False, True):
        result = search(random_home, query, look_twice=look_twice)
        first = result.combined[0].picture.id
        assert first == WITH_CROPS[7]
        standing = result.standings[first][SPEC.name]
        assert standing.part == Box(*CROPS[place])
        assert standing.similarity == pytest.approx(1.0, abs=1e-6)
        assert standing.closeness > 90
        assert standing.orientation == UPRIGHT


def test_crops_of_another_version_of_the_model_do_not_count(
    random_home: Home, vectors: tuple[Vectors, Vectors]
) -> None:
    with closing(Catalogue(random_home)) as catalogue, catalogue.transaction():
        catalogue.connection.execute(
            "UPDATE model SET version = '2' WHERE name = ?", (crops_name(SPEC.name),)
        )
    result = search(random_home, asked(vectors[1][7, 0]))
    assert all(standing.part is None for standing in result.combined_standings.values())


def test_a_damaged_crop_is_not_searched(
    random_home: Home, vectors: tuple[Vectors, Vectors]
) -> None:
    (matrix,) = random_home.nearest.glob(f"{crops_name(SPEC.name)}-*.f32")
    with matrix.open("r+b") as file:
        file.seek(7 * len(CROPS) * SPEC.dimension * 4)
        file.write(np.full(8, np.nan, np.float32).tobytes())
    result = search(random_home, asked(vectors[1][7, 4]))  # repaired from the vector store
    assert result.combined[0].picture.id == WITH_CROPS[7]
    assert result.combined_standings[WITH_CROPS[7]].part == Box(*CROPS[4])
