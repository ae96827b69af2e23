"""Measuring how well models find the original of an altered copy."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import FinderError
from finder.core.evaluation.alteration_names import TITLES
from finder.core.i18n import tr
from finder.core.library.catalogue.catalogue import open_existing
from finder.use_cases.evaluation.embedded_copies import Copy, embedded_copies
from finder.use_cases.evaluation.measuring_steps import (
    Phase,
    Step,
    combination_weights,
    index_new,
    measured_costs,
    steps,
)

if TYPE_CHECKING:
    from finder.core.cancellation import CancelToken
    from finder.core.evaluation.copy_measurement import CopiesLeftOut, CopyMeasurement
    from finder.core.evaluation.evaluation import ModelVectors
    from finder.core.evaluation.measurement import Kinds
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.core.search.distance import Metric
    from finder.use_cases.evaluation.embedded_copies import Vectors

_SIDE = 640
"""Pixels of the short side of which altered copies are made."""


@dataclass(frozen=True)
class CopySource:
    """folders: all pictures in them are searched. altered: a folder with altered copies of some of
    them (`copy_names.altered_files`); None: copies are made of `number` of them, chosen by the
    seed, in each of these ways (of `alteration_names.TITLES`)."""

    folders: tuple[str, ...]
    altered: str | None = None
    number: int = 100
    seed: int = 0
    alterations: tuple[str, ...] = tuple(TITLES)


def measure_copies(
    home: Home,
    extractors: Callable[[], ExtractorPool],
    holder: str,
    source: CopySource,
    specs: Sequence[ModelSpec],
    metric: Metric,
    combinations: Sequence[Sequence[str]] = (),
    stop: CancelToken | None = None,
) -> Generator[Step, None, CopyMeasurement]:
    """Each copy is searched for among the pictures of the folders, of which one is its original.
    Other arguments as of `measure_models`. Raises FinderError, Cancelled."""
    from finder.core.evaluation.copy_measurement import (
        CopiesLeftOut,
        CopyEvaluation,
        CopyMeasurement,
        summarise_copies,
    )
    from finder.core.evaluation.evaluation import evaluate_copies

    weights = combination_weights(combinations, specs)
    yield from index_new(home, extractors, holder, source.folders, specs, stop)
    costs = yield from measured_costs(home, extractors, holder, specs, stop)
    paths = _pictures(home, source)
    pictures, vectors = _searched(home, paths, specs)
    place = {picture: position for position, picture in enumerate(pictures.tolist())}
    others = ambiguous = 0
    if source.altered is None:
        wanted = list(_made_copies(home, {one: paths[one][0] for one in place}, source))
    else:
        wanted, others, ambiguous = _found_copies(paths, source.altered, stop)
    copies = [copy for copy in wanted if copy.original in place]
    left_out = CopiesLeftOut(others, ambiguous, len(wanted) - len(copies))
    if not copies:
        raise _no_copies(source, left_out)
    possible = len(copies)
    embedded = yield from embedded_copies(extractors(), specs, copies, _max_pixels(home))
    copies, queries = [copies[number] for number in embedded], list(embedded.values())
    if not copies:
        raise FinderError(
            tr("None of the altered copies can be used."), tr("Try other pictures, or models.")
        )
    models = list(_models(specs, metric, vectors, queries))
    originals = np.array([place[copy.original] for copy in copies], np.int64)
    of_models, of_combinations = yield from steps(
        Phase.COMPARING, evaluate_copies(originals, models, weights)
    )
    evaluation = CopyEvaluation(pictures, originals, _kinds(copies), of_models, of_combinations)
    models_found, combinations_found, best = summarise_copies(evaluation)
    return CopyMeasurement(
        models_found,
        combinations_found,
        {spec.name: spec.title for spec in specs},
        costs,
        best,
        evaluation,
        replace(left_out, others=others + possible - len(copies)),
    )


def _no_copies(source: CopySource, left_out: CopiesLeftOut) -> FinderError:
    hint = tr("A copy’s name begins with that of its original: sunset--crop.jpg for sunset.jpg.")
    if source.altered is None or left_out.not_embedded:
        hint = tr("Choose folders with pictures that the models have embedded.")
    elif left_out.ambiguous:
        hint = tr(
            "Several pictures have the name of their original: choose a folder in which one has it."
        )
    return FinderError(tr("There are no altered copies to search for."), hint)


def _kinds(copies: Sequence[Copy]) -> Kinds:
    from finder.core.evaluation.measurement import Kinds

    names = sorted({copy.kind for copy in copies})
    return Kinds(np.array([names.index(copy.kind) for copy in copies], np.int64), names)


# The pictures that are searched


def _pictures(home: Home, source: CopySource) -> dict[int, list[str]]:
    """The pictures below the folders, each with its files; without those of the folder with altered
    copies."""
    from finder.core.pictures.scan import is_within

    paths: dict[int, list[str]] = {}
    with closing(open_existing(home)) as catalogue:
        for folder in source.folders:
            for file in catalogue.files.below(folder):
                is_altered = source.altered is not None and is_within(file.path, source.altered)
                if file.picture is not None and not is_altered:
                    paths.setdefault(file.picture, []).append(file.path)
    return paths


def _searched(
    home: Home, pictures: Iterable[int], specs: Sequence[ModelSpec]
) -> tuple[NDArray[np.int64], list[NDArray[np.float32]]]:
    """Those that all models have embedded, and the vectors of each model."""
    from finder.use_cases.search.stored_vectors import stored_vectors

    ids = np.array(sorted(pictures), np.int64)
    mask, vectors = stored_vectors(home, specs, ids)
    return ids[mask], vectors


def _max_pixels(home: Home) -> int:
    from finder.core.library.catalogue.settings import load_settings

    with closing(open_existing(home)) as catalogue:
        return load_settings(catalogue).max_pixels


# The copies


def _made_copies(home: Home, paths: Mapping[int, str], source: CopySource) -> Iterator[Copy]:
    from finder.core.evaluation.alterations import ALTERATIONS

    random = np.random.default_rng(source.seed)
    ids = sorted(paths)
    chosen = random.permutation(len(ids))[: source.number].tolist()
    limit = _max_pixels(home)
    for number, picture in enumerate(ids[position] for position in chosen):
        for kind_number, kind in enumerate(ALTERATIONS):
            if kind not in source.alterations:
                continue
            seed = (source.seed * 1_000_003 + number) * len(ALTERATIONS) + kind_number
            yield Copy(picture, kind, partial(_altered, paths[picture], kind, seed, limit))


def _altered(path: str, kind: str, seed: int, max_pixels: int) -> bytes:
    from finder.core.evaluation.alterations import altered_jpeg
    from finder.core.pictures.decode import decode, read_file

    image = decode(read_file(path), _SIDE, max_pixels).image
    return altered_jpeg(image.convert("RGB"), kind, seed)


def _found_copies(
    paths: Mapping[int, Sequence[str]], folder: str, stop: CancelToken | None
) -> tuple[list[Copy], int, int]:
    """As `altered_files`, of the files below a folder. Raises Cancelled."""
    from finder.core.evaluation.copy_names import altered_files
    from finder.core.pictures.scan import walk

    originals: dict[str, set[int]] = {}
    for picture, some in paths.items():
        for path in some:
            name = os.path.splitext(os.path.basename(path))[0]
            originals.setdefault(name, set()).add(picture)
    files = []
    for found_here in walk(folder):
        if stop is not None:
            stop.check()
        if isinstance(found_here, list):
            files += [os.fsdecode(file[0]) for file in found_here]
    found, others, ambiguous = altered_files(files, folder, originals, tr("altered"))
    return [Copy(f.original, f.kind, partial(_file, f.path)) for f in found], others, ambiguous


def _file(path: str) -> bytes:
    from finder.core.pictures.decode import read_file

    return bytes(read_file(path))


def _models(
    specs: Sequence[ModelSpec],
    metric: Metric,
    vectors: Sequence[NDArray[np.float32]],
    queries: Sequence[Vectors],
) -> Iterator[ModelVectors]:
    from finder.core.evaluation.evaluation import ModelVectors
    from finder.core.search.ranking.similarity import similarity_of

    for spec, rows in zip(specs, vectors, strict=True):
        embedded = np.stack([query[spec.name] for query in queries])
        yield ModelVectors(spec.name, similarity_of(spec, metric), rows, embedded)
