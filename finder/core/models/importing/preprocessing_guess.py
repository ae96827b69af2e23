"""Guessing the preprocessing that a model was trained with: from its graph's first operators, from
the names that exporters and model families leave in it, or else from what is usual."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from finder.core.i18n import mark, tr
from finder.core.models.graph.traversal import consumers, producers

if TYPE_CHECKING:
    import onnx

_NAMES = (
    (r"efficientnet[-_]?lite", "lite", mark("EfficientNet-Lite takes (x − 127) / 128")),
    (r"siglip", "siglip", mark("SigLIP takes −1 … 1, and the whole picture")),
    (
        r"^clip|clip[-_]?(vit|rn\d|vision|visual|model)|image_embeds",
        "clip",
        mark("it is a CLIP model"),
    ),
    (r"dinov?2", "imagenet", mark("DINO models take ImageNet's mean and deviation")),
    (r"gpu_0/|caffe", "caffe", mark("it comes from Caffe, which puts blue first")),
    (
        r"(resnet|vgg|squeezenet|mobilenet|densenet)(v?\d+)?\d_",
        "imagenet",
        mark("MXNet's models take ImageNet's mean and deviation"),
    ),
)
"""Pattern in the names, preset, reason."""
_KERAS_NAMES = (
    (
        r"mobilenet|inception|xception|nasnet|resnet\d+v2",
        "signed",
        mark("Keras scales its pictures to −1 … 1"),
    ),
    (
        r"efficientnet(?![-_]?lite)|convnext",
        "raw",
        mark("Keras' model takes the pixels as they are"),
    ),
    (r"densenet", "imagenet", mark("Keras applies ImageNet's mean and deviation")),
    (
        r"resnet|vgg|block1_conv1|conv2_block1",
        "caffe",
        mark("Keras prepares its pictures as Caffe does"),
    ),
)
_STEPS: Final[Mapping[str, Callable[[float], tuple[float, float]]]] = {
    "Add": lambda c: (1.0, c),
    "Sub": lambda c: (1.0, -c),
    "Mul": lambda c: (c, 0.0),
    "Div": lambda c: (1.0 / c if c else 1.0, 0.0),
}
"""The factor and the summand of an operator with a constant."""
_RANGES = {
    "raw": (0.0, 255.0),
    "unit": (0.0, 1.0),
    "signed": (-1.0, 1.0),
    "imagenet": (-2.12, 2.64),
    "caffe": (-123.7, 151.1),
}
"""The range of a picture's numbers after each preset."""
_FIRST = frozenset(
    {*_STEPS, "BatchNormalization", "Cast", "Identity", "Transpose", "QuantizeLinear", "Squeeze"}
)
_MAX_CONSTANT_SIZE = 16
"""Numbers of a constant that can be a mean or a factor for each channel."""


def guess_preset(
    model: onnx.ModelProto, image: str, dtype: str, layout: str, cleaning: str = ""
) -> tuple[str, str]:
    """(a preset's name, the reason in a few words). The file's name is not considered. cleaning:
    the rule for the model's words, if it understands any."""
    if dtype == "uint8":
        return "raw", tr("its input is uint8: the pixels as they are")
    graph = model.graph
    found = _from_arithmetic(graph, image) or _from_quantised(graph, image)
    found = found or _from_words(cleaning) or _from_names(model)
    if found:
        return found
    if layout == "NHWC":
        return "signed", tr("most of TensorFlow's models take −1 … 1")
    return "imagenet", tr("most models take ImageNet's mean and deviation")


