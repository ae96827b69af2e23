"""Variants of a model in other precisions: asked for, made, kept.

`make_variant` runs in a child process (`workers.variant_process`): a stranger's file may crash ONNX
Runtime's quantiser.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from finder.core.errors import FinderError, SkippedPicture
from finder.core.i18n import tr, trn
from finder.core.models.model_folders import add_model, clear_left_behind, require_free, write_model
from finder.core.models.spec import NAME, ModelSpec
from finder.core.optimising.precision import (
    FLOAT16,
    INT8,
    PRECISIONS,
    as_float16,
    precision_of,
    variant_of,
)
from finder.core.paths import Home

_PREFIX = ".optimise-"


@dataclass(frozen=True)
class Order:
    """A variant to be made of a model. paths: of the pictures that int8 is calibrated on, within
    max_pixels; parent: where the variant's folder is made, and what lies in between."""

    spec: ModelSpec
    precision: str
    paths: tuple[str, ...]
    max_pixels: int
    parent: Path


def make_variant(order: Order) -> None:
    """Make the variant's model folder below `parent`. Raises FinderError."""
    spec = order.spec
    try:
        content = spec.file.read_bytes()
        if order.precision == FLOAT16:
            made, how = as_float16(content), tr("weights stored as float16")
        else:
            from finder.core.optimising.quantise import as_int8

            inputs = _Inputs(spec, order.paths, order.max_pixels)
            made = as_int8(content, spec.input.name, inputs, order.parent)
            how = trn(
                "int8, calibrated on {n} picture", "int8, calibrated on {n} pictures", len(inputs)
            )
        variant = variant_of(spec, order.precision, how)
        folder = order.parent / variant.name
        folder.mkdir()
        write_model(folder, variant, made)
    except Exception as error:  # the quantiser raises whatever comes to it
        raise FinderError(
            tr("{title} cannot be made {precision}: {why}.").format(
                title=spec.title,
                precision=order.precision,
                why=(str(error).splitlines() or [type(error).__name__])[0].rstrip("."),
            ),
            tr("Use the model as it is."),
        ) from error


class _Inputs:
    """The pictures as the model takes them; each is decoded when its turn comes."""

    def __init__(self, spec: ModelSpec, paths: Iterable[str], max_pixels: int) -> None:
        self._spec, self._paths, self._max_pixels = spec, paths, max_pixels
        self._length = 0

    def __len__(self) -> int:
        """Those that could be used, once all were asked for."""
        return self._length

    def __iter__(self) -> Iterator[NDArray[Any]]:
        from finder.core.models.preprocess import to_input
        from finder.core.pictures.decode import decode, read_file

        for path in self._paths:
            with suppress(SkippedPicture):
                image = decode(read_file(path), self._spec.decode_side, self._max_pixels).image
                yield to_input(image, self._spec.input)
                self._length += 1


def possible(home: Home, spec: ModelSpec, wanted: Sequence[str]) -> tuple[list[str], list[str]]:
    """Which of the wanted precisions can be made, and sentences on those that cannot.

    Raises FinderError for a baseline, and where the model's file cannot be read.
    """
    if not spec.has_file:
        raise FinderError(
            tr("{title} has no file that could be made smaller.").format(title=spec.title),
            tr("Choose a model that has one: “image-finder models” lists them."),
        )
    try:
        now = precision_of(spec.file.read_bytes())
    except Exception as error:  # no file, or no ONNX file: protobuf's errors have no common class
        raise FinderError(
            tr("The model {title} cannot be read: {why}.").format(title=spec.title, why=error),
            tr("Install it again."),
        ) from error
    can, cannot = [], []
    for precision in wanted or PRECISIONS:
        try:
            _require_possible(home, spec, now, precision)
            can.append(precision)
        except FinderError as error:
            cannot.append(error.sentence)
    return can, cannot


def _require_possible(home: Home, spec: ModelSpec, now: str, precision: str) -> None:
    if now in (precision, INT8):
        raise FinderError(
            tr("{title} is already {precision}.").format(title=spec.title, precision=now)
        )
    name = variant_of(spec, precision).name
    if not NAME.fullmatch(name):
        raise FinderError(
            tr("“{name}” would be too long a name; add {title} again under a shorter one.").format(
                name=name, title=spec.title
            )
        )
    require_free(home, name)


@contextmanager
def workshop(home: Home) -> Iterator[Path]:
    """A folder in which variants are made and tried; gone afterwards, whatever happens."""
    try:
        home.models.mkdir(parents=True, exist_ok=True)
        clear_left_behind(home)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=home.models))
    except OSError as error:
        raise FinderError(
            tr("Nothing can be written to {folder}: {why}.").format(folder=home.models, why=error),
            tr("Free some space, or check the folder's permissions, and try again."),
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep_variant(home: Home, made: ModelSpec) -> ModelSpec:
    """Take a variant from the workshop among the library's models. Raises FinderError."""
    return add_model(home, made, made.file.read_bytes())
