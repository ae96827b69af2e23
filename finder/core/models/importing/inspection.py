"""Looking into a model from elsewhere: what goes in, what could come out, what is proposed.

The model is run once. One from a stranger is examined in a process with limits
(`workers.model_import_process`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from math import isqrt, prod
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.graph.bottlenecks import bottlenecks, way_back
from finder.core.models.graph.layout import has_channels_last, image_shape, image_type, input_layout
from finder.core.models.graph.traversal import dimensions, free_inputs, made_from, producers
from finder.core.models.graph.truncation import TAKES, Feature, dimension, output_shapes
from finder.core.models.importing.candidates import Candidate, Shapes, find_candidates
from finder.core.models.importing.model_reader import no_model, read_model
from finder.core.models.importing.preprocessing_guess import guess_preset
from finder.core.models.importing.recognition import Known, recognise_file, recognise_part
from finder.core.models.presets import KNOWN
from finder.core.paths import Home

if TYPE_CHECKING:
    import onnx

USUAL_SIDE = 224
_LOOKED_AT = 200
"""Bottlenecks before an output that are measured."""


@dataclass(frozen=True)
class ImageInput:
    """Where the picture goes in. free: whether the model leaves the size to the user; then height
    and width are the usual ones."""

    name: str
    layout: str
    dtype: str
    height: int
    width: int
    free: bool


@dataclass(frozen=True)
class Inspection:
    """What a model file is. candidates: the proposed feature first, none if none was found;
    known: the known model that it is, by its content; the preset is that one's own then."""

    file: Path
    image: ImageInput
    candidates: tuple[Candidate, ...]
    preset: str
    preset_reason: str
    known: Known | None = None


def examine(
    file: Path, side: int | None = None, feature: str = "", home: Home | None = None
) -> Inspection:
    """Read a model file, run it once and tell what can be made of it.

    side: pixels of height and width, where the model leaves them free. feature: what the user
    names as the feature, a value or a node, with “:mean” and the like behind it if something else
    than the obvious is to be taken of it; it comes first then. home: whose models are known, too.

    Raises FinderError for a file that is no model of one picture or cannot be run, and for a name
    that is not there.
    """
    model = read_model(file)
    value = find_image(file, model.graph)
    found = recognise_file(file, model.graph, home)
    image = _image_input(model.graph, value, side or (found[0].height if found else USUAL_SIDE))
    above = bottlenecks(model.graph, value.name)
    others = {other.name for other in free_inputs(model.graph)} - {value.name}
    above = _without(above, made_from(model.graph.node, others))
    outputs = [output.name for output in model.graph.output if output.name in above]
    shapes = _shapes(model, above, outputs, image)
    candidates = find_candidates(model.graph, above, outputs, shapes)
    found = found or recognise_part(model, [c.feature for c in candidates], home)
    if found:
        candidates = _with_known(model, *found, image, candidates)
    if feature:
        candidates = [_named(model, feature, image), *candidates]
    if found:
        known, _ = found
        reason = tr("this is {title}").format(title=known.title)
        return Inspection(file, image, tuple(candidates), KNOWN, reason, known)
    preset, reason = guess_preset(model, value.name, image.dtype, image.layout)
    return Inspection(file, image, tuple(candidates), preset, reason)


def _with_known(
    model: onnx.ModelProto,
    known: Known,
    feature: Feature,
    image: ImageInput,
    candidates: Sequence[Candidate],
) -> list[Candidate]:
    """The known model's own feature first."""
    shape = output_shapes(model, [feature.tensor], (image.height, image.width))
    channels_last = has_channels_last(model.graph, feature.tensor)
    size = dimension(shape.get(feature.tensor, ()), feature, channels_last)
    what = next((c.what for c in candidates if c.feature == feature), tr("its own feature"))
    why = tr("the feature of {title}").format(title=known.title)
    others = [candidate for candidate in candidates if candidate.feature != feature]
    return [Candidate(feature, size, what, why), *others]


def called(file: Path) -> str:
    """What a model file is called: “model.onnx” as its folder."""
    return file.parent.name if file.stem == "model" and file.parent.name else file.stem


def find_image(file: Path, graph: onnx.GraphProto) -> onnx.ValueInfoProto:
    """The one input that is a colour image. Raises FinderError if none or several are."""
    found, faults = [], []
    inputs = free_inputs(graph)
    for value in inputs:
        try:
            image_shape(graph, value, (USUAL_SIDE, USUAL_SIDE))
            image_type(value)
        except FinderError as error:
            faults.append(error)
        else:
            found.append(value)
    if len(found) == 1:
        return found[0]
    if len(inputs) == 1:
        raise faults[0]
    if not inputs:
        raise no_model(file, tr("it has no input"))
    names = ", ".join(value.name for value in inputs)
    why = tr("it is not clear which input is the picture ({names})")
    raise no_model(file, why.format(names=names))


def _named(model: onnx.ModelProto, named: str, image: ImageInput) -> Candidate:
    """What the user means."""
    name, _, take = named.rpartition(":")
    if take not in TAKES or not name:
        name, take = named, ""
    tensor = _tensor(model.graph, name)
    shape = output_shapes(model, [tensor], (image.height, image.width)).get(tensor, ())
    feature = Feature(tensor, take or _obvious(shape))
    channels_last = has_channels_last(model.graph, tensor)
    size = dimension(shape, feature, channels_last)
    return Candidate(feature, size, tr("chosen by you"), tr("you chose it"))


def _without(above: dict[str, str], others: set[str]) -> dict[str, str]:
    """The bottlenecks of what is made from the picture alone."""
    return {name: nearest for name, nearest in above.items() if name not in others}


def _image_input(graph: onnx.GraphProto, value: onnx.ValueInfoProto, side: int) -> ImageInput:
    layout = input_layout(graph, value)
    shape = image_shape(graph, value, (side, side))
    height, width = shape[1:] if layout == "NCHW" else shape[:2]
    declared = dimensions(value) or [None] * 4
    free = None in (declared[2:] if layout == "NCHW" else declared[1:3])
    return ImageInput(value.name, layout, image_type(value), height, width, free)


def _shapes(
    model: onnx.ModelProto, above: dict[str, str], outputs: Sequence[str], image: ImageInput
) -> Shapes:
    """Of the bottlenecks before the outputs."""
    ways = (way_back(above, output)[:_LOOKED_AT] for output in outputs)
    wanted = [name for name in dict.fromkeys(chain.from_iterable(ways)) if name != image.name]
    return output_shapes(model, wanted, (image.height, image.width)) if wanted else {}


def _tensor(graph: onnx.GraphProto, name: str) -> str:
    makes = producers(graph)
    if name in makes:
        return name
    for node in graph.node:
        if node.name == name and node.output:
            return str(node.output[0])
    raise FinderError(
        tr("The model has no value or node called “{name}”.").format(name=name),
        tr("A viewer for ONNX graphs, such as Netron, shows the names."),
    )


def _obvious(shape: Sequence[int]) -> str:
    """What is most likely to be taken of a value of this shape."""
    if not shape or prod(shape) == max(shape) or len(shape) not in (3, 4):
        return "whole"
    if len(shape) == 4 or isqrt(shape[1]) ** 2 == shape[1]:
        return "mean"
    return "first"
