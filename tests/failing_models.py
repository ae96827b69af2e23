"""Model folders that fail on dark pictures and on no others: real ONNX files of some hundred bytes.

Dark is a picture of which no channel's mean is above 10.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from importable import endless_nodes
from model_folders import TOML, Made
from onnx import NodeProto, TensorProto, helper, numpy_helper
from PIL import Image

node = helper.make_node


def paint(folder: Path, light: int, dark: int) -> Path:
    """This many pictures of each kind, all different."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(light):
        Image.new("RGB", (20 + number, 30), (200, 180, 160)).save(folder / f"light-{number}.png")
    for number in range(dark):
        Image.new("RGB", (20 + number, 31), (2, 3, 4)).save(folder / f"dark-{number}.png")
    return folder


def finds_nothing(parent: Path, name: str = "picky", lost: float = 0.0) -> Path:
    """Its feature is no number. lost: what the mean of each channel must be above, less 10."""
    nodes = [
        node("ReduceMean", ["pixels", "axes"], ["mean"], keepdims=0),
        node("Sub", ["mean", "lost"], ["light"]),
        node("Log", ["light"], ["feature"]),
    ]
    return _folder(parent, name, nodes, [_numbers("lost", lost)])


def never_ends(parent: Path, name: str = "endless") -> Path:
    nodes, constants = endless_nodes("pixels", while_dark=True)
    return _folder(parent, name, nodes, [c for c in constants if c.name != "axes"])


def cannot_run(parent: Path, name: str = "broken") -> Path:
    """It reshapes to a size that does not fit."""
    nodes = [
        node("ReduceMean", ["pixels", "axes"], ["mean"], keepdims=0),
        node("ReduceMax", ["mean"], ["most"], keepdims=0),
        node("Less", ["most", "zero"], ["is_dark"]),
        node("Cast", ["is_dark"], ["times"], to=TensorProto.INT64),
        node("Mul", ["more", "times"], ["too_many"]),
        node("Add", ["right", "too_many"], ["shape"]),
        node("Reshape", ["mean", "shape"], ["feature"]),
    ]
    constants = [_numbers("zero", 0.0), _whole("more", [4, 0]), _whole("right", [1, 3])]
    return _folder(parent, name, nodes, constants)


def takes_memory(parent: Path, gigabytes: int, name: str = "greedy") -> Path:
    """It allocates this much memory."""
    nodes = [
        node("ReduceMean", ["pixels", "axes"], ["mean"], keepdims=0),
        node("ReduceMax", ["mean"], ["most"], keepdims=0),
        node("Less", ["most", "zero"], ["is_dark"]),
        node("Cast", ["is_dark"], ["times"], to=TensorProto.INT64),
        node("Mul", ["size", "times"], ["rows"]),
        node("Max", ["rows", "one"], ["some_rows"]),
        node("ConstantOfShape", ["some_rows"], ["room"]),
        node("ReduceMean", ["room"], ["level"], keepdims=0),
        node("Add", ["mean", "level"], ["feature"]),
    ]
    constants = [
        _numbers("zero", 0.0),
        _whole("size", [gigabytes * 1_000, 250_000]),
        _whole("one", [1, 1]),
    ]
    return _folder(parent, name, nodes, constants)


def _folder(
    parent: Path, name: str, nodes: Sequence[NodeProto], constants: Sequence[TensorProto]
) -> Path:
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, (1, 3, 6, 8))],
        [helper.make_tensor_value_info("feature", TensorProto.FLOAT, None)],
        [*constants, _whole("axes", [2, 3])],
    )
    content = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10
    ).SerializeToString()
    folder = parent / name
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    toml = TOML.format(**vars(Made(name=name)), sha256=sha256)
    toml = toml.replace("Mean colour", name.title())
    (folder / "model.toml").write_text(toml, encoding="utf-8")
    return folder


def _whole(name: str, values: Sequence[int]) -> TensorProto:
    return numpy_helper.from_array(np.array(values, np.int64), name)


def _numbers(name: str, value: float) -> TensorProto:
    return numpy_helper.from_array(np.array(value, np.float32), name)
