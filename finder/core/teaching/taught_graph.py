"""The ONNX graph of a taught model: its bases' graphs on one input, then the projection.

Each base's output is scaled to length 1, as its stored vectors are; side by side they go through
one Gemm. The program scales what comes out, as it does for every model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from finder.core.errors import FinderError, first_line
from finder.core.i18n import tr
from finder.core.limits import MAX_BYTES

if TYPE_CHECKING:
    import onnx

    from finder.core.models.spec import ModelSpec
    from finder.core.teaching.projection import Projection

OUTPUT: Final = "embedding"
INPUT: Final = "taught_input"
_AXES_AS_INPUT = 18
"""The opset from which ReduceL2 has its axes as an input."""


def require_teachable(bases: Sequence[ModelSpec]) -> None:
    """Raises FinderError unless each base has a file, and all take the same picture."""
    for spec in bases:
        if not spec.has_file:
            raise FinderError(
                tr("{title} cannot be taught: it is computed without a network.").format(
                    title=spec.title
                ),
                tr("Choose a model that has a file: “image-finder models” lists them."),
            )
        if not _is_same_picture(bases[0], spec):
            raise FinderError(
                tr("{first} and {second} take pictures of different size or kind.").format(
                    first=bases[0].title, second=spec.title
                ),
                tr("Teach from one of them, or from models that take the same pictures."),
            )


def _is_same_picture(first: ModelSpec, other: ModelSpec) -> bool:
    """Whether one model's input is the other's, but for mean and deviation. These are part of a
    padded picture, and of one that is rounded."""
    one, two = first.input, other.input
    may_differ = one.dtype == "float32" and one.resize != "pad"
    if may_differ:
        two = replace(two, mean=one.mean, std=one.std)
    return replace(two, name=one.name) == one


def taught_graph(bases: Sequence[ModelSpec], projection: Projection) -> bytes:
    """An ONNX file with the first base's input and one output, `embedding` [batch, K].

    projection: of the bases' vectors side by side. Raises FinderError.
    """
    try:
        content = _joined(bases, projection)
    except FinderError:
        raise
    except Exception as error:  # onnx and protobuf raise exceptions of any class
        raise FinderError(
            tr("The graph of {titles} cannot be continued: {why}.").format(
                titles=", ".join(spec.title for spec in bases), why=first_line(error).rstrip(".")
            ),
            tr("Teach from another model."),
        ) from error
    if len(content) > MAX_BYTES:
        raise FinderError(
            tr("The taught model would be larger than 2 GB."), tr("Teach from fewer models.")
        )
    return content


def _joined(bases: Sequence[ModelSpec], projection: Projection) -> bytes:
    import onnx
    from onnx import TensorProto, compose, helper, numpy_helper

    given = [onnx.load_model_from_string(spec.file.read_bytes()) for spec in bases]
    parts = [
        compose.add_prefix(part, f"base{number}_")
        for number, part in enumerate(_of_one_opset(bases, given))
    ]
    joined = onnx.ModelProto(
        producer_name="image-finder",
        ir_version=max(part.ir_version for part in parts),
        opset_import=parts[0].opset_import,
    )
    known = {opset.domain for opset in joined.opset_import}
    graph = joined.graph
    graph.name = "taught"
    graph.input.add().CopyFrom(parts[0].graph.input[_image_input(parts[0], bases[0], 0)])
    graph.input[0].name = INPUT
    features = []
    for number, (spec, part) in enumerate(zip(bases, parts, strict=True)):
        joined.opset_import.extend(o for o in part.opset_import if o.domain not in known)
        known.update(opset.domain for opset in part.opset_import)
        joined.functions.extend(part.functions)
        graph.initializer.extend(part.graph.initializer)
        graph.sparse_initializer.extend(part.graph.sparse_initializer)
        image = f"base{number}_{spec.input.name}"
        graph.node.extend(_adapted(bases[0], spec, image, graph.initializer))
        graph.node.extend(part.graph.node)
        features.append(f"base{number}_unit")
        graph.node.extend(_unit(part, f"base{number}_{spec.output}", features[-1], graph))
    graph.initializer.append(numpy_helper.from_array(projection.matrix, "taught_matrix"))
    graph.initializer.append(numpy_helper.from_array(projection.offset, "taught_offset"))
    side_by_side = features[0]
    if len(features) > 1:
        side_by_side = "taught_features"
        graph.node.append(helper.make_node("Concat", features, [side_by_side], axis=1))
    factors = [side_by_side, "taught_matrix", "taught_offset"]
    graph.node.append(helper.make_node("Gemm", factors, [OUTPUT]))
    shape: list[str | int | None] = ["batch", projection.dimension]
    graph.output.append(helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, shape))
    content: bytes = joined.SerializeToString()
    return content


def _image_input(part: onnx.ModelProto, spec: ModelSpec, number: int) -> int:
    """The place of the image among the graph's inputs: old files list their weights there, too."""
    names = [value.name for value in part.graph.input]
    return names.index(f"base{number}_{spec.input.name}")


