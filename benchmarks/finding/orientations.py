"""What a query in any orientation finds, and what leaving out its turned forms costs.

A search extracts the query as it is; only if its best match is not clear, it is extracted in the
seven other orientations, too (`finder.core.search.orientations`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.finding.copies import TURNED, Copy
from benchmarks.finding.sets import LabelledFile
from benchmarks.finding.vectors import vectors_of
from benchmarks.finding.verifying import twins_of, verification_rows
from benchmarks.material import shipped_models
from finder.core.models.spec import ModelSpec
from finder.core.pictures.transform import ORIENTATIONS
from finder.core.search.closeness.closeness import NEARLY_THE_SAME
from finder.core.search.closeness.closeness_scale import measured_scale
from finder.core.search.distance import Metric
from finder.core.search.ranking.similarity import similarity_of
from finder.core.search.verify.local_features import LocalFeatures
from finder.core.search.verify.proofs import SEARCHED

Scores = NDArray[np.float64]
"""float64 [queries, pictures]: of the combined ranking, larger is nearer."""

_SAMPLE: Final = 192
"""Pictures from which the scale of closeness is measured, as the program does."""
_SEED = 18


@dataclass(frozen=True)
class OrientationRow:
    """Of turned copies, the shares whose original is first, without and with verification; and in
    how many orientations a query is extracted."""

    step: str
    first: float
    first_verified: float
    extracted: float


@dataclass(frozen=True)
class ClearRow:
    """Of the copies of one kind, asked as they are: the share whose best match is clear, and of all
    of them the share for which a clear one is another picture than the original."""

    kind: str
    clear: float
    wrong: float


def orientation_rows(
    folder: Path,
    pictures: Sequence[LabelledFile],
    copies: Sequence[Copy],
    features: Sequence[LocalFeatures],
) -> list[OrientationRow]:
    """Of the turned copies: as they are, in all eight orientations, and as the program asks.
    folder: has the vectors, or gets them; features: of the pictures (`features_of`)."""
    turned = [copy for copy in copies if copy.kind == TURNED]
    paths = [copy.path for copy in turned]
    libraries = _libraries(folder, pictures)
    queries = {
        spec: vectors_of(folder / "vectors", "turned", paths, spec, ORIENTATIONS)
        for spec in libraries
    }
    upright = combined({spec: vectors[:1] for spec, vectors in queries.items()}, libraries)
    every = combined(queries, libraries)
    clear = are_clear(upright, {spec: of[0] for spec, of in queries.items()}, libraries)
    steps: dict[str, tuple[Scores, float]] = {
        "as it is": (upright, 1.0),
        "all eight orientations": (every, 8.0),
        "eight, unless the best is clear": (
            np.where(clear[:, np.newaxis], upright, every),
            8.0 - 7.0 * float(clear.mean()),
        ),
    }
    rows = []
    for step, (scores, extracted) in steps.items():
        first = np.argsort(-scores, axis=1, kind="stable")[:, :SEARCHED].tolist()
        found = verification_rows(pictures, turned, first, features)[-1]
        rows.append(OrientationRow(step, found.first_without, found.first_with, extracted))
    return rows


def clear_rows(
    folder: Path, pictures: Sequence[LabelledFile], copies: Sequence[Copy]
) -> list[ClearRow]:
    """A row for each kind of copies. folder: has the vectors, or gets them."""
    libraries = _libraries(folder, pictures)
    paths = [copy.path for copy in copies]
    queries = {spec: vectors_of(folder / "vectors", "copies", paths, spec) for spec in libraries}
    scores = combined(queries, libraries)
    clear = are_clear(scores, {spec: of[0] for spec, of in queries.items()}, libraries)
    twins = twins_of(pictures)
    right = np.array(
        [
            int(best) in twins[copy.original]
            for best, copy in zip(scores.argmax(axis=1), copies, strict=True)
        ]
    )
    kinds = np.array([copy.kind for copy in copies])
    return [
        ClearRow(
            kind,
            float(clear[kinds == kind].mean()),
            float((clear & ~right)[kinds == kind].mean()),
        )
        for kind in dict.fromkeys(kinds.tolist())
    ]


def combined(
    queries: dict[ModelSpec, NDArray[np.float32]], libraries: dict[ModelSpec, NDArray[np.float32]]
) -> Scores:
    """As the program combines models: of each the best of a query's orientations. queries:
    [O, n, D]."""
    total: Scores | float = 0.0
    for spec, vectors in queries.items():
        mean = libraries[spec].mean(axis=0)
        library = _centred(libraries[spec], mean)
        best = np.max([_centred(one, mean) @ library.T for one in vectors], axis=0)
        best = best.astype(np.float64)
        total = total + (best - best.mean(1, keepdims=True)) / best.std(1, keepdims=True)
    return np.asarray(total)


def are_clear(
    scores: Scores,
    queries: dict[ModelSpec, NDArray[np.float32]],
    libraries: dict[ModelSpec, NDArray[np.float32]],
) -> NDArray[np.bool_]:
    """[n]: whether the best match of each query [n, D] is nearly the same."""
    best = scores.argmax(axis=1)
    closeness = []
    for spec, vectors in queries.items():
        similarity, library = similarity_of(spec, Metric.COSINE), libraries[spec]
        sample = np.random.default_rng(_SEED).choice(len(library), _SAMPLE, replace=False)
        scale = measured_scale(spec, similarity, library[sample])
        products = np.vecdot(vectors, library[best]).astype(np.float64)
        closeness.append(scale.closeness(products))
    return np.asarray(np.mean(closeness, axis=0) >= NEARLY_THE_SAME)


def _libraries(
    folder: Path, pictures: Sequence[LabelledFile]
) -> dict[ModelSpec, NDArray[np.float32]]:
    paths = [picture.path for picture in pictures]
    return {
        spec: vectors_of(folder / "vectors", "pictures", paths, spec)[0]
        for spec in shipped_models()
    }


def _centred(vectors: NDArray[np.float32], mean: NDArray[np.float32]) -> NDArray[np.float32]:
    rest = vectors - mean
    centred: NDArray[np.float32] = rest / np.linalg.norm(rest, axis=1, keepdims=True)
    return centred
