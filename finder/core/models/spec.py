"""A model is data: `model.toml` beside `model.onnx`. Adding a folder adds a model, no code.

A baseline has no file beside it: its `kind` names what computes it (`baselines.py`).
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.small_files import read_toml

FORMAT = 1
RESIZE_RULES = ("squash", "crop", "pad")
RESAMPLE_FILTERS = ("nearest", "bilinear", "bicubic", "lanczos")
INPUT_TYPES = ("float32", "float16", "uint8")
DEFAULT_MODEL = "efficientnet-lite0"
ONNX = "onnx"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
"""What a model can be called."""
_METRICS = {
    ONNX: ("euclidean", "cosine", "ip"),
    "pixels": ("l1", "cosine"),
    "phash": ("hamming",),
    "dhash": ("hamming",),
}
"""Every kind of model, and how its distances can be told; the first is its own."""
_LARGEST_SIDE = 64
"""Of a baseline's picture, in pixels; of a hash, its square is the number of bits."""


@dataclass(frozen=True)
class InputSpec:
    """How 0 … 255 pixels become the model's input: resize to height × width, order the colours,
    (x − mean) / std for each channel, in the given layout and type with a batch of 1 in front.

    keep: with the rule “crop”, the share of the picture's short side that is looked at; 0.875 is
    the usual “short side to 256, middle 224”.
    """

    name: str
    layout: str
    height: int
    width: int
    resize: str
    resample: str
    colour: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    keep: float = 1.0
    dtype: str = "float32"


@dataclass(frozen=True)
class ModelSpec:
    """One feature extractor. dimension is the embedding's length; sha256 that of the ONNX file, or
    of what defines a baseline, whose file is its `model.toml`."""

    name: str
    version: str
    title: str
    description: str
    dimension: int
    licence: str
    source: str
    file: Path
    sha256: str
    input: InputSpec
    output: str
    kind: str = ONNX

    @property
    def is_baseline(self) -> bool:
        return self.kind != ONNX

    @property
    def metrics(self) -> tuple[str, ...]:
        """How its distances can be told; the first is its own."""
        return _METRICS[self.kind]

    @property
    def decode_side(self) -> int:
        """Short side in pixels that a picture must be decoded with for this model.

        Steps of factor two, a fifth above the input at least, so that models of like size
        share one decode, and a model's decode never depends on its neighbours.
        """
        side = 320
        while side < 1.2 * max(self.input.height, self.input.width) / self.input.keep:
            side *= 2
        return side


@dataclass(frozen=True)
class BrokenModel:
    """A model folder that cannot be used, and why."""

    folder: Path
    sentence: str


def load_spec(folder: Path) -> ModelSpec:
    """Read and check a model folder's `model.toml`. Raises FinderError naming the first fault."""
    try:
        spec = read_spec(read_toml(folder / "model.toml"), folder)
        if not spec.file.is_file():
            raise ValueError(tr("{file} is missing").format(file=spec.file.name))
    except OSError as error:
        raise _broken(folder, str(error)) from error
    except KeyError as error:
        raise _broken(folder, tr("{key} is missing").format(key=error)) from error
    except (ValueError, TypeError, ArithmeticError) as error:
        raise _broken(folder, str(error)) from error
    return spec


def list_models(dirs: Iterable[Path]) -> tuple[list[ModelSpec], list[BrokenModel]]:
    """All models in the given folders of model folders: the default first, then by name, the
    baselines last.

    The first of two with the same name counts.
    """
    found: dict[str, ModelSpec] = {}
    broken: list[BrokenModel] = []
    for parent in dirs:
        for manifest in sorted(parent.glob("[!.]*/model.toml")):
            try:
                spec = load_spec(manifest.parent)
            except FinderError as error:
                broken.append(BrokenModel(manifest.parent, str(error)))
                continue
            found.setdefault(spec.name, spec)
    ordered = sorted(found.values(), key=_order)
    return ordered, broken


def _order(spec: ModelSpec) -> tuple[bool, bool, str]:
    return spec.name != DEFAULT_MODEL, spec.is_baseline, spec.name


def pick_models(specs: Iterable[ModelSpec], names: Iterable[str]) -> list[ModelSpec]:
    """The named models in the order named. Raises FinderError for a name that is not there."""
    by_name = {spec.name: spec for spec in specs}
    chosen = []
    for name in dict.fromkeys(names):
        if name not in by_name:
            raise FinderError(
                tr("There is no model called “{name}”.").format(name=name),
                tr("Choose one of these: {names}.").format(names=", ".join(by_name)),
            )
        chosen.append(by_name[name])
    return chosen


def still_installed(specs: Iterable[ModelSpec]) -> list[ModelSpec]:
    """Those that nobody has removed since the models were listed."""
    return [spec for spec in specs if spec.file.is_file()]


def require_installed(specs: Sequence[ModelSpec]) -> list[ModelSpec]:
    """As `still_installed`. Raises FinderError where none is left."""
    left = still_installed(specs)
    if specs and not left:
        titles = ", ".join(spec.title for spec in specs)
        raise FinderError(
            tr("Not installed any more: {titles}.").format(titles=titles),
            tr("Add it again, or use another model."),
        )
    return left


