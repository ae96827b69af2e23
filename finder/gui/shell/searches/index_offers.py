"""What is offered when chosen models have not indexed all pictures, or none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.gui.common.notices.notice_bar import NoticeBar
    from finder.gui.library.library_controller import LibraryController
    from finder.gui.shell.message_pages import MessagePages


class IndexOffers:
    """Offers to index with the models of a search."""

    def __init__(self, notice: NoticeBar, library: LibraryController, pages: MessagePages) -> None:
        self._notice = notice
        self._library = library
        self._pages = pages

    def show_nothing_indexed(self, chosen: Sequence[ModelSpec]) -> None:
        """A page instead of results: none of the models has indexed anything."""
        if self._library.indexing.busy:
            self._pages.show_indexing_started()
        elif not self._library.overview.folders:
            self._pages.show_empty_library()
        else:
            self._pages.show_not_indexed(chosen)

    def offer_to_index(self, chosen: Sequence[ModelSpec]) -> None:
        """A notice beside the results, if any of the models has not indexed all pictures."""
        overview = self._library.overview
        incomplete = [s for s in chosen if overview.indexed_by(s.name) < overview.pictures]
        if not incomplete or self._library.indexing.busy or overview.is_snapshot:
            return
        names = [spec.name for spec in incomplete]
        self._notice.show_notice(
            tr("Not all your pictures are indexed yet with: {names}").format(
                names=", ".join(spec.title for spec in incomplete)
            ),
            tr("Index now"),
            partial(self._library.index_with, *names),
        )
