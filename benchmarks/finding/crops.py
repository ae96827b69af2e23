"""Whether things in scenes are found better with crops of each picture in the index.

`python -m benchmarks.finding.crops FOLDER` prints it; FOLDER has the sets. A picture with crops is
as near as the nearest of its vectors.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.finding.adaptation import Gain, precision
from benchmarks.finding.objects import FIVE, NINE, Scene, make_scenes, whole_and_crops
from benchmarks.finding.rankings import Vectors
from benchmarks.finding.sets import KINDS, PAINTINGS, LabelledFile, make_sets
from benchmarks.finding.vectors import vectors_of
from benchmarks.material import shipped_models
from finder.core.models.spec import ModelSpec
from finder.core.search.ranking.second_look import CANDIDATES, reranked_distances

_SCENES = 150
_OTHERS = 250
_SEED = 17
_MODELS: Final = ("efficientnet-lite0", "efficientnet-lite2")
"""The third takes an hour for the crops."""
_WAYS: Final[Mapping[str, Sequence[int]]] = {
    "whole": (0,),
    "whole and 5 crops": (0, *(number + 1 for number in FIVE)),
    "whole and 9 crops": range(len(NINE) + 1),
}
_Asked = Mapping[ModelSpec, Vectors]


class Crops:
    """150 scenes with a thing in each, and 250 other pictures, all with their crops."""

    def __init__(self, folder: Path) -> None:
        self.looks_twice = False
        self.pictures = make_sets(folder / "sets", folder / "packages")
        self.scenes = make_scenes(folder / "scenes", self.pictures, _SCENES)
        self.others = _others(self.pictures, self.scenes)
        paths = [self.pictures[at].path for at in self.others]
        every = [picture.path for picture in self.pictures]
        self.library: dict[ModelSpec, Vectors] = {}
        self.vectors: dict[ModelSpec, Vectors] = {}
        for spec in shipped_models():
            if spec.name in _MODELS:
                scenes = [scene.path for scene in self.scenes]
                parts = [
                    whole_and_crops(folder, "scenes", scenes, spec),
                    whole_and_crops(folder, "scene-others", paths, spec),
                ]
                self.library[spec] = np.concatenate(parts)
                self.vectors[spec] = vectors_of(folder / "vectors", "pictures", every, spec)[0]

    def things(self, vectors: Sequence[int]) -> NDArray[np.float64]:
        """[150]: the reciprocal rank of each thing's scene, if asked for with the thing itself."""
        scores = self._scores([scene.thing for scene in self.scenes], vectors)
        own = np.diagonal(scores[:, : len(self.scenes)])
        ranks: NDArray[np.float64] = 1.0 / (1 + (scores > own[:, np.newaxis]).sum(axis=1))
        return ranks

    def kinds(self, vectors: Sequence[int]) -> NDArray[np.float64]:
        """[150]: the average precision of finding the scenes with things of a kind, if asked for
        with a picture of another thing of it."""
        labels = [self.pictures[scene.thing].label for scene in self.scenes]
        asked = [self._another(scene.thing) for scene in self.scenes]
        scores = self._scores(asked, vectors)[:, : len(self.scenes)]
        relevant = np.array(labels)[:, np.newaxis] == np.array(labels)
        return np.array([precision(*rows) for rows in zip(scores, relevant, strict=True)])

    def whole(self, vectors: Sequence[int]) -> NDArray[np.float64]:
        """[Q]: the average precision of finding whole pictures of a label by another one."""
        labels = np.array([self._label(at) for at in self.others])
        own = range(len(self.scenes), len(self.scenes) + len(labels))
        scores = self._scores(self.others, vectors, own)[:, len(self.scenes) :]
        found = []
        for number in self.with_others:
            rest = np.arange(len(labels)) != number
            relevant = (labels == labels[number])[rest]
            found.append(precision(scores[number][rest], relevant))
        return np.array(found)

    @property
    def with_others(self) -> NDArray[np.int64]:
        """Which of the other pictures have others of their label among them."""
        labels = [self._label(at) for at in self.others]
        return np.array([n for n, label in enumerate(labels) if labels.count(label) > 1])

    def labels_of(self, pictures: Sequence[int]) -> NDArray[np.int64]:
        names = [self._label(at) for at in pictures]
        return np.unique(names, return_inverse=True)[1].astype(np.int64)

    def _label(self, picture: int) -> str:
        return f"{self.pictures[picture].set}/{self.pictures[picture].label}"

    def _another(self, thing: int) -> int:
        """The next picture of its label."""
        same = [at for at in range(len(self.pictures)) if self._label(at) == self._label(thing)]
        return same[(same.index(thing) + 1) % len(same)]

    def _scores(
        self, asked: Sequence[int], vectors: Sequence[int], own: Sequence[int] = ()
    ) -> NDArray[np.float64]:
        """[Q, 400]: of the combined ranking. vectors: which of each picture are in the index; own:
        where each query is itself, if there, which is left out."""
        best, whole = self._products(asked, vectors)
        scores: NDArray[np.float64] = np.sum([_standardised(one, one) for one in best], axis=0)
        if own:
            scores[np.arange(len(asked)), list(own)] = -np.inf
        if self.looks_twice:
            for number, row in enumerate(scores):
                of_query = [one[number] for one in best]
                scores[number] = _looked_twice(row, of_query, whole)
        return scores

    def _products(
        self, asked: Sequence[int], vectors: Sequence[int]
    ) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
        """For each model the best of each picture for each query [Q, 400]; and of whole pictures
        with each other [400, 400]."""
        best, whole = [], []
        for spec, library in self.library.items():
            mean = library[:, 0].mean(axis=0)
            centred = _centred(library[:, list(vectors)], mean)
            queries = _centred(self.vectors[spec][list(asked)], mean)
            products = np.einsum("qd,ncd->qnc", queries, centred, optimize=True)
            best.append(products.max(axis=2).astype(np.float64))
            whole.append((centred[:, 0] @ centred[:, 0].T).astype(np.float64))
        return best, whole


