"""What is said after a run, and when nothing is."""

from __future__ import annotations

import pytest

from finder.core.library.indexing.progress import Counts, Phase, Progress
from finder.core.library.indexing.summary import has_news, run_sentences, whole_summary


def done(counts: Counts) -> Progress:
    return Progress(Phase.DONE, counts=counts)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (Counts(new=80), "80 pictures indexed."),
        (Counts(new=1, unchanged=399), "1 picture indexed."),
        (Counts(known=1, renamed=1, removed=1, unchanged=399), "1 picture was renamed."),
        (Counts(known=2, moved=2, removed=2), "2 pictures were moved."),
        (Counts(known=1, copies=1), "1 copy was found."),
        (Counts(removed=3), "3 files are no longer there."),
        (Counts(skipped=1, unchanged=5), "1 file was skipped."),
        (Counts(failed=2), "2 pictures failed."),
        (Counts(unsettled=1), "1 file is still being written."),
        (
            Counts(new=1_200, known=3, renamed=2, copies=1, removed=4, skipped=5, skipped_before=4),
            "1,200 pictures indexed, 2 renamed, 1 copy, 2 no longer there, 1 skipped.",
        ),
        (
            Counts(known=3, moved=3, removed=3, skipped=1, failed=1, unsettled=1),
            "3 pictures were moved, 1 skipped, 1 failed, 1 still being written.",
        ),
    ],
)
def test_what_has_happened_is_said_and_nothing_else(counts: Counts, said: str) -> None:
    assert whole_summary(done(counts)) == said
    assert has_news(done(counts))


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (
            Counts(unchanged=457, skipped=4, skipped_before=4),
            "Everything is up to date: 461 files.",
        ),
        (Counts(unchanged=1), "Everything is up to date: 1 file."),
        (Counts(known=2), "Everything is up to date: 2 files."),
        (Counts(), "No pictures were found."),
    ],
)
def test_that_nothing_has_happened_is_one_short_sentence_and_no_news(
    counts: Counts, said: str
) -> None:
    assert whole_summary(done(counts)) == said
    assert not has_news(done(counts))


def test_folders_that_moved_or_are_offline_are_named() -> None:
    moved = Progress(Phase.DONE, counts=Counts(known=3), moved={"/old": "/new"}, offline=("/q",))
    assert run_sentences(moved) == [
        "The folder /old was moved: its pictures are in /new now.",
        "/q is missing or empty; its pictures were kept in the library.",
    ]
    assert has_news(moved)
    away = Progress(Phase.DONE, counts=Counts(unchanged=3), offline=("/q",))
    assert run_sentences(away)[0] == "Everything is up to date: 3 files."
    assert len(run_sentences(away)) == 2
    assert not has_news(away), "it was offline before"
    assert len(run_sentences(Progress(Phase.DONE, offline=("/q",)))) == 1


def test_models_that_failed_are_named_after_the_first_sentence() -> None:
    failed = Progress(Phase.DONE, counts=Counts(new=3), failed={"Picky": 1}, offline=("/q",))
    assert whole_summary(failed) == (
        "3 pictures indexed. Picky could not use 1 picture."
        " /q is missing or empty; its pictures were kept in the library."
    )


def test_a_stopped_run_says_what_is_left() -> None:
    stopped = Progress(Phase.EXTRACTING, done=85, total=400, counts=Counts(new=80, skipped=5))
    assert whole_summary(stopped, cancelled=True) == (
        "Stopped. 80 pictures were indexed and are kept. 315 files are left."
    )
    scanning = Progress(Phase.SCANNING, found=7)
    assert whole_summary(scanning, cancelled=True) == (
        "Stopped. 0 pictures were indexed and are kept."
    )