def _from_arithmetic(graph: onnx.GraphProto, image: str) -> tuple[str, str] | None:
    """From a normalisation inside the graph: the input must be such that its result has mean 0 and
    deviation 1."""
    scale, shift = 1.0, 0.0
    changed = False
    for node, constants in _first_steps(graph, image):
        if node.op_type == "BatchNormalization" and len(constants) >= 4:
            mean, variance = (float(np.mean(c)) for c in constants[2:4])
            scaled = 1.0 / max(variance, 1e-9) ** 0.5
            step = scaled, -mean * scaled
        elif len(constants) == 1 and node.op_type in _STEPS:
            step = _STEPS[node.op_type](float(np.mean(constants[0])))
        else:
            continue
        changed = True
        scale, shift = scale * step[0], shift * step[0] + step[1]
    if not changed or not scale:
        return None
    mean, deviation = -shift / scale, abs(1.0 / scale)
    if mean > 2.0 or deviation > 2.0:
        return "raw", tr("its graph begins by scaling 0 … 255")
    if 0.2 < mean < 0.8:
        return "unit", tr("its graph begins by scaling 0 … 1")
    return None


def _from_quantised(graph: onnx.GraphProto, image: str) -> tuple[str, str] | None:
    """From the input range of a quantised model, which was measured on pictures."""
    for node, constants in _first_steps(graph, image):
        if node.op_type == "QuantizeLinear" and len(constants) == 2:
            step, zero = (float(np.mean(c)) for c in constants)
            least = np.iinfo(constants[1].dtype).min
            low, high = (least - zero) * step, (least + 255 - zero) * step
            for preset, (preset_low, preset_high) in _RANGES.items():
                tolerance = 0.12 * (preset_high - preset_low)
                if abs(low - preset_low) < tolerance and abs(high - preset_high) < tolerance:
                    why = tr("it is quantised for {low:.3g} … {high:.3g}")
                    return preset, why.format(low=low, high=high)
    return None


def _from_words(cleaning: str) -> tuple[str, str] | None:
    why = {
        "clip": tr("its words are prepared as CLIP's"),
        "siglip": tr("its words are prepared as SigLIP's"),
    }
    return (cleaning, why[cleaning]) if cleaning in why else None


def _from_names(model: onnx.ModelProto) -> tuple[str, str] | None:
    text = " ".join(_names(model)).lower()
    from_keras = model.producer_name == "tf2onnx" or "keras" in text
    for pattern, preset, reason in (*(_KERAS_NAMES if from_keras else ()), *_NAMES):
        if re.search(pattern, text):
            return preset, tr(reason)
    return None


def _names(model: onnx.ModelProto) -> Iterator[str]:
    yield from (model.producer_name, model.graph.name, model.doc_string[:1_000])
    yield from (f"{entry.key} {entry.value[:1_000]}" for entry in model.metadata_props)
    yield from (value.name for value in (*model.graph.input, *model.graph.output))
    for node in model.graph.node:
        yield node.name
        yield from node.input


def _first_steps(
    graph: onnx.GraphProto, image: str
) -> Iterator[tuple[onnx.NodeProto, list[NDArray[Any]]]]:
    """The first operators on the image, with their constants, up to a branch or a convolution."""
    consumer, producer = consumers(graph), producers(graph)
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    name = image
    for _ in range(10):
        nodes = consumer.get(name, [])
        if len(nodes) != 1 or nodes[0].op_type not in _FIRST or not nodes[0].output:
            return
        yield (
            nodes[0],
            [
                values
                for other in nodes[0].input
                if other != name and (values := _constant(other, tensors, producer)) is not None
            ],
        )
        name = nodes[0].output[0]


def _constant(
    name: str, tensors: dict[str, onnx.TensorProto], producer: dict[str, onnx.NodeProto]
) -> NDArray[Any] | None:
    from onnx import numpy_helper

    tensor = tensors.get(name)
    if tensor is None and name in producer and producer[name].op_type == "Constant":
        tensor = next((a.t for a in producer[name].attribute if a.name == "value"), None)
    if tensor is None or not 1 <= int(np.prod(tensor.dims)) <= _MAX_CONSTANT_SIZE:
        return None
    return numpy_helper.to_array(tensor)