def _standardised(values: NDArray[np.float64], spread: NDArray[np.float64]) -> NDArray[np.float64]:
    """values: by the mean and the deviation of the last axis of the other ones."""
    mean, deviation = spread.mean(-1, keepdims=True), spread.std(-1, keepdims=True)
    standardised: NDArray[np.float64] = (values - mean) / deviation
    return standardised


def _looked_twice(
    scores: NDArray[np.float64],
    best: Sequence[NDArray[np.float64]],
    whole: Sequence[NDArray[np.float64]],
) -> NDArray[np.float64]:
    """The scores [400] of one query after the second look at the whole pictures. best, whole: of
    `_products`, of this query."""
    candidates = np.argsort(-scores, kind="stable")[:CANDIDATES]
    total = np.zeros((len(candidates) + 1,) * 2)
    for of_query, pairs in zip(best, whole, strict=True):
        products = np.ones_like(total)
        products[1:, 1:] = pairs[np.ix_(candidates, candidates)]
        products[0, 1:] = products[1:, 0] = of_query[candidates]
        total += _standardised(products, of_query)
    distances = reranked_distances(total.astype(np.float32))
    looked: NDArray[np.float64] = scores - scores.max() - 2.0
    looked[candidates] = -distances
    return looked


def _others(pictures: Sequence[LabelledFile], scenes: Sequence[Scene]) -> list[int]:
    used = {scene.thing for scene in scenes}
    rest = [
        at for at, one in enumerate(pictures) if one.set in (KINDS, PAINTINGS) and at not in used
    ]
    chosen = np.random.default_rng(_SEED).choice(rest, _OTHERS, replace=False)
    return sorted(chosen.tolist())


def _centred(vectors: Vectors, mean: Vectors) -> Vectors:
    rest = vectors - mean
    centred: Vectors = rest / np.linalg.norm(rest, axis=-1, keepdims=True)
    return centred


def main(folder: Path) -> None:
    crops = Crops(folder)
    things = crops.labels_of([scene.thing for scene in crops.scenes])
    others = crops.labels_of([crops.others[number] for number in crops.with_others])
    for crops.looks_twice in (False, True):
        print("looked at twice:" if crops.looks_twice else "looked at once:")
        for name, measure, labels in (
            ("the thing itself, reciprocal rank", crops.things, np.arange(len(things))),
            ("another one of its kind, mean average precision", crops.kinds, things),
            ("whole pictures, mean average precision", crops.whole, others),
        ):
            base = measure(_WAYS["whole"])
            print(f"  {name}: {base.mean():.3f}")
            for way, vectors in list(_WAYS.items())[1:]:
                print(f"    {way}: {Gain.of(measure(vectors), base, labels)}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
