"""Small classifiers with the structure and the names of those in the catalogue."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from finder.core.models.downloads.offers import Offer, catalogue_file, find_offer, read_offers

CLASSES = 10
_PATCH, _HIDDEN = 32, 64
_random = np.random.default_rng(7)


_Constants = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class _Graph:
    """nodes and constants from `input` to `output`; feature: the value that is the embedding."""

    nodes: list[NodeProto]
    constants: _Constants
    input_shape: list[int | str]
    output_shape: list[int | str]
    feature: str
    others: tuple[str, ...] = ()


def graph_of(offer: Offer) -> tuple[onnx.ModelProto, str]:
    """A file like the offered one, and the name of its feature."""
    spec = offer.spec
    made = _FAMILIES[spec.name.split("-")[0]](spec.input.name, spec.output, spec.dimension)
    graph = helper.make_graph(
        made.nodes,
        "small",
        [helper.make_tensor_value_info(spec.input.name, TensorProto.FLOAT, made.input_shape)],
        [
            helper.make_tensor_value_info(spec.output, TensorProto.FLOAT, made.output_shape),
            *(
                helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", "tokens", _HIDDEN])
                for name in made.others
            ),
        ],
        [numpy_helper.from_array(value, name) for name, value in made.constants.items()],
    )
    opset = 7 if spec.name.endswith("-7") else 12
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=6)
    onnx.checker.check_model(model)
    return model, made.feature


def offered_as(offer: Offer, content: bytes, *urls: str) -> Offer:
    """The offer, of this file instead."""
    sha256 = hashlib.sha256(content).hexdigest()
    size = len(content)
    return replace(
        offer, file=replace(offer.file, urls=urls, sha256=sha256, size=size, max_size=size)
    )


@cache
def small_file(name: str) -> bytes:
    """A file like the one that the catalogue offers under this name; always the same one."""
    model, _ = graph_of(find_offer(read_offers(catalogue_file()), name))
    content: bytes = model.SerializeToString()
    return content


def catalogue_of(**offered: tuple[bytes, str]) -> str:
    """The text of a catalogue: entries of the real one, each with its own file and address. The
    names' hyphens and dots are written as underscores."""
    entries = []
    for entry in catalogue_file().read_text(encoding="utf-8").split("[[model]]")[1:]:
        name = re.sub(r"[-.]", "_", entry.split('"')[1])
        if name not in offered:
            continue
        content, url = offered[name]
        sha256 = hashlib.sha256(content).hexdigest()
        entry = re.sub(r"urls = \[.*?\n\]", f'urls = ["{url}"]', entry, flags=re.DOTALL)
        entry = re.sub(r'sha256 = "\w+"', f'sha256 = "{sha256}"', entry)
        entries.append(re.sub(r"bytes = \d+", f"bytes = {len(content)}", entry))
    assert len(entries) == len(offered)
    return "\n[[model]]".join(["format = 1", *entries])


def _weights(*shape: int) -> NDArray[np.float32]:
    return _random.normal(0, 0.1, shape).astype(np.float32)


def _conv(source: str, made: str) -> list[NodeProto]:
    return [
        helper.make_node("Conv", [source, "kernel"], ["map"], strides=[_PATCH, _PATCH]),
        helper.make_node("Relu", ["map"], [made]),
    ]


def _kernel(channels: int) -> _Constants:
    return {"kernel": _weights(channels, 3, 1, 1)}


def _gemm(source: str, made: str, weights: str) -> NodeProto:
    return helper.make_node("Gemm", [source, weights, f"{weights}_bias"], [made], transB=1)


def _dense(name: str, length: int, outputs: int) -> _Constants:
    return {name: _weights(outputs, length), f"{name}_bias": _weights(outputs)}


def _resnet(given: str, output: str, dimension: int) -> _Graph:
    pool = output.replace("dense0", "pool1")
    nodes = [
        *_conv(given, "relu"),
        helper.make_node("GlobalAveragePool", ["relu"], [pool]),
        helper.make_node("Flatten", [pool], ["flat"]),
        _gemm("flat", output, "dense"),
    ]
    constants = _kernel(dimension) | _dense("dense", dimension, CLASSES)
    return _Graph(nodes, constants, ["N", 3, 224, 224], ["N", CLASSES], pool)


def _vgg(given: str, output: str, dimension: int) -> _Graph:
    nodes = [
        *_conv(given, "relu"),
        helper.make_node("GlobalMaxPool", ["relu"], ["pool"]),
        helper.make_node("Flatten", ["pool"], ["flat"]),
        _gemm("flat", "dense0", "fc7"),
        helper.make_node("Relu", ["dense0"], ["fc7_relu"]),
        helper.make_node("Dropout", ["fc7_relu"], ["dropout1", "mask"]),
        helper.make_node("Flatten", ["dropout1"], ["flatten_71"]),
        _gemm("flatten_71", output, "dense2"),
    ]
    constants = _kernel(16) | _dense("fc7", 16, dimension) | _dense("dense2", dimension, CLASSES)
    return _Graph(nodes, constants, [1, 3, 224, 224], [1, CLASSES], "flatten_71")


