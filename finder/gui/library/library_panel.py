"""The side panel: folders with counts, live progress, skipped files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from finder.core.i18n import tr, trn
from finder.core.library.catalogue.records import FolderState
from finder.core.printable import printable
from finder.gui.common.buttons import Button, ToolButton
from finder.gui.common.formatting import duration, folder_name
from finder.gui.common.labels import ThinProgress
from finder.gui.common.widgets import bold, on_ground, plain, row, secondary, tool_tip
from finder.gui.theme.icons import icon
from finder.gui.theme.tokens import (
    DIALOG_TITLE_PX,
    ICON,
    ICON_GAP,
    SPACE,
    SPACE_L,
    SPACE_M,
    SPACE_S,
)
from finder.use_cases.library_overview import Overview

if TYPE_CHECKING:
    from finder.core.library.indexing.progress import Progress
    from finder.core.models.spec import ModelSpec

_PATH = Qt.ItemDataRole.UserRole


class LibraryPanel(QWidget):
    """Shows values and emits what the user requests. folder_chosen: a click on a folder, or (empty)
    on “All pictures”."""

    add_requested = Signal()
    rescan_requested = Signal()
    remove_requested = Signal(str)
    skipped_files_requested = Signal()
    search_in_folder_requested = Signal(str)
    exclude_folder_requested = Signal(str)
    folder_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        on_ground(self, "panel")
        title = bold(plain(tr("Library")), DIALOG_TITLE_PX)
        self._count = plain("")
        secondary(self._count)
        self.everything = ToolButton("images", tr("All pictures"))
        self.everything.clicked.connect(self._choose_everything)
        self.folders = QListWidget()
        self.folders.setAccessibleName(tr("Folders"))
        self.folders.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.folders.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.folders.setIconSize(QSize(ICON + ICON_GAP, ICON))
        self.folders.ensurePolished()  # or its rows keep the height they have without the theme
        self.folders.itemSelectionChanged.connect(self._selection_changed)
        self.folders.itemClicked.connect(lambda item: self.folder_chosen.emit(item.data(_PATH)))
        self.folders.itemActivated.connect(lambda item: self.folder_chosen.emit(item.data(_PATH)))
        self.folders.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.folders.customContextMenuRequested.connect(self._show_folder_menu)
        self.add = Button(tr("Add folder…"), "folder-plus")
        self.rescan = Button(tr("Rescan"))
        self.remove = Button(tr("Remove"))
        self.remove.setToolTip(
            tr("Remove the selected folder from the library; its pictures are not touched")
        )
        self._offline: Collection[str] = ()
        self._states: Sequence[FolderState] = ()
        self.unwatched = plain("", wrap=True)
        secondary(self.unwatched)
        self.unwatched.hide()
        self.skipped = ToolButton("triangle-alert", tr("Skipped files"))
        self.progress = ProgressBox()
        self.add.clicked.connect(self.add_requested)
        self.rescan.clicked.connect(self.rescan_requested)
        self.remove.clicked.connect(self._remove_current)
        self.skipped.clicked.connect(self.skipped_files_requested)
        self._lay_out(title)
        self.show_overview(Overview())

    def _lay_out(self, title: QWidget) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_L, SPACE_M, SPACE_M)
        layout.setSpacing(SPACE)
        layout.addWidget(title)
        layout.addWidget(self._count)
        layout.addWidget(self.everything)
        layout.addWidget(self.folders, 1)
        layout.addWidget(self.unwatched)
        layout.addWidget(self.add)
        layout.addLayout(row(self.rescan, self.remove))
        layout.addWidget(self.skipped)
        layout.addWidget(self.progress)

    def show_overview(self, overview: Overview) -> None:
        self._count.setText(trn("{n} picture", "{n} pictures", overview.pictures))
        self._states = overview.folders
        self._show_folders()
        failed = sum(overview.failed.values())
        self.skipped.setVisible(overview.skipped > 0 or failed > 0)
        if overview.skipped or not failed:
            text = trn("{n} file skipped…", "{n} files skipped…", overview.skipped)
        else:
            text = trn("{n} model failure…", "{n} model failures…", failed)
        self.skipped.setText(text)
        self.rescan.setEnabled(bool(overview.folders))

    def show_offline(self, offline: Collection[str]) -> None:
        """Mark these folders as offline."""
        self._offline = offline
        self._show_folders()

    def show_unwatched(self, sentence: str) -> None:
        """Why folders are not watched; empty if all are."""
        self.unwatched.setText(sentence)
        self.unwatched.setVisible(bool(sentence))

    def set_busy(self, busy: bool) -> None:
        """While a run writes, folders are neither removed nor scanned again."""
        self.rescan.setEnabled(not busy and self.folders.count() > 0)
        self.remove.setEnabled(not busy and self._current() is not None)

    def _show_folders(self) -> None:
        chosen = self._current()
        self.folders.blockSignals(True)
        self.folders.clear()
        for folder in self._states:
            item = self._folder_item(folder)
            self.folders.addItem(item)
            if folder.path == chosen:
                self.folders.setCurrentItem(item)
        self.folders.blockSignals(False)
        self._selection_changed()

    def _folder_item(self, folder: FolderState) -> QListWidgetItem:
        text = f"{folder_name(folder.path)}  ({folder.files:,})"
        tip = printable(folder.path)
        item = QListWidgetItem(icon("folder"), text)
        if folder.path in self._offline:
            item.setText(tr("{folder} – offline").format(folder=text))
            item.setIcon(icon("hard-drive", "secondary"))
            tip = tr(
                "{folder}\n\nThe folder is missing or empty. Connect its drive, and it is "
                "scanned automatically. Until then its pictures stay in the library; "
                "“Remove” removes them from it."
            ).format(folder=tip)
        item.setData(_PATH, folder.path)
        item.setToolTip(tool_tip(tip))
        return item

    def _current(self) -> str | None:
        item = self.folders.currentItem()
        return str(item.data(_PATH)) if item is not None and item.isSelected() else None

    def _selection_changed(self) -> None:
        self.remove.setEnabled(self._current() is not None and not self.progress.isVisible())

    def _show_folder_menu(self, position: QPoint) -> None:
        item = self.folders.itemAt(position)
        if item is None:
            return
        menu = self.folder_menu(str(item.data(_PATH)))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.folders.viewport().mapToGlobal(position))

    def folder_menu(self, folder: str) -> QMenu:
        """The context menu of a folder."""
        menu = QMenu(self)
        search = menu.addAction(tr("Search only here"))
        search.triggered.connect(partial(self.search_in_folder_requested.emit, folder))
        exclude = menu.addAction(tr("Not in this folder"))
        exclude.triggered.connect(partial(self.exclude_folder_requested.emit, folder))
        return menu

    def _choose_everything(self) -> None:
        self.folders.clearSelection()
        self.folder_chosen.emit("")

    def _remove_current(self) -> None:
        folder = self._current()
        if folder is not None:
            self.remove_requested.emit(folder)


class ProgressBox(QWidget):
    """A run's progress with its speed and time left, and pause, resume, cancel."""

    pause_toggled = Signal(bool)
    cancel_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.headline = plain("", wrap=True)
        self.bar = ThinProgress(tr("Indexing progress"))
        self.speed = plain("", wrap=True)
        self.per_model = plain("", wrap=True)
        secondary(self.speed)
        secondary(self.per_model)
        self.pause = Button(tr("Pause"))
        self.pause.setCheckable(True)
        self.cancel = Button(tr("Cancel"))
        self.pause.toggled.connect(self._pause_toggled)
        self.cancel.clicked.connect(self._cancel_clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACE, 0, 0)
        layout.setSpacing(SPACE_S)
        for widget in (self.headline, self.bar, self.speed, self.per_model):
            layout.addWidget(widget)
        layout.addLayout(row(self.pause, self.cancel))
        self.hide()

    def begin(self, headline: str) -> None:
        self.headline.setText(headline)
        self.bar.setRange(0, 0)
        self.speed.setText("")
        self.per_model.setText("")
        self.pause.blockSignals(True)
        self.pause.setChecked(False)
        self.pause.setText(tr("Pause"))
        self.pause.blockSignals(False)
        self.pause.setEnabled(True)
        self.cancel.setEnabled(True)
        self.show()

    def show_progress(self, progress: Progress, specs: Sequence[ModelSpec]) -> None:
        from finder.core.library.indexing.progress import Phase

        if self.cancel.isEnabled():
            self.headline.setText(_headline(progress))
        working = progress.phase is Phase.EXTRACTING
        self.bar.setRange(0, progress.total if working else 0)
        if working:
            self.bar.setValue(progress.done)
        self.speed.setText(_speed(progress) if working else "")
        titles = {spec.name: spec.title for spec in specs}
        self.per_model.setText(
            "\n".join(
                _without_breaks(model.words(titles.get(name, name)))
                for name, model in progress.models.items()
                if working
            )
        )

    def _pause_toggled(self, paused: bool) -> None:
        self.pause.setText(tr("Resume") if paused else tr("Pause"))
        self.pause_toggled.emit(paused)

    def _cancel_clicked(self) -> None:
        self.headline.setText(tr("Stopping …"))
        self.cancel.setEnabled(False)
        self.pause.setEnabled(False)
        self.cancel_requested.emit()


def _without_breaks(line: str) -> str:
    """Prevent line breaks between a number and its unit, which follow the dot."""
    before, dot, after = line.partition("· ")
    return before + dot + after.replace(" ", "\N{NO-BREAK SPACE}")


def _headline(progress: Progress) -> str:
    from finder.core.library.indexing.progress import Phase

    if progress.phase is Phase.SCANNING:
        return trn(
            "Looking for pictures … {n} picture found",
            "Looking for pictures … {n} pictures found",
            progress.found,
        )
    if progress.phase is Phase.LOADING:
        return tr("Loading the models …")
    if progress.phase is Phase.EXTRACTING:
        return tr("Indexing {done:,} of {total:,}").format(done=progress.done, total=progress.total)
    return tr("Storing …")


def _speed(progress: Progress) -> str:
    if not progress.rate:
        return tr("measuring the speed …")
    return tr("{rate:.1f} pictures/s · {left} left").format(
        rate=progress.rate, left=duration(progress.seconds_left)
    )
