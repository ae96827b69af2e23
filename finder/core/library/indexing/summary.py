"""The result of an indexing run in one sentence, for the terminal and the window."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

from finder.core.i18n import tr, trn

if TYPE_CHECKING:
    from finder.core.library.indexing.progress import Progress


def summary(progress: Progress, cancelled: bool = False) -> str:
    """The sentence for a run's last progress."""
    counts = progress.counts
    if cancelled:
        return trn(
            "Stopped. {n} picture was indexed and is kept.",
            "Stopped. {n} pictures were indexed and are kept.",
            counts.new,
        )
    if counts.opened or counts.removed or counts.unsettled:
        return _counts_sentence(progress)
    if counts.unchanged:
        return trn(
            "Nothing has changed: {n} file as before, no picture was opened.",
            "Nothing has changed: {n} files as before, no picture was opened.",
            counts.unchanged,
        )
    if _names_first_folder(progress, cancelled):
        return offline_sentence(progress.offline[0])
    return tr("No pictures were found.")


def whole_summary(progress: Progress, cancelled: bool = False) -> str:
    """`summary`, and a sentence for each model that failed and each folder that was moved or is
    offline."""
    sentences = [
        summary(progress, cancelled),
        *failure_sentences(progress),
        *(moved_sentence(old, new) for old, new in progress.moved.items()),
        *(offline_sentence(folder) for folder in folders_left_out(progress, cancelled)),
    ]
    return " ".join(sentences)


def folders_left_out(progress: Progress, cancelled: bool = False) -> Sequence[str]:
    """The offline folders that `summary` does not name."""
    return progress.offline[1:] if _names_first_folder(progress, cancelled) else progress.offline


def _names_first_folder(progress: Progress, cancelled: bool) -> bool:
    """Whether the run's only result is that a folder is offline."""
    counts = progress.counts
    found = counts.opened or counts.removed or counts.unsettled or counts.unchanged
    return bool(progress.offline) and not cancelled and not found


def failure_sentences(progress: Progress) -> list[str]:
    """A sentence for each model that could not embed some of the run's pictures."""
    return [
        trn(
            "{title} could not use {n} picture.",
            "{title} could not use {n} pictures.",
            number,
            title=title,
        )
        for title, number in progress.failed.items()
    ]


def offline_sentence(folder: str) -> str:
    return tr("{folder} is missing or empty; its pictures were kept in the library.").format(
        folder=folder
    )


def moved_sentence(old: str, new: str) -> str:
    """The message that a folder was found at its new place."""
    return tr("The folder {old} was moved: its pictures are in {new} now.").format(old=old, new=new)


def _counts_sentence(progress: Progress) -> str:
    counts = progress.counts
    parts = [trn("{n} picture indexed", "{n} pictures indexed", counts.new)]
    if counts.known:
        parts.append(trn("{n} recognised", "{n} recognised", counts.known))
    if counts.unchanged:
        parts.append(trn("{n} unchanged", "{n} unchanged", counts.unchanged))
    if counts.removed:
        parts.append(trn("{n} no longer there", "{n} no longer there", counts.removed))
    if counts.skipped:
        parts.append(trn("{n} skipped", "{n} skipped", counts.skipped))
    if counts.failed:
        parts.append(trn("{n} failed", "{n} failed", counts.failed))
    if counts.unsettled:
        parts.append(trn("{n} still being written", "{n} still being written", counts.unsettled))
    counts_text = reduce(
        lambda one, other: tr("{one}, {other}").format(one=one, other=other), parts
    )
    return tr("{counts}.").format(counts=counts_text)
