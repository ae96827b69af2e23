"""Crops in a library on a server: searched there, and shared by machines."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from crop_scene import SCENE, THING, make_scenes, rank_of, switch_on
from making import Vectors, outcomes, run_index, tiny_spec, unit_vectors
from milvus_server import drop_library
from shared_machine import Machine, assert_right

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.filter_text import parse_filter
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.library.crop_folders import remove_crops
from finder.core.library.server.server_address import ServerAddress, parse
from finder.core.library.server.server_counts import embedded_counts
from finder.core.library.server.store_settings import read_store_settings
from finder.core.library.writer import LibraryWriter
from finder.core.models.crops import CROPS, SCALE, crops_of
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.transform import ORIENTATIONS, Box
from finder.core.search import candidate_search
from finder.core.search.distance import Metric
from finder.core.search.matches import Result
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.server_searcher import ServerSearcher
from finder.use_cases.library.move_library import set_mirror, use_server
from finder.use_cases.library.vector_store import store_status
from finder.use_cases.search.library_search import open_searcher

A, B = tiny_spec("a", 16), tiny_spec("b", 24, "b")
SPECS = [A, B]
NUMBER = 400


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, milvus_uri: str) -> Iterator[Home]:
    """On a server with a mirror; a third of the pictures have crops. Only to be read."""
    home, random = Home(tmp_path_factory.mktemp("server")), np.random.default_rng(1)
    pictures = random.choice(2**62, NUMBER, replace=False)
    wholes = {spec.name: unit_vectors(random, NUMBER, spec.dimension) for spec in SPECS}
    with LibraryWriter(home) as writer:
        writer.register_models([*SPECS, *map(crops_of, SPECS)])
        writer.write(outcomes(pictures.tolist(), wholes))
        for spec in SPECS:
            chosen = pictures[::3]
            each = unit_vectors(random, len(CROPS) * len(chosen), spec.dimension) / SCALE
            crops = each.reshape(len(chosen), -1).astype(np.float32)
            writer.store_vectors(crops_of(spec).name, chosen, crops)
    name = f"t{secrets.token_hex(4)}"
    for _ in use_server(home, parse(milvus_uri, library=name), "a test", "here"):
        pass
    yield home
    drop_library(milvus_uri, name)


def asked(vectors: dict[str, Vectors]) -> Query:
    query = Query((QueryItem("query", b"", None, None),))
    for spec in SPECS:
        query.items[0].set_vector(spec, vectors[spec.name])
    return query


def both_ways(
    home: Home, query: Query, look_twice: bool = False, filter: Filter = NO_FILTER
) -> tuple[Result, Result]:
    """Searched in the mirror, and on the server."""
    without = replace(read_store_settings(home), mirror=False)
    with (
        closing(open_searcher(home, ExtractorPool())) as mirror,
        closing(ServerSearcher(home, without, ExtractorPool())) as server,
    ):
        one, other = (
            searcher.search(query, SPECS, 20, Metric.COSINE, filter, look_twice=look_twice)
            for searcher in (mirror, server)
        )
    return one, other


def of_crop(home: Home, number: int, place: int) -> tuple[int, dict[str, Vectors]]:
    """A picture, and the vectors of one of its crops."""
    found = {}
    with closing(Catalogue(home)) as catalogue:
        picture = int(catalogue.embeddings.rows(crops_of(A).name)[number, 0])
    without = replace(read_store_settings(home), mirror=False)
    with closing(ServerSearcher(home, without, ExtractorPool())) as server:
        for spec in SPECS:
            index = server._crops_of(spec)
            assert index is not None
            row = index.fetch([picture]).vectors(np.array([0]))[0]
            found[spec.name] = row.reshape(len(CROPS), -1)[place] * np.float32(SCALE)
    return picture, found


@pytest.mark.parametrize("lengths", [(200, 500, 1_000), (30, 60)])
def test_a_server_gives_what_its_mirror_gives(
    library: Home, monkeypatch: pytest.MonkeyPatch, lengths: tuple[int, ...]
) -> None:
    """Also where the lists are too short to have every picture."""
    monkeypatch.setattr(candidate_search, "LIST_LENGTHS", lengths)
    random = np.random.default_rng(2)
    parts = 0
    for _ in range(3):
        vectors = {spec.name: unit_vectors(random, 1, spec.dimension)[0] for spec in SPECS}
        parts += assert_same(*both_ways(library, asked(vectors)))
    assert parts > 20


def assert_same(mirror: Result, server: Result) -> int:
    """How many matches were found by a part."""
    parts = 0
    for name, matches in mirror.models.items():
        ids = [match.picture.id for match in matches]
        assert [match.picture.id for match in server.models[name]] == ids
        for picture in ids:
            one, other = mirror.standings[picture][name], server.standings[picture][name]
            assert other.similarity == pytest.approx(one.similarity, abs=1e-4)
            assert (other.part, other.orientation) == (one.part, one.orientation)
            parts += one.part is not None
    return parts


def test_filters_and_orientations_work_with_crops_on_a_server(library: Home) -> None:
    random = np.random.default_rng(3)
    vectors = {spec.name: unit_vectors(random, len(ORIENTATIONS), spec.dimension) for spec in SPECS}
    query = replace(asked({name: rows[0] for name, rows in vectors.items()}), any_orientation=True)
    for number, turn in enumerate(ORIENTATIONS):
        for spec in SPECS:
            query.items[0].turned(turn).set_vector(spec, vectors[spec.name][number])
    for filter in (NO_FILTER, parse_filter("name:77")):
        mirror, server = both_ways(library, query, filter=filter)
        assert assert_same(mirror, server) > 0
        turns = [one["a"].orientation for one in mirror.standings.values()]
        assert any(not turn.is_upright for turn in turns)


@pytest.mark.parametrize("place", [0, 3])
@pytest.mark.parametrize("look_twice", [False, True])
def test_the_server_finds_each_crop(library: Home, place: int, look_twice: bool) -> None:
    picture, vectors = of_crop(library, 9, place)
    for result in both_ways(library, asked(vectors), look_twice):
        assert result.combined[0].picture.id == picture
        assert result.combined_standings[picture].part == Box(*CROPS[place])
        assert result.models["b"][0].picture.id == picture


def test_a_machine_without_a_copy_finds_things_in_another_ones_scenes(
    tmp_path: Path,
    samples: Path,
    address: ServerAddress,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
) -> None:
    one, two = (Machine(tmp_path, name, [fast_spec], extractors) for name in ("one", "two"))
    make_scenes(samples, one.folder)
    switch_on(one.home, one.folder)
    assert one.index() == 18
    for each in (one, two):
        each.begin()
        each.use(address)
    two.sync()
    query = Query.from_file(str(samples / THING))
    with closing(open_searcher(two.home, extractors)) as mirror:
        copied = mirror.search(query, [fast_spec], 20, Metric.EUCLIDEAN)
    assert rank_of(copied, SCENE, fast_spec.name) == 1
    set_mirror(two.home, False, "a test")
    settings = read_store_settings(two.home)
    with closing(ServerSearcher(two.home, settings, extractors)) as server:
        found = server.search(query, [fast_spec], 20, Metric.EUCLIDEAN)
    assert rank_of(found, SCENE, fast_spec.name) == 1
    assert found.combined_standings[found.combined[0].picture.id].part == Box(0.5, 0.5, 1.0, 1.0)
    with closing(Catalogue(two.home)) as catalogue:
        assert embedded_counts(catalogue, [fast_spec]) == {fast_spec.name: 18}
    assert store_status(two.home).vectors == {fast_spec.name: 18}


def test_switching_off_keeps_what_another_machine_has_too(
    tmp_path: Path,
    birds: list[Path],
    address: ServerAddress,
    small_spec: ModelSpec,
    extractors: ExtractorPool,
) -> None:
    one, two = (Machine(tmp_path, name, [small_spec], extractors) for name in ("one", "two"))
    one.add(*birds[:3])
    two.add(birds[2])
    switch_on(one.home, one.folder)
    for each in (one, two):
        each.index()
        each.use(address)
    companion = crops_of(small_spec)
    assert len(one.on_server(companion)) == 3
    one.sync()
    with LibraryWriter(one.home) as writer:
        assert remove_crops(writer, [str(one.folder)]) == 2
    assert len(one.on_server(companion)) == 1
    assert len(one.on_server(small_spec)) == 3
    one.sync()
    assert_right(one)


def test_crops_of_another_machine_are_not_made_again(
    tmp_path: Path,
    birds: list[Path],
    address: ServerAddress,
    small_spec: ModelSpec,
    extractors: ExtractorPool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, two = (Machine(tmp_path, name, [small_spec], extractors) for name in ("one", "two"))
    one.add(*birds[:3])
    two.add(*birds[:3])
    switch_on(one.home, one.folder)
    one.index()
    one.use(address)
    two.begin()
    two.use(address)
    set_mirror(two.home, False, "a test")
    switch_on(two.home, two.folder)
    last = run_index(two.home, [two.folder], [small_spec], _Unused())
    assert last.counts.new == 3
    assert_right(two)


class _Unused(ExtractorPool):
    """Whose models may be loaded, and not used."""

    def get(self, spec: ModelSpec) -> _Unused:  # type: ignore[override]
        made = _Unused()
        made.spec = spec  # type: ignore[attr-defined]
        return made

    def embed_image(self, image: object) -> Vectors:
        raise AssertionError("it was embedded again")
