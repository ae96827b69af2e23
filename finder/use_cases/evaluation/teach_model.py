"""Teaching a model the user's own labels: shorter, better vectors from installed models' ones."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.use_cases.evaluation.labelled_vectors import (
    LabelSource,
    labelled_pictures,
    with_vectors,
)
from finder.use_cases.evaluation.measuring_steps import Phase, Step, index_new, steps

if TYPE_CHECKING:
    from finder.core.cancellation import CancelToken
    from finder.core.evaluation.labels import LabelledPictures
    from finder.core.evaluation.measurement import LeftOut
    from finder.core.library.writer import LibraryWriter
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.core.teaching.choice import HeadChoice
    from finder.core.teaching.heads import Method
    from finder.core.teaching.projection import Projection
    from finder.core.teaching.report import Lesson, TeachingReport

Finding = TypeVar("Finding")

_FEWEST_PICTURES = 4
"""Of a label: two to teach, two to judge."""
_MOST_OTHERS = 2_000
"""Pictures without a label that tell in what all pictures vary."""
_BLOCK = 4_000
"""Pictures whose vectors are computed and stored at a time."""


@dataclass(frozen=True)
class TeachingWish:
    """name: of the new model; methods: to choose from; seed: the same one gives the same model."""

    name: str
    bases: tuple[ModelSpec, ...]
    methods: tuple[Method, ...]
    seed: int = 0


@dataclass(frozen=True)
class Taught:
    """stored: how many pictures have a vector of the new model; lacking: how many do not, as a base
    has not embedded them. few: pictures that were left out, as their labels have too few."""

    spec: ModelSpec
    labelled: LabelledPictures
    choice: HeadChoice
    report: TeachingReport
    left_out: LeftOut
    few: int
    stored: int
    lacking: int


def teach_model(
    home: Home,
    extractors: Callable[[], ExtractorPool],
    holder: str,
    source: LabelSource,
    wish: TeachingWish,
    *,
    stop: CancelToken | None = None,
) -> Generator[Step, None, Taught]:
    """Teach a new model from labelled pictures, install it, and store its vectors of all pictures
    that its bases have embedded.

    Folders that are not in the library become part of it. holder: who takes the writer's lock.
    Closing the generator leaves no new model. Raises FinderError, Cancelled; then there is none,
    either.
    """
    from finder.core.library.writer import LibraryWriter
    from finder.core.models.importing.model_import import require_name
    from finder.core.teaching.choice import choose_head
    from finder.core.teaching.report import judge
    from finder.core.teaching.taught_graph import require_teachable

    require_name(home, wish.name)
    require_teachable(wish.bases)
    yield from index_new(home, extractors, holder, source.folders, wish.bases, stop)
    lesson, left_out, few = _lesson(home, source, wish)
    report = yield from steps(Phase.JUDGING, judge(lesson))
    choice = yield from steps(
        Phase.TEACHING,
        choose_head(
            lesson.vectors, lesson.labelled.labels, lesson.others, lesson.heads, lesson.seed
        ),
    )
    yield Step(Phase.MAKING)
    projection = _taught(lesson, choice)
    spec = None
    try:
        with LibraryWriter(home, holder) as writer:  # without it, there would be no vectors
            spec = _installed(home, extractors, wish, lesson, choice, report, projection)
            yield Step(Phase.STORING)
            stored, lacking = yield from store_vectors(writer, spec, wish.bases, projection)
        if stop is not None:
            stop.check()
    except BaseException:  # also where the generator is closed
        if spec is not None:
            _take_back(home, spec, holder)
        raise
    return Taught(spec, lesson.labelled, choice, report, left_out, few, stored, lacking)


# The pictures


def _lesson(home: Home, source: LabelSource, wish: TeachingWish) -> tuple[Lesson, LeftOut, int]:
    """Also what was left out, and how many pictures as their labels have too few."""
    from finder.core.evaluation.labels import how_to_label
    from finder.core.evaluation.measurement import LeftOut
    from finder.core.search.distance import Metric
    from finder.core.teaching.heads import possible_heads
    from finder.core.teaching.report import Lesson

    labelled, missing = labelled_pictures(home, source)
    of_table = source.table is not None
    labelled, models, lacking = with_vectors(
        home, labelled, wish.bases, Metric.EUCLIDEAN, _FEWEST_PICTURES, of_table
    )
    enough = labelled.sizes()[labelled.labels] >= _FEWEST_PICTURES
    chosen = labelled.chosen(enough)
    if len(chosen.names) < 2:
        raise FinderError(
            tr("There must be at least two labels with {n} pictures each.").format(
                n=_FEWEST_PICTURES
            ),
            how_to_label(of_table),
        )
    bases = {model.name: model.vectors[enough] for model in models}
    dimension = sum(spec.dimension for spec in wish.bases)
    lesson = Lesson(
        wish.name,
        chosen,
        bases,
        _others(home, wish, labelled.pictures),
        possible_heads(wish.methods, len(chosen.names), dimension),
        wish.seed,
    )
    left_out = LeftOut(missing, labelled.ambiguous, lacking)
    return lesson, left_out, int(np.count_nonzero(~enough))


def _others(home: Home, wish: TeachingWish, labelled: NDArray[np.int64]) -> NDArray[np.float32]:
    """The bases' vectors, side by side, of some other pictures: ids are hashes, so the first are as
    good as any."""
    from finder.core.library.catalogue.catalogue import open_existing
    from finder.use_cases.search.stored_vectors import stored_vectors

    with closing(open_existing(home)) as catalogue:
        known = np.sort(catalogue.embeddings.pictures(wish.bases[0].name))
    others = np.setdiff1d(known, labelled)[:_MOST_OTHERS]
    if not len(others):
        return np.zeros((0, sum(spec.dimension for spec in wish.bases)), np.float32)
    _, vectors = stored_vectors(home, wish.bases, others)
    return np.concatenate(vectors, axis=1)


# The model


def _taught(lesson: Lesson, choice: HeadChoice) -> Projection:
    from finder.core.teaching.heads import Teacher
    from finder.core.teaching.projection import Basis

    basis = Basis(lesson.vectors, lesson.others)
    teacher = Teacher(basis, lesson.vectors, lesson.labelled.labels, lesson.seed)
    return teacher.projection(choice.chosen.head)


def _installed(
    home: Home,
    extractors: Callable[[], ExtractorPool],
    wish: TeachingWish,
    lesson: Lesson,
    choice: HeadChoice,
    report: TeachingReport,
    projection: Projection,
) -> ModelSpec:
    """The new model, tried before it becomes one of the library's. Raises FinderError."""
    from finder.core.models.model_folders import add_model, write_new_model
    from finder.core.models.runtime.known_files import is_known, note_known
    from finder.core.optimising.variants import variant_workspace
    from finder.core.teaching.card import taught_spec
    from finder.core.teaching.parity import require_parity
    from finder.core.teaching.taught_graph import taught_graph

    content = taught_graph(wish.bases, projection)
    described = taught_spec(wish.bases, lesson, choice, report, projection)
    with variant_workspace(home) as folder:
        made = write_new_model(folder, described, content)
        if all(is_known(home, spec) for spec in wish.bases):
            note_known(home, made)
        pool = extractors()
        try:
            require_parity([pool.get(spec) for spec in wish.bases], pool.get(made), projection)
        finally:
            pool.discard(made.name)
        return add_model(home, made, content)


