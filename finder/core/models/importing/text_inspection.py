"""Inspecting a text tower: its inputs, its output, and the rules of its tokenizer.

The model is run once. Untrusted files are inspected in a process with limits
(`workers.models.text_import_process`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from finder.core.i18n import tr
from finder.core.models.graph.opsets import lower_opset
from finder.core.models.graph.pruning import pruned
from finder.core.models.graph.traversal import (
    dependencies,
    dependents,
    dimensions,
    required_inputs,
)
from finder.core.models.importing.candidates import MIN_DIMENSION
from finder.core.models.importing.model_reader import cannot_import, read_model
from finder.core.models.manifest import MAX_DIMENSION
from finder.core.models.text_manifest import MAX_LENGTH

if TYPE_CHECKING:
    import onnx

    from finder.core.models.runtime.tokenizer import TokenizerRules

_OUTPUTS = ("text_embeds", "sentence_embedding", "pooler_output", "embedding", "output")
"""What exporters call the vector of a text, the best first."""
_LENGTHS: Final = {"clip": 77, "siglip": 64, "none": 77}
"""The usual ones, by the cleaning rule."""
_POSITIONS = re.compile(r"posit", re.IGNORECASE)
_SAMPLE = "a photo of a cat"


@dataclass(frozen=True)
class TextRequest:
    """A text tower to inspect, and what the user has decided about it; None and “” elsewhere.
    file: may be the picture tower's file, if it has both."""

    file: Path
    tokenizer: Path
    length: int | None = None
    cleaning: str = ""
    pad: int | None = None
    output: str = ""
    scale: float | None = None
    bias: float | None = None


@dataclass(frozen=True)
class TextChoice:
    """What was found, with the user's decisions: as `TextSpec`. dimension: of its vectors."""

    file: Path
    tokenizer: Path
    input: str
    mask: str
    dtype: str
    output: str
    dimension: int
    length: int
    cleaning: str
    pad: int
    end: int | None
    scale: float | None = None
    bias: float | None = None


def inspect_text(request: TextRequest) -> TextChoice:
    """Read both files, run the tower once and find how it is used. Raises FinderError for a file
    without a text tower, for one that cannot be run, and for a file that is no tokenizer."""
    from finder.core.models.runtime.tokenizer import tokenizer_rules

    rules = tokenizer_rules(request.tokenizer)
    cleaning = request.cleaning or rules.cleaning
    model = read_model(request.file)
    tokens, mask = _inputs(request.file, model.graph)
    length = request.length or _length(model.graph, tokens, rules, cleaning)
    choice = TextChoice(
        file=request.file,
        tokenizer=request.tokenizer,
        input=tokens.name,
        mask=mask.name if mask else "",
        dtype=_type_name(tokens),
        output="",
        dimension=0,
        length=length,
        cleaning=cleaning,
        pad=rules.pad if request.pad is None else request.pad,
        end=rules.end,
        scale=request.scale,
        bias=request.bias,
    )
    output, dimension = _output(model, choice, request.output)
    return replace(choice, output=output, dimension=dimension)


def text_part(model: onnx.ModelProto, *outputs: str) -> onnx.ModelProto:
    """The part of a model that computes these outputs from words. Raises FinderError."""
    part = pruned(model, *outputs, inputs=2)
    lower_opset(part)
    return part


def _inputs(
    file: Path, graph: onnx.GraphProto
) -> tuple[onnx.ValueInfoProto, onnx.ValueInfoProto | None]:
    """The inputs for tokens and for the attention mask. Raises FinderError."""
    whole = [value for value in required_inputs(graph) if _type_name(value)]
    masks = [value for value in whole if "mask" in value.name.lower()]
    tokens = [value for value in whole if value not in masks]
    if not tokens:
        raise cannot_import(file, tr("it has no input for the tokens of a text"))
    if len(tokens) > 1 or len(masks) > 1:
        names = ", ".join(value.name for value in whole)
        why = tr("it has more inputs than the tokens of a text and their mask ({names})")
        raise cannot_import(file, why.format(names=names))
    if any(len(dimensions(value) or (1, 1)) != 2 for value in whole):
        raise cannot_import(file, tr("its tokens are not one row for each text"))
    if masks and _type_name(masks[0]) != _type_name(tokens[0]):
        raise cannot_import(file, tr("its tokens and their mask are of different types"))
    return tokens[0], masks[0] if masks else None


