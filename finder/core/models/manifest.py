"""`model.toml`: a model as data. Adding a folder with one adds a model, no code.

Format 1 describes a picture's embedding. Format 2 is format 1 plus `[text]` (`text_manifest`), and
plus optional tables and keys that this version does not know: they are kept in `ModelSpec.extra`
and written as they were read. A file is written in the oldest format that can hold it, so that
older versions can read it, too; they take a model with `[text]` as one for pictures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.kinds import KINDS, ONNX
from finder.core.models.spec import NAME, InputSpec, ModelSpec
from finder.core.models.text_manifest import read_text, text_table
from finder.core.models.toml_values import (
    get_choice,
    get_integer,
    get_share,
    get_table,
    get_text,
    get_triple,
    to_toml,
)
from finder.core.small_files import read_toml

MANIFEST: Final = "model.toml"
NEWEST_FORMAT: Final = 2
RESIZE_RULES: Final = ("squash", "crop", "crop-rounded", "pad")
RESAMPLE_FILTERS: Final = ("nearest", "bilinear", "bicubic", "lanczos")
INPUT_TYPES: Final = ("float32", "float16", "uint8")
MAX_DIMENSION: Final = 32_768
_MAX_SIDE = 4_096
_MAX_BASELINE_SIDE = 64
"""Of the picture that a baseline embeds, in pixels; of a hash, its square is the number of bits."""

Table = Mapping[str, Any]


class NewerFormat(ValueError):
    """The file was written by a later version of this program."""


def load_spec(folder: Path) -> ModelSpec:
    """Read and check a model folder's `model.toml`. Raises FinderError naming the first fault."""
    try:
        spec = read_manifest(read_toml(folder / MANIFEST), folder)
        for file in model_files(spec):
            if not file.is_file():
                raise ValueError(tr("{file} is missing").format(file=file.name))
    except NewerFormat as error:
        raise _broken(folder, str(error), tr("Update Image Finder.")) from error
    except KeyError as error:
        raise _broken(folder, tr("{key} is missing").format(key=error)) from error
    except (OSError, ValueError, TypeError, ArithmeticError) as error:
        raise _broken(folder, str(error)) from error
    return spec


def model_files(spec: ModelSpec) -> list[Path]:
    """The files in its folder that the model needs, besides `model.toml`."""
    return [spec.file, *([spec.text.file, spec.text.tokenizer] if spec.text else [])]


def _broken(folder: Path, why: str, hint: str = "") -> FinderError:
    return FinderError(
        tr("The model in {folder} cannot be used: {why}.").format(folder=folder, why=why),
        hint or tr("Correct its model.toml, or remove the folder."),
    )


# Reading


class _Parts(NamedTuple):
    """The parts that are read differently for models with and without an ONNX file."""

    file: Path
    sha256: str
    input: InputSpec
    output: str


def read_manifest(table: Table, folder: Path) -> ModelSpec:
    """The model that a parsed `model.toml` in this folder describes. Raises KeyError for a missing
    key, NewerFormat, else ValueError."""
    check_format(table["format"], NEWEST_FORMAT)
    name = get_text(table, "name")
    if not NAME.fullmatch(name):
        raise ValueError(tr("its name may have only a-z, 0-9, “.”, “_” and “-”"))
    kind = get_choice(table, "kind", tuple(KINDS)) if "kind" in table else ONNX
    with_file = KINDS[kind].has_file
    parts = _onnx_parts(table, folder) if with_file else _baseline_parts(table, folder, kind)
    spec = ModelSpec(
        name=name,
        version=get_text(table, "version"),
        title=get_text(table, "title"),
        description=get_text(table, "description"),
        dimension=get_integer(table, "dimension", MAX_DIMENSION),
        licence=get_text(table, "licence"),
        source=get_text(table, "source"),
        kind=kind,
        text=read_text(get_table(table, "text"), folder) if with_file and "text" in table else None,
        **parts._asdict(),
    )
    return replace(spec, extra=_unknown(table, _known_table(spec)))


