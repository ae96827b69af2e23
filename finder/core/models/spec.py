"""The record of a model. `manifest` reads and writes it as `model.toml`, `registry` lists the
installed ones, `kinds` has what depends on its kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from finder.core.models.kinds import KINDS, ONNX, Kind

DEFAULT_MODEL: Final = "efficientnet-lite0"
NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
"""What a model's name must match."""


SMALLEST_DECODE_SIDE: Final = 320
"""What most models decode at, in pixels: one decode serves the preview of a query, too."""


@dataclass(frozen=True)
class InputSpec:
    """How 0 … 255 pixels become the model's input: resize to height × width, order the colours,
    (x − mean) / std for each channel, in the given layout and type with a batch of 1 in front.

    keep: with the rule “crop”, the share of the picture's short side that is kept; 0.875 is the
    usual “short side to 256, middle 224”.
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

    @property
    def decode_side(self) -> int:
        """Short side in pixels that a picture must be decoded with for this input.

        Steps of factor two, a fifth above the input at least, so that models of similar size
        share one decode, and a model's decode never depends on the others.
        """
        side = SMALLEST_DECODE_SIDE
        while side < 1.2 * max(self.height, self.width) / self.keep:
            side *= 2
        return side


@dataclass(frozen=True)
class TextSpec:
    """How words become a vector in the space of the model's pictures, by a second ONNX file.

    sha256, tokenizer_sha256: of the two files. cleaning: a key of `text_rules.CLEANING`. The text
    is cut to `length` tokens; if `end` is given, it is the last one then. Shorter texts are filled
    up with `pad`. input, mask: the names of the inputs for the tokens and for the attention mask,
    [1, length] of `dtype`; mask is empty if there is none. scale, bias: if given, the probability
    that the words describe a picture is sigmoid(scale · cosine + bias).
    """

    file: Path
    sha256: str
    tokenizer: Path
    tokenizer_sha256: str
    length: int
    input: str
    output: str
    cleaning: str = "none"
    pad: int = 0
    end: int | None = None
    mask: str = ""
    dtype: str = "int64"
    scale: float | None = None
    bias: float | None = None


@dataclass(frozen=True)
class ModelSpec:
    """One feature extractor.

    dimension: the embedding's length. file, sha256: the ONNX file and its hash; for a kind without
    one, `model.toml` and the hash of what defines the vectors. kind: a key of `kinds.KINDS`.
    extra: the keys of `model.toml` that this version does not know (`manifest`). They do not affect
    the vectors, so they are ignored in comparisons. text: for a model that also understands words.
    It does not affect the pictures' vectors either, so it may be added to an installed model.
    """

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
    extra: Mapping[str, Any] = field(default_factory=dict, compare=False)
    text: TextSpec | None = None

    @property
    def traits(self) -> Kind:
        """What all models of its kind have in common."""
        return KINDS[self.kind]

    @property
    def is_baseline(self) -> bool:
        """Whether it is there for comparison only: listed last, and off until it is switched on."""
        return self.traits.is_baseline

    @property
    def has_file(self) -> bool:
        """Whether it has an ONNX file; else its `model.toml` is all there is."""
        return self.traits.has_file

    @property
    def metrics(self) -> tuple[str, ...]:
        """The supported metrics; the first is the default."""
        return self.traits.metrics

    @property
    def decode_side(self) -> int:
        """Short side in pixels that a picture must be decoded with for this model."""
        return self.input.decode_side