def _type_name(value: onnx.ValueInfoProto) -> str:
    """As in model.toml; empty for an input that cannot hold tokens."""
    import onnx

    known: dict[int, str] = {onnx.TensorProto.INT64: "int64", onnx.TensorProto.INT32: "int32"}
    return known.get(value.type.tensor_type.elem_type, "")


def _length(
    graph: onnx.GraphProto, tokens: onnx.ValueInfoProto, rules: TokenizerRules, cleaning: str
) -> int:
    """Declared by the graph or its table of positions, else the tokenizer's, else the usual one."""
    declared = (dimensions(tokens) or [None])[-1]
    found = [declared, *_positions(graph, tokens.name), rules.length, _LENGTHS[cleaning]]
    return next(length for length in found if length and 1 < length <= MAX_LENGTH)


def _positions(graph: onnx.GraphProto, tokens: str) -> Iterator[int]:
    """The lengths of the tables that hold a vector for each position of a text."""
    used = {name for node in graph.node for name in node.input}
    words = dependents(graph.node, {tokens})
    producers = [node for node in graph.node if not words.isdisjoint(node.output)]
    of_text = {name for node in producers for name in node.input} & used
    for tensor in graph.initializer:
        if _POSITIONS.search(tensor.name) and len(tensor.dims) == 2 and tensor.name in of_text:
            yield tensor.dims[0] if tensor.dims[0] > 1 else tensor.dims[1]


def _output(model: onnx.ModelProto, choice: TextChoice, named: str) -> tuple[str, int]:
    """The output that is one vector for a text, and its length. Raises FinderError."""
    names = _text_outputs(model.graph, choice.input)
    if named:
        names = [name for name in names if name == named]
    if not names:
        raise cannot_import(choice.file, tr("no output of it depends on words alone"))
    part = text_part(model, *names)
    vectors = {
        name: output.shape[1]
        for name, output in zip(names, _run(part, choice), strict=True)
        if output.dtype.kind == "f" and output.ndim == 2 and output.shape[0] == 1
    }
    fitting = [name for name, n in vectors.items() if MIN_DIMENSION <= n <= MAX_DIMENSION]
    if not fitting:
        raise cannot_import(choice.file, tr("no output of it is one vector for a text"))
    best = min(fitting, key=_preference)
    return best, vectors[best]


def _text_outputs(graph: onnx.GraphProto, tokens: str) -> list[str]:
    """The outputs that depend on the tokens, and on nothing but words."""
    others = {value.name for value in required_inputs(graph) if not _type_name(value)}
    with_pictures = dependents(graph.node, others)
    names = [output.name for output in graph.output if output.name not in with_pictures]
    return [name for name in names if tokens in dependencies(graph, [name])]


def _preference(output: str) -> int:
    found = (place for place, name in enumerate(_OUTPUTS) if name in output.lower())
    return next(found, len(_OUTPUTS))


def _run(part: onnx.ModelProto, choice: TextChoice) -> Sequence[NDArray[Any]]:
    """The outputs for a few words."""
    from finder.core.models.runtime.session import run_named
    from finder.core.models.runtime.tokenizer import TextTokenizer

    ids, mask = TextTokenizer.of_file(choice)(_SAMPLE)
    inputs: dict[str, NDArray[np.integer]] = {choice.input: ids}
    if choice.mask and any(value.name == choice.mask for value in part.graph.input):
        inputs[choice.mask] = mask
    return run_named(part.SerializeToString(), inputs)
