"""A model without what an embedding does not need: the image in, one feature out.

`cut` runs what it has cut, to learn the feature's shape and to prove that nothing was changed: a
model from a stranger is cut in a process with limits.
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
from finder.core.models.graph.layout import has_channels_last, two_pictures
from finder.core.models.graph.opsets import set_back
from finder.core.models.graph.pruning import free_name, pruned

if TYPE_CHECKING:
    import onnx

OUTPUT: Final = "embedding"
TAKES: Final = ("whole", "mean", "max", "first")
_POOLS = {"mean": "GlobalAveragePool", "max": "GlobalMaxPool"}
_AXES = {"whole": range(1, 9), "mean": (3, 4), "max": (3, 4), "first": (3,)}
"""Of how many axes something can be taken."""
_TURNS = {4: (0, 3, 1, 2), 3: (0, 2, 1)}
_PARTS = ("first", "shape", 1, 2, 3)
_MOST_NUMBERS = 32_768
"""Of an embedding, as in model.toml."""


@dataclass(frozen=True)
class Feature:
    """What becomes the embedding: a value of the graph, and what is taken of it.

    take: “whole”, flattened as it is; “mean” or “max” over the spatial axes of a map [N, C, H, W]
    or [N, H, W, C], or over the tokens of [N, tokens, D]; “first”, the class token: [N, 0, D].
    """

    tensor: str
    take: str


@dataclass(frozen=True)
class TruncatedModel:
    """A model file with one input and one output, `embedding` float32 [batch, dimension].

    input: the image's name; batch_free: whether it takes several pictures at a time; if not, one.
    """

    content: bytes
    input: str
    dimension: int
    batch_free: bool


def cut(
    model: onnx.ModelProto, feature: Feature, size: tuple[int, int] = (224, 224)
) -> TruncatedModel:
    """The part of a model that makes this feature from the image. The model is not changed.

    size: height and width to run it with where the model leaves them free. Raises FinderError for
    a feature that is not there, that does not come from one image alone or cannot be taken so,
    and for a model that ONNX Runtime cannot run.
    """
    part = pruned(model, feature.tensor)
    set_back(part)
    image = part.graph.input[0]
    pictures = two_pictures(part.graph, image, size)
    set_shape(image, 1, pictures.shape[1:])
    shape = _shape(part, pictures[:1])
    channels_last = has_channels_last(part.graph, feature.tensor)
    length = dimension(shape, feature, channels_last)
    turn = _TURNS.get(len(shape)) if channels_last or len(shape) == 3 else None
    _finish(part.graph, feature.take, length, turn)
    apart = np.concatenate([output for (output,) in _run(part, [pictures[:1], pictures[1:]])])
    freed = with_dynamic_batch(part)
    batch_free = _gives(freed, pictures, apart)
    chosen = freed if batch_free else part
    return TruncatedModel(_bytes(chosen), chosen.graph.input[0].name, length, batch_free)


def output_shapes(
    model: onnx.ModelProto, tensors: Sequence[str], size: tuple[int, int] = (224, 224)
) -> dict[str, tuple[int, ...]]:
    """The shapes that these values of a model have for one picture; of those that are made of
    numbers with fractions. Found by running the model: raises FinderError if that fails."""
    part = pruned(model, *tensors)
    set_back(part)
    image = part.graph.input[0]
    pictures = two_pictures(part.graph, image, size)
    set_shape(image, 1, pictures.shape[1:])
    (outputs,) = _run(part, [pictures[:1]])
    found = zip(tensors, outputs, strict=True)
    return {name: output.shape for name, output in found if output.dtype.kind == "f"}


def _shape(part: onnx.ModelProto, picture: NDArray[Any]) -> tuple[int, ...]:
    ((output,),) = _run(part, [picture])
    if output.dtype.kind != "f":
        raise _not_numbers(part.graph.output[0].name)
    return output.shape


def dimension(shape: tuple[int, ...], feature: Feature, channels_last: bool) -> int:
    """The embedding's length, from the feature's shape for one picture. Raises FinderError."""
    fits = len(shape) in _AXES.get(feature.take, ())
    if not fits or (feature.take != "whole" and shape[0] != 1):
        why = tr("“{take}” cannot be applied to its shape, {shape}")
        raise _cannot_take(feature, why.format(shape=list(shape), take=feature.take))
    if feature.take == "whole":
        length = prod(shape)
    else:
        length = shape[1 if len(shape) == 4 and not channels_last else -1]
    if not 1 <= length <= _MOST_NUMBERS:
        why = tr("it has {n} numbers, and an embedding has 1 to {most}")
        raise _cannot_take(feature, why.format(n=length, most=_MOST_NUMBERS))
    return length


def _finish(graph: onnx.GraphProto, take: str, length: int, turn: Sequence[int] | None) -> None:
    """Take the embedding from the graph's output, and make it the output.

    turn: what brings a map or tokens into the order that pooling needs, [N, C, …].
    """
    import onnx
    from onnx import helper, numpy_helper

    for name in (OUTPUT, *(f"{OUTPUT}_{part}" for part in _PARTS)):
        free_name(graph, name)
    tensor = graph.output[0].name
    # First of all: the sum of many float16 may be beyond what float16 holds.
    steps: list[tuple[str, list[str], dict[str, Any]]] = [
        ("Cast", [], {"to": onnx.TensorProto.FLOAT})
    ]
    if take == "first":
        steps.append(("Gather", ["embedding_first"], {"axis": 1}))
        graph.initializer.append(numpy_helper.from_array(np.array(0), "embedding_first"))
    elif take in _POOLS:
        if turn:
            steps.append(("Transpose", [], {"perm": turn}))
        steps.append((_POOLS[take], [], {}))
    steps.append(("Reshape", ["embedding_shape"], {}))
    shape = np.array([-1, length])
    graph.initializer.append(numpy_helper.from_array(shape, "embedding_shape"))
    for number, (operator, more, attributes) in enumerate(steps, start=1):
        made = OUTPUT if number == len(steps) else f"{OUTPUT}_{number}"
        graph.node.append(helper.make_node(operator, [tensor, *more], [made], **attributes))
        tensor = made
    output = helper.make_tensor_value_info(OUTPUT, onnx.TensorProto.FLOAT, [1, length])
    graph.output[0].CopyFrom(output)


def _gives(model: onnx.ModelProto, pictures: NDArray[Any], apart: NDArray[Any]) -> bool:
    """Whether the pictures, both at once, have the embeddings that they have one by one.

    Nearly: sums in another order round differently. A row that belonged to the other picture, or
    to both, would be off by about what lies between the two.
    """
    try:
        ((together,),) = _run(model, [pictures])
    except FinderError:
        return False
    if together.shape != apart.shape:
        return False
    if np.array_equal(together, apart, equal_nan=True):
        return True
    off = np.linalg.norm(together - apart, axis=1).max()
    between = np.linalg.norm(apart[0] - apart[1])
    return bool(off <= max(0.05 * between, 1e-5 * np.linalg.norm(apart)))


def _run(model: onnx.ModelProto, batches: Sequence[NDArray[Any]]) -> list[list[NDArray[Any]]]:
    from finder.core.models.runtime.session import run_once

    return run_once(_bytes(model), batches)


def _bytes(model: onnx.ModelProto) -> bytes:
    if model.ByteSize() > MAX_BYTES:
        raise FinderError(tr("The model would be larger than 2 GB."), tr("Choose a smaller one."))
    content: bytes = model.SerializeToString()
    return content


def _not_numbers(name: str) -> FinderError:
    return FinderError(
        tr("“{name}” does not hold floating-point numbers.").format(name=name),
        tr("Choose another one as the feature."),
    )


def _cannot_take(feature: Feature, why: str) -> FinderError:
    return FinderError(
        tr("“{name}” cannot be the feature: {why}.").format(name=feature.tensor, why=why),
        tr("Choose another one."),
    )
