"""What is found in imported models, and that it can be used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from importable import EXPORTED, LIGHT, SIDE, WIDTH, classifier, model_of, node, saved, weights
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static

from finder.core.errors import FinderError
from finder.core.models.graph.truncation import truncate
from finder.core.models.importing.inspection import ImageInput, Inspection, inspect_model
from finder.core.models.importing.model_reader import read_model
from finder.core.models.presets import KNOWN

WELL_KNOWN = {
    "bvlc_alexnet": ("r22", "whole", 4096),
    "densenet121": ("r908", "whole", 1024),
    "inception_v1": ("r141", "whole", 1024),
    "inception_v2": ("r506", "whole", 1024),
    "resnet50": ("r173", "whole", 2048),
    "shufflenet": ("r200", "whole", 544),
    "squeezenet": ("r61", "mean", 512),
    "vgg19": ("r44", "whole", 4096),
    "zfnet512": ("r19", "whole", 1024),
}
HEAVY = {"bvlc_alexnet", "resnet50", "vgg19", "zfnet512"}
"""Those with the most weights, which are tested with an eighth of their channels."""
EXPORTS = {
    "keras_cnn": ("NHWC", "whole", "signed", True),
    "keras_map": ("NHWC", "mean", "signed", True),
    "torch_cnn": ("NCHW", "whole", "imagenet", True),
    "torch_cnn_half": ("NCHW", "whole", "imagenet", True),
    "torch_cnn_legacy": ("NCHW", "whole", "imagenet", True),
    "torch_tokens": ("NCHW", "first", "imagenet", True),
    "torch_vit": ("NCHW", "whole", "imagenet", True),
    "torch_vit_legacy_one": ("NCHW", "whole", "imagenet", False),
    "torch_vit_one": ("NCHW", "whole", "imagenet", False),
}
"""Layout, what is taken, preprocessing, whether the batch is free."""


def first_choice(found: Inspection) -> tuple[str, str, int]:
    best = found.candidates[0]
    return best.feature.tensor, best.feature.pooling, best.dimension


def made_of(found: Inspection) -> tuple[int, bool]:
    """Dimension of the truncated proposal, and whether its batch is free."""
    size = found.image.height, found.image.width
    made = truncate(read_model(found.file), found.candidates[0].feature, size)
    return made.dimension, made.has_dynamic_batch


def thinned(source: Path, folder: Path) -> Path:
    """The same graph, every layer with an eighth of its channels."""
    model = onnx.load(source)
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.int64:  # the shape of weights, or of what they are applied to
            values = np.where(values >= 48, values // 8, values)
        elif values.size >= 48:
            values = values[: len(values) // 8]
        tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
        for listed in model.graph.input:  # as old files have it
            if listed.name == tensor.name:
                listed.CopyFrom(
                    helper.make_tensor_value_info(tensor.name, tensor.data_type, values.shape)
                )
    return saved(model, folder)


def test_all_well_known_classifiers_are_tested() -> None:
    assert {path.stem for path in LIGHT.glob("*.onnx")} == {f"light_{name}" for name in WELL_KNOWN}


@pytest.mark.parametrize("name", sorted(WELL_KNOWN))
def test_well_known_classifiers(name: str, tmp_path: Path) -> None:
    path = LIGHT / f"light_{name}.onnx"
    tensor, take, dimension = WELL_KNOWN[name]
    if name in HEAVY:
        path, dimension = thinned(path, tmp_path), dimension // 8
    found = inspect_model(path)
    assert (found.image.layout, found.image.dtype, found.image.height) == ("NCHW", "float32", 224)
    assert first_choice(found) == (tensor, take, dimension)
    assert found.preset == "caffe"
    assert found.candidates[0].reason
    assert made_of(found) == (dimension, True)


@pytest.mark.parametrize("name", sorted(path.stem for path in EXPORTED.glob("*.onnx")))
def test_exports_of_pytorch_and_keras(name: str) -> None:
    found = inspect_model(EXPORTED / f"{name}.onnx")
    layout, take, preset, batch_free = EXPORTS[name]
    assert (found.image.layout, found.image.height, found.image.width) == (layout, 32, 32)
    assert found.image.dtype == ("float16" if name.endswith("half") else "float32")
    assert (found.candidates[0].feature.pooling, found.preset) == (take, preset)
    assert made_of(found) == (24, batch_free)


def test_the_shipped_models_have_an_embedding_already() -> None:
    found = inspect_model(Path("models/efficientnet-lite0/model.onnx"))
    assert first_choice(found) == ("embedding", "whole", 1280)
    assert found.preset == KNOWN


class Noise(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, name: str, *shape: int) -> None:
        random = np.random.default_rng(5)
        self._batches = iter([random.uniform(-1, 1, shape).astype(np.float32) for _ in range(4)])
        self._name = name

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        batch = next(self._batches, None)
        return None if batch is None else {self._name: batch}


@pytest.fixture(params=["torch_cnn_legacy", "torch_vit", "keras_cnn"])
def quantised(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    source = EXPORTED / f"{request.param}.onnx"
    image = inspect_model(source).image
    shape = (1, 32, 32, 3) if image.layout == "NHWC" else (1, 3, 32, 32)
    made = tmp_path / source.name
    quantize_static(source, made, Noise(image.name, *shape), quant_format=QuantFormat.QDQ)
    yield made


def test_quantised(quantised: Path) -> None:
    found = inspect_model(quantised)
    operators = {n.op_type for n in read_model(quantised).graph.node}
    assert {"QuantizeLinear", "DequantizeLinear"} <= operators
    assert found.candidates[0].feature.pooling == "whole"
    assert made_of(found) == (24, True)
    assert found.preset == "signed"  # what it was calibrated with


def test_each_feature_is_offered_once_and_can_be_taken(tmp_path: Path) -> None:
    found = inspect_model(saved(classifier(), tmp_path))
    offered = [(c.feature.tensor, c.feature.pooling, c.dimension) for c in found.candidates]
    assert offered == [("feature", "whole", WIDTH), ("active", "max", WIDTH)]
    model = read_model(found.file)
    assert [truncate(model, c.feature).dimension for c in found.candidates] == [WIDTH, WIDTH]


@pytest.mark.parametrize(
    ("named", "tensor", "take"),
    [
        ("pool", "pooled", "whole"),  # a node's name
        ("active", "active", "mean"),
        ("active:max", "active", "max"),
        ("logits", "logits", "whole"),
    ],
)
def test_a_feature_that_the_user_names_comes_first(
    named: str, tensor: str, take: str, tmp_path: Path
) -> None:
    found = inspect_model(saved(classifier(), tmp_path), feature=named)
    assert first_choice(found)[:2] == (tensor, take)
    assert len(found.candidates) == 3


@pytest.mark.parametrize(
    ("named", "says"),
    [("nobody", "no value or node called “nobody”"), ("feature:first", "cannot be the feature")],
)
def test_an_impossible_name(named: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(FinderError, match=says):
        inspect_model(saved(classifier(), tmp_path), feature=named)


@pytest.mark.parametrize(
    "shape", [("n", 3, "h", "w"), (1, 3, None, None), None, ("n", "c", "h", "w")]
)
def test_a_free_size_is_the_default_or_the_users(shape: Any, tmp_path: Path) -> None:
    path = saved(classifier(shape=shape), tmp_path)
    assert inspect_model(path).image == ImageInput("image", "NCHW", "float32", 224, 224, True)
    assert inspect_model(path, side=96).image.width == 96


def test_the_layout_of_a_free_shape_follows_from_its_transpose(tmp_path: Path) -> None:
    first = [node("Transpose", ["image"], ["begin"], perm=[0, 3, 1, 2])]
    path = saved(classifier(shape=("n", None, None, None), first=first), tmp_path)
    assert inspect_model(path).image.layout == "NHWC"


@pytest.mark.parametrize(
    ("shape", "element", "says"),
    [
        ((1, 1, SIDE, SIDE), TensorProto.FLOAT, "1 colour channels instead of 3"),
        ((3, SIDE, SIDE), TensorProto.FLOAT, "3 axes instead of 4"),
        ((1, 3, 10**6, 10**6), TensorProto.FLOAT, "longer than 4096"),
        ((1, 3, SIDE, SIDE), TensorProto.INT64, "neither float32, float16 nor uint8"),
    ],
)
def test_inputs_that_are_no_colour_image(
    shape: Any, element: int, says: str, tmp_path: Path
) -> None:
    with pytest.raises(FinderError, match=says):
        inspect_model(saved(classifier(shape=shape, element=element), tmp_path))


def two_inputs(features: str) -> onnx.ModelProto:
    """As CLIP: an embedding of the picture, and how well it fits a text."""
    nodes = [
        node("Conv", ["pixel_values", "kernel"], ["map"]),
        node("GlobalAveragePool", ["map"], ["pooled"]),
        node("Flatten", ["pooled"], ["image_embeds"]),
        node("MatMul", ["image_embeds", "text"], ["fit"]),
    ]
    kernel = weights("kernel", 16, 3, 3, 3)
    model = model_of(nodes, [kernel], image="pixel_values", outputs=["fit", features])
    model.graph.input.append(helper.make_tensor_value_info("text", TensorProto.FLOAT, [16, 4]))
    return model


def test_a_second_input_does_not_matter_where_the_feature_does_not_need_it(tmp_path: Path) -> None:
    found = inspect_model(saved(two_inputs("image_embeds"), tmp_path))
    assert first_choice(found) == ("image_embeds", "whole", 16)
    assert found.preset == "clip"
    assert made_of(found) == (16, True)


def test_a_feature_that_needs_a_second_input_is_refused(tmp_path: Path) -> None:
    path = saved(two_inputs("map"), tmp_path)
    with pytest.raises(FinderError, match="depends on more than the picture: pixel_values, text"):
        inspect_model(path, feature="fit")


def test_a_model_with_two_pictures_is_refused(tmp_path: Path) -> None:
    model = model_of([node("Add", ["image", "other"], ["both"])], outputs=["both"])
    shape = (1, 3, SIDE, SIDE)
    model.graph.input.append(helper.make_tensor_value_info("other", TensorProto.FLOAT, shape))
    with pytest.raises(FinderError, match="not clear which input is the picture"):
        inspect_model(saved(model, tmp_path))


def test_nothing_is_proposed_without_a_feature(tmp_path: Path) -> None:
    nodes = [
        node("GlobalAveragePool", ["image"], ["mean"]),
        node("Flatten", ["mean"], ["colour"]),
    ]
    assert inspect_model(saved(model_of(nodes, outputs=["colour"]), tmp_path)).candidates == ()
