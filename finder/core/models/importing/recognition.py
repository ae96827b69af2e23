"""Recognising a model file by its content: one that ships, or one of the catalogue, as it is
offered or as it was installed."""

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
from finder.core.models.graph.traversal import all_tensors
from finder.core.models.graph.truncation import Feature
from finder.core.models.importing.model_reader import read_model
from finder.core.models.presets import Preset, preset_of
from finder.core.models.registry import list_models
from finder.core.paths import Home, shipped_models_dir

if TYPE_CHECKING:
    import onnx

    from finder.core.models.spec import ModelSpec

_MAX_SHAPE_SIZE = 16
"""Numbers of a constant that truncation may change: shapes, axes. Larger ones are weights."""
_MAX_SIZE_DIFFERENCE = 0.2
"""Share by which two files with the same weights may differ in size."""
_MAX_CANDIDATES = 4


@dataclass(frozen=True)
class KnownModel:
    """The known model that a file contains. preset: its own preprocessing; height, width: its
    input's."""

    name: str
    title: str
    licence: str
    source: str
    preset: Preset
    height: int
    width: int


def known_from_json(table: Mapping[str, Any] | None) -> KnownModel | None:
    """A known model from the JSON of its `dataclasses.asdict`; None from null."""
    if table is None:
        return None
    values = table["preset"]
    preset = Preset(**values | {"mean": tuple(values["mean"]), "std": tuple(values["std"])})
    return KnownModel(**{**table, "preset": preset})


def recognise_file(
    file: Path, graph: onnx.GraphProto, home: Home | None
) -> tuple[KnownModel, Feature] | None:
    """Recognise a file by its SHA-256: the model and its feature in this graph.

    home: the library whose installed models are known, too. Raises FinderError if the file cannot
    be read.
    """
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
) -> tuple[KnownModel, Feature] | None:
    """Recognise an installed model by the weights that one of these features depends on."""
    installed = [(spec, _size(spec.file)) for spec in _installed(home)]
    for feature in features[:_MAX_CANDIDATES]:
        part = pruned(model, feature.tensor)
        size = part.ByteSize()
        similar = [
            spec for spec, other in installed if abs(other - size) <= _MAX_SIZE_DIFFERENCE * size
        ]
        weights = _weights(part) if similar else ""
        for spec in similar:
            with suppress(FinderError):
                if _weights(read_model(spec.file)) == weights:
                    return _known(spec), feature
    return None


def _installed(home: Home | None) -> Iterator[ModelSpec]:
    """Models with a file: those that ship, then those of the catalogue. Imported ones are left out:
    their preprocessing may have been a mistake."""
    shipped, _ = list_models([shipped_models_dir()])
    yield from (spec for spec in shipped if spec.has_file)
    offered = {(o.spec.name, o.spec.title, o.spec.source) for o in _offers()}
    added, _ = list_models([home.models] if home else [])
    yield from (spec for spec in added if (spec.name, spec.title, spec.source) in offered)


def _offers() -> list[Offer]:
    try:
        return read_offers(catalogue_file())
    except FinderError:  # reported where models are listed
        return []


def _known(spec: ModelSpec) -> KnownModel:
    size = spec.input.height, spec.input.width
    return KnownModel(
        spec.name, spec.title, spec.licence, spec.source, preset_of(spec.input, spec.title), *size
    )


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _weights(model: onnx.ModelProto) -> str:
    """A hash of the graph's weights, independent of how they are named and stored."""
    from onnx import numpy_helper

    digests = sorted(
        hashlib.sha256(numpy_helper.to_array(tensor).tobytes()).digest()
        for tensor in all_tensors(model)
        if _count(tensor) > _MAX_SHAPE_SIZE
    )
    return hashlib.sha256(b"".join(digests)).hexdigest() if digests else ""


def _count(tensor: onnx.TensorProto) -> int:
    count = 1
    for length in tensor.dims:
        count *= length
    return count
