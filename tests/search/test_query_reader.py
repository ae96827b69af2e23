"""Where the pictures of a query come from, and that nothing is read or computed twice."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from making import run_index
from PIL import Image

from finder.core.errors import FinderError
from finder.core.models.registry import list_models, pick_models
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home, shipped_models_dir
from finder.core.pictures.content_id import content_id
from finder.core.pictures.decode import decode, read_file
from finder.core.pictures.mapped_file import Bytes
from finder.core.pictures.transform import IDENTITY, Box, Transform
from finder.core.search.matches import Result
from finder.core.search.query.query_spec import (
    BytesSource,
    FileSource,
    LibrarySource,
    QueryExample,
    QuerySpec,
    Source,
    WebSource,
)
from finder.jobs.workspace import Workspace
from finder.use_cases.search.search_session import SearchSession

PART = Transform(Box(0.1, 0.1, 0.7, 0.8))


class _Counts:
    """What queries have cost so far."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.read: list[str] = []
        self.decoded: list[int] = []
        self.extracted = 0
        monkeypatch.setattr("finder.core.search.query.query.read_file", self._read)
        monkeypatch.setattr("finder.core.search.query.query.decode", self._decode)
        self._embed_image = Extractor.embed_image
        monkeypatch.setattr(Extractor, "embed_image", lambda *args: self._embed(*args))

    def clear(self) -> None:
        self.read.clear()
        self.decoded.clear()
        self.extracted = 0

    def assert_nothing(self) -> None:
        assert (self.read, self.decoded, self.extracted) == ([], [], 0)

    def _read(self, path: str) -> Bytes:
        self.read.append(Path(path).name)
        return read_file(path)

    def _decode(self, data: bytes, short_side: int, max_pixels: int) -> object:
        self.decoded.append(short_side)
        return decode(data, short_side, max_pixels)

    def _embed(self, extractor: Extractor, image: Image.Image) -> object:
        self.extracted += 1
        return self._embed_image(extractor, image)


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> _Counts:
    return _Counts(monkeypatch)


@pytest.fixture
def folder(samples: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(samples / "cats", tmp_path / "cats"))


@pytest.fixture
def indexed(home: Home, folder: Path, small_spec: ModelSpec, extractors: ExtractorPool) -> Home:
    run_index(home, [folder], [small_spec], extractors)
    return home


@pytest.fixture
def session(indexed: Home, extractors: ExtractorPool) -> Iterator[SearchSession]:
    session = SearchSession(indexed, lambda: extractors)
    yield session
    session.close()


@pytest.fixture
def ask(session: SearchSession, small_spec: ModelSpec) -> Callable[[QuerySpec], Result]:
    def run(spec: QuerySpec) -> Result:
        session.set_query(spec)
        return session.search([small_spec], 10, "euclidean")

    return run


Ask = Callable[[QuerySpec], Result]


def one(source: Source, transform: Transform = IDENTITY, weight: float = 1.0) -> QuerySpec:
    return QuerySpec((QueryExample(source, weight, transform),))


def found(result: Result) -> list[str]:
    (matches,) = result.models.values()
    return [Path(match.picture.paths[0]).name for match in matches]


def file_source(path: Path) -> FileSource:
    return FileSource(str(path))


def test_queries_that_ask_the_same_are_equal() -> None:
    again = [one(BytesSource("Pasted", bytes([1, 2])), PART, 0.5) for _ in range(2)]
    assert again[0] == again[1]
    assert len({*again, replace(again[0], any_orientation=True)}) == 2
    assert one(LibrarySource(3, "old name")) == one(LibrarySource(3, "new name"))
    assert QuerySpec.of_files(["a.jpg"]) == one(FileSource(os.path.abspath("a.jpg")))


def test_another_part_or_weight_reads_and_decodes_nothing(
    ask: Ask, samples: Path, counts: _Counts
) -> None:
    bird, cat = (file_source(samples / p) for p in ("birds/kingfisher.jpg", "cats/kitten.jpg"))
    ask(one(bird))
    ask(one(bird, PART))
    assert (counts.read, counts.extracted) == (["kingfisher.jpg"], 2)
    decodes = len(counts.decoded)
    counts.clear()
    ask(one(bird, replace(PART, quarter_turns=1)))
    ask(one(bird, Transform(Box(0.2, 0.1, 0.8, 0.8))))
    assert (counts.read, counts.decoded, counts.extracted) == ([], [], 2)
    assert decodes <= 2
    counts.clear()
    two = QuerySpec((QueryExample(bird, 2, PART), QueryExample(cat, -0.5)))
    ask(two)
    assert (counts.read, counts.extracted) == (["kitten.jpg"], 0)
    counts.clear()
    for spec in (one(bird), one(bird, PART), two):
        ask(spec)
    counts.assert_nothing()


