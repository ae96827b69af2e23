"""What the measure dialog says about its progress, and about labels and alterations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.i18n import tr, trn

if TYPE_CHECKING:
    from finder.core.library.indexing.progress import Progress
    from finder.jobs.library_evaluation import Measured
    from finder.use_cases.evaluation.measuring_steps import Step

_STEPS = 1_000


def step_words(step: Step) -> str:
    """A sentence on what is being done."""
    from finder.use_cases.evaluation.measuring_steps import Phase

    if step.phase is Phase.INDEXING:
        return _indexing_words(step.indexing) if step.indexing is not None else tr("Indexing …")
    return {
        Phase.EMBEDDING: tr("Embedding the copies …"),
        Phase.TIMING: tr("Measuring how fast the models are …"),
        Phase.COMPARING: tr("Comparing the pictures …"),
        Phase.WEIGHTING: tr("Looking for the best weights …"),
    }[step.phase]


def step_share(step: Step) -> tuple[int, int]:
    """How much is done, and of how much; of 0 where that is not known."""
    if step.indexing is not None:
        return step.indexing.done, step.indexing.total
    return round(step.share * _STEPS), _STEPS


def _indexing_words(progress: Progress) -> str:
    from finder.core.library.indexing.progress import Phase

    if progress.waiting:
        return progress.waiting
    if progress.phase is Phase.SCANNING:
        return trn("Looking … {n} picture found", "Looking … {n} pictures found", progress.found)
    if progress.phase is Phase.EXTRACTING:
        return tr("Indexing: {done:,} of {total:,} files").format(
            done=progress.done, total=progress.total
        )
    return tr("Indexing …")


@dataclass(frozen=True)
class KindWords:
    """What is said of labels, or of alterations. tab, table, sentence: of their table; cell: of one
    of its cells; behind: of the pictures behind a cell, none_behind: where there are none; hardest,
    none_hard: the same of all."""

    tab: str
    table: str
    sentence: str
    cell: str
    behind: str
    none_behind: str
    hardest: str
    none_hard: str


def kind_words(measured: Measured) -> KindWords:
    return _copy_words() if measured.measurement.of_copies else _label_words()


def _label_words() -> KindWords:
    behind = tr("{label} with {ranking}: the hardest searches first, with their wrong answers")
    hardest = tr(
        "The hardest searches with {ranking}: the picture that was searched for, with its average "
        "precision, then the first answers with another label. Double-click a picture to search "
        "for it."
    )
    return KindWords(
        tr("Labels"),
        tr("Mean average precision by label"),
        tr(
            "The mean average precision of each label’s searches, the hardest labels first. Choose "
            "a cell to see its searches; click a ranking to sort by it."
        ),
        tr("{label} with {ranking}: mean average precision {value:.3f}"),
        behind,
        behind,
        hardest,
        hardest,
    )


def _copy_words() -> KindWords:
    return KindWords(
        tr("Alterations"),
        tr("Mean average precision by alteration"),
        tr(
            "The mean average precision of the copies altered in each way, the hardest first. "
            "Choose a cell to see the originals that did not come first; click a ranking to sort "
            "by it."
        ),
        tr("{label} with {ranking}: mean average precision {value:.3f}"),
        tr(
            "{label} with {ranking}: the originals that did not come first, with 1 ÷ their rank, "
            "then what came before them"
        ),
        tr("{label} with {ranking}: each original came first."),
        tr(
            "The hardest copies with {ranking}: the original, with how its copy was altered and "
            "1 ÷ its rank, then what came before it. Double-click a picture to search for it."
        ),
        tr("With {ranking}, each original came first."),
    )
