"""What a dialog says while it measures or teaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finder.core.i18n import tr, trn

if TYPE_CHECKING:
    from finder.core.library.indexing.progress import Progress
    from finder.use_cases.evaluation.measuring_steps import Step

_STEPS = 1_000


def step_words(step: Step) -> str:
    """A sentence on what is being done."""
    from finder.use_cases.evaluation.measuring_steps import phase_words

    if step.indexing is not None:
        return _indexing_words(step.indexing)
    return phase_words(step.phase)


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
    if progress.phase is Phase.READING:
        return tr("Reading text: {done:,} of {total:,} pictures").format(
            done=progress.done, total=progress.total
        )
    return tr("Indexing …")
