"""Models of the library as PyTorch modules: the same features, operator by operator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from training_tools import skip_without_torch

from finder.core.errors import FinderError
from finder.core.models.manifest import load_spec
from finder.core.models.runtime.session import run_once
from finder.core.paths import shipped_models_dir

skip_without_torch()

import torch  # noqa: E402

from finder.train.onnx_network import OnnxNetwork, network_parity, onnx_network  # noqa: E402

EXPORTED = Path(__file__).parent.parent / "models" / "exported"
RANDOM = np.random.default_rng(0)


def random(*shape: int) -> Any:
    return RANDOM.normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("name", ["efficientnet-lite0", "efficientnet-lite2", "vgg16"])
def test_a_shipped_model_has_the_same_features(name: str) -> None:
    spec = load_spec(shipped_models_dir() / name)
    parity = network_parity(spec, OnnxNetwork(onnx.load(spec.file), spec.output))
    assert parity.pictures == 8
    assert max(parity.raw, parity.unit) <= 1e-4


@pytest.mark.parametrize("name", ["torch_cnn", "torch_cnn_legacy", "torch_cnn_half", "keras_cnn"])
def test_networks_of_all_exporters_are_turned_back(name: str) -> None:
    model = onnx.load(EXPORTED / f"{name}.onnx")
    (given,) = model.graph.input
    shape = [axis.dim_value or 2 for axis in given.type.tensor_type.shape.dim]
    output = model.graph.output[0].name
    layout = "NHWC" if shape[-1] == 3 else "NCHW"
    half = given.type.tensor_type.elem_type == TensorProto.FLOAT16
    pictures = random(*shape)
    ((expected, *_),) = run_once(
        model.SerializeToString(), [pictures.astype(np.float16) if half else pictures]
    )
    planes = pictures.transpose(0, 3, 1, 2) if layout == "NHWC" else pictures
    with torch.inference_mode():
        found = OnnxNetwork(model, output, layout)(torch.from_numpy(planes.copy())).numpy()
    rows = expected.reshape(len(expected), -1).astype(np.float32)
    assert found == pytest.approx(rows, abs=(5e-3 if half else 1e-4) * float(np.abs(rows).max()))


def node(kind: str, inputs: str, **attributes: Any) -> onnx.NodeProto:
    return helper.make_node(kind, inputs.split(), ["y"], **attributes)


def shape_of(*lengths: int) -> Any:
    return np.array(lengths, np.int64)


CASES: dict[str, tuple[onnx.NodeProto, dict[str, Any]]] = {
    "uneven pads": (node("Conv", "x w b", pads=[0, 1, 2, 1]), {"w": (4, 3, 3, 3), "b": (4,)}),
    "groups": (node("Conv", "x w", group=3, strides=[2, 1]), {"w": (6, 1, 3, 3)}),
    "same, more after": (
        node("Conv", "x w", auto_pad="SAME_UPPER", strides=[2, 2]),
        {"w": (4, 3, 3, 3)},
    ),
    "same, more before": (
        node("Conv", "x w", auto_pad="SAME_LOWER", strides=[2, 1]),
        {"w": (4, 3, 2, 2)},
    ),
    "normalisation": (
        node("BatchNormalization", "x a b m v", epsilon=1e-3),
        {"a": (3,), "b": (3,), "m": (3,), "v": np.array([0.5, 1.0, 2.0], np.float32)},
    ),
    "maximum": (node("MaxPool", "x", kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1]), {}),
    "maximum, rounded up": (
        node("MaxPool", "x", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
        {},
    ),
    "mean": (node("AveragePool", "x", kernel_shape=[2, 3], strides=[2, 1]), {}),
    "mean of what is inside": (
        node("AveragePool", "x", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        {},
    ),
    "mean with the border": (
        node("AveragePool", "x", kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1),
        {},
    ),
    "same mean": (
        node("AveragePool", "x", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER"),
        {},
    ),
    "global mean": (node("GlobalAveragePool", "x"), {}),
    "global maximum": (node("GlobalMaxPool", "x"), {}),
    "reduced": (node("ReduceMean", "x axes", keepdims=0), {"axes": shape_of(2, 3)}),
    "maximum of axes": (node("ReduceMax", "x axes", keepdims=1), {"axes": shape_of(-1, -2)}),
    "constant first": (node("Sub", "c x"), {"c": (3, 1, 1)}),
    "constant second": (node("Div", "x c"), {"c": np.array([2.0], np.float32)}),
    "limits": (
        node("Clip", "x l h"),
        {"l": np.array(0.0, np.float32), "h": np.array(1.0, np.float32)},
    ),
    "upper limit": (
        node("Clip", "x  h".replace("  ", " l ")),
        {"l": np.float32(-9), "h": np.float32(0.5)},
    ),
    "leaky": (node("LeakyRelu", "x", alpha=0.2), {}),
    "sigmoid": (node("Sigmoid", "x"), {}),
    "hard sigmoid": (node("HardSigmoid", "x", alpha=0.3), {}),
    "hard swish": (node("HardSwish", "x"), {}),
    "hyperbolic tangent": (node("Tanh", "x"), {}),
    "border": (node("Pad", "x p"), {"p": shape_of(0, 0, 1, 2, 0, 0, 3, 0)}),
    "mirrored border": (
        node("Pad", "x p", mode="reflect"),
        {"p": shape_of(0, 0, 1, 2, 0, 0, 3, 0)},
    ),
    "flat": (node("Flatten", "x"), {}),
    "shape": (node("Reshape", "x s"), {"s": shape_of(0, 3, -1)}),
    "order": (node("Transpose", "x", perm=[0, 2, 3, 1]), {}),
    "twice": (node("Concat", "x x", axis=1), {}),
    "dropout": (node("Dropout", "x"), {}),
}
"""The node, and the constants among its inputs: values, or the shape of random ones."""


@pytest.mark.parametrize("case", list(CASES))
def test_an_operator_computes_what_onnx_runtime_does(case: str) -> None:
    found, expected = both(*CASES[case])
    assert found == pytest.approx(expected, abs=1e-5)


def both(made: onnx.NodeProto, constants: dict[str, Any]) -> tuple[Any, Any]:
    """What PyTorch computes, and ONNX Runtime, each [2, …] as rows."""
    values = {
        name: numpy_helper.from_array(
            random(*value) if isinstance(value, tuple) else np.asarray(value), name
        )
        for name, value in constants.items()
    }
    graph = helper.make_graph(
        [made],
        "one",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3, 9, 8])],
        [onnx.ValueInfoProto(name="y")],
        list(values.values()),
    )
    graph.output[0].type.tensor_type.elem_type = TensorProto.FLOAT
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    pictures = random(2, 3, 9, 8)
    ((expected,),) = run_once(model.SerializeToString(), [pictures])
    with torch.inference_mode():
        found = OnnxNetwork(model, "y")(torch.from_numpy(pictures)).numpy()
    return found, expected.reshape(2, -1)


@pytest.mark.parametrize("transposed", [False, True])
def test_dense_layers_are_layers_that_can_be_trained(transposed: bool) -> None:
    weights = random(5, 3) if transposed else random(3, 5)
    nodes = [
        helper.make_node("GlobalAveragePool", ["x"], ["m"]),
        helper.make_node("Flatten", ["m"], ["f"]),
        helper.make_node("Gemm", ["f", "w", "b"], ["g"], transB=int(transposed)),
        helper.make_node("MatMul", ["g", "v"], ["y"]),
    ]
    values = {"w": weights, "b": random(5), "v": random(5, 4)}
    graph = helper.make_graph(
        nodes,
        "dense",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3, 4, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2, 4])],
        [numpy_helper.from_array(value, name) for name, value in values.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    network, pictures = OnnxNetwork(model, "y"), random(2, 3, 4, 4)
    ((expected,),) = run_once(model.SerializeToString(), [pictures])
    found = network(torch.from_numpy(pictures))
    assert found.detach().numpy() == pytest.approx(expected, abs=1e-5)
    found.sum().backward()
    assert all(weight.grad is not None for weight in network.parameters())
    assert sum(weight.numel() for weight in network.parameters()) == 15 + 5 + 20


def test_what_is_no_convolutional_network_is_refused_in_a_sentence(tmp_path: Path) -> None:
    spec = load_spec(shipped_models_dir() / "efficientnet-lite0")
    transformer = replace(spec, title="A transformer", file=EXPORTED / "torch_vit.onnx")
    with pytest.raises(
        FinderError, match="A transformer cannot be trained: it uses what"
    ) as caught:
        onnx_network(transformer)
    assert "--from resnet18" in caught.value.hint
