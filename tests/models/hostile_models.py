"""Malicious model folders: real ONNX files of some hundred bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from importable import endless_nodes
from model_folders import TOML, Made
from onnx import AttributeProto, GraphProto, NodeProto, TensorProto, helper, numpy_helper

node = helper.make_node


def hostile_model(
    parent: Path,
    nodes: Sequence[NodeProto],
    constants: Sequence[TensorProto] = (),
    domain: str = "",
    name: str = "hostile",
) -> Path:
    """A folder whose graph has these nodes, from “pixels” [1, 3, 6, 8] to “feature”; its hash is
    right."""
    graph = helper.make_graph(
        nodes,
        "hostile",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, (1, 3, 6, 8))],
        [helper.make_tensor_value_info("feature", TensorProto.FLOAT, None)],
        constants,
    )
    domains = [helper.make_opsetid("", 20), *([helper.make_opsetid(domain, 1)] if domain else [])]
    content = helper.make_model(graph, opset_imports=domains, ir_version=10).SerializeToString()
    return model_of(parent, content, name)


def model_of(parent: Path, content: bytes, name: str = "hostile") -> Path:
    folder = parent / name
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    toml = TOML.format(**vars(Made(name=name)), sha256=sha256)
    (folder / "model.toml").write_text(toml, encoding="utf-8")
    return folder


def endless(parent: Path) -> Path:
    """It never finishes a picture."""
    nodes, constants = endless_nodes("pixels")
    return hostile_model(parent, nodes, constants)


def greedy(parent: Path, gigabytes: int) -> Path:
    """It takes this much memory for a picture."""
    nodes = [
        node("ReduceMean", ["pixels", "axes"], ["mean"], keepdims=0),
        node("Mul", ["mean", "zero"], ["nothing"]),
        node("ReduceSum", ["nothing"], ["none"], keepdims=0),
        node("Cast", ["none"], ["add"], to=TensorProto.INT64),
        node("Add", ["size", "add"], ["large"]),
        node("ConstantOfShape", ["large"], ["room"]),
        node("ReduceMean", ["room"], ["level"], keepdims=0),
        node("Add", ["mean", "level"], ["feature"]),
    ]
    zero = _of("zero", np.zeros((), np.float32))
    return hostile_model(
        parent, nodes, [_whole("axes", [2, 3]), zero, _whole("size", [gigabytes * 1_000, 250_000])]
    )


def external(location: str) -> TensorProto:
    """Three floats that lie in another file."""
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[3])
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "0"), ("length", "12")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    return tensor


def hidden_in(tensor: TensorProto) -> dict[str, bytes]:
    """The tensor in every place of a model that can hold one: serialised models by place."""
    constant = node("Constant", [], ["c"], value=tensor)
    sparse = helper.make_sparse_tensor(tensor, _whole("i", [0, 1, 2]), [3])
    inner = helper.make_graph([constant], "inner", [], [])
    listed = node("Constant", [], ["c"])
    listed.attribute.append(AttributeProto(name="x", type=AttributeProto.TENSORS, tensors=[tensor]))
    thin = node("Constant", [], ["c"])
    thin.attribute.append(helper.make_attribute("sparse_value", sparse))
    function = helper.make_function("f", "F", [], ["c"], [constant], [helper.make_opsetid("", 20)])
    graphs = {
        "initializer": GraphProto(initializer=[tensor]),
        "sparse initializer": GraphProto(sparse_initializer=[sparse]),
        "constant": GraphProto(node=[constant]),
        "list of tensors": GraphProto(node=[listed]),
        "sparse constant": GraphProto(node=[thin]),
        "branch": GraphProto(node=[node("If", ["x"], ["y"], then_branch=inner, else_branch=inner)]),
    }
    models = {place: helper.make_model(graph) for place, graph in graphs.items()}
    models["function"] = helper.make_model(GraphProto(), functions=[function])
    training = helper.make_model(GraphProto())
    training.training_info.add().algorithm.CopyFrom(graphs["initializer"])
    models["training"] = training
    return {place: model.SerializeToString() for place, model in models.items()}


def _whole(name: str, values: Sequence[int]) -> TensorProto:
    return _of(name, np.array(values, np.int64))


def _of(name: str, values: np.ndarray) -> TensorProto:
    return numpy_helper.from_array(values, name)
