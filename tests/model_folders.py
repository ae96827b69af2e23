"""Model folders made for the tests: real ONNX files of some hundred bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx
from onnx import TensorProto, helper

TOML = """\
format = 1
name = "{name}"
version = "1"
title = "Mean colour"
description = "The mean of each channel."
dimension = {dimension}
licence = "CC0"
source = "made here"

[file]
name = "model.onnx"
sha256 = "{sha256}"

[input]
name = "pixels"
layout = "{layout}"
height = {height}
width = {width}
resize = "{resize}"
resample = "bilinear"
colour = "{colour}"
mean = [10, 20.0, 30.0]
std = [1.0, 2.0, 4.0]

[output]
name = "feature"
"""


@dataclass(frozen=True)
class Made:
    """What a made model is like. Its model.toml fits its model.onnx unless a field says otherwise.

    weights: this many numbers in it, all 1, whose mean the feature is multiplied by."""

    name: str = "mean-colour"
    layout: str = "NCHW"
    height: int = 6
    width: int = 8
    resize: str = "squash"
    colour: str = "RGB"
    dimension: int = 3
    times: float = 1.0
    shape: Sequence[int | str | None] | None = None
    output_shape: Sequence[int | str | None] | None = ("batch", 3)
    element: int = TensorProto.FLOAT
    weights: int = 1


def make_model(parent: Path, made: Made) -> Path:
    """Write the model's folder below parent. Its feature is times × the mean of each channel."""
    folder = parent / made.name
    folder.mkdir(parents=True)
    content = _graph(made)
    (folder / "model.onnx").write_bytes(content)
    (folder / "model.toml").write_text(
        TOML.format(**vars(made), sha256=hashlib.sha256(content).hexdigest()), encoding="utf-8"
    )
    return folder


def _graph(made: Made) -> bytes:
    nchw = made.layout == "NCHW"
    size = (3, made.height, made.width) if nchw else (made.height, made.width, 3)
    shape: Sequence[int | str | None] = made.shape or ("batch", *size)
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["pixels"], ["wide"], to=TensorProto.FLOAT),
            helper.make_node("ReduceMean", ["wide", "axes"], ["mean"], keepdims=0),
            helper.make_node("ReduceMean", ["weights"], ["weight"], keepdims=0),
            helper.make_node("Mul", ["times", "weight"], ["scale"]),
            helper.make_node("Mul", ["mean", "scale"], ["feature"]),
        ],
        "mean",
        [helper.make_tensor_value_info("pixels", made.element, shape)],
        [helper.make_tensor_value_info("feature", TensorProto.FLOAT, made.output_shape)],
        [
            helper.make_tensor("axes", TensorProto.INT64, [2], [2, 3] if nchw else [1, 2]),
            helper.make_tensor("times", TensorProto.FLOAT, [], [made.times]),
            helper.make_tensor("weights", TensorProto.FLOAT, [made.weights], [1.0] * made.weights),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


def edit_toml(folder: Path, old: str, new: str) -> None:
    """Replace the old text, which model.toml has once."""
    path = folder / "model.toml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
