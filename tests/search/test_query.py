"""Queries of real pictures: the picture itself first, and errors in sentences."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from making import copied, fill, run_index, tiny_spec, unit_vectors
from PIL import Image

from finder.core.errors import FinderError
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.content_id import content_id
from finder.core.search.distance import Metric
from finder.core.search.matches import Result
from finder.core.search.query.query import Query, QueryItem
from finder.use_cases.search.library_search import open_searcher


def ask(home: Home, query: Query, specs: list[ModelSpec], extractors: ExtractorPool) -> Result:
    with closing(open_searcher(home, extractors)) as searcher:
        return searcher.search(query, specs, 10, Metric.EUCLIDEAN)


def test_a_picture_finds_itself_before_its_pixel_twin(
    home: Home, samples: Path, specs: list[ModelSpec], extractors: ExtractorPool, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    copied(sorted((samples / "birds").iterdir())[:3], folder)
    with Image.open(samples / "cats" / "kitten.jpg") as kitten:
        for name in ("kitten.png", "kitten.bmp"):
            kitten.save(folder / name)
    chosen = [spec for spec in specs if spec.name != "vgg16"]
    run_index(home, [folder], chosen, extractors)
    for name, twin in (("kitten.png", "kitten.bmp"), ("kitten.bmp", "kitten.png")):
        result = ask(home, Query.from_file(str(folder / name)), chosen, extractors)
        for matches in (*result.models.values(), result.combined):
            found = [Path(match.picture.paths[0]).name for match in matches]
            assert found[:2] == [name, twin]
        for matches in result.models.values():
            assert matches[0].score <= 1e-3
            assert matches[1].score <= 1e-3


def test_asking_again_extracts_nothing(
    home: Home,
    samples: Path,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copied([samples / "cats" / "kitten.jpg", samples / "cats" / "cheetah.jpg"], tmp_path / "p")
    run_index(home, [tmp_path / "p"], [fast_spec], extractors)
    outside = Query.from_file(str(samples / "birds" / "kingfisher.jpg"))
    first = ask(home, outside, [fast_spec], extractors)

    def fail(*args: object) -> None:
        raise AssertionError("extracted again")

    monkeypatch.setattr(Extractor, "embed_image", fail)
    again = ask(home, outside, [fast_spec], extractors)
    assert [m.score for m in again.combined] == [m.score for m in first.combined]
    inside = Query.from_file(str(samples / "cats" / "kitten.jpg"))
    assert ask(home, inside, [fast_spec], extractors).combined[0].score == pytest.approx(1.0)


def test_pasted_bytes_are_the_same_query_as_their_file(
    samples: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    path = samples / "cats" / "kitten.jpg"
    file, pasted = Query.from_file(str(path)), Query.from_bytes("Pasted", path.read_bytes())
    assert file.own == pasted.own == {content_id(path.read_bytes())}
    assert (file.items[0].path, pasted.items[0].path, pasted.label) == (str(path), None, "Pasted")
    np.testing.assert_array_equal(
        file.vectors(fast_spec, extractors), pasted.vectors(fast_spec, extractors)
    )


def test_a_query_that_is_no_picture_is_reported(
    home: Home, tmp_path: Path, extractors: ExtractorPool
) -> None:
    spec = tiny_spec()
    fill(home, [spec], [1], {"tiny": unit_vectors(np.random.default_rng(0), 1, 8)})
    (tmp_path / "text.jpg").write_text("not a picture")
    (tmp_path / "empty.jpg").write_bytes(b"")
    with pytest.raises(FinderError, match="is a folder"):
        Query.from_file(str(tmp_path))
    with pytest.raises(FinderError, match=r"There is no file .*missing\.jpg"):
        Query.from_file(str(tmp_path / "missing.jpg"))
    with pytest.raises(FinderError, match=r"empty\.jpg.* cannot be used: The file is empty"):
        Query.from_file(str(tmp_path / "empty.jpg"))
    query = Query.from_file(str(tmp_path / "text.jpg"))
    with pytest.raises(FinderError, match="cannot be used: The file is not a picture"):
        ask(home, query, [spec], extractors)


def test_nothing_indexed_is_reported(home: Home, extractors: ExtractorPool) -> None:
    a, b = tiny_spec("a"), tiny_spec("b", mark="b")
    query = Query((QueryItem("query", b""),))
    with pytest.raises(FinderError, match="A has not indexed any picture"):
        ask(home, query, [a], extractors)
    fill(home, [a], [1], {"a": unit_vectors(np.random.default_rng(0), 1, 8)})
    with pytest.raises(FinderError, match="B has not indexed any picture"):
        ask(home, query, [a, b], extractors)
    fill(home, [b], [], {"b": unit_vectors(np.random.default_rng(0), 1, 8)})
    with pytest.raises(FinderError, match="B has not indexed any picture"):
        ask(home, query, [b], extractors)


@pytest.mark.parametrize("change", [{"sha256": "c" * 64}, {"version": "2"}, {"dimension": 9}])
def test_a_replaced_model_is_reported(
    home: Home, extractors: ExtractorPool, change: dict[str, str | int]
) -> None:
    spec = tiny_spec()
    fill(home, [spec], [1], {"tiny": unit_vectors(np.random.default_rng(0), 1, 8)})
    exchanged = replace(spec, **change)  # type: ignore[arg-type]
    with pytest.raises(FinderError, match="Tiny was replaced"):
        ask(home, Query((QueryItem("query", b""),)), [exchanged], extractors)


def test_a_repair_during_a_search_reports_a_busy_library(
    home: Home, extractors: ExtractorPool
) -> None:
    from finder.core.library.writer import LibraryWriter

    spec = tiny_spec()
    fill(home, [spec], [1], {"tiny": unit_vectors(np.random.default_rng(0), 1, 8)})
    for path in home.nearest.iterdir():
        path.unlink()
    refused = pytest.raises(FinderError, match="being written to")
    with LibraryWriter(home), refused:
        ask(home, Query((QueryItem("query", b"", None, 1),)), [spec], extractors)
    result = ask(home, Query((QueryItem("query", b"", None, 1),)), [spec], extractors)
    assert [match.picture.id for match in result.combined] == [1]
