"""Truncating a model at a feature: the image in, one embedding out.

`truncate` runs the model, to learn the feature's shape and to verify the result; for an untrusted
file that happens in a process with limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.limits import MAX_BYTES
from finder.core.models.graph.dynamic_batch import set_shape, with_dynamic_batch
from finder.core.models.graph.layout import has_channels_last, synthetic_batch
from finder.core.models.graph.opsets import lower_opset
from finder.core.models.graph.pruning import pruned, rename_if_taken
from finder.core.models.manifest import MAX_DIMENSION

if TYPE_CHECKING:
    import onnx

OUTPUT: Final = "embedding"
POOLINGS: Final = ("whole", "mean", "max", "first")
_POOLS = {"mean": "GlobalAveragePool", "max": "GlobalMaxPool"}
_RANKS = {"whole": range(1, 9), "mean": (3, 4), "max": (3, 4), "first": (3,)}
"""The numbers of axes that a pooling can be applied to."""
_CHANNELS_TO_FRONT = {4: (0, 3, 1, 2), 3: (0, 2, 1)}
_STEP_SUFFIXES = ("first", "shape", 1, 2, 3)


@dataclass(frozen=True)
class Feature:
    """What becomes the embedding: a value of the graph, and how it is pooled.

    pooling: “whole”, flattened as it is; “mean” or “max” over the spatial axes of a feature map
    [N, C, H, W] or [N, H, W, C], or over the tokens of [N, tokens, D]; “first”, the class token:
    [N, 0, D].
    """

    tensor: str
    pooling: str


@dataclass(frozen=True)
class TruncatedModel:
    """A model file with one input and one output, `embedding` float32 [batch, dimension].

    input: the image's name; has_dynamic_batch: whether it takes several pictures at a time; if not,
    one.
    """

    content: bytes
    input: str
    dimension: int
    has_dynamic_batch: bool


def truncate(
    model: onnx.ModelProto, feature: Feature, size: tuple[int, int] = (224, 224)
) -> TruncatedModel:
    """The part of a model that computes this feature from the image. The model is not changed.

    size: height and width to run it with where the model's are dynamic. Raises FinderError for
    a feature that does not exist, depends on more than one image or cannot be pooled so, and for a
    model that ONNX Runtime cannot run.
    """
    part = pruned(model, feature.tensor)
    lower_opset(part)
    image = part.graph.input[0]
    pictures = synthetic_batch(part.graph, image, size)
    set_shape(image, 1, pictures.shape[1:])
    shape = _shape(part, pictures[:1])
    channels_last = has_channels_last(part.graph, feature.tensor)
    length = dimension(shape, feature, channels_last)
    permutation = None
    if channels_last or len(shape) == 3:
        permutation = _CHANNELS_TO_FRONT.get(len(shape))
    _append_pooling(part.graph, feature.pooling, length, permutation)
    expected = np.concatenate([output for (output,) in _run(part, [pictures[:1], pictures[1:]])])
    dynamic = with_dynamic_batch(part)
    is_dynamic = _reproduces(dynamic, pictures, expected)
    chosen = dynamic if is_dynamic else part
    return TruncatedModel(_bytes(chosen), chosen.graph.input[0].name, length, is_dynamic)


def output_shapes(
    model: onnx.ModelProto, tensors: Sequence[str], size: tuple[int, int] = (224, 224)
) -> dict[str, tuple[int, ...]]:
    """The shapes of those of a model's values that are floating-point, for one picture. Found by
    running the model: raises FinderError if that fails."""
    part = pruned(model, *tensors)
    lower_opset(part)
    image = part.graph.input[0]
    pictures = synthetic_batch(part.graph, image, size)
    set_shape(image, 1, pictures.shape[1:])
    (outputs,) = _run(part, [pictures[:1]])
    found = zip(tensors, outputs, strict=True)
    return {name: output.shape for name, output in found if output.dtype.kind == "f"}


def _shape(part: onnx.ModelProto, picture: NDArray[Any]) -> tuple[int, ...]:
    ((output,),) = _run(part, [picture])
    if output.dtype.kind != "f":
        raise _not_floating_point(part.graph.output[0].name)
    return output.shape


def dimension(shape: tuple[int, ...], feature: Feature, channels_last: bool) -> int:
    """The embedding's length, from the feature's shape for one picture. Raises FinderError."""
    fits = len(shape) in _RANKS.get(feature.pooling, ())
    if not fits or (feature.pooling != "whole" and shape[0] != 1):
        why = tr("“{pooling}” cannot be applied to its shape, {shape}")
        raise _cannot_pool(feature, why.format(shape=list(shape), pooling=feature.pooling))
    if feature.pooling == "whole":
        length = prod(shape)
    else:
        length = shape[1 if len(shape) == 4 and not channels_last else -1]
    if not 1 <= length <= MAX_DIMENSION:
        why = tr("it has {n} numbers, and an embedding has 1 to {most}")
        raise _cannot_pool(feature, why.format(n=length, most=MAX_DIMENSION))
    return length


def _append_pooling(
    graph: onnx.GraphProto, pooling: str, length: int, permutation: Sequence[int] | None
) -> None:
    """Pool the graph's output, and make the result the output.

    permutation: of a feature map's or tokens' axes, into the order that pooling needs, [N, C, …].
    """
    import onnx
    from onnx import helper, numpy_helper

    for name in (OUTPUT, *(f"{OUTPUT}_{suffix}" for suffix in _STEP_SUFFIXES)):
        rename_if_taken(graph, name)
    tensor = graph.output[0].name
    # Cast first: the sum of many float16 numbers may overflow float16.
    steps: list[tuple[str, list[str], dict[str, Any]]] = [
        ("Cast", [], {"to": onnx.TensorProto.FLOAT})
    ]
    if pooling == "first":
        steps.append(("Gather", ["embedding_first"], {"axis": 1}))
        graph.initializer.append(numpy_helper.from_array(np.array(0), "embedding_first"))
    elif pooling in _POOLS:
        if permutation:
            steps.append(("Transpose", [], {"perm": permutation}))
        steps.append((_POOLS[pooling], [], {}))
    steps.append(("Reshape", ["embedding_shape"], {}))
    shape = np.array([-1, length])
    graph.initializer.append(numpy_helper.from_array(shape, "embedding_shape"))
    for number, (operator, constants, attributes) in enumerate(steps, start=1):
        result = OUTPUT if number == len(steps) else f"{OUTPUT}_{number}"
        graph.node.append(helper.make_node(operator, [tensor, *constants], [result], **attributes))
        tensor = result
    output = helper.make_tensor_value_info(OUTPUT, onnx.TensorProto.FLOAT, [1, length])
    graph.output[0].CopyFrom(output)


def _reproduces(model: onnx.ModelProto, pictures: NDArray[Any], expected: NDArray[Any]) -> bool:
    """Whether the pictures have the same embeddings in one batch as they have one by one.

    Nearly the same: sums in another order round differently. A row that belonged to the other
    picture, or mixed both, would be off by about the distance of the two.
    """
    try:
        ((batch,),) = _run(model, [pictures])
    except FinderError:
        return False
    if batch.shape != expected.shape:
        return False
    if np.array_equal(batch, expected, equal_nan=True):
        return True
    error = np.linalg.norm(batch - expected, axis=1).max()
    distance = np.linalg.norm(expected[0] - expected[1])
    return bool(error <= max(0.05 * distance, 1e-5 * np.linalg.norm(expected)))


def _run(model: onnx.ModelProto, batches: Sequence[NDArray[Any]]) -> list[list[NDArray[Any]]]:
    from finder.core.models.runtime.session import run_once

    return run_once(_bytes(model), batches)


def _bytes(model: onnx.ModelProto) -> bytes:
    if model.ByteSize() > MAX_BYTES:
        raise FinderError(tr("The model would be larger than 2 GB."), tr("Choose a smaller one."))
    content: bytes = model.SerializeToString()
    return content


def _not_floating_point(name: str) -> FinderError:
    return FinderError(
        tr("“{name}” does not hold floating-point numbers.").format(name=name),
        tr("Choose another one as the feature."),
    )


def _cannot_pool(feature: Feature, why: str) -> FinderError:
    return FinderError(
        tr("“{name}” cannot be the feature: {why}.").format(name=feature.tensor, why=why),
        tr("Choose another one."),
    )
