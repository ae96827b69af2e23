"""Models that understand a few words, without a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from making import Vectors, tiny_spec

from finder.core.errors import FinderError
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec, TextSpec

TEXT = TextSpec(Path("nowhere"), "e" * 64, Path("nowhere"), "f" * 64, 8, "ids", "embedding")


def word_spec(
    name: str,
    dimension: int,
    mark: str = "a",
    scale: float | None = None,
    bias: float | None = None,
) -> ModelSpec:
    """A model with a text tower; scale and bias: of its probabilities."""
    text = replace(TEXT, scale=scale, bias=bias)
    return replace(tiny_spec(name, dimension, mark), text=text)


@dataclass
class MadeUpTowers:
    """vectors: of each text, by model; a text that is not among them fails. asked: what was
    embedded, in this order. embed: is called instead."""

    vectors: Mapping[str, Mapping[str, Vectors]]
    asked: list[tuple[str, str]] = field(default_factory=list)
    embed: Callable[[str], Vectors] | None = None

    def pool(self) -> ExtractorPool:
        return ExtractorPool(isolate_text=lambda spec: _Tower(spec, self))


@dataclass
class _Tower:
    spec: ModelSpec
    towers: MadeUpTowers

    def embed_text(self, text: str) -> Vectors:
        self.towers.asked.append((self.spec.name, text))
        if self.towers.embed is not None:
            return self.towers.embed(text)
        try:
            return self.towers.vectors[self.spec.name][text]
        except KeyError:
            raise FinderError(f"{self.spec.title} cannot read this.", "Ask otherwise.") from None