def _mobilenet(given: str, output: str, dimension: int) -> _Graph:
    nodes = [
        *_conv(given, "relu"),
        helper.make_node("GlobalAveragePool", ["relu"], ["464"]),
        helper.make_node("Shape", ["464"], ["shape"]),
        helper.make_node("Gather", ["shape", "zero"], ["batch"], axis=0),
        helper.make_node("Unsqueeze", ["batch"], ["batch_1"], axes=[0]),
        helper.make_node("Concat", ["batch_1", "rest"], ["to"], axis=0),
        helper.make_node("Reshape", ["464", "to"], ["472"]),
        _gemm("472", output, "classifier"),
    ]
    constants = _kernel(dimension) | _dense("classifier", dimension, CLASSES)
    constants |= {"zero": np.array(0), "rest": np.array([-1])}
    return _Graph(nodes, constants, ["batch", 3, 224, 224], ["batch", CLASSES], "472")


def _efficientnet(given: str, output: str, dimension: int) -> _Graph:
    pool = "efficientnet-lite4/model/head/AvgPool:0"
    nodes = [
        helper.make_node("Transpose", [given], ["nchw"], perm=[0, 3, 1, 2]),
        *_conv("nchw", "relu"),
        helper.make_node("AveragePool", ["relu"], ["pooled"], kernel_shape=[7, 7]),
        helper.make_node("Transpose", ["pooled"], [pool], perm=[0, 2, 3, 1]),
        helper.make_node("Squeeze", [pool], ["squeezed"], axes=[1, 2]),
        helper.make_node("MatMul", ["squeezed", "dense"], ["logits"]),
        helper.make_node("Softmax", ["logits"], [output], axis=1),
    ]
    constants = _kernel(dimension) | {"dense": _weights(dimension, CLASSES)}
    return _Graph(nodes, constants, [1, 224, 224, 3], [1, CLASSES], pool)


def _squeezenet(given: str, output: str, dimension: int) -> _Graph:
    nodes = [
        *_conv(given, "relu"),
        helper.make_node("AveragePool", ["relu"], ["squeezenet0_pool3_fwd"], kernel_shape=[7, 7]),
        helper.make_node("Reshape", ["squeezenet0_pool3_fwd", "to"], [output]),
    ]
    constants = _kernel(dimension) | {"to": np.array([0, -1])}
    return _Graph(nodes, constants, [1, 3, 224, 224], [1, dimension], "squeezenet0_pool3_fwd")


def _tokens(given: str, made: str, dimension: int) -> tuple[list[NodeProto], _Constants]:
    """[N, 1 + 49, D]: the class token is the mean of the patches."""
    nodes = [
        *_conv(given, "relu"),
        helper.make_node("Reshape", ["relu", "patches"], ["flat"]),
        helper.make_node("Transpose", ["flat"], ["patch_tokens"], perm=[0, 2, 1]),
        helper.make_node("ReduceMean", ["patch_tokens"], ["class_token"], axes=[1], keepdims=1),
        helper.make_node("Concat", ["class_token", "patch_tokens"], [made], axis=1),
    ]
    return nodes, _kernel(dimension) | {"patches": np.array([0, dimension, -1])}


def _dinov2(given: str, output: str, dimension: int) -> _Graph:
    nodes, constants = _tokens(given, output, dimension)
    shape: list[int | str] = ["batch_size", "num_channels", "height", "width"]
    return _Graph(nodes, constants, shape, ["batch_size", "tokens", dimension], output)


def _two_towers(given: str, output: str, dimension: int) -> _Graph:
    nodes, constants = _tokens(given, "last_hidden_state", _HIDDEN)
    nodes += [
        helper.make_node("Gather", ["last_hidden_state", "zero"], ["pooled"], axis=1),
        helper.make_node("MatMul", ["pooled", "projection"], [output]),
    ]
    constants |= {"zero": np.array(0), "projection": _weights(_HIDDEN, dimension)}
    shape: list[int | str] = ["batch", 3, "height", "width"]
    return _Graph(nodes, constants, shape, ["batch", dimension], output, ("last_hidden_state",))


_FAMILIES = {
    "resnet50": _resnet,
    "resnet18": _resnet,
    "vgg16": _vgg,
    "mobilenetv2": _mobilenet,
    "efficientnet": _efficientnet,
    "squeezenet1.1": _squeezenet,
    "dinov2": _dinov2,
    "siglip2": _two_towers,
    "clip": _two_towers,
    "tinyclip": _two_towers,
}
