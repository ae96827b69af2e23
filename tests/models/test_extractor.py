"""Embeddings: the shipped models' are the known ones, and wrong files are refused."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from golden_pictures import COMPONENTS, PICTURES, decoded, load_golden
from model_folders import Made, edit_toml, make_model
from numpy.typing import NDArray
from onnx import TensorProto
from PIL import Image

from finder.core.errors import FinderError, Reason, SkippedPicture
from finder.core.models.manifest import load_spec
from finder.core.models.preprocess import to_input
from finder.core.models.registry import list_models, pick_models
from finder.core.models.runtime import extractor as extractor_module
from finder.core.models.runtime.embedder import Embedder, normalised
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.decode import decode

MODELS = ["efficientnet-lite0", "efficientnet-lite2", "vgg16"]
Inputs = Callable[[ModelSpec], NDArray[np.float32]]
Embedded = Callable[[str], list[NDArray[np.float32]]]


@pytest.fixture(scope="session")
def inputs(samples: Path) -> Inputs:
    """The golden pictures as a model's input, float32 [6, 3, H, W]."""
    return lambda spec: np.concatenate(
        [to_input(decoded(samples, name, spec), spec.input) for name in PICTURES]
    )


@pytest.fixture(scope="session")
def embedded(specs: list[ModelSpec], extractors: ExtractorPool, samples: Path) -> Embedded:
    """The golden pictures' embeddings with a model, one by one."""

    @cache
    def embed(model: str) -> list[NDArray[np.float32]]:
        spec = picked(specs, model)
        extractor = extractors.get(spec)
        return [extractor.embed_image(decoded(samples, name, spec)) for name in PICTURES]

    return embed


def picked(specs: list[ModelSpec], name: str) -> ModelSpec:
    return next(spec for spec in specs if spec.name == name)


def colour(*channels: int) -> Image.Image:
    return Image.new("RGB", (30, 20), channels)


# The shipped models


@pytest.mark.parametrize("model", MODELS)
def test_embeddings_are_the_golden_ones(
    model: str, specs: list[ModelSpec], embedded: Embedded
) -> None:
    golden = load_golden()[model]
    assert tuple(golden) == PICTURES
    for vector, expected in zip(embedded(model), golden.values(), strict=True):
        assert vector.shape == (picked(specs, model).dimension,)
        assert vector.dtype == np.float32
        assert abs(float(np.linalg.norm(vector.astype(np.float64))) - 1) < 1e-5
        assert len(expected) == COMPONENTS and any(expected)
        assert np.abs(vector[:COMPONENTS] - expected).max() < 1e-3


@pytest.mark.parametrize(
    ("model", "cut"),
    [
        *((model, cut) for model in MODELS[:2] for cut in ((1, 5), (2, 4), (3, 3), (6,))),
        ("vgg16", (2, 4)),  # which takes twenty times as long
    ],
)
def test_the_batch_does_not_matter(
    model: str,
    cut: tuple[int, ...],
    specs: list[ModelSpec],
    extractors: ExtractorPool,
    inputs: Inputs,
) -> None:
    spec = picked(specs, model)
    extractor = extractors.get(spec)
    assert isinstance(extractor, Extractor)
    parts = np.split(inputs(spec), np.cumsum(cut)[:-1])
    vectors = np.concatenate([extractor.embed(part) for part in parts])
    assert vectors.shape == (6, spec.dimension)
    assert vectors.dtype == np.float32
    expected = np.array(list(load_golden()[model].values()))
    assert np.abs(vectors[:, :COMPONENTS] - expected).max() < 1e-3
    assert np.abs(np.linalg.norm(vectors.astype(np.float64), axis=1) - 1).max() < 1e-5


@pytest.mark.parametrize("model", MODELS)
def test_embedding_is_repeatable_from_several_threads_at_once(
    model: str,
    specs: list[ModelSpec],
    extractors: ExtractorPool,
    embedded: Embedded,
    samples: Path,
) -> None:
    spec = picked(specs, model)
    images = [decoded(samples, name, spec) for name in PICTURES[:2]]
    once = [vector.tobytes() for vector in embedded(model)[:2]]
    with ThreadPoolExecutor(2) as pool:
        again = list(pool.map(extractors.get(spec).embed_image, images * 2))
    assert [vector.tobytes() for vector in again] == once * 2


