"""Inspecting a model file: its picture input, the features it could give, and what is proposed.

The model is run once. An untrusted file is inspected in a process with limits
(`workers.models.model_import_process`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.graph.dominators import dominator_chain, immediate_dominators
from finder.core.models.graph.layout import has_channels_last, image_shape, image_type, input_layout
from finder.core.models.graph.traversal import dependents, dimensions, required_inputs
from finder.core.models.graph.truncation import Feature, dimension, output_shapes
from finder.core.models.importing.candidates import Candidate, find_candidates
from finder.core.models.importing.model_reader import cannot_import, read_model
from finder.core.models.importing.named_feature import named_feature
from finder.core.models.importing.preprocessing_guess import guess_preset
from finder.core.models.importing.recognition import KnownModel, recognise_file, recognise_part
from finder.core.models.presets import KNOWN

if TYPE_CHECKING:
    import onnx

    from finder.core.models.importing.measured_graph import Shapes
    from finder.core.paths import Home

USUAL_SIDE = 224
_MEASURED = 200
"""Dominators of an output whose shapes are measured."""


@dataclass(frozen=True)
class ImageInput:
    """The input for the picture. free: whether its size is dynamic, so that the user may choose it;
    then height and width are the usual ones."""

    name: str
    layout: str
    dtype: str
    height: int
    width: int
    free: bool


class WordsSpace(NamedTuple):
    """What is known of a text tower: the length of its vectors, and its rule for words."""

    dimension: int
    cleaning: str


@dataclass(frozen=True)
class Inspection:
    """What was found in a model file. candidates: the proposed feature first; empty if none was
    found. known: the known model with the same content, if any; then the preset is that model's."""

    file: Path
    image: ImageInput
    candidates: tuple[Candidate, ...]
    preset: str
    preset_reason: str
    known: KnownModel | None = None


def inspect_model(
    file: Path,
    side: int | None = None,
    feature: str = "",
    home: Home | None = None,
    words: WordsSpace | None = None,
) -> Inspection:
    """Read a model file, run it once and find its input, candidate features and preprocessing.

    side: pixels of height and width, where the model's are dynamic. feature: the user's own choice,
    a value or a node, followed by “:mean” and the like for another pooling than the default; it
    is the first candidate then. home: the library whose models are known, too. words: of the text
    tower that belongs to it; the output with as many numbers is the first candidate then.

    Raises FinderError for a file that is not a model of one picture or cannot be run, and for a
    feature that does not exist.
    """
    model = read_model(file)
    value = find_image_input(file, model.graph)
    found = recognise_file(file, model.graph, home)
    image = _image_input(model.graph, value, side or (found[0].height if found else USUAL_SIDE))
    dominators = immediate_dominators(model.graph, value.name)
    others = {other.name for other in required_inputs(model.graph)} - {value.name}
    dominators = _without(dominators, dependents(model.graph.node, others))
    outputs = [output.name for output in model.graph.output if output.name in dominators]
    shapes = _shapes(model, dominators, outputs, image)
    candidates = find_candidates(model.graph, dominators, outputs, shapes)
    if words:
        candidates = _with_words(words, outputs, shapes, candidates)
    found = found or recognise_part(model, [c.feature for c in candidates], home)
    if found:
        candidates = _with_known(model, *found, image, candidates)
    if feature:
        candidates = [named_feature(model, feature, (image.height, image.width)), *candidates]
    if found:
        known, _ = found
        reason = tr("this is {title}").format(title=known.title)
        return Inspection(file, image, tuple(candidates), KNOWN, reason, known)
    preset, reason = guess_preset(
        model, value.name, image.dtype, image.layout, words.cleaning if words else ""
    )
    return Inspection(file, image, tuple(candidates), preset, reason)


def _with_known(
    model: onnx.ModelProto,
    known: KnownModel,
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


def _with_words(
    words: WordsSpace, outputs: Sequence[str], shapes: Shapes, candidates: Sequence[Candidate]
) -> list[Candidate]:
    """First the outputs that can be in one space with words: never an inner layer."""
    fitting = [name for name in outputs if shapes.get(name, ())[1:] == (words.dimension,)]
    order = [candidate.feature.tensor for candidate in candidates]
    fitting.sort(key=lambda name: order.index(name) if name in order else len(order))
    reason = tr("the words have as many numbers")
    first = [
        Candidate(Feature(name, "whole"), words.dimension, tr("output"), reason) for name in fitting
    ]
    return [*first, *(c for c in candidates if c.feature.tensor not in fitting)]


def display_name(file: Path) -> str:
    """A model file's name without its extension; the folder's name for “model.onnx”."""
    return file.parent.name if file.stem == "model" and file.parent.name else file.stem


def find_image_input(file: Path, graph: onnx.GraphProto) -> onnx.ValueInfoProto:
    """The one input that is a colour image. Raises FinderError if none or several are."""
    found, faults = [], []
    inputs = required_inputs(graph)
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
        raise cannot_import(file, tr("it has no input"))
    names = ", ".join(value.name for value in inputs)
    why = tr("it is not clear which input is the picture ({names})")
    raise cannot_import(file, why.format(names=names))


def _without(dominators: dict[str, str], others: set[str]) -> dict[str, str]:
    """Only the values that depend on nothing but the picture."""
    return {name: nearest for name, nearest in dominators.items() if name not in others}


def _image_input(graph: onnx.GraphProto, value: onnx.ValueInfoProto, side: int) -> ImageInput:
    layout = input_layout(graph, value)
    shape = image_shape(graph, value, (side, side))
    height, width = shape[1:] if layout == "NCHW" else shape[:2]
    declared = dimensions(value) or [None] * 4
    free = None in (declared[2:] if layout == "NCHW" else declared[1:3])
    return ImageInput(value.name, layout, image_type(value), height, width, free)


def _shapes(
    model: onnx.ModelProto, dominators: dict[str, str], outputs: Sequence[str], image: ImageInput
) -> Shapes:
    """Of the values that dominate the outputs."""
    chains = (dominator_chain(dominators, output)[:_MEASURED] for output in outputs)
    wanted = [name for name in dict.fromkeys(chain.from_iterable(chains)) if name != image.name]
    return output_shapes(model, wanted, (image.height, image.width)) if wanted else {}
