"""The kinds of models, in one table: what computes their vectors, and what else depends on it.

A new kind is one entry of `KINDS` and the function that makes its embedder. Cheap to import: the
embedders' modules, which need numpy or ONNX Runtime, are imported when one is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from finder.core.models.runtime.embedder import Embedder
    from finder.core.models.spec import ModelSpec

ONNX: Final = "onnx"
"""The default kind, if model.toml names none."""

MakeEmbedder = Callable[["ModelSpec", str], "Embedder"]
"""Arguments: a model and the provider to compute it with. Raises FinderError."""


@dataclass(frozen=True)
class Kind:
    """What all models of one kind have in common.

    metrics: the supported ones; the first is the default. has_file: whether there is an ONNX file
    beside `model.toml`. needs_trial: whether a model is tried in a process of its own before it is
    loaded here, stays isolated if it is untrusted, and may be computed by a provider other than
    the CPU. is_baseline: there for comparison only.
    dimension: the length of the embedding, from the side of the square picture that is embedded,
    in pixels; for kinds without a file.
    """

    metrics: tuple[str, ...]
    make_embedder: MakeEmbedder
    has_file: bool = False
    needs_trial: bool = False
    is_baseline: bool = False
    dimension: Callable[[int], int] | None = None


def _onnx(spec: ModelSpec, provider: str) -> Embedder:
    from finder.core.models.runtime.extractor import Extractor

    return Extractor(spec, provider)


def _pixels(spec: ModelSpec, provider: str) -> Embedder:
    from finder.core.models.baselines import Baseline, pixels

    return Baseline(spec, pixels)


def _phash(spec: ModelSpec, provider: str) -> Embedder:
    from finder.core.models.baselines import Baseline, phash

    return Baseline(spec, phash)


def _dhash(spec: ModelSpec, provider: str) -> Embedder:
    from finder.core.models.baselines import Baseline, dhash

    return Baseline(spec, dhash)


def _pixel_numbers(side: int) -> int:
    """The channels of all pixels, and the number that makes the length 1."""
    return 3 * side * side + 1


def _bits(side: int) -> int:
    return side * side


KINDS: Final[Mapping[str, Kind]] = {
    ONNX: Kind(("euclidean", "cosine", "ip"), _onnx, has_file=True, needs_trial=True),
    "pixels": Kind(("l1", "cosine"), _pixels, is_baseline=True, dimension=_pixel_numbers),
    "phash": Kind(("hamming",), _phash, is_baseline=True, dimension=_bits),
    "dhash": Kind(("hamming",), _dhash, is_baseline=True, dimension=_bits),
}
"""By their names in model.toml."""
