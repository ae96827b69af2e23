"""Labelled pictures of the library, with their vectors."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from finder.core.errors import FinderError
from finder.core.i18n import tr, trn
from finder.core.library.catalogue.catalogue import Catalogue, open_existing

if TYPE_CHECKING:
    from finder.core.cancellation import CancelToken
    from finder.core.evaluation.evaluation import ModelVectors
    from finder.core.evaluation.labels import LabelledPictures
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.core.search.distance import Metric


@dataclass(frozen=True)
class LabelSource:
    """Where labels come from: each subfolder of these folders, with `nested` every folder below
    them that has pictures; or a table of paths and labels (`read_label_table`)."""

    folders: tuple[str, ...] = ()
    nested: bool = False
    table: Path | None = None


def has_work(
    home: Home,
    folders: Sequence[str],
    specs: Sequence[ModelSpec],
    stop: CancelToken | None = None,
) -> bool:
    """Whether an indexing run would find anything to do: else no writer's lock is needed. Raises
    Cancelled."""
    from finder.core.library.indexing.plan import Plan
    from finder.core.pictures.scan import outermost

    if not home.catalogue.is_file():
        return True
    with closing(Catalogue(home)) as catalogue:
        plan = Plan(catalogue, specs)
        for folder in outermost(folders):
            for _ in plan.scan(folder):
                if stop is not None:
                    stop.check()
    return bool(plan.todo)


def labelled_pictures(home: Home, source: LabelSource) -> tuple[LabelledPictures, int]:
    """The labelled pictures of the library; how many labelled files are not among them."""
    from finder.core.evaluation.labels import LabelledPictures, folder_label, read_label_table

    found: list[tuple[int, str]] = []
    missing = 0
    with closing(open_existing(home)) as catalogue:
        if source.table is not None:
            for path, label in read_label_table(source.table).items():
                picture = catalogue.files.picture_of(path)
                if picture is None:
                    missing += 1
                else:
                    found.append((picture, label))
            return LabelledPictures.of(found), missing
        for folder in source.folders:
            for file in catalogue.files.below(folder):
                name = folder_label(file.path, folder, source.nested)
                if name is None:
                    continue
                if file.picture is None:
                    missing += 1
                else:
                    found.append((file.picture, name))
    return LabelledPictures.of(found), missing


def with_vectors(
    home: Home,
    labelled: LabelledPictures,
    specs: Sequence[ModelSpec],
    metric: Metric,
    fewest: int,
    of_table: bool,
) -> tuple[LabelledPictures, list[ModelVectors], int]:
    """Those that all models have embedded, with their vectors; how many others there are.

    fewest: of how many pictures at least two labels must be. Raises FinderError if a model lacks so
    many pictures that they are not any more. of_table: the labels are of a table, whose pictures
    were not indexed just now.
    """
    from finder.core.evaluation.evaluation import ModelVectors
    from finder.core.evaluation.labels import has_labels
    from finder.core.search.ranking.similarity import similarity_of
    from finder.use_cases.search.stored_vectors import stored_vectors

    mask, vectors = stored_vectors(home, specs, labelled.pictures)
    models = [
        ModelVectors(spec.name, similarity_of(spec, metric), rows)
        for spec, rows in zip(specs, vectors, strict=True)
    ]
    left = labelled.chosen(mask)
    if has_labels(labelled, fewest) and not has_labels(left, fewest):
        raise _not_embedded(home, labelled, specs, of_table)
    return left, models, int(np.count_nonzero(~mask))


def _not_embedded(
    home: Home, labelled: LabelledPictures, specs: Sequence[ModelSpec], of_table: bool
) -> FinderError:
    """Names the model that lacks most pictures."""
    from finder.use_cases.search.stored_vectors import stored_vectors

    def lacking(spec: ModelSpec) -> int:
        known, _ = stored_vectors(home, [spec], labelled.pictures)
        return int(np.count_nonzero(~known))

    numbers = list(map(lacking, specs))
    number = max(numbers)
    spec = specs[numbers.index(number)]
    return FinderError(
        trn(
            "{n} labelled picture has no vector of {title}.",
            "{n} labelled pictures have no vector of {title}.",
            number,
            title=spec.title,
        ),
        tr("Index them with this model: image-finder index --model {name}").format(name=spec.name)
        if of_table
        else tr("“image-finder skipped” shows why."),
    )
