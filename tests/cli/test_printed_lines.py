"""The lines that commands print for given values."""

from __future__ import annotations

from pathlib import Path

from finder.cli import lines
from finder.core.library.catalogue.records import FolderState
from finder.core.library.indexing.progress import Counts, Phase, Progress


def test_status_marks_folders_that_are_offline() -> None:
    folders = [FolderState("/p", 1, 0), FolderState("/q\n", 2, 1)]
    assert list(lines.status_lines(Path("/home"), folders, 3, 1, {"/q\n"}, 2_500_000)) == [
        "Library   /home",
        "Contents  3 pictures, 1 skipped file, 2.5 MB on disk",
        "Folder    /p (1 file)",
        "Folder    /q\\n (2 files) (offline)",
    ]


def test_the_summary_after_indexing() -> None:
    progress = Progress(
        Phase.DONE,
        counts=Counts(new=1, skipped=1),
        offline=("/q",),
        moved={"/old": "/new"},
        notes=("Mended.",),
    )
    assert list(lines.indexing_notes(progress)) == [
        "“image-finder skipped” shows why files were skipped.",
        "Mended.",
        "The folder /old was moved: its pictures are in /new now.",
        "/q is missing or empty; its pictures were kept in the library.",
    ]