def test_preparing_decodes_for_the_parts_that_follow(
    ask: Ask, session: SearchSession, samples: Path, counts: _Counts
) -> None:
    session.prepare_parts()  # there is no query yet
    cat, bird = (file_source(samples / p) for p in ("cats/kitten.jpg", "birds/kingfisher.jpg"))
    ask(QuerySpec((QueryExample(cat, -0.5), QueryExample(bird))))
    session.prepare_parts(1)
    counts.clear()
    result = ask(one(bird, PART))
    assert (counts.read, counts.decoded, counts.extracted) == ([], [], 1)
    assert result.query.items[0].label == bird.path


def test_the_first_wanted_picture_names_the_query(ask: Ask, samples: Path) -> None:
    cat, bird = (file_source(samples / p) for p in ("cats/kitten.jpg", "birds/kingfisher.jpg"))
    result = ask(QuerySpec((QueryExample(cat, -0.5), QueryExample(bird))))
    assert result.query.label == bird.path


def test_what_parts_of_an_earlier_query_needed_is_not_kept(
    ask: Ask, session: SearchSession, samples: Path, tmp_path: Path, counts: _Counts
) -> None:
    with Image.open(samples / "birds" / "kingfisher.jpg") as image:
        image.resize((2_400, 1_800)).save(tmp_path / "large.jpg")
    large = file_source(tmp_path / "large.jpg")
    ask(one(large, PART))
    counts.clear()
    ask(one(large, replace(PART, mirrored=True)))
    assert counts.decoded == []
    ask(one(file_source(samples / "cats" / "kitten.jpg")))
    counts.clear()
    ask(one(large))
    assert counts.decoded == [], "the small one is"
    session.prepare_parts()
    assert len(counts.decoded) == 1


def test_going_back_reads_nothing(ask: Ask, samples: Path, counts: _Counts) -> None:
    specs = [one(file_source(path)) for path in sorted((samples / "birds").glob("*.jpg"))]
    first = [found(ask(spec)) for spec in specs]
    counts.clear()
    assert [found(ask(spec)) for spec in reversed(specs)] == first[::-1]
    counts.assert_nothing()


def test_a_file_that_has_changed_is_read_again(ask: Ask, samples: Path, tmp_path: Path) -> None:
    path = tmp_path / "query.jpg"
    for name in ("kitten", "tabby-cat"):
        shutil.copy(samples / "cats" / f"{name}.jpg", path)
        assert found(ask(one(file_source(path))))[0] == f"{name}.jpg"


def test_a_file_that_is_gone_is_searched_for_as_it_was_read(
    ask: Ask, samples: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(samples / "birds" / "kingfisher.jpg", tmp_path))
    before = ask(one(file_source(path)))
    path.unlink()
    assert found(ask(one(file_source(path)))) == found(before)
    with pytest.raises(FinderError, match="There is no file"):
        ask(one(file_source(tmp_path / "never.jpg")))


def test_bytes_are_a_query(ask: Ask, folder: Path) -> None:
    data = (folder / "kitten.jpg").read_bytes()
    result = ask(one(BytesSource("Pasted picture", data)))
    assert found(result)[0] == "kitten.jpg"
    assert result.query.label == "Pasted picture"


