"""Whether a model file is one that is known, whatever it is called and wherever it lies: one that
ships, or one of the catalogue, as it is offered or as it was installed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finder.core.errors import FinderError
from finder.core.models.downloads.offers import Offer, catalogue_file, read_offers
from finder.core.models.graph.pruning import pruned
from finder.core.models.graph.traversal import every_tensor
from finder.core.models.graph.truncation import Feature
from finder.core.models.importing.model_reader import read_model
from finder.core.models.presets import Preset, preset_of
from finder.core.models.registry import list_models
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home, shipped_models_dir

if TYPE_CHECKING:
    import onnx

_FEW = 16
"""Numbers of a constant that may change when a model is cut: shapes, axes."""
_ALIKE = 0.2
"""Share by which two files with the same weights differ in size at most."""
_CANDIDATES = 4


@dataclass(frozen=True)
class Known:
    """The known model that a file is. preset: its own preprocessing; height, width: its picture."""

    name: str
    title: str
    licence: str
    source: str
    preset: Preset
    height: int
    width: int


def known_as(table: Mapping[str, Any] | None) -> Known | None:
    """What `dataclasses.asdict` and JSON have made of one."""
    if table is None:
        return None
    told = table["preset"]
    preset = Preset(**told | {"mean": tuple(told["mean"]), "std": tuple(told["std"])})
    return Known(**{**table, "preset": preset})


def recognise_file(
    file: Path, graph: onnx.GraphProto, home: Home | None
) -> tuple[Known, Feature] | None:
    """By all bytes of the file: the model and its feature in this graph. home: whose installed
    models are known, too. Raises FinderError if the file cannot be read."""
    try:
        with open(file, "rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise FinderError(str(error)) from error
    for spec in _installed(home):
        if spec.sha256 == sha256:
            return _known(spec), Feature(spec.output, "whole")
    for offer in _offers():
        if offer.file.sha256 == sha256:
            return _known(offer.spec), offer.feature(graph)
    return None


def recognise_part(
    model: onnx.ModelProto, features: Sequence[Feature], home: Home | None
) -> tuple[Known, Feature] | None:
    """By the weights that lead to one of these features: those of a model that is here."""
    known = [(spec, _size(spec.file)) for spec in _installed(home)]
    for feature in features[:_CANDIDATES]:
        part = pruned(model, feature.tensor)
        size = part.ByteSize()
        alike = [spec for spec, other in known if abs(other - size) <= _ALIKE * size]
        weights = _weights(part) if alike else ""
        for spec in alike:
            with suppress(FinderError):
                if _weights(read_model(spec.file)) == weights:
                    return _known(spec), feature
    return None


def _installed(home: Home | None) -> Iterator[ModelSpec]:
    """Models with a file: those that ship, then those of the catalogue. What the user has imported
    is not known: its preprocessing may have been a mistake."""
    shipped, _ = list_models([shipped_models_dir()])
    yield from (spec for spec in shipped if spec.has_file)
    offered = {(o.spec.name, o.spec.title, o.spec.source) for o in _offers()}
    added, _ = list_models([home.models] if home else [])
    yield from (spec for spec in added if (spec.name, spec.title, spec.source) in offered)


def _offers() -> list[Offer]:
    try:
        return read_offers(catalogue_file())
    except FinderError:  # it is told where models are listed
        return []


def _known(spec: ModelSpec) -> Known:
    size = spec.input.height, spec.input.width
    return Known(
        spec.name, spec.title, spec.licence, spec.source, preset_of(spec.input, spec.title), *size
    )


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _weights(model: onnx.ModelProto) -> str:
    """The same for two graphs with the same numbers in them, however these are named and stored."""
    from onnx import numpy_helper

    digests = sorted(
        hashlib.sha256(numpy_helper.to_array(tensor).tobytes()).digest()
        for tensor in every_tensor(model)
        if _count(tensor) > _FEW
    )
    return hashlib.sha256(b"".join(digests)).hexdigest() if digests else ""


def _count(tensor: onnx.TensorProto) -> int:
    count = 1
    for length in tensor.dims:
        count *= length
    return count
