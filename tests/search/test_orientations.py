"""A query in any orientation: for each picture the best of eight, exactly as if each were asked;
and of none but the upright one where its best match is clear."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_up_towers import TEXT
from making import Vectors, fill, run_index, tiny_spec, unit_vectors
from numpy.typing import NDArray
from PIL import Image

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.library.vectors.vector_matrix import MatrixFiles
from finder.core.library.view.model_index import ModelIndex
from finder.core.models.registry import list_models, pick_models
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home, shipped_models_dir
from finder.core.pictures.transform import ORIENTATIONS, UPRIGHT, Orientation
from finder.core.search.closeness.closeness import NEARLY_THE_SAME
from finder.core.search.distance import Metric
from finder.core.search.matches import Result
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.query.query_words import QueryWords
from finder.core.search.ranking.similarity import Similarity, similarity_of
from finder.use_cases.search.library_search import open_searcher

NUMBER = 700
FEATURES = tiny_spec("features", 24)
OTHERS = tiny_spec("others", 16, "b")
HASHES = replace(tiny_spec("hashes", 64, "c"), kind="phash")
PIXELS = replace(tiny_spec("pixels", 49, "d"), kind="pixels")
SPECS = [FEATURES, OTHERS, HASHES, PIXELS]
RANDOM = np.random.default_rng(3)


def clustered(number: int, dimension: int) -> Vectors:
    """Unit vectors with a common direction, like real ones."""
    raw = 1.0 + RANDOM.normal(size=(number, dimension))
    unit: Vectors = (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)
    return unit


def made_up(spec: ModelSpec, number: int) -> Vectors:
    """Vectors as models of this kind give them."""
    if spec is HASHES:
        signs = np.where(RANDOM.random((number, 64)) < 0.5, -1, 1) / 8
        return signs.astype(np.float32)
    if spec is PIXELS:
        values = RANDOM.random((number, 48)) / np.sqrt(48)
        rest = np.sqrt(1 - (values**2).sum(axis=1, keepdims=True))
        return np.hstack([values, rest]).astype(np.float32)
    return clustered(number, spec.dimension)


LIBRARY = {spec.name: made_up(spec, NUMBER) for spec in SPECS}
ASKED = {spec.name: made_up(spec, 8) for spec in SPECS}


@pytest.fixture(autouse=True)
def several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library is larger than what is multiplied at a time."""
    monkeypatch.setattr("finder.core.search.ranking.similarity._PRODUCT_ROWS", 128)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Only to be read."""
    home = Home(tmp_path_factory.mktemp("library") / "home")
    fill(home, SPECS, range(NUMBER), LIBRARY)
    return home


@pytest.fixture(scope="module")
def real_specs() -> list[ModelSpec]:
    names = ("efficientnet-lite0", "phash-64", "dhash-64", "pixels")
    return pick_models(list_models([shipped_models_dir()])[0], names)


@pytest.fixture(scope="module")
def birds_and_cats(
    tmp_path_factory: pytest.TempPathFactory,
    samples: Path,
    real_specs: list[ModelSpec],
    extractors: ExtractorPool,
) -> Home:
    """Only to be read."""
    home = Home(tmp_path_factory.mktemp("samples") / "home")
    run_index(home, [samples / "birds", samples / "cats"], real_specs, extractors)
    return home


def turned_query(any_orientation: bool = True, orientation: Orientation = UPRIGHT) -> Query:
    """A picture whose vectors in the eight orientations are given."""
    item = QueryItem("query", b"")
    for number, turn in enumerate(ORIENTATIONS):
        for spec in SPECS:
            item.turned(turn).set_vector(spec, ASKED[spec.name][number])
    return Query((item.turned(orientation),), any_orientation)


def search(
    home: Home,
    query: Query,
    specs: Sequence[ModelSpec],
    metric: Metric = Metric.EUCLIDEAN,
    top: int = 40,
    filter: Filter = NO_FILTER,
    extractors: ExtractorPool | None = None,
) -> Result:
    with closing(open_searcher(home, extractors or ExtractorPool())) as searcher:
        return searcher.search(query, specs, top, metric, filter)


def all_distances(similarity: Similarity, spec: ModelSpec) -> NDArray[np.float64]:
    """[8, NUMBER]"""
    return np.stack([similarity.distances(q, LIBRARY[spec.name]) for q in ASKED[spec.name]])


@pytest.mark.parametrize("metric", [Metric.EUCLIDEAN, Metric.COSINE, Metric.L1, Metric.HAMMING])
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_each_picture_has_the_best_of_its_eight_distances(
    library: Home, spec: ModelSpec, metric: Metric
) -> None:
    result = search(library, turned_query(), [spec], metric)
    similarity = similarity_of(spec, metric)
    distances = all_distances(similarity, spec)
    best = distances.min(axis=0)
    order = np.lexsort((np.arange(NUMBER), best))[:40]
    found = result.models[spec.name]
    assert [match.picture.id for match in found] == order.tolist()
    assert [match.score for match in found] == similarity.displayed(best[order]).tolist()
    orientations = [result.standings[p][spec.name].orientation for p in order.tolist()]
    assert orientations == [ORIENTATIONS[n] for n in distances[:, order].argmin(axis=0)]
    assert len(set(orientations)) > 4


def centred(query: Vectors, vectors: Vectors) -> NDArray[np.float64]:
    """Cosines of what differs from the mean."""
    wide = vectors.astype(np.float64)
    rest, one = wide - wide.mean(axis=0), query - wide.mean(axis=0)
    lengths: NDArray[np.float64] = np.linalg.norm(rest, axis=1) * np.linalg.norm(one)
    cosines: NDArray[np.float64] = (rest @ one) / lengths
    return cosines


def combined_scores(specs: Sequence[ModelSpec]) -> NDArray[np.float64]:
    total = np.zeros(NUMBER)
    for spec in specs:
        asked, vectors = ASKED[spec.name], LIBRARY[spec.name]
        if spec is PIXELS:
            similarities = 1 - all_distances(similarity_of(spec, Metric.L1), spec).min(axis=0)
        else:
            similarities = np.max([centred(query, vectors) for query in asked], axis=0)
        total += (similarities - similarities.mean()) / similarities.std()
    return total


@pytest.mark.parametrize("specs", [SPECS[:1], SPECS[:2], SPECS])
def test_the_combined_ranking_has_the_best_of_each_model(
    library: Home, specs: list[ModelSpec]
) -> None:
    result = search(library, turned_query(), specs)
    scores = combined_scores(specs)
    assert [match.picture.id for match in result.combined] == np.argsort(-scores)[:40].tolist()
    found = [match.score for match in result.combined]
    np.testing.assert_allclose(found, np.sort(scores)[::-1][:40], atol=2e-4)
    for picture, standing in result.combined_standings.items():
        of_models = [s.orientation for s in result.standings[picture].values()]
        assert of_models.count(standing.orientation) == max(map(of_models.count, of_models))


def test_a_filter_changes_nothing_but_what_passes(library: Home) -> None:
    everything = search(library, turned_query(), SPECS, top=200)
    with closing(open_searcher(library, ExtractorPool())) as searcher:
        some = searcher.search(turned_query(), SPECS, 200, Metric.EUCLIDEAN, Filter(("/pictures",)))
    assert some.models == everything.models


def test_every_rank_is_that_of_the_whole_library(library: Home) -> None:
    result = search(library, turned_query(), SPECS[:2], top=10)
    best = all_distances(similarity_of(FEATURES, Metric.EUCLIDEAN), FEATURES).min(axis=0)
    ranks = np.argsort(np.argsort(best, kind="stable")) + 1
    assert len(result.standings) > 10
    for picture, standings in result.standings.items():
        assert standings["features"].rank == ranks[picture]


def test_no_more_than_two_numbers_are_kept_for_each_picture(
    library: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes: list[tuple[int, ...]] = []
    map_blocks = ModelIndex.map_blocks

    def seen(index: ModelIndex, compare: Any, *block: int) -> NDArray[np.float32]:
        made = map_blocks(index, compare, *block)
        shapes.append(made.shape)
        return made

    monkeypatch.setattr(ModelIndex, "map_blocks", seen)
    query = turned_query()
    with closing(open_searcher(library, ExtractorPool())) as searcher:
        searcher.search(query, [FEATURES, HASHES], 5, Metric.EUCLIDEAN)
        assert shapes == [(2, NUMBER)] * 2, "one pass for each model"
        searcher.search(query, [FEATURES, HASHES], 50, Metric.COSINE)
        assert len(shapes) == 2, "asked again, nothing is multiplied"


@pytest.mark.parametrize("garbage", [np.nan, np.inf, 1e38, 50.0])
def test_a_damaged_row_is_repaired(home: Home, library: Home, garbage: float) -> None:
    library = Home(shutil.copytree(library.root, home.root))
    expected = search(library, turned_query(), [FEATURES])
    with closing(Catalogue(library)) as catalogue:
        files = MatrixFiles(library.nearest, catalogue.models.states()[FEATURES.name])
    matrix = np.memmap(files.vectors, np.float32, "r+", shape=(NUMBER, FEATURES.dimension))
    matrix[expected.combined[0].picture.id] = garbage
    matrix.flush()
    again = search(library, turned_query(), [FEATURES])
    assert again.models == expected.models
    combined = [[match.picture.id for match in result.combined] for result in (again, expected)]
    assert combined[0] == combined[1]


def test_without_it_one_orientation_is_asked(library: Home) -> None:
    for number, turn in enumerate(ORIENTATIONS):
        result = search(library, turned_query(False, turn), [FEATURES])
        similarity = similarity_of(FEATURES, Metric.EUCLIDEAN)
        distances = similarity.distances(ASKED["features"][number], LIBRARY["features"])
        found = [match.picture.id for match in result.models["features"]]
        assert found == np.argsort(distances, kind="stable")[:40].tolist()
        assert {s["features"].orientation for s in result.standings.values()} == {UPRIGHT}


def test_several_pictures_are_turned_together(library: Home) -> None:
    one, two = turned_query().items[0], QueryItem("more", b"", weight=-0.5)
    other = unit_vectors(RANDOM, 8, 24)
    for number, turn in enumerate(ORIENTATIONS):
        two.turned(turn).set_vector(FEATURES, other[number])
    result = search(library, Query((one, two), True), [FEATURES])
    sums = ASKED["features"] - 0.5 * other
    sums /= np.linalg.norm(sums, axis=1, keepdims=True)
    best = (LIBRARY["features"] @ sums.T).max(axis=1)
    found = [match.picture.id for match in result.models["features"]]
    assert found == np.argsort(-best)[:40].tolist()


# A best match that is clear


def nearly(number: int, spec: ModelSpec) -> Vectors:
    """The vector of a slightly altered copy of this picture of the library."""
    vector = LIBRARY[spec.name][number] + 0.02 * unit_vectors(RANDOM, 1, spec.dimension)[0]
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def upright_copy(number: int, picture: int | None = None) -> QueryItem:
    """Of this picture of the library. It cannot be extracted in another orientation."""
    item = QueryItem("query", b"", picture=picture)
    for spec in SPECS[:2]:
        item.set_vector(spec, nearly(number, spec))
    return item


def turned_copy(item: QueryItem, number: int, turn: Orientation) -> QueryItem:
    """One that in one orientation is like another picture of the library, too."""
    for spec in SPECS[:2]:
        for other in ORIENTATIONS[1:]:
            item.turned(other).set_vector(spec, unit_vectors(RANDOM, 1, spec.dimension)[0])
        item.turned(turn).set_vector(spec, LIBRARY[spec.name][number])
    return item


def test_a_query_whose_best_match_is_clear_is_not_turned(library: Home) -> None:
    item = upright_copy(5)
    query = Query((item,), True)
    result = search(library, query, SPECS[:2])
    assert result.query is query
    assert result.combined[0].picture.id == 5
    assert result.combined[0].closeness >= NEARLY_THE_SAME
    assert {s.orientation for s in result.combined_standings.values()} == {UPRIGHT}
    upright = search(library, Query((item,)), SPECS[:2])
    assert (result.combined, result.models) == (upright.combined, upright.models)


@pytest.mark.parametrize("weight", [1.0, -0.5])
def test_words_do_not_make_a_clear_match_unclear(library: Home, weight: float) -> None:
    """It has no other vectors."""
    asked, worded = described(upright_copy(5), 9, weight)
    result = search(library, asked, [worded, OTHERS])
    upright = search(library, replace(asked, any_orientation=False), [worded, OTHERS])
    assert result.query is asked
    assert (result.combined, result.models) == (upright.combined, upright.models)
    assert {s.orientation for s in result.combined_standings.values()} == {UPRIGHT}


def test_words_do_not_make_an_unclear_match_clear(library: Home) -> None:
    turn, item = ORIENTATIONS[3], QueryItem("query", b"")
    for spec in SPECS[:2]:
        item.set_vector(spec, ASKED[spec.name][0])
    asked, worded = described(turned_copy(item, 9, turn), 9)
    result = search(library, asked, [worded, OTHERS])
    assert result.combined[0].picture.id == 9
    assert result.combined_standings[9].orientation == turn


def described(item: QueryItem, number: int, weight: float = 1.0) -> tuple[Query, ModelSpec]:
    """With words that describe this picture of the library, for the model that knows them."""
    words, worded = QueryWords("a description", weight), replace(FEATURES, text=TEXT)
    words.set_vector(worded, nearly(number, FEATURES))
    return Query((item,), True, (words,)), worded


def test_without_a_clear_match_it_is_turned(library: Home) -> None:
    item, turn = QueryItem("query", b""), ORIENTATIONS[6]
    for spec in SPECS[:2]:
        item.set_vector(spec, ASKED[spec.name][0])
    upright = search(library, Query((item,)), SPECS[:2])
    result = search(library, Query((turned_copy(item, 9, turn),), True), SPECS[:2])
    assert upright.combined[0].closeness < NEARLY_THE_SAME
    assert result.combined[0].picture.id == 9
    assert result.combined_standings[9].orientation == turn


def test_a_clear_match_that_the_filter_leaves_out_does_not_count(library: Home) -> None:
    query = Query((turned_copy(upright_copy(5), 9, ORIENTATIONS[3]),), True)
    result = search(library, query, SPECS[:2], filter=Filter(name=("9",)))
    assert result.combined[0].picture.id == 9


def test_the_query_itself_is_no_clear_match_so_its_turned_copies_are_found(library: Home) -> None:
    item = turned_copy(QueryItem("query", b"", picture=5), 9, ORIENTATIONS[2])
    result = search(library, Query((item,), True), SPECS[:2])
    assert [match.picture.id for match in result.combined[:2]] == [5, 9]
    assert result.combined_standings[9].orientation == ORIENTATIONS[2]


@pytest.mark.parametrize("turn", [ORIENTATIONS[1], ORIENTATIONS[4], ORIENTATIONS[7]])
def test_a_turned_copy_finds_its_original_with_every_model(
    birds_and_cats: Home,
    real_specs: list[ModelSpec],
    samples: Path,
    extractors: ExtractorPool,
    tmp_path: Path,
    turn: Orientation,
) -> None:
    original = samples / "birds" / "kingfisher.jpg"
    with Image.open(original) as image:
        turn.apply(image).save(tmp_path / "turned.png")
    item = QueryItem.from_file(str(tmp_path / "turned.png"))
    result = search(birds_and_cats, Query((item,), True), real_specs, extractors=extractors)
    picture = result.combined[0].picture
    assert picture.paths == (str(original),)
    back = {s.orientation for s in result.standings[picture.id].values()}
    assert len(back) == 1, "the models agree"
    restored = next(iter(back)).apply(turn.apply(Image.open(original)))
    np.testing.assert_array_equal(np.asarray(restored), np.asarray(Image.open(original)))
    assert result.combined_standings[picture.id].orientation in back
    for name, matches in result.models.items():
        assert matches[0].picture == picture, name


def test_eight_searches_together_answer_the_same(
    birds_and_cats: Home, real_specs: list[ModelSpec], samples: Path, extractors: ExtractorPool
) -> None:
    item = QueryItem.from_file(str(samples / "altered" / "kingfisher--crop.jpg"))
    together = search(birds_and_cats, Query((item,), True), real_specs, extractors=extractors)
    one_by_one = [
        search(birds_and_cats, Query((item.turned(turn),)), real_specs, extractors=extractors)
        for turn in ORIENTATIONS
    ]
    for name, matches in together.models.items():
        assert len(matches) == 12
        for match in matches:
            distances = [r.standings[match.picture.id][name].distance for r in one_by_one]
            assert match.score == min(distances)
            best = together.standings[match.picture.id][name].orientation
            assert best == ORIENTATIONS[distances.index(min(distances))]


def test_a_picture_of_the_library_is_still_nearest_to_itself(
    birds_and_cats: Home, samples: Path, extractors: ExtractorPool, fast_spec: ModelSpec
) -> None:
    item = QueryItem.from_file(str(samples / "cats" / "kitten.jpg"))
    result = search(birds_and_cats, Query((item,), True), [fast_spec], extractors=extractors)
    best = result.models[fast_spec.name][0]
    assert (best.picture.id, best.score) == (item.picture, 0.0)
    assert result.combined[0].picture.id == item.picture