def test_a_web_address_is_downloaded_once(
    ask: Ask, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def download(url: str, stop: object = None, executor: object = None) -> bytes:
        asked.append(url)
        return (folder / "kitten.jpg").read_bytes()

    monkeypatch.setattr("finder.core.web.fetch.fetch_picture", download)
    source = WebSource("https://example.org/cat.jpg", "cat.jpg")
    for transform in (Transform(), PART, Transform()):
        result = ask(one(source, transform))
    assert found(result)[0] == "kitten.jpg"
    assert asked == [source.url]


# Pictures of the library


def kitten(folder: Path) -> LibrarySource:
    return LibrarySource(content_id((folder / "kitten.jpg").read_bytes()), "kitten.jpg")


def test_a_picture_of_the_library_is_read_from_its_file(
    ask: Ask, folder: Path, counts: _Counts
) -> None:
    whole, part = ask(one(kitten(folder))), ask(one(kitten(folder), PART))
    assert whole.query.items[0].path == str(folder / "kitten.jpg")
    assert (counts.read, counts.extracted) == (["kitten.jpg"], 1)
    assert found(whole)[0] == "kitten.jpg"
    assert part.combined[0].score < whole.combined[0].score


@pytest.mark.parametrize("change", ["removed", "replaced", "damaged"])
def test_without_its_file_its_stored_vectors_are_used(
    ask: Ask, folder: Path, counts: _Counts, change: str
) -> None:
    source, path = kitten(folder), folder / "kitten.jpg"
    expected = ask(one(file_source(path)))
    path.unlink()
    if change == "replaced":
        shutil.copy(folder / "tabby-cat.jpg", path)
    elif change == "damaged":
        path.write_bytes(b"")
    counts.clear()
    result = ask(one(source))
    assert counts.extracted == 0
    assert result.query.items[0].is_gone
    assert result.query.own == {source.picture}
    for before, after in zip(expected.combined, result.combined, strict=True):
        assert (after.picture.id, after.score) == (before.picture.id, before.score)


def test_a_picture_that_was_read_before_its_file_was_removed_is_still_whole(
    ask: Ask, folder: Path
) -> None:
    source = kitten(folder)
    ask(one(source))
    (folder / "kitten.jpg").unlink()
    assert not ask(one(source, PART)).query.items[0].is_gone


def test_a_picture_whose_file_was_moved_has_its_new_name(
    ask: Ask, indexed: Home, folder: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    source = kitten(folder)
    ask(one(source))
    (folder / "kitten.jpg").rename(folder / "moved.jpg")
    run_index(indexed, [folder], [small_spec], extractors)
    assert ask(one(source)).query.label == str(folder / "moved.jpg")


def test_with_others_its_stored_vectors_are_used_too(ask: Ask, folder: Path, samples: Path) -> None:
    source = kitten(folder)
    bird = QueryExample(file_source(samples / "birds" / "kingfisher.jpg"), -0.5)
    both = QuerySpec((QueryExample(source), bird))
    with_file = ask(both)
    (folder / "kitten.jpg").unlink()
    assert found(ask(replace(both))) == found(with_file)


@pytest.mark.parametrize("transform", [PART, Transform(None, 1)])
def test_without_its_file_no_part_of_it_can_be_searched_for(
    ask: Ask, folder: Path, transform: Transform
) -> None:
    source = kitten(folder)
    (folder / "kitten.jpg").unlink()
    with pytest.raises(FinderError, match=r"kitten\.jpg” is gone, so .* cropped or turned") as no:
        ask(one(source, transform))
    assert no.value.hint
    assert found(ask(one(source)))[0] == "kitten.jpg"


def test_a_model_that_has_not_indexed_it_is_left_out(
    session: SearchSession, indexed: Home, folder: Path, small_spec: ModelSpec, samples: Path
) -> None:
    (other,) = pick_models(list_models([shipped_models_dir()])[0], ["pixels"])
    run_index(indexed, [samples / "birds"], [other], ExtractorPool())
    source = kitten(folder)
    (folder / "kitten.jpg").unlink()
    session.set_query(one(source))
    result = session.search([small_spec, other], 5, "euclidean")
    assert list(result.models) == [small_spec.name]
    assert any("kitten.jpg" in note and other.title in note for note in result.notes)


def test_a_picture_that_the_library_does_not_have_is_reported(ask: Ask) -> None:
    with pytest.raises(FinderError, match=r"“old\.jpg” is no longer in the library"):
        ask(one(LibrarySource(12_345, "/somewhere/old.jpg")))


def test_a_query_that_cannot_be_asked_does_not_replace_the_last_one(
    ask: Ask, session: SearchSession, folder: Path, small_spec: ModelSpec
) -> None:
    ask(one(kitten(folder)))
    with pytest.raises(FinderError, match="Less like this"):
        session.set_query(one(kitten(folder), weight=-1))
    assert found(session.search([small_spec], 5, "euclidean"))[0] == "kitten.jpg"


def test_the_window_shows_the_thumbnail_of_a_picture_without_file(
    indexed: Home, folder: Path, small_spec: ModelSpec
) -> None:
    spec = one(kitten(folder))
    workspace = Workspace(indexed)
    try:
        before = workspace.set_query(spec)
        (folder / "kitten.jpg").unlink()
        again = Workspace(indexed)
        facts = again.set_query(spec)
        again.close()
    finally:
        workspace.close()
    assert facts.spec == before.spec == spec
    assert (facts.width, facts.height) == (before.width, before.height)
    assert (facts.bytes, facts.label) == (0, str(folder / "kitten.jpg"))
    assert [example.is_gone for example in (*before.examples, *facts.examples)] == [False, True]
    ratio = facts.image.width() / facts.image.height()
    np.testing.assert_allclose(ratio, facts.width / facts.height, rtol=0.02)
