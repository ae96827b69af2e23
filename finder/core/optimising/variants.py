"""Variants of a model in other precisions: requested, made, and added to the library.

`make_variant` runs in a child process (`workers.models.variant_process`): an untrusted file may
crash ONNX Runtime's quantiser.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from finder.core.errors import FinderError, SkippedPicture, first_line
from finder.core.i18n import tr, trn
from finder.core.models.model_folders import (
    add_model,
    remove_stale_folders,
    require_name_free,
    write_model,
)
from finder.core.models.spec import NAME, ModelSpec
from finder.core.optimising.precision import (
    FLOAT16,
    INT8,
    PRECISIONS,
    as_float16,
    precision_of,
    variant_of,
)

if TYPE_CHECKING:
    from finder.core.paths import Home

_PREFIX = ".optimise-"


@dataclass(frozen=True)
class VariantRequest:
    """paths: of the pictures that int8 is calibrated on, up to max_pixels each; parent: where the
    variant's folder and temporary files are written."""

    spec: ModelSpec
    precision: str
    paths: tuple[str, ...]
    max_pixels: int
    parent: Path


def make_variant(request: VariantRequest) -> None:
    """Make the variant's model folder below `parent`. Raises FinderError."""
    spec = request.spec
    try:
        content = spec.file.read_bytes()
        if request.precision == FLOAT16:
            converted, how = as_float16(content), tr("weights stored as float16")
        else:
            from finder.core.optimising.quantise import as_int8

            inputs = _CalibrationInputs(spec, request.paths, request.max_pixels)
            converted = as_int8(content, spec.input.name, inputs, request.parent)
            how = trn(
                "int8, calibrated on {n} picture", "int8, calibrated on {n} pictures", len(inputs)
            )
        variant = variant_of(spec, request.precision, how)
        folder = request.parent / variant.name
        folder.mkdir()
        write_model(folder, variant, converted)
    except Exception as error:  # the quantiser raises exceptions of any class
        raise FinderError(
            tr("{title} cannot be made {precision}: {why}.").format(
                title=spec.title,
                precision=request.precision,
                why=first_line(error).rstrip("."),
            ),
            tr("Use the model as it is."),
        ) from error


class _CalibrationInputs:
    """The pictures as inputs of the model, decoded one at a time."""

    def __init__(self, spec: ModelSpec, paths: Iterable[str], max_pixels: int) -> None:
        self._spec, self._paths, self._max_pixels = spec, paths, max_pixels
        self._length = 0

    def __len__(self) -> int:
        """How many could be decoded; complete after the iteration."""
        return self._length

    def __iter__(self) -> Iterator[NDArray[Any]]:
        from finder.core.models.preprocess import to_input
        from finder.core.pictures.decode import decode, read_file

        for path in self._paths:
            with suppress(SkippedPicture):
                image = decode(read_file(path), self._spec.decode_side, self._max_pixels).image
                yield to_input(image, self._spec.input)
                self._length += 1


def possible_precisions(
    home: Home, spec: ModelSpec, requested: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Which of the requested precisions are possible, and sentences on those that are not.

    Raises FinderError for a model without a file, or with one that cannot be read.
    """
    if not spec.has_file:
        raise FinderError(
            tr("{title} has no file that could be made smaller.").format(title=spec.title),
            tr("Choose a model that has one: “image-finder models” lists them."),
        )
    try:
        current = precision_of(spec.file.read_bytes())
    except Exception as error:  # also protobuf's errors, which have no common class
        raise FinderError(
            tr("The model {title} cannot be read: {why}.").format(title=spec.title, why=error),
            tr("Install it again."),
        ) from error
    possible, notes = [], []
    for precision in requested or PRECISIONS:
        try:
            _require_possible(home, spec, current, precision)
            possible.append(precision)
        except FinderError as error:
            notes.append(error.sentence)
    return possible, notes


def _require_possible(home: Home, spec: ModelSpec, current: str, precision: str) -> None:
    if current in (precision, INT8):
        raise FinderError(
            tr("{title} is already {precision}.").format(title=spec.title, precision=current)
        )
    name = variant_of(spec, precision).name
    if not NAME.fullmatch(name):
        raise FinderError(
            tr("“{name}” would be too long a name; add {title} again under a shorter one.").format(
                name=name, title=spec.title
            )
        )
    require_name_free(home, name)


@contextmanager
def variant_workspace(home: Home) -> Iterator[Path]:
    """A temporary folder in which variants are made and tried. Raises FinderError."""
    try:
        home.models.mkdir(parents=True, exist_ok=True)
        remove_stale_folders(home)
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


def keep_variant(home: Home, variant: ModelSpec) -> ModelSpec:
    """Add a variant from the temporary folder to the library's models. Raises FinderError."""
    return add_model(home, variant, variant.file.read_bytes())
