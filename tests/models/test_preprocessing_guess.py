"""Which preprocessing is proposed, and why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from importable import classifier, node, saved
from onnx import NodeProto, TensorProto, numpy_helper
from PIL import Image

from finder.core.models.importing.inspection import inspect_model
from finder.core.models.preprocess import to_input
from finder.core.models.presets import PRESETS

CAST = node("Cast", ["image"], ["begin"], to=TensorProto.FLOAT)


def of(name: str, *numbers: float) -> TensorProto:
    values = np.array(numbers, np.float32)
    return numpy_helper.from_array(
        values.reshape(1, -1, 1, 1) if len(numbers) > 1 else values, name
    )


def scaled(*steps: tuple[str, float]) -> tuple[list[NodeProto], list[TensorProto]]:
    """Operators with one number each, from “image” to “begin”."""
    nodes, constants, before = [], [], "image"
    for number, (operator, value) in enumerate(steps):
        after = "begin" if number == len(steps) - 1 else f"step{number}"
        nodes.append(node(operator, [before, f"c{number}"], [after]))
        constants.append(of(f"c{number}", value))
        before = after
    return nodes, constants


@pytest.mark.parametrize(
    ("steps", "preset"),
    [
        ([("Div", 255.0)], "raw"),
        ([("Mul", 1 / 127.5), ("Sub", 1.0)], "raw"),
        ([("Sub", 120.0), ("Mul", 0.017)], "raw"),
        ([("Sub", 0.45), ("Div", 0.225)], "unit"),
        ([("Mul", 2.0), ("Sub", 1.0)], "unit"),
        ([("Add", 0.0)], "imagenet"),  # says nothing
    ],
)
def test_a_graph_that_begins_with_arithmetic(
    steps: Sequence[tuple[str, float]], preset: str, tmp_path: Path
) -> None:
    first, constants = scaled(*steps)
    found = inspect_model(saved(classifier(first=first, constants=constants), tmp_path))
    assert found.preset == preset
    assert found.preset_reason


def test_a_graph_that_begins_with_batch_normalisation(tmp_path: Path) -> None:
    """Its means show what it was trained on."""
    first = [node("BatchNormalization", ["image", "g", "b", "m", "v"], ["begin"])]
    for mean, variance, preset in ((118.0, 3600.0, "raw"), (0.45, 0.07, "unit")):
        constants = [
            numpy_helper.from_array(np.full(3, value, np.float32), name)
            for name, value in (("g", 1.0), ("b", 0.0), ("m", mean), ("v", variance))
        ]
        found = inspect_model(saved(classifier(first=first, constants=constants), tmp_path))
        assert found.preset == preset


def test_uint8_inputs_get_the_pixels_unchanged(tmp_path: Path) -> None:
    found = inspect_model(saved(classifier(element=TensorProto.UINT8, first=[CAST]), tmp_path))
    assert (found.preset, found.image.dtype) == ("raw", "uint8")


@pytest.mark.parametrize(
    ("name", "producer", "preset"),
    [
        ("efficientnet-lite4-11", "tf2onnx", "lite"),
        ("mobilenetv2", "tf2onnx", "signed"),
        ("resnet50v2", "tf2onnx", "signed"),
        ("resnet50", "tf2onnx", "caffe"),
        ("EfficientNetB0", "tf2onnx", "raw"),
        ("clip-vit-base-patch32", "pytorch", "clip"),
        ("siglip-base", "pytorch", "siglip"),
        ("dinov2-small", "pytorch", "imagenet"),
        ("anything", "pytorch", "imagenet"),
        ("anything", "tf2onnx", "imagenet"),
    ],
)
def test_names_reveal_the_family(name: str, producer: str, preset: str, tmp_path: Path) -> None:
    model = classifier()
    model.producer_name = producer
    model.graph.name = name
    assert inspect_model(saved(model, tmp_path)).preset == preset


@pytest.mark.parametrize("name", ["vgg16", "efficientnet-lite4-11", "clip-vit-base-patch32"])
def test_the_name_of_the_file_or_folder_does_not_matter(name: str, tmp_path: Path) -> None:
    model = classifier()
    folder = tmp_path / name
    folder.mkdir()
    expected = inspect_model(saved(model, tmp_path, "x.onnx"))
    for path in (saved(model, tmp_path, f"{name}.onnx"), saved(model, folder, "model.onnx")):
        found = inspect_model(path)
        assert (found.preset, found.preset_reason) == (expected.preset, expected.preset_reason)
        assert found.known is None


def test_clipping_is_not_clip(tmp_path: Path) -> None:
    model = classifier()
    model.graph.node.insert(0, node("Clip", ["image"], ["clipped"], name="clip_by_value/Clip_1"))
    model.graph.node[1].input[0] = "clipped"
    assert inspect_model(saved(model, tmp_path)).preset == "imagenet"


@pytest.mark.parametrize(
    ("preset", "black", "white"),
    [
        ("imagenet", (-2.1179, -2.0357, -1.8044), (2.2489, 2.4286, 2.64)),
        ("unit", (0, 0, 0), (1, 1, 1)),
        ("signed", (-1, -1, -1), (1, 1, 1)),
        ("lite", (-127 / 128,) * 3, (1, 1, 1)),
        ("caffe", (-103.939, -116.779, -123.68), (151.061, 138.221, 131.32)),
        ("clip", (-1.7923, -1.7521, -1.4802), (1.9303, 2.0749, 2.1459)),
        ("raw", (0, 0, 0), (255, 255, 255)),
    ],
)
def test_what_a_preset_makes_of_black_and_white(
    preset: str, black: tuple[float, ...], white: tuple[float, ...]
) -> None:
    spec = PRESETS[preset].input_spec("x", "NHWC", "float32", 4, 4)
    for colour, expected in (("black", black), ("white", white)):
        given = to_input(Image.new("RGB", (8, 8), colour), spec)
        np.testing.assert_allclose(given[0, 2, 2], expected, atol=2e-3)
    red = to_input(Image.new("RGB", (8, 8), "red"), spec)[0, 0, 0]
    assert int(np.argmax(red)) == (2 if preset == "caffe" else 0)
