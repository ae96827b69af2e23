"""The preprocessing of exported networks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from finder.core.models.presets import PRESETS

if TYPE_CHECKING:
    from finder.core.models.spec import InputSpec


def input_spec(
    preset: str,
    size: tuple[int, int],
    resize: str = "squash",
    keep: float = 1.0,
    resample: str = "bicubic",
) -> InputSpec:
    """The input of an exported network: float32 [N, 3, height, width], its values as in `PRESETS`.
    size: (height, width)."""
    given = PRESETS[preset].input_spec("input", "NCHW", "float32", *size)
    return replace(given, resize=resize, keep=keep, resample=resample)