def check_format(value: object, newest: int) -> None:
    """Raises ValueError if it is not a format's number, NewerFormat if it is above `newest`."""
    if type(value) is int and 1 <= value <= newest:  # bool is an int, too
        return
    why = tr("its format {n} is not supported by this version").format(n=value)
    raise NewerFormat(why) if type(value) is int and value > newest else ValueError(why)


def _onnx_parts(table: Table, folder: Path) -> _Parts:
    file = get_table(table, "file")
    name = get_text(file, "name")
    if Path(name).name != name:
        raise ValueError(tr("its file must be in its own folder"))
    return _Parts(
        file=folder / name,
        sha256=get_text(file, "sha256").lower(),
        input=_read_input(get_table(table, "input")),
        output=get_text(get_table(table, "output"), "name"),
    )


def _baseline_parts(table: Table, folder: Path, kind: str) -> _Parts:
    side = get_integer(get_table(table, "input"), "side", _MAX_BASELINE_SIDE)
    dimension_of = KINDS[kind].dimension
    if dimension_of and table["dimension"] != dimension_of(side):
        n = dimension_of(side)
        raise ValueError(tr("dimension must be {n} for this side").format(n=n))
    definition = f"{kind} {side} {get_text(table, 'version')}".encode()
    return _Parts(folder / MANIFEST, hashlib.sha256(definition).hexdigest(), _square(side), "")


def _square(side: int) -> InputSpec:
    black, white = (0.0,) * 3, (255.0,) * 3
    return InputSpec("", "NHWC", side, side, "squash", "bilinear", "RGB", black, white)


def _read_input(table: Table) -> InputSpec:
    std = get_triple(table, "std")
    if 0.0 in std:
        raise ValueError(tr("std must not be 0"))
    return InputSpec(
        name=get_text(table, "name"),
        layout=get_choice(table, "layout", ("NCHW", "NHWC")),
        height=get_integer(table, "height", _MAX_SIDE),
        width=get_integer(table, "width", _MAX_SIDE),
        resize=get_choice(table, "resize", RESIZE_RULES),
        resample=get_choice(table, "resample", RESAMPLE_FILTERS),
        colour=get_choice(table, "colour", ("RGB", "BGR")),
        mean=get_triple(table, "mean"),
        std=std,
        keep=get_share(table, "keep") if "keep" in table else 1.0,
        dtype=get_choice(table, "dtype", INPUT_TYPES) if "dtype" in table else "float32",
    )


def _unknown(table: Table, known: Table) -> dict[str, Any]:
    """The keys that this version does not know, also those within tables that it does know."""
    extra: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            extra[key] = value
        elif isinstance(value, dict) and (rest := _unknown(value, known[key])):
            extra[key] = rest
    return extra


# Writing


def manifest_text(spec: ModelSpec) -> str:
    """The text of the model's `model.toml`."""
    table = _known_table(spec)
    if spec.kind == ONNX:  # the default
        del table["kind"]
    for key, value in spec.extra.items():
        table[key] = {**table[key], **value} if key in table else value
    return to_toml(table)


def _known_table(spec: ModelSpec) -> dict[str, Any]:
    """Everything that this version reads; the rest is `spec.extra`."""
    table: dict[str, Any] = {
        "format": 2 if spec.extra or spec.text else 1,
        "kind": spec.kind,
        "name": spec.name,
        "version": spec.version,
        "title": spec.title,
        "description": spec.description,
        "dimension": spec.dimension,
        "licence": spec.licence,
        "source": spec.source,
    }
    if not spec.has_file:
        return table | {"input": {"side": spec.input.width}}
    table |= {
        "file": {"name": spec.file.name, "sha256": spec.sha256},
        "input": _input_table(spec.input),
        "output": {"name": spec.output},
    }
    return table | ({"text": text_table(spec.text)} if spec.text else {})


def _input_table(given: InputSpec) -> dict[str, Any]:
    return {
        "name": given.name,
        "layout": given.layout,
        "dtype": given.dtype,
        "height": given.height,
        "width": given.width,
        "resize": given.resize,
        "keep": given.keep,
        "resample": given.resample,
        "colour": given.colour,
        "mean": list(given.mean),
        "std": list(given.std),
    }
