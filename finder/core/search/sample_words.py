"""Whether a model's words fit its pictures: each sample picture should be nearest to the words for
its group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from finder.core.models.runtime.embedder import TextEmbedder

WORDS: Final[Mapping[str, str]] = {
    "birds": "a photo of a bird",
    "castles": "a photo of a castle",
    "cats": "a photo of a cat",
    "city-nights": "a photo of a city at night",
    "farm-animals": "a photo of a farm animal",
    "fish": "a photo of a fish",
    "flowers": "a photo of a flower",
    "lakes": "a photo of a lake",
    "night-sky": "a photo of a galaxy in the night sky",
    "primates": "a photo of a monkey",
    "pyramids": "a photo of a pyramid",
    "windmills": "a photo of a windmill",
}
"""By the folder of a group of samples. In English, which every model has learnt."""
_SHUFFLES = 2_000
_MOST_BY_CHANCE = 0.005
"""The share of shuffles that may do as well as the words where they are: pictures of a group are
alike, so a foreign text tower may find whole groups by chance."""


@dataclass(frozen=True)
class SampleWords:
    """How many of the sample pictures were nearest to the words for their group, rather than to
    those for one of the others; by_chance: how many would be if the words meant nothing; fits:
    whether there are clearly more than that."""

    right: int
    pictures: int
    groups: int
    by_chance: float
    fits: bool


def match_words(
    texts: TextEmbedder, paths: Sequence[Path], vectors: NDArray[np.float64]
) -> SampleWords | None:
    """Compare words with samples; None where there are none of at least two groups. vectors: of the
    pictures [N, D], of length 1. Raises FinderError if the words cannot be embedded."""
    groups = [name for name in WORDS if any(path.parent.name == name for path in paths)]
    if len(groups) < 2:
        return None
    rows = [row for row, path in enumerate(paths) if path.parent.name in groups]
    words = np.stack([texts.embed_text(WORDS[name]) for name in groups]).astype(np.float64)
    nearest = _standardised(vectors[rows] @ words.T).argmax(axis=1)
    found = np.zeros((len(groups), len(groups)))
    for row, word in zip(rows, nearest, strict=True):
        found[groups.index(paths[row].parent.name), word] += 1
    right = np.trace(found)
    shuffled = _shuffled(found)
    return SampleWords(
        int(right),
        len(rows),
        len(groups),
        float(shuffled.mean()),
        bool((shuffled >= right).mean() <= _MOST_BY_CHANCE),
    )


def _standardised(cosines: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cosines [pictures, words] as standard scores of each word: some words are near to all."""
    spread = cosines.std(axis=0)
    scores: NDArray[np.float64] = (cosines - cosines.mean(axis=0)) / np.where(spread, spread, 1.0)
    return scores


def _shuffled(found: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many would be right if the words were dealt to the groups at random, many times. found:
    the pictures of each group [groups] that are nearest to each of the words [words]."""
    random = np.random.default_rng(0)
    rows = np.arange(len(found))
    deals = [found[rows, random.permutation(len(found))].sum() for _ in range(_SHUFFLES)]
    return np.array(deals)