@pytest.mark.parametrize("model", MODELS)
def test_a_copy_is_nearer_than_another_picture(
    model: str,
    specs: list[ModelSpec],
    extractors: ExtractorPool,
    embedded: Embedded,
    samples: Path,
) -> None:
    spec = picked(specs, model)
    _, _, castle, fish, _, _ = embedded(model)
    crop = decoded(samples, "altered/neuschwanstein--crop.jpg", spec)
    assert castle @ extractors.get(spec).embed_image(crop) > castle @ fish + 0.2


@pytest.mark.parametrize("model", MODELS)
def test_a_reduced_decode_gives_the_embedding_of_the_whole(
    model: str, specs: list[ModelSpec], extractors: ExtractorPool, samples: Path
) -> None:
    """A picture of 1,280 × 960 from samples at their own sharpness, two by two."""
    spec = picked(specs, model)
    whole = Image.new("RGB", (1280, 960))
    for at, name in enumerate(("chambord", "chenonceau")):
        with Image.open(samples / "castles" / f"{name}.jpg") as sample:
            whole.paste(sample, (640 * at, 0))
            whole.paste(sample, (640 - 640 * at, 480))
    file = io.BytesIO()
    whole.save(file, "JPEG", quality=95)
    reduced = decode(file.getvalue(), spec.decode_side).image
    assert reduced.size == (640, 480)
    extractor = extractors.get(spec)
    assert extractor.embed_image(reduced) @ extractor.embed_image(whole) >= 0.995


# Empty features


@pytest.mark.parametrize("value", [0.0, 1e-9, np.nan, np.inf, -np.inf])
def test_an_empty_feature_is_skipped(value: float) -> None:
    features = np.ones((3, 4), np.float32)
    features[1] = value
    with pytest.raises(SkippedPicture) as skipped:
        normalised(features)
    assert skipped.value.reason is Reason.NO_FEATURE


@pytest.mark.parametrize("scale", [1e-5, 1.0, 1e30])
def test_any_other_feature_gets_length_1(scale: float) -> None:
    rows = (np.array([[3, 4], [-5, 12]]) * scale).astype(np.float32)
    unit = normalised(rows)
    assert unit.dtype == np.float32
    assert np.abs(unit - [[0.6, 0.8], [-5 / 13, 12 / 13]]).max() < 1e-6


@pytest.mark.parametrize("times", [0.0, float("nan"), float("inf")])
def test_a_model_that_finds_nothing_skips_the_picture(times: float, tmp_path: Path) -> None:
    extractor = Extractor(load_spec(make_model(tmp_path, Made(times=times))))
    with pytest.raises(SkippedPicture) as skipped:
        extractor.embed_image(colour(200, 100, 50))
    assert skipped.value.reason is Reason.NO_FEATURE


# Models that are added as folders


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("order", ["RGB", "BGR"])
@pytest.mark.parametrize("resize", ["squash", "crop", "pad"])
def test_a_model_is_added_by_its_folder_alone(
    layout: str, order: str, resize: str, home: Home
) -> None:
    made = Made(layout=layout, colour=order, resize=resize, height=20, width=30)
    make_model(home.models, made)
    found, broken = list_models(home.model_dirs())
    assert broken == []
    (spec,) = pick_models(found, ["mean-colour"])
    channels = (210, 120, 30) if order == "RGB" else (30, 120, 210)
    feature = (np.array(channels) - [10, 20, 30]) / [1, 2, 4]
    vector = Extractor(spec).embed_image(colour(210, 120, 30))
    assert np.abs(vector - feature / np.linalg.norm(feature)).max() < 1e-6


@pytest.mark.parametrize(
    ("shape", "output_shape"),
    [
        (("batch", 3, 6, 8), ("batch", 3)),
        ((1, 3, 6, 8), (1, 3)),
        ((None, 3, None, None), (None, 3)),
        (("n", "c", "h", "w"), ("n", "d")),
    ],
)
def test_sizes_that_a_file_leaves_open_are_fine(
    shape: tuple[int | str | None, ...],
    output_shape: tuple[int | str | None, ...],
    tmp_path: Path,
) -> None:
    folder = make_model(tmp_path, Made(shape=shape, output_shape=output_shape))
    assert Extractor(load_spec(folder)).embed_image(colour(99, 99, 99)).shape == (3,)


# Wrong files


def refused(spec: ModelSpec) -> str:
    with pytest.raises(FinderError) as fault:
        Extractor(spec)
    assert fault.value.hint
    return fault.value.sentence


def test_a_file_with_another_hash_is_refused(tmp_path: Path) -> None:
    spec = load_spec(make_model(tmp_path, Made()))
    spec.file.write_bytes(spec.file.read_bytes() + b"\0")
    assert "not the one its model.toml describes" in refused(spec)


