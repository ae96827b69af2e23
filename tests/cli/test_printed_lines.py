"""The lines that commands print for given values."""

from __future__ import annotations

from pathlib import Path

import pytest

from finder.cli.output import lines
from finder.cli.output.progress_bars import IndexBar
from finder.core.errors import Reason
from finder.core.library.catalogue.records import FileRecord, FolderState
from finder.core.library.indexing.progress import Counts, Phase, Progress
from finder.use_cases.library.library_overview import Overview


def test_status_adds_up_and_marks_folders_that_are_offline() -> None:
    folders = (FolderState("/p", 4, 1), FolderState("/q\n", 2, 3))
    library = Overview(folders, pictures=5, files=6, skipped=4, removed=2, waiting={"/p": 7})
    assert list(lines.status_lines(Path("/home"), library, {"/q\n"}, 2_500_000)) == [
        "Library   /home",
        "Contents  5 pictures in 6 files (1 copy), 2.5 MB on disk",
        "Skipped   1 file; “image-finder skipped” shows why",
        "Removed   2 pictures, by you; “image-finder skipped” lists their files",
        "Waiting   7 files, because indexing was stopped; “image-finder index” goes on",
        "Folder    /p (4 files)",
        "Folder    /q\\n (2 files) (offline)",
    ]


def test_status_leaves_out_what_there_is_none_of() -> None:
    library = Overview((FolderState("/p", 1, 0),), pictures=1, files=1)
    assert list(lines.status_lines(Path("/home"), library, (), 0))[1:] == [
        "Contents  1 picture, 0.0 MB on disk",
        "Folder    /p (1 file)",
    ]


def test_a_skipped_file_in_an_offline_folder_is_counted_once() -> None:
    """A folder inside another one of the library is counted by both."""
    states = (FolderState("/p", 9, 3), FolderState("/p/inner", 5, 2), FolderState("/q", 1, 4))
    library = Overview(states, skipped=7)
    assert library.skipped_here(()) == 7
    assert library.skipped_here({"/q"}) == 3
    assert library.skipped_here({"/p", "/p/inner"}) == 4
    assert library.skipped_here({"/p/inner"}) == 5


def test_a_skipped_file_says_that_it_is_offline() -> None:
    file = FileRecord("/q/empty.jpg", 0, 0, None, Reason.EMPTY)
    assert lines.skipped_cells(file, ()) == ("/q/empty.jpg", "The file is empty.")
    assert lines.skipped_cells(file, {"/q"})[2:] == ("offline",)


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


def test_waiting_for_a_server_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    with IndexBar() as bar:
        bar.show(Progress(Phase.CONNECTING))
        bar.show(Progress(Phase.SCANNING))
        for waiting in ("", "It is away.", "It is busy.", "", "", "It is away again."):
            bar.show(Progress(Phase.SCANNING, waiting=waiting))
    assert capsys.readouterr().err.splitlines() == [
        "Connecting to the server …",
        "Looking for pictures …",
        "It is away.",
        "The server is back.",
        "It is away again.",
    ]
