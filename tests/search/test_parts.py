"""A part of a picture is searched for as a file of the part alone would be."""

from __future__ import annotations

import io
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from making import Vectors, fill, run_index
from PIL import Image

from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.transform import Box, Transform
from finder.core.search.distance import Metric
from finder.core.search.matches import Result
from finder.core.search.query.query import Query, QueryItem
from finder.use_cases.search.library_search import open_searcher

MIDDLE = Transform(Box(0.25, 0.25, 0.75, 0.75))


def search(home: Home, item: QueryItem, spec: ModelSpec, extractors: ExtractorPool) -> Result:
    with closing(open_searcher(home, extractors)) as searcher:
        return searcher.search(Query((item,)), [spec], 10, Metric.EUCLIDEAN)


def encoded(image: Image.Image, format: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, format, quality=95, compress_level=1)
    return file.getvalue()


@pytest.fixture(scope="module")
def large(samples: Path) -> Image.Image:
    """A picture with details, 12 megapixels."""
    with Image.open(samples / "birds" / "kingfisher.jpg") as image:
        return image.convert("RGB").resize((4_000, 3_000), Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def encodings(large: Image.Image) -> dict[str, bytes]:
    """The same in two formats."""
    return {format: encoded(large, format) for format in ("PNG", "JPEG")}


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
@pytest.mark.parametrize("size", [0.05, 0.2, 0.5, 0.9])
def test_a_part_keeps_the_pixels_that_its_own_file_would(
    large: Image.Image,
    encodings: dict[str, bytes],
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
    format: str,
    size: float,
) -> None:
    box = Box(0.1, 0.05, 0.1 + size, 0.05 + size)
    part = QueryItem.from_bytes("large", encodings[format])
    part = replace(part, transform=Transform(box))
    alone = QueryItem.from_bytes("alone", encoded(large.crop(box.in_pixels(*large.size))))
    short = min(part.image(320).size)
    assert short == pytest.approx(box.short_side(4_000, 3_000), abs=1) or 320 <= short < 640
    similarity = part.vector(fast_spec, extractors) @ alone.vector(fast_spec, extractors)
    assert similarity > 0.99


def test_a_part_of_a_small_picture_is_cut_to_the_pixel(samples: Path) -> None:
    data = (samples / "altered" / "goldfish--smaller.png").read_bytes()
    item = replace(QueryItem.from_bytes("small", data), transform=MIDDLE)
    with Image.open(io.BytesIO(data)) as image:
        upright = image.convert("RGB")
    expected = upright.crop(MIDDLE.crop.in_pixels(*upright.size)) if MIDDLE.crop else upright
    np.testing.assert_array_equal(np.asarray(item.image(320)), np.asarray(expected))


def test_a_photograph_on_its_side_is_cropped_upright(large: Image.Image) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise to see it upright
    file = io.BytesIO()
    large.save(file, "JPEG", exif=exif)
    item = QueryItem.from_bytes("turned", file.getvalue())
    right = replace(item, transform=Transform(Box(0.5, 0, 1, 0.5))).image(320)
    upright = large.transpose(Image.Transpose.ROTATE_270)
    expected = upright.crop((1_500, 0, 3_000, 2_000)).resize(right.size, Image.Resampling.BOX)
    difference = np.abs(np.asarray(right, np.int16) - np.asarray(expected, np.int16))
    assert difference.mean() < 3


def test_a_frame_that_is_dragged_decodes_the_picture_once(
    encodings: dict[str, bytes], decodes: list[int]
) -> None:
    item = QueryItem.from_bytes("large", encodings["JPEG"])
    item.decoded(320)
    for step in range(12):
        left = step / 24
        box = Box(left, left, min(1, 2 * left + 0.15), left + 0.2)
        moved = replace(item, transform=Transform(box))
        assert min(moved.image(320).size) >= 320
    assert len(decodes) == 2, "for the preview, and for all frames"
    tiny = replace(item, transform=Transform(Box(0.5, 0.5, 0.52, 0.52)))
    assert min(tiny.image(320).size) == 60
    assert len(decodes) == 3, "only a tiny frame needs every pixel"


def test_a_part_can_be_prepared(encodings: dict[str, bytes], decodes: list[int]) -> None:
    item = QueryItem.from_bytes("large", encodings["JPEG"])
    item.prepare_parts()
    prepared = len(decodes)
    replace(item, transform=MIDDLE).image(320)
    assert len(decodes) == prepared == 2


def test_what_was_extracted_for_a_part_is_used_again(
    samples: Path, fast_spec: ModelSpec, extractors: ExtractorPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    embed_image = Extractor.embed_image
    sizes: list[tuple[int, int]] = []

    def seen(extractor: Extractor, image: Image.Image) -> Vectors:
        sizes.append(image.size)
        return embed_image(extractor, image)

    monkeypatch.setattr(Extractor, "embed_image", seen)
    item = QueryItem.from_file(str(samples / "cats" / "kitten.jpg"))
    for transform in (MIDDLE, Transform(), replace(MIDDLE, quarter_turns=1), MIDDLE):
        replace(item, transform=transform, weight=0.5).vector(fast_spec, extractors)
    assert len(sizes) == 3
    assert sizes[0] == sizes[2][::-1]


def test_a_part_never_uses_the_stored_vector_but_its_file_is_the_querys_own(
    home: Home, samples: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    run_index(home, [samples / "cats"], [fast_spec], extractors)
    whole = QueryItem.from_file(str(samples / "cats" / "kitten.jpg"))
    for transform in (MIDDLE, Transform(None, 2), Transform(None, 0, True)):
        part = replace(whole, transform=transform)
        result = search(home, part, fast_spec, extractors)
        own = next(m for m in result.models[fast_spec.name] if m.picture.id == whole.picture)
        assert own.score > 0.01
        assert result.query.own == {whole.picture}
        vector = part.vector(fast_spec, extractors)
        expected = np.linalg.norm(vector - whole.vector(fast_spec, extractors))
        assert own.score == pytest.approx(expected, abs=1e-5)


def test_a_part_may_be_nearer_to_another_picture_than_its_own(
    home: Home, samples: Path, fast_spec: ModelSpec
) -> None:
    path = samples / "cats" / "kitten.jpg"
    item = replace(QueryItem.from_file(str(path)), transform=MIDDLE)
    assert item.picture is not None
    axes = np.eye(fast_spec.dimension, dtype=np.float32)
    fill(home, [fast_spec], [item.picture, 1], {fast_spec.name: axes[:2]})
    item.set_vector(fast_spec, axes[1])
    result = search(home, item, fast_spec, ExtractorPool())
    for matches in (result.models[fast_spec.name], result.combined):
        assert [match.picture.id for match in matches] == [1, item.picture]


def test_equal_parts_are_decoded_once_for_all_orientations(
    home: Home,
    samples: Path,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
    decodes: list[int],
) -> None:
    run_index(home, [samples / "cats"], [fast_spec], extractors)
    item = QueryItem.from_file(str(samples / "cats" / "kitten.jpg"))
    with closing(open_searcher(home, extractors)) as searcher:
        query = Query((item, replace(item, transform=MIDDLE)), any_orientation=True)
        searcher.search(query, [fast_spec], 10, Metric.EUCLIDEAN)
    assert len(decodes) == len(set(decodes)) == 2
