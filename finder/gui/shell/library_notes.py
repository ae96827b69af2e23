"""Notices about the library's files: what a run has found, and what cannot be found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finder.core.i18n import tr
from finder.core.library.indexing.summary import moved_sentence
from finder.core.printable import printable

if TYPE_CHECKING:
    from finder.gui.common.notices.notice_bar import NoticeBar
    from finder.gui.library.index_controller import RunEnd
    from finder.gui.library.library_controller import LibraryController
    from finder.gui.results.results_controller import ResultsController


class LibraryNotes:
    """Shows them, and lets the results follow files that have moved."""

    def __init__(
        self, notice: NoticeBar, library: LibraryController, results: ResultsController
    ) -> None:
        self._notice = notice
        self._library = library
        self._results = results

    def show_run(self, end: RunEnd) -> None:
        """Show the repairs and moved folders of a run, also of one in the background."""
        if end.progress is None:
            return
        if end.progress.notes:
            self._notice.pin_notice(" ".join(end.progress.notes))
        for old, new in end.progress.moved.items():
            self._notice.pin_notice(moved_sentence(printable(old), printable(new)))
        counts = end.progress.counts
        if counts.known or counts.removed or end.progress.moved:
            self._results.find_pictures()

    def show_missing(self, path: str) -> None:
        """A picture's file is in none of its places. path: one of them, to show."""
        self._notice.show_notice(
            tr(
                "“{path}” cannot be found, and no other copy of the picture is known. If it "
                "was moved, rescan your folders; if its drive is not connected, connect it."
            ).format(path=path),
            tr("Rescan"),
            self._library.rescan,
        )
