"""How well the words of a model fit pictures of coloured shapes that it has never seen."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray
from shape_pictures import COLOURS, SHAPES, Scene, painted, random_scene

from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.text_tower import TextTower
from finder.core.models.spec import ModelSpec

_PICTURES = 400


@dataclass(frozen=True)
class Quality:
    """Mean average precision of “red circle” and the like, of “circle”, and of “no circle”; and the
    median probability that scale and bias give where words are true, and where they are not."""

    coloured: float
    shapes: float
    denied: float
    likely: float
    unlikely: float


class ShapeLibrary:
    """New pictures, and their vectors by a model."""

    def __init__(self, spec: ModelSpec, seed: int = 99) -> None:
        random = Random(seed)
        self._text = spec.text
        self._words = TextTower(spec)
        self._scenes = [random_scene(random) for _ in range(_PICTURES)]
        extractor = Extractor(spec)
        images = [painted(scene, random) for scene in self._scenes]
        self._vectors = np.stack([extractor.embed_image(image) for image in images])
        self._is_likely: list[NDArray[np.floating]] = []
        self._is_unlikely: list[NDArray[np.floating]] = []

    def quality(self) -> Quality:
        coloured = [self._precision(f"{c} {s}", c, s) for c in COLOURS for s in SHAPES]
        shapes = [self._precision(shape, "", shape) for shape in SHAPES]
        denied = [self._precision(f"no {shape}", "", shape, denied=True) for shape in SHAPES]
        means = (float(np.mean(found)) for found in (coloured, shapes, denied))
        medians = (
            float(np.median(np.concatenate(found)))
            for found in (self._is_likely, self._is_unlikely)
        )
        return Quality(*means, *medians)

    def _precision(self, words: str, colour: str, shape: str, denied: bool = False) -> float:
        """Average precision of the pictures' order, where those with this shape are right, or those
        without. colour: empty for any."""
        assert self._text is not None
        assert self._text.scale is not None
        assert self._text.bias is not None
        truth = np.array([_has(scene, colour, shape) != denied for scene in self._scenes])
        cosines = self._vectors @ self._words.embed_text(words)
        probabilities = 1 / (1 + np.exp(-(self._text.scale * cosines + self._text.bias)))
        self._is_likely.append(probabilities[truth])
        self._is_unlikely.append(probabilities[~truth])
        found = truth[np.argsort(-cosines)]
        shares = np.cumsum(found) / np.arange(1, len(found) + 1)
        return float(shares[found].mean())


def _has(scene: Scene, colour: str, shape: str) -> bool:
    return any(g.shape == shape and colour in ("", g.colour) for g in scene.groups)
