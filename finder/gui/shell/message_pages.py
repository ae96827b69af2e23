"""The pages in place of the results: loading, nothing indexed, errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QStackedWidget

from finder.core.i18n import tr
from finder.core.library.catalogue.opening import DamagedCatalogueError
from finder.core.search.query.query_spec import QuerySpec
from finder.jobs.query_facts import Asked, download_label

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.gui.common.notices.message_page import MessagePage, PageButton
    from finder.gui.common.notices.messages import Message

_LOADING_DELAY_MS = 200


class MessagePages(QObject):
    """Shows one page at a time. Signals: what its buttons request."""

    open_requested = Signal()
    new_query_requested = Signal()
    add_folder_requested = Signal()
    add_samples_requested = Signal()
    models_requested = Signal()
    index_requested = Signal(object)  # the models' names
    check_requested = Signal()
    restore_requested = Signal()

    def __init__(self, pages: QStackedWidget, page: MessagePage, parent: QObject) -> None:
        super().__init__(parent)
        self._pages = pages
        self._page = page
        self._show_loading: Callable[[], None] = lambda: None
        self._is_loading = False
        self._loading_timer = QTimer(self, singleShot=True, interval=_LOADING_DELAY_MS)
        self._loading_timer.timeout.connect(lambda: self._show_loading())

    # Loading

    def show_query_loading(self, asked: Asked) -> None:
        label = download_label(asked)
        if label:
            cancel = (tr("Cancel"), self.new_query_requested.emit)
            self._show_later(tr("Downloading the picture …"), label, [cancel])
        elif isinstance(asked, QuerySpec) and not asked.pictures:
            self.show_searching()
        else:
            self._show_later(tr("Reading the picture …"))

    def show_searching(self) -> None:
        self._show_later(tr("Searching …"))

    def show_words_loading(self, title: str) -> None:
        """In place of the loading page, if that is shown or would be soon: this takes seconds."""
        if self._is_loading:
            hint = tr("This takes a moment. The next words are faster.")
            self._show(title, hint, busy=True)
            self._is_loading = True

    def stop_loading(self) -> None:
        """Do not show the loading page any more; another page replaces it."""
        self._loading_timer.stop()
        self._is_loading = False

    def _show_later(self, title: str, hint: str = "", buttons: Sequence[PageButton] = ()) -> None:
        """Show the loading page if it takes longer than a moment."""
        hint = hint or tr("The first search loads the models.")
        self._show_loading = partial(self._show_busy, title, hint, buttons)
        self._is_loading = True
        self._loading_timer.start()

    def _show_busy(self, title: str, hint: str, buttons: Sequence[PageButton]) -> None:
        self._show(title, hint, buttons, busy=True)
        self._is_loading = True

    # Nothing to show

    def show_no_model(self) -> None:
        self._show(
            tr("No model is chosen"),
            tr("Pictures are compared by at least one model."),
            [(tr("Choose models…"), self.models_requested.emit)],
            icon_name="layers",
        )

    def show_indexing_started(self) -> None:
        self._show(
            tr("Indexing has just begun"),
            tr("Matches appear here as soon as the first pictures are indexed."),
            busy=True,
        )

    def show_empty_library(self) -> None:
        self._show(
            tr("The library is empty"),
            tr("Add a folder of pictures first; then the search starts."),
            [
                (tr("Add a folder…"), self.add_folder_requested.emit),
                (tr("Try the sample pictures"), self.add_samples_requested.emit),
            ],
            icon_name="images",
        )

    def show_not_indexed(self, specs: Sequence[ModelSpec]) -> None:
        names = [spec.name for spec in specs]
        self._show(
            tr("Not indexed yet: {names}").format(names=", ".join(spec.title for spec in specs)),
            tr("Your pictures must be indexed with a model before it can find anything."),
            [(tr("Index now"), partial(self.index_requested.emit, names))],
            icon_name="database",
        )

    def show_error(self, error: BaseException, message: Message) -> None:
        """message: the error's."""
        buttons: list[PageButton] = [
            (tr("Open picture…"), self.open_requested.emit),
            (tr("New search"), self.new_query_requested.emit),
        ]
        if isinstance(error, DamagedCatalogueError):
            buttons = [
                (tr("Check library…"), self.check_requested.emit),
                (tr("Restore a backup…"), self.restore_requested.emit),
            ]
        self._show(message.title, message.hint, buttons, icon_name="triangle-alert")

    def _show(
        self,
        title: str,
        hint: str,
        buttons: Sequence[PageButton] = (),
        busy: bool = False,
        icon_name: str = "",
    ) -> None:
        self.stop_loading()
        self._page.show_message(title, hint, buttons, busy, icon_name)
        self._pages.setCurrentWidget(self._page)