def _of_one_opset(
    bases: Sequence[ModelSpec], parts: Sequence[onnx.ModelProto]
) -> Iterator[onnx.ModelProto]:
    """The graphs in the newest opset that one of them has. Raises FinderError where onnx cannot
    convert an older one."""
    from onnx import version_converter

    newest = max(_opset(part) for part in parts)
    for spec, part in zip(bases, parts, strict=True):
        if _opset(part) == newest:
            yield part
            continue
        try:
            yield version_converter.convert_version(part, newest)
        except Exception as error:  # its classes are not public
            raise FinderError(
                tr(
                    "{title} is written for an older version of ONNX than the others, and cannot "
                    "be converted."
                ).format(title=spec.title),
                tr("Teach without it, or from it alone."),
            ) from error


def _opset(model: onnx.ModelProto) -> int:
    return next(int(o.version) for o in model.opset_import if o.domain in ("", "ai.onnx"))


def _adapted(
    first: ModelSpec, spec: ModelSpec, image: str, initializers: object
) -> list[onnx.NodeProto]:
    """The first base's input as this base's: (x·std + mean), then with its own mean and std."""
    from onnx import helper, numpy_helper

    one, own = first.input, spec.input
    if (one.mean, one.std) == (own.mean, own.std):
        return [helper.make_node("Identity", [INPUT], [image])]
    shape = (1, 3, 1, 1) if own.layout == "NCHW" else (1, 1, 1, 3)
    scale = np.divide(one.std, own.std).astype(np.float32).reshape(shape)
    shift = (np.subtract(one.mean, own.mean) / own.std).astype(np.float32).reshape(shape)
    for values, name in ((scale, f"{image}_scale"), (shift, f"{image}_shift")):
        initializers.append(numpy_helper.from_array(values, name))  # type: ignore[attr-defined]
    return [
        helper.make_node("Mul", [INPUT, f"{image}_scale"], [f"{image}_scaled"]),
        helper.make_node("Add", [f"{image}_scaled", f"{image}_shift"], [image]),
    ]


def _unit(
    part: onnx.ModelProto, feature: str, unit: str, graph: onnx.GraphProto
) -> list[onnx.NodeProto]:
    """A feature as float32 [batch, D], each row divided by its length: one without gives NaN, which
    is no feature, as it is for the base."""
    from onnx import TensorProto, helper, numpy_helper

    flat, length = f"{unit}_flat", f"{unit}_length"
    nodes = [
        helper.make_node("Flatten", [feature], [f"{unit}_any"], axis=1),
        helper.make_node("Cast", [f"{unit}_any"], [flat], to=TensorProto.FLOAT),
    ]
    if _opset(part) >= _AXES_AS_INPUT:
        graph.initializer.append(numpy_helper.from_array(np.array([1], np.int64), f"{unit}_axes"))
        nodes.append(helper.make_node("ReduceL2", [flat, f"{unit}_axes"], [length], keepdims=1))
    else:
        nodes.append(helper.make_node("ReduceL2", [flat], [length], axes=[1], keepdims=1))
    return [*nodes, helper.make_node("Div", [flat, length], [unit])]
