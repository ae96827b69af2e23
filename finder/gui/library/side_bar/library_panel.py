"""The side bar: what of the library is shown, its folders, the run under way, skipped files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from finder.core.i18n import tr, trn
from finder.core.printable import printable
from finder.gui.common.formatting import folder_name
from finder.gui.common.labels import SectionLabel
from finder.gui.common.widgets import on_ground, plain, secondary
from finder.gui.library.side_bar.indexing_status import IndexingStatus, WaitingNote
from finder.gui.library.side_bar.saved_section import SavedSection
from finder.gui.library.side_bar.side_rows import SideButton, SideList, SideRow
from finder.gui.theme.icons import icon
from finder.gui.theme.theme import scaled_font
from finder.gui.theme.tokens import SECONDARY_PX, SPACE, SPACE_S
from finder.use_cases.library.library_overview import Overview

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import FolderState

ALL, RECENT = "", ":recent"
"""What can be shown besides a folder (an absolute path)."""


class LibraryPanel(QWidget):
    """Shows values and emits what the user requests. place_chosen(ALL, RECENT or a folder): a click
    or Enter; show_requested(folder): show its pictures; search_in_folder_requested and
    exclude_folder_requested(folder); crops_requested(folder, whether to find things inside its
    pictures). `saved` has signals of its own."""

    place_chosen = Signal(str)
    show_requested = Signal(str)
    search_in_folder_requested = Signal(str)
    add_requested = Signal()
    rescan_requested = Signal(str)
    locate_requested = Signal(str)
    open_requested = Signal(str)
    remove_requested = Signal(str)
    skipped_files_requested = Signal()
    exclude_folder_requested = Signal(str)
    continue_requested = Signal()
    crops_requested = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        on_ground(self, "panel")
        self._overview = Overview()
        self._offline: Collection[str] = ()
        self._hidden: Collection[str] = ()
        self._left: int | None = None
        self._is_busy = False
        self.everything = SideButton(_all_row(0), checkable=True)
        self.recent = SideButton(SideRow(RECENT, tr("Recently added"), "clock"), checkable=True)
        self.saved = SavedSection()
        self.title = SectionLabel(tr("Folders"))
        self.folders = SideList(tr("Folders"))
        self.add = SideButton(SideRow("", tr("Add folder"), "plus", quiet=True))
        self.add.setAccessibleName(tr("Add folder…"))
        self.unwatched = plain("", wrap=True)
        self.unwatched.setFont(scaled_font(SECONDARY_PX))
        secondary(self.unwatched)
        self.unwatched.hide()
        self.skipped = SideButton(_skipped_row(0, 0))
        self.waiting = WaitingNote()
        self.progress = IndexingStatus()
        self._connect()
        self._lay_out()
        self.show_overview(Overview())
        self.everything.show_row(SideRow(ALL, tr("All pictures"), "images"))  # not counted yet
        self.show_place(ALL)

    def _connect(self) -> None:
        self.everything.clicked.connect(lambda: self.place_chosen.emit(ALL))
        self.recent.clicked.connect(lambda: self.place_chosen.emit(RECENT))
        self.folders.chosen.connect(self.place_chosen)
        self.folders.removed.connect(self._remove)
        self.folders.menu_requested.connect(self._show_folder_menu)
        self.add.clicked.connect(self.add_requested)
        self.skipped.clicked.connect(self.skipped_files_requested)
        self.waiting.continue_requested.connect(self.continue_requested)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(0)
        layout.addWidget(self.everything)
        layout.addWidget(self.recent)
        layout.addWidget(self.saved)
        self.title.setContentsMargins(SPACE, SPACE + SPACE_S, SPACE, SPACE_S)
        layout.addWidget(self.title)
        layout.addWidget(self.folders)
        layout.addWidget(self.add)
        layout.addStretch(1)
        self.unwatched.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        for widget in (self.unwatched, self.skipped, self.waiting, self.progress):
            layout.addWidget(widget)

    # What is shown

    def show_overview(self, overview: Overview) -> None:
        self._overview = overview
        self._show_everything()
        self.recent.setVisible(overview.pictures > 0)
        self._show_folders()
        self._show_waiting()

    def show_offline(self, offline: Collection[str]) -> None:
        """Mark these folders as offline."""
        self._offline = offline
        self._show_folders()

    def hide_folders(self, folders: Collection[str]) -> None:
        """These are about to leave the library."""
        if not self._hidden:
            self._left = None
        self._hidden = folders
        self.show_overview(self._overview)

    def show_left(self, pictures: int) -> None:
        """So many are in other folders than the hidden ones."""
        self._left = pictures
        self._show_everything()

    def _show_everything(self) -> None:
        """While folders are hidden, the number stays until it is known without them."""
        overview = self._overview
        if not self._hidden:
            self.everything.show_row(_all_row(overview.pictures, overview.copies))
        elif self._left is not None:
            self.everything.show_row(_all_row(self._left))

    def show_unwatched(self, sentence: str) -> None:
        """Why folders are not watched; empty if all are."""
        self.unwatched.setText(sentence)
        self.unwatched.setVisible(bool(sentence))

    def show_place(self, place: str | None) -> None:
        """Mark what is shown: ALL, RECENT or a folder; None: none of them."""
        self.everything.setChecked(place == ALL)
        self.recent.setChecked(place == RECENT)
        self.folders.choose(place)

    def set_busy(self, busy: bool) -> None:
        """While a run writes, folders are neither removed nor scanned again."""
        self._is_busy = busy
        self._show_waiting()

    def _show_folders(self) -> None:
        overview = self._overview
        shown = [folder for folder in overview.folders if folder.path not in self._hidden]
        self.folders.show_rows([self._folder_row(folder) for folder in shown])
        skipped = overview.skipped_here(self._offline)
        failed = sum(overview.failed.values())
        self.skipped.show_row(_skipped_row(skipped, failed))
        self.skipped.setVisible(skipped > 0 or failed > 0)

    def _show_waiting(self) -> None:
        waiting = 0 if self._is_busy else sum(self._overview.waiting.values())
        self.waiting.show_waiting(waiting)

    def _folder_row(self, folder: FolderState) -> SideRow:
        name, tip = folder_name(folder.path), printable(folder.path)
        files = trn("{n} file", "{n} files", folder.files)
        spoken = f"{name}, {files}"
        if folder.path not in self._offline:
            return SideRow(folder.path, name, "folder", folder.files, tip, spoken=spoken)
        tip = tr(
            "{folder}\n\nThe folder is missing or empty. Connect its drive, and it is "
            "scanned automatically. Until then its pictures stay in the library; "
            "“Remove” removes them from it."
        ).format(folder=tip)
        note = tr(" · offline")
        spoken = tr("{folder}, offline").format(folder=spoken)
        return SideRow(folder.path, name, "hard-drive", folder.files, tip, note, spoken)

    # The menu of a folder

    def _show_folder_menu(self, folder: str, at: QPoint) -> None:
        menu = self.folder_menu(folder)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def folder_menu(self, folder: str) -> QMenu:
        """The context menu of a folder."""
        menu = QMenu(self)
        is_offline = folder in self._offline
        show = menu.addAction(tr("Show only here"))
        show.triggered.connect(partial(self.show_requested.emit, folder))
        search = menu.addAction(icon("search"), tr("Search only here"))
        search.triggered.connect(partial(self.search_in_folder_requested.emit, folder))
        exclude = menu.addAction(tr("Not in this folder"))
        exclude.triggered.connect(partial(self.exclude_folder_requested.emit, folder))
        menu.addSeparator()
        rescan = menu.addAction(icon("refresh-cw"), tr("Rescan"))
        rescan.triggered.connect(partial(self.rescan_requested.emit, folder))
        rescan.setEnabled(not (is_offline or self._is_busy))
        self._add_crops(menu, folder, is_offline)
        if is_offline:
            locate = menu.addAction(icon("folder-open"), tr("Locate…"))
            locate.triggered.connect(partial(self.locate_requested.emit, folder))
            locate.setEnabled(not self._is_busy)
        reveal = menu.addAction(icon("external-link"), tr("Show in file manager"))
        reveal.triggered.connect(partial(self.open_requested.emit, folder))
        reveal.setEnabled(not is_offline)
        menu.addSeparator()
        remove = menu.addAction(icon("trash-2", "danger"), tr("Remove"))
        remove.triggered.connect(partial(self._remove, folder))
        remove.setEnabled(not self._is_busy)
        return menu

    def _add_crops(self, menu: QMenu, folder: str, is_offline: bool) -> None:
        """Not to be changed where a folder around this one decides."""
        has_crops, own = self._overview.has_crops(folder), folder in self._overview.with_crops
        crops = menu.addAction(tr("Find things inside pictures"))
        crops.setCheckable(True)
        crops.setChecked(has_crops)
        can_change = own if has_crops else not is_offline
        crops.setEnabled(can_change and not self._is_busy)
        crops.triggered.connect(lambda is_on: self.crops_requested.emit(folder, is_on))

    def _remove(self, folder: str) -> None:
        if not self._is_busy:
            self.remove_requested.emit(folder)

    def waiting_folders(self) -> Sequence[str]:
        """Those with files that are not indexed yet."""
        return list(self._overview.waiting)


def _all_row(pictures: int, copies: int = 0) -> SideRow:
    """copies: why the folders have more files together."""
    count = trn("{n} picture", "{n} pictures", pictures)
    spoken = tr("All pictures, {count}").format(count=count)
    tip = trn(
        "{n} more file is an exact copy, shown with its picture.",
        "{n} more files are exact copies, shown with their pictures.",
        copies,
    )
    return SideRow(ALL, tr("All pictures"), "images", pictures, tip if copies else "", "", spoken)


def _skipped_row(skipped: int, failed: int) -> SideRow:
    if skipped or not failed:
        text = trn("{n} file skipped…", "{n} files skipped…", skipped)
    else:
        text = trn("{n} model failure…", "{n} model failures…", failed)
    return SideRow("", text, "triangle-alert", quiet=True)
