"""The library page: lists the pictures in their order, and loads what is visible."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QTimer, Signal

from finder.core.i18n import tr, trn
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.library.listing import Order
from finder.gui.common.formatting import folder_name
from finder.gui.library.browse.lane_layout import LaneLayout
from finder.gui.library.browse.listed_pictures import ListedPictures, list_and_lay_out
from finder.gui.library.browse.type_ahead import TypeAhead
from finder.jobs.task_runner import Lane, Task, TaskRunner

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.library.listing import Listing, Typed
    from finder.gui.grid.thumbnail_feed import ThumbnailFeed
    from finder.gui.library.browse.library_model import LibraryModel
    from finder.gui.library.browse.library_page import LibraryPage
    from finder.jobs.workspace import Workspace
    from finder.use_cases.library.library_overview import Overview

_REFRESH_MS = 1_500  # between two listings while pictures are indexed


class LibraryBrowser(QObject):
    """Signals: selected(PictureRecord or None); similar_requested(PictureRecord);
    menu_requested(PictureRecord, place on the screen); failed(error); listed, when the page shows a
    new listing."""

    selected = Signal(object)
    similar_requested = Signal(object)
    menu_requested = Signal(object, QPoint)
    failed = Signal(object)
    listed = Signal()

    def __init__(
        self,
        page: LibraryPage,
        feed: ThumbnailFeed,
        task_runner: TaskRunner,
        workspace: Workspace,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._model: LibraryModel = page.model
        self._task_runner = task_runner
        self._workspace = workspace
        self._filter = NO_FILTER
        self._hidden: tuple[str, ...] = ()
        self._offline: tuple[str, ...] = ()
        self._order_before: int | None = None
        self._shown: tuple[object, ...] | None = None
        self._listing_task: Task | None = None
        self._layout = LaneLayout(task_runner, self)
        self._type_ahead = TypeAhead(page, self._look_up, task_runner, self)
        self._listed_for: tuple[Filter, Order] | None = None
        self._timer = QTimer(self, singleShot=True, interval=_REFRESH_MS)
        self._timer.timeout.connect(self._list_if_changed)
        self._has_changed = False
        self._is_due = False
        page.show_orders(
            [
                (
                    Order.NEWEST,
                    tr("Newest first"),
                    tr("The newest first: by the date taken, or else by the file's time"),
                ),
                (Order.FOLDER, tr("By folder"), tr("By folder, then by the files' names")),
                (
                    Order.NAME,
                    tr("By name"),
                    tr("By the files' names: img2 comes before img10"),
                ),
                (Order.SIZE, tr("Largest first"), tr("The largest files first")),
                (Order.ADDED, tr("Recently added"), tr("What the library got last first")),
            ]
        )
        self._connect(feed)

    def _connect(self, feed: ThumbnailFeed) -> None:
        page, layout = self._page, self._layout
        page.layout_requested.connect(layout.lay_out)
        layout.finished.connect(page.show_layout)
        layout.failed.connect(self.failed.emit)
        self._type_ahead.failed.connect(self.failed.emit)
        page.order_changed.connect(self._change_order)
        page.shown.connect(self._list_if_due)
        page.view.thumbnails_requested.connect(feed.request)
        page.view.thumbnails_requested.connect(self._load_records)
        page.view.selected.connect(self._select)
        page.view.menu_requested.connect(self._request_menu)
        for signal in (page.view.chosen, page.similar_requested):
            signal.connect(self._find_similar)

    def show_filter(self, filter: Filter) -> None:
        """Show only the pictures that pass. One folder has its own order again."""
        if filter.folders:
            self._restore_order()
        self._filter = filter
        self._model.clear_records()  # a picture's first place is one that passes
        self.list_again()

    @property
    def shows_recent(self) -> bool:
        """Whether “Recently added” is shown, and not all pictures in an order."""
        return self._order_before is not None

    def show_recent(self) -> None:
        """Show what the library got last first."""
        if not self.shows_recent:
            self._order_before = self._page.order.currentIndex()
        self._page.choose_order(self._page.order.findData(str(Order.ADDED)))
        self.list_again()

    def end_recent(self) -> None:
        """In the order of before again."""
        if self._restore_order():
            self.list_again()

    def _restore_order(self) -> bool:
        before, self._order_before = self._order_before, None
        if before is not None:
            self._page.choose_order(before)
        return before is not None

    def hide_folders(self, folders: Sequence[str]) -> None:
        """These are about to leave the library."""
        self._hidden = tuple(folders)
        self._model.clear_records()
        self.list_again()

    def _change_order(self) -> None:
        """By the user: what he has chosen stays."""
        self._order_before = None
        self.list_again()

    def show_offline(self, offline: Sequence[str]) -> None:
        """These folders of the library do not exist now."""
        self._offline = tuple(offline)
        self._model.clear_records()
        self.list_again()

    def show_overview(self, overview: Overview) -> None:
        """List again if pictures have come or gone; not too often while they are indexed."""
        state = (overview.pictures, *((f.path, f.files) for f in overview.folders))
        if state != self._shown:
            self._shown = state
            self._model.clear_records()
            if self._timer.isActive():
                self._has_changed = True
            else:
                self.list_again()

    def _list_if_changed(self) -> None:
        if self._has_changed:
            self.list_again()

    def _list_if_due(self) -> None:
        if self._is_due:
            self.list_again()

    def list_again(self) -> None:
        """At once, or when the page becomes visible: a search goes before what cannot be seen."""
        self._has_changed = False
        self._is_due = not self._page.isVisible()
        if self._is_due:
            return
        self._timer.start()
        if self._listing_task is not None:
            self._listing_task.drop()
        order = Order(self._page.order.currentData())
        make = partial(self._workspace.pictures.listing, self._whole_filter(), order, self._offline)
        self._listing_task = self._task_runner.call(
            Lane.QUICK,
            partial(list_and_lay_out, make, self._page.grid_size()),
            partial(self._show, (self._filter, order)),
            self.failed.emit,
        )

    def _whole_filter(self) -> Filter:
        return self._filter.excluding(self._hidden)

    def _show(self, listed_for: tuple[Filter, Order], listed: ListedPictures) -> None:
        """One folder has its name as the title, whatever else is filtered."""
        folders = self._filter.folders
        title = tr("All pictures") if self._filter.is_everything else tr("Filtered pictures")
        if len(folders) == 1:
            title = folder_name(folders[0])
        elif self.shows_recent:
            title = tr("Recently added")
        count = trn("{n} picture", "{n} pictures", len(listed))
        is_refresh, self._listed_for = listed_for == self._listed_for, listed_for
        self._layout.clear()
        self._page.show_pictures(title, count, listed, not self._filter.is_everything, is_refresh)
        if not self._page.view.currentIndex().isValid():
            self.select_current()
        self.listed.emit()

    def _load_records(self, pictures: Sequence[int]) -> None:
        missing = self._model.without_record(list(pictures))
        if missing:
            order = Order(self._page.order.currentData())
            self._task_runner.call(
                Lane.QUICK,
                partial(
                    self._workspace.pictures.records,
                    missing,
                    self._whole_filter(),
                    order,
                    self._offline,
                ),
                self._add_records,
                self.failed.emit,
            )

    def _look_up(self, listing: Listing, typed: Typed) -> Callable[[], int | None]:
        """For the lane: the picture whose name is being typed."""
        find = self._workspace.pictures.find_typed
        return partial(find, listing, typed, self._whole_filter(), self._offline)

    def _add_records(self, records: Mapping[int, PictureRecord]) -> None:
        self._model.add_records(records)
        current = self._page.view.currentIndex().row()
        if self._model.picture_at(current) in records:
            self._select(current)

    def select_current(self) -> None:
        """The page is shown again: what is current in it is what is selected."""
        self._select(self._page.view.currentIndex().row())

    def _select(self, row: int) -> None:
        if self._page.isVisible():
            self.selected.emit(self._model.record_at(row))

    def _request_menu(self, row: int, at: QPoint) -> None:
        record = self._model.record_at(row)
        if record is not None:
            self.menu_requested.emit(record, at)

    def _find_similar(self, row: int) -> None:
        record = self._model.record_at(row)
        if record is not None:
            self.similar_requested.emit(record)
