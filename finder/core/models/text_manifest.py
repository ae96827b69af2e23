"""The part `[text]` of `model.toml`: how a model understands words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from finder.core.i18n import tr
from finder.core.models.spec import TextSpec
from finder.core.models.text_rules import CLEANING
from finder.core.models.toml_values import get_choice, get_integer, get_text

TEXT_TYPES: Final = ("int64", "int32")
MAX_LENGTH: Final = 1_024
"""Of a text, in tokens."""
_MAX_TOKEN: Final = 2**31 - 1
_KEYS: Final = (
    *("file", "sha256", "tokenizer", "tokenizer_sha256", "cleaning", "length", "pad", "end"),
    *("input", "mask", "dtype", "output", "scale", "bias"),
)
"""Those of `TextSpec`, in the order in which they are written."""


def read_text(table: Mapping[str, Any], folder: Path) -> TextSpec:
    """The text tower that a parsed `[text]` describes. Raises KeyError for a missing key, else
    ValueError."""
    scale, bias = (_number(table, key) for key in ("scale", "bias"))
    if (scale is None) != (bias is None):
        raise ValueError(tr("scale and bias belong together"))
    return TextSpec(
        file=folder / _file_name(table, "file"),
        sha256=get_text(table, "sha256").lower(),
        tokenizer=folder / _file_name(table, "tokenizer"),
        tokenizer_sha256=get_text(table, "tokenizer_sha256").lower(),
        length=get_integer(table, "length", MAX_LENGTH),
        input=get_text(table, "input"),
        output=get_text(table, "output"),
        cleaning=get_choice(table, "cleaning", tuple(CLEANING)) if "cleaning" in table else "none",
        pad=_token(table, "pad") or 0,
        end=_token(table, "end"),
        mask=get_text(table, "mask") if "mask" in table else "",
        dtype=get_choice(table, "dtype", TEXT_TYPES) if "dtype" in table else "int64",
        scale=scale,
        bias=bias,
    )


def text_table(text: TextSpec) -> dict[str, Any]:
    """The table `[text]` that describes the text tower."""
    values = {key: getattr(text, key) for key in _KEYS}
    values |= {"file": text.file.name, "tokenizer": text.tokenizer.name}
    return {key: value for key, value in values.items() if value is not None and value != ""}


def _file_name(table: Mapping[str, Any], key: str) -> str:
    name = get_text(table, key)
    if Path(name).name != name:
        raise ValueError(tr("its file must be in its own folder"))
    return name


def _token(table: Mapping[str, Any], key: str) -> int | None:
    value = table.get(key)
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= _MAX_TOKEN:  # bool is an int, too
        raise ValueError(tr("{key} must be the number of a token").format(key=key))
    return value


def _number(table: Mapping[str, Any], key: str) -> float | None:
    value = table.get(key)
    if value is None:
        return None
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError(tr("{key} must be a number").format(key=key))
    return float(value)