# Its vectors


def store_vectors(
    writer: LibraryWriter, spec: ModelSpec, bases: Sequence[ModelSpec], projection: Projection
) -> Generator[Step, None, tuple[int, int]]:
    """Compute and store the new model's vectors of all pictures that its bases have embedded.
    Returns how many these are, and how many pictures of the library have none."""
    from finder.use_cases.search.stored_vectors import stored_blocks

    stored = 0
    writer.register_models([spec])
    pictures = _embedded_by_all(writer, bases)
    blocks = [pictures[at : at + _BLOCK] for at in range(0, len(pictures), _BLOCK)]

    def repair() -> None:
        writer.store.repair(thorough=True)

    with closing(stored_blocks(writer.home, bases, blocks, repair)) as vectors:
        for number, (block, (mask, rows)) in enumerate(zip(blocks, vectors, strict=True)):
            new = projection(np.concatenate(rows, axis=1))
            has_direction = new.any(axis=1)
            new_pictures = block[mask][has_direction]
            writer.store_vectors(spec.name, new_pictures, new[has_direction])
            stored += len(new_pictures)
            yield Step(Phase.STORING, (number + 1) / len(blocks))
    return stored, len(writer.catalogue.embeddings.lacking(spec.name))


def _embedded_by_all(writer: LibraryWriter, bases: Sequence[ModelSpec]) -> NDArray[np.int64]:
    embedded = [writer.catalogue.embeddings.pictures(spec.name) for spec in bases]
    common = embedded[0]
    for pictures in embedded[1:]:
        common = np.intersect1d(common, pictures)
    return np.sort(common)


def _take_back(home: Home, spec: ModelSpec, holder: str) -> None:
    """Remove the new model with the vectors that were stored. Where that fails, as another program
    writes to the library by now, at least its folder: its name is free again, and its vectors are
    removed once that is taken, or by `models remove`."""
    from finder.core.models.model_folders import remove_model_folder
    from finder.use_cases.models.install_model import find_removable, remove_installed

    try:
        remove_installed(home, find_removable(home, spec.name), holder)
    except FinderError:
        with suppress(OSError):
            remove_model_folder(home, spec.name, spec.file.parent)
