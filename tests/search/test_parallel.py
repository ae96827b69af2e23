"""Several models that extract one query at the same time."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from making import fill, unit_vectors
from model_folders import Made, make_model
from numpy.typing import NDArray
from PIL import Image

from finder.core.cancellation import Cancelled, CancelToken
from finder.core.errors import FinderError
from finder.core.models.manifest import load_spec
from finder.core.models.runtime.embedder import Embedder
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.core.search.matches import Result
from finder.core.search.query.query import Query, QueryItem
from finder.use_cases.search.library_search import open_searcher

NUMBER = 60
SOON = 30.0  # seconds that no test takes unless it fails


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, fast_spec: ModelSpec) -> list[ModelSpec]:
    """A real network and two small ones."""
    folder = tmp_path_factory.mktemp("models")
    small = [Made(name="small"), Made(name="wide", width=12, times=0.5)]
    return [fast_spec, *(load_spec(make_model(folder, made)) for made in small)]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory, models: list[ModelSpec]) -> Home:
    """A library with made-up vectors of these models. Only to be read."""
    home = Home(tmp_path_factory.mktemp("known"))
    random = np.random.default_rng(0)
    vectors = {spec.name: unit_vectors(random, NUMBER, spec.dimension) for spec in models}
    fill(home, models, range(NUMBER), vectors)
    return home


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def _kitten(samples: Path) -> Query:
    return Query.from_file(str(samples / "cats" / "kitten.jpg"))


def _search(
    home: Home,
    query: Query,
    models: list[ModelSpec],
    extractors: ExtractorPool,
    executor: Executor | None = None,
    stop: CancelToken | None = None,
) -> Result:
    with closing(open_searcher(home, extractors, executor)) as searcher:
        return searcher.search(query, models, 20, Metric.EUCLIDEAN, stop=stop)


def _answer(result: Result) -> dict[str, Any]:
    """All of a result but the query and the times."""
    times = ("query", "seconds", "combined_seconds", "extraction_seconds")
    return {name: value for name, value in vars(result).items() if name not in times}


def _large(samples: Path) -> Query:
    """A picture that decodes differently at 320 and at 640."""
    file = io.BytesIO()
    with Image.open(samples / "cats" / "kitten.jpg") as image:
        image.resize((1_500, 1_400)).save(file, "JPEG")
    return Query.from_bytes("large", file.getvalue())


def _wide(spec: ModelSpec) -> ModelSpec:
    """A model that wants a larger decode, of the same name and file."""
    wide = replace(spec, input=replace(spec.input, height=400))
    assert wide.decode_side == 2 * spec.decode_side
    return wide


def test_the_answer_is_the_same_with_threads(
    known: Home,
    samples: Path,
    models: list[ModelSpec],
    extractors: ExtractorPool,
    pool: ThreadPoolExecutor,
) -> None:
    for path in ("cats/kitten.jpg", "birds/kingfisher.jpg"):
        queries = [Query.from_file(str(samples / path)) for _ in range(2)]
        alone = _search(known, queries[0], models, extractors)
        helped = _search(known, queries[1], models, extractors, pool)
        assert _answer(helped) == _answer(alone)
        assert list(helped.models) == [spec.name for spec in models]
        for spec in models:
            np.testing.assert_array_equal(
                queries[0].vectors(spec, extractors), queries[1].vectors(spec, extractors)
            )


def test_models_extract_at_the_same_time(
    known: Home,
    samples: Path,
    models: list[ModelSpec],
    extractors: ExtractorPool,
    pool: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    meeting = threading.Barrier(len(models), timeout=SOON)
    embed_image = Extractor.embed_image
    threads: set[int] = set()

    def met(extractor: Extractor, image: Image.Image) -> NDArray[np.float32]:
        threads.add(threading.get_ident())
        meeting.wait()
        return embed_image(extractor, image)

    monkeypatch.setattr(Extractor, "embed_image", met)
    _search(known, _kitten(samples), models, extractors, pool)
    assert len(threads) == len(models) == 3
    assert threading.get_ident() not in threads


def test_without_an_executor_models_extract_here(
    known: Home,
    samples: Path,
    models: list[ModelSpec],
    extractors: ExtractorPool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    embed_image = Extractor.embed_image
    threads: list[int] = []

    def seen(extractor: Extractor, image: Image.Image) -> NDArray[np.float32]:
        threads.append(threading.get_ident())
        return embed_image(extractor, image)

    monkeypatch.setattr(Extractor, "embed_image", seen)
    _search(known, _kitten(samples), models, extractors)
    assert threads == [threading.get_ident()] * len(models)


def test_models_of_the_same_size_share_one_decode(
    known: Home,
    samples: Path,
    models: list[ModelSpec],
    extractors: ExtractorPool,
    pool: ThreadPoolExecutor,
    decodes: list[int],
) -> None:
    query = _kitten(samples)
    for _ in range(2):
        _search(known, query, models, extractors, pool)
    assert {spec.decode_side for spec in models} == {320}
    assert decodes == [320]


def test_each_size_is_decoded_once_and_given_to_its_models(
    known: Home,
    samples: Path,
    models: list[ModelSpec],
    extractors: ExtractorPool,
    pool: ThreadPoolExecutor,
    decodes: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mixed = [models[0], _wide(models[1]), models[2]]
    given: dict[str, int] = {}

    class _Told(ExtractorPool):
        def get(self, spec: ModelSpec) -> Embedder:
            return extractors.get(next(s for s in models if s.name == spec.name))

    embed_image = Extractor.embed_image

    def noting(extractor: Extractor, image: Image.Image) -> NDArray[np.float32]:
        given[extractor.spec.name] = min(image.size)
        return embed_image(extractor, image)

    monkeypatch.setattr(Extractor, "embed_image", noting)
    _search(known, _large(samples), mixed, _Told(), pool)
    assert sorted(decodes) == [320, 640]
    small, wide, other = (given[spec.name] for spec in models)
    assert 320 <= small == other < 640 <= wide


def test_a_picture_of_the_library_is_neither_decoded_nor_extracted(
    known: Home, models: list[ModelSpec], pool: ThreadPoolExecutor, decodes: list[int]
) -> None:
    class _None(ExtractorPool):
        def get(self, spec: ModelSpec) -> Embedder:
            raise AssertionError("nothing is to be extracted")

    query = Query((QueryItem("stored", b"no picture at all", None, 7),))
    result = _search(known, query, models, _None(), pool)
    assert decodes == []
    assert [matches[0].picture.id for matches in result.models.values()] == [7, 7, 7]


def test_a_query_is_extracted_once_for_each_model(
    known: Home,
    samples: Path,
    models: list[ModelSpec],
    extractors: ExtractorPool,
    pool: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    embed_image = Extractor.embed_image
    asked: list[str] = []

    def seen(extractor: Extractor, image: Image.Image) -> NDArray[np.float32]:
        asked.append(extractor.spec.name)
        return embed_image(extractor, image)

    monkeypatch.setattr(Extractor, "embed_image", seen)
    query = _kitten(samples)
    for some in (models[:1], models[:2], models, models[1:]):
        _search(known, query, some, extractors, pool)
    assert sorted(asked) == sorted(spec.name for spec in models)


@pytest.mark.parametrize("helped", [False, True], ids=["alone", "helped"])
def test_a_model_that_cannot_be_loaded_is_named(
    known: Home,
    samples: Path,
    models: list[ModelSpec],
    pool: ThreadPoolExecutor,
    tmp_path: Path,
    helped: bool,
) -> None:
    lost = replace(models[1], file=tmp_path / "nowhere.onnx")
    with pytest.raises(FinderError) as caught:
        _search(
            known, _kitten(samples), [models[0], lost], ExtractorPool(), pool if helped else None
        )
    assert models[1].title in caught.value.sentence
    assert "cannot be loaded" in caught.value.sentence
    assert caught.value.hint


@pytest.mark.parametrize("helped", [False, True], ids=["alone", "helped"])
def test_what_is_no_picture_is_refused(
    known: Home,
    models: list[ModelSpec],
    extractors: ExtractorPool,
    pool: ThreadPoolExecutor,
    helped: bool,
) -> None:
    query = Query.from_bytes("Pasted picture", b"no picture")
    with pytest.raises(FinderError, match="Pasted picture"):
        _search(known, query, models, extractors, pool if helped else None)


def test_a_search_that_was_stopped_extracts_nothing(
    known: Home,
    samples: Path,
    models: list[ModelSpec],
    extractors: ExtractorPool,
    pool: ThreadPoolExecutor,
    decodes: list[int],
) -> None:
    stop = CancelToken()
    stop.set()
    query = _kitten(samples)
    with pytest.raises(Cancelled):
        _search(known, query, models, extractors, pool, stop)
    assert decodes == []
    assert not any(query.items[0].has_vector(spec) for spec in models)


def test_a_stop_ends_a_search_while_a_model_extracts(
    known: Home,
    samples: Path,
    models: list[ModelSpec],
    extractors: ExtractorPool,
    pool: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stop, go_on = CancelToken(), threading.Event()
    embed_image = Extractor.embed_image

    def slow(extractor: Extractor, image: Image.Image) -> NDArray[np.float32]:
        stop.set()
        go_on.wait(SOON)
        return embed_image(extractor, image)

    monkeypatch.setattr(Extractor, "embed_image", slow)
    with closing(open_searcher(known, extractors, pool)) as searcher:
        with pytest.raises(Cancelled):
            searcher.search(_kitten(samples), models, 5, Metric.EUCLIDEAN, stop=stop)
        assert not go_on.is_set()
        again = Query((QueryItem("stored", b"", None, 7),))
        result = searcher.search(again, models, 5, Metric.EUCLIDEAN)
        assert result.combined[0].picture.id == 7, "the next query is answered meanwhile"
        go_on.set()