def test_a_hash_in_capitals_is_the_same_hash(tmp_path: Path) -> None:
    folder = make_model(tmp_path, Made())
    sha256 = load_spec(folder).sha256
    edit_toml(folder, sha256, sha256.upper())
    assert Extractor(load_spec(folder)).spec.sha256 == sha256


@pytest.mark.parametrize("content", [b"", b"this is no model", bytes(1000)])
def test_a_broken_file_with_the_right_hash_is_refused(content: bytes, tmp_path: Path) -> None:
    spec = load_spec(make_model(tmp_path, Made()))
    spec.file.write_bytes(content)
    broken = replace(spec, sha256=hashlib.sha256(content).hexdigest())
    assert refused(broken).startswith("The model Mean colour cannot be loaded")


def test_a_truncated_file_with_the_right_hash_is_refused(
    fast_spec: ModelSpec, tmp_path: Path
) -> None:
    content = fast_spec.file.read_bytes()[:1_000_000]
    (tmp_path / "model.onnx").write_bytes(content)
    cut = replace(
        fast_spec,
        file=tmp_path / "model.onnx",
        sha256=hashlib.sha256(content).hexdigest(),
    )
    assert "cannot be loaded" in refused(cut)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    spec = load_spec(make_model(tmp_path, Made()))
    os.remove(spec.file)
    assert "No such file" in refused(spec)


@pytest.mark.parametrize(
    ("made", "changes", "named"),
    [
        (Made(), {"output": "embedding"}, "'feature'"),
        (Made(), {"dimension": 512}, "dimension is 3 instead of 512"),
        (Made(shape=(1, 3, 9, 9)), {}, "[1, 3, 6, 8]"),
        (Made(shape=(4, 3, 6, 8)), {}, "[4, 3, 6, 8]"),
        (Made(element=TensorProto.UINT8), {}, "tensor(uint8)"),
    ],
    ids=["output", "dimension", "size", "fixed batch", "type"],
)
def test_a_model_toml_that_does_not_fit_is_refused(
    made: Made, changes: dict[str, object], named: str, tmp_path: Path
) -> None:
    spec = load_spec(make_model(tmp_path, made))
    assert named in refused(replace(spec, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"name": "x"}, {"layout": "NHWC"}, {"height": 7}])
def test_a_wrong_input_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    spec = load_spec(make_model(tmp_path, Made()))
    wrong = replace(spec, input=replace(spec.input, **change))  # type: ignore[arg-type]
    assert "its input" in refused(wrong)


def test_a_dimension_that_shows_only_at_inference_is_refused_then(tmp_path: Path) -> None:
    folder = make_model(
        tmp_path, Made(shape=("n", "c", "h", "w"), output_shape=("n", "d"), dimension=4)
    )
    extractor = Extractor(load_spec(folder))
    with pytest.raises(FinderError, match="dimension is 3 instead of 4"):
        extractor.embed_image(colour(99, 99, 99))


# The sessions of a process


def test_a_session_is_made_once_from_several_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    class Counted(Extractor):
        def __init__(self, spec: ModelSpec, provider: str) -> None:
            made.append(spec)
            super().__init__(spec, provider)

    monkeypatch.setattr(extractor_module, "Extractor", Counted)
    spec = load_spec(make_model(tmp_path, Made()))
    shared, together = ExtractorPool(), threading.Barrier(8)

    def get(_: int) -> Embedder:
        together.wait()
        return shared.get(spec)

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(get, range(8)))
    assert made == [spec]
    assert len({id(extractor) for extractor in given}) == 1


def test_two_models_with_one_file_keep_their_sessions(tmp_path: Path) -> None:
    shared = ExtractorPool()
    one, two = (load_spec(make_model(tmp_path, Made(name=name))) for name in ("one", "two"))
    assert one.sha256 == two.sha256
    first, second = shared.get(one), shared.get(two)
    assert (first.spec, second.spec) == (one, two)
    assert (shared.get(one), shared.get(two)) == (first, second)


def test_a_model_that_could_not_be_loaded_is_tried_again(tmp_path: Path) -> None:
    shared = ExtractorPool()
    spec = load_spec(make_model(tmp_path, Made()))
    content = spec.file.read_bytes()
    spec.file.write_bytes(b"")
    with pytest.raises(FinderError):
        shared.get(spec)
    spec.file.write_bytes(content)
    assert shared.get(spec).spec == spec
