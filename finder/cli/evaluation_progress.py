"""The progress of measuring and teaching, on stderr."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, TypeVar

from finder.cli.output.output import say

if TYPE_CHECKING:
    from finder.use_cases.evaluation.measuring_steps import Step

Finding = TypeVar("Finding")


def follow(run: Generator[Step, None, Finding]) -> Finding:
    """Follow the run to its end; returns what it returns."""
    from finder.cli.output.lines import indexing_notes
    from finder.cli.output.progress_bars import IndexBar, ShareBar
    from finder.core.library.indexing.progress import Phase as IndexingPhase
    from finder.use_cases.evaluation.measuring_steps import phase_words

    indexing, others = IndexBar(), ShareBar()
    with indexing, others:
        while True:
            try:
                step = next(run)
            except StopIteration as stop:
                found: Finding = stop.value
                return found
            if step.indexing is None:
                others.show(phase_words(step.phase), step.share)
                continue
            indexing.show(step.indexing)
            if step.indexing.phase is IndexingPhase.DONE:
                for sentence in indexing_notes(step.indexing):
                    say(sentence)
