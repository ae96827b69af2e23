"""The result of an indexing run in words, for the terminal and the window."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import TYPE_CHECKING

from finder.core.i18n import tr, trn

if TYPE_CHECKING:
    from finder.core.library.indexing.progress import Counts, Progress


def has_news(progress: Progress) -> bool:
    """Whether the run has changed something that the user sees. A file that was skipped before and
    is skipped again, or was only touched, is no news."""
    return bool(progress.moved or progress.failed or next(_news(progress.counts), None))


def summary(progress: Progress, cancelled: bool = False) -> str:
    """The first sentence on a run's last progress."""
    return run_sentences(progress, cancelled)[0]


def whole_summary(progress: Progress, cancelled: bool = False) -> str:
    """All sentences, also on models that failed."""
    first, *others = run_sentences(progress, cancelled)
    return " ".join([first, *failure_sentences(progress), *others])


def run_sentences(progress: Progress, cancelled: bool = False) -> list[str]:
    """At least one: what was found, or that nothing is new; then moved and offline folders."""
    counts, folders = progress.counts, list(_folder_sentences(progress))
    if cancelled:
        return [_stopped(progress), *folders]
    news = list(_news(counts))
    if news:
        return [_joined(news), *folders]
    files = counts.unchanged + counts.opened
    if files and not progress.moved:
        text = trn(
            "Everything is up to date: {n} file.", "Everything is up to date: {n} files.", files
        )
        return [text, *folders]
    return folders or [tr("No pictures were found.")]


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


def _folder_sentences(progress: Progress) -> Iterator[str]:
    yield from (moved_sentence(old, new) for old, new in progress.moved.items())
    yield from (offline_sentence(folder) for folder in progress.offline)


def _stopped(progress: Progress) -> str:
    stopped = trn(
        "Stopped. {n} picture was indexed and is kept.",
        "Stopped. {n} pictures were indexed and are kept.",
        progress.counts.new,
    )
    left = progress.total - progress.done
    if not left:
        return stopped
    waiting = trn("{n} file is left.", "{n} files are left.", left)
    return tr("{stopped} {waiting}").format(stopped=stopped, waiting=waiting)


def _joined(news: list[tuple[str, str]]) -> str:
    """“1 picture was renamed, 2 skipped.”: only the first part is a whole sentence."""
    parts = [news[0][0], *(short for _, short in news[1:])]
    counts = reduce(lambda one, other: tr("{one}, {other}").format(one=one, other=other), parts)
    return tr("{counts}.").format(counts=counts)


def _news(counts: Counts) -> Iterator[tuple[str, str]]:
    """What has happened, each as a sentence without its full stop, and in short."""
    if n := counts.new:
        yield trn("{n} picture indexed", "{n} pictures indexed", n), ""
    if n := counts.renamed:
        yield (
            trn("{n} picture was renamed", "{n} pictures were renamed", n),
            trn("{n} renamed", "{n} renamed", n),
        )
    if n := counts.moved:
        yield (
            trn("{n} picture was moved", "{n} pictures were moved", n),
            trn("{n} moved", "{n} moved", n),
        )
    if n := counts.copies:
        yield (
            trn("{n} copy was found", "{n} copies were found", n),
            trn("{n} copy", "{n} copies", n),
        )
    if n := counts.lost:
        yield (
            trn("{n} file is no longer there", "{n} files are no longer there", n),
            trn("{n} no longer there", "{n} no longer there", n),
        )
    if n := counts.read:
        yield (
            trn("{n} picture was read for text", "{n} pictures were read for text", n),
            trn("{n} read for text", "{n} read for text", n),
        )
    yield from _faults(counts)


def _faults(counts: Counts) -> Iterator[tuple[str, str]]:
    if n := counts.newly_skipped:
        yield (
            trn("{n} file was skipped", "{n} files were skipped", n),
            trn("{n} skipped", "{n} skipped", n),
        )
    if n := counts.failed:
        yield (
            trn("{n} picture failed", "{n} pictures failed", n),
            trn("{n} failed", "{n} failed", n),
        )
    if n := counts.unsettled:
        yield (
            trn("{n} file is still being written", "{n} files are still being written", n),
            trn("{n} still being written", "{n} still being written", n),
        )