def _broken(folder: Path, why: str) -> FinderError:
    return FinderError(
        tr("The model in {folder} cannot be used: {why}.").format(folder=folder, why=why),
        tr("Correct its model.toml, or remove the folder."),
    )


def read_spec(table: dict[str, Any], folder: Path) -> ModelSpec:
    """What a `model.toml` says. Raises KeyError for what is missing, else ValueError."""
    if table["format"] != FORMAT:
        raise ValueError(
            tr("its format {n} is not supported by this version").format(n=table["format"])
        )
    name = _text(table, "name")
    if not NAME.fullmatch(name):
        raise ValueError(tr("its name may have only a-z, 0-9, “.”, “_” and “-”"))
    kind = _one_of(table, "kind", tuple(_METRICS)) if "kind" in table else ONNX
    dimension = _whole(table, "dimension", 32_768)
    given = _table(table, "input")
    file, sha256 = _read_file(table, folder) if kind == ONNX else (folder / "model.toml", "")
    spec = ModelSpec(
        name=name,
        version=_text(table, "version"),
        title=_text(table, "title"),
        description=_text(table, "description"),
        dimension=dimension,
        licence=_text(table, "licence"),
        source=_text(table, "source"),
        file=file,
        sha256=sha256,
        input=_read_input(given) if kind == ONNX else _square(_whole(given, "side", _LARGEST_SIDE)),
        output=_text(_table(table, "output"), "name") if kind == ONNX else "",
        kind=kind,
    )
    return _checked_baseline(spec) if spec.is_baseline else spec


def _read_file(table: dict[str, Any], folder: Path) -> tuple[Path, str]:
    file = _table(table, "file")
    name = _text(file, "name")
    if Path(name).name != name:
        raise ValueError(tr("its file must be in its own folder"))
    return folder / name, _text(file, "sha256").lower()


def _square(side: int) -> InputSpec:
    black, white = (0.0,) * 3, (255.0,) * 3
    return InputSpec("", "NHWC", side, side, "squash", "bilinear", "RGB", black, white)


def _checked_baseline(spec: ModelSpec) -> ModelSpec:
    side = spec.input.width
    dimension = 3 * side * side + 1 if spec.kind == "pixels" else side * side
    if spec.dimension != dimension:
        raise ValueError(tr("dimension must be {n} for this side").format(n=dimension))
    definition = f"{spec.kind} {side} {spec.version}".encode()
    return replace(spec, sha256=hashlib.sha256(definition).hexdigest())


def _read_input(table: dict[str, Any]) -> InputSpec:
    std = _triple(table, "std")
    if 0.0 in std:
        raise ValueError(tr("std must not be 0"))
    return InputSpec(
        name=_text(table, "name"),
        layout=_one_of(table, "layout", ("NCHW", "NHWC")),
        height=_whole(table, "height", 4_096),
        width=_whole(table, "width", 4_096),
        resize=_one_of(table, "resize", RESIZE_RULES),
        resample=_one_of(table, "resample", RESAMPLE_FILTERS),
        colour=_one_of(table, "colour", ("RGB", "BGR")),
        mean=_triple(table, "mean"),
        std=std,
        keep=_share(table, "keep") if "keep" in table else 1.0,
        dtype=_one_of(table, "dtype", INPUT_TYPES) if "dtype" in table else "float32",
    )


def _table(table: dict[str, Any], key: str) -> dict[str, Any]:
    value = table[key]
    if not isinstance(value, dict):
        raise ValueError(tr("{key} must be a table, [{key}]").format(key=key))
    return value


def _text(table: dict[str, Any], key: str) -> str:
    value = table[key]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(tr("{key} must be text").format(key=key))
    return value.strip()


def _whole(table: dict[str, Any], key: str, most: int) -> int:
    value = table[key]
    if type(value) is not int or not 1 <= value <= most:  # bool is an int, too
        raise ValueError(tr("{key} must be a whole number from 1 to {n}").format(key=key, n=most))
    return value


def _share(table: dict[str, Any], key: str) -> float:
    value = table[key]
    if type(value) not in (int, float) or not 0.1 <= value <= 1:
        raise ValueError(tr("{key} must be a number from 0.1 to 1").format(key=key))
    return float(value)


def _one_of(table: dict[str, Any], key: str, choices: tuple[str, ...]) -> str:
    value = _text(table, key)
    if value not in choices:
        raise ValueError(
            tr("{key} must be one of {choices}").format(key=key, choices=", ".join(choices))
        )
    return value


def _triple(table: dict[str, Any], key: str) -> tuple[float, float, float]:
    value = table[key]
    numbers = value if isinstance(value, list) else []
    if len(numbers) != 3 or not all(type(n) in (int, float) and math.isfinite(n) for n in numbers):
        raise ValueError(tr("{key} must be three numbers").format(key=key))
    red, green, blue = (float(n) for n in numbers)
    return red, green, blue
