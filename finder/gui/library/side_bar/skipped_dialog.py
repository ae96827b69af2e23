"""The files that could not be read, and the pictures that a model could not use, with reasons."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableView,
    QWidget,
)

from finder.core.i18n import tr, trn
from finder.core.models.crops import title_of
from finder.core.printable import printable
from finder.gui.common.buttons import no_default
from finder.gui.common.widgets import dialog_layout, plain, tool_tip
from finder.gui.theme.tokens import HIT_AREA

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import FileRecord
    from finder.core.library.catalogue.tables.failure_table import FailedFile

_NO_PARENT = QModelIndex()


class SkippedModel(QAbstractTableModel):
    """One row for each file: name, reason, folder. The texts are computed once."""

    def __init__(
        self,
        files: Sequence[FileRecord],
        failed: Sequence[FailedFile] = (),
        titles: Mapping[str, str] | None = None,
        parent: QObject | None = None,
    ) -> None:
        """titles: the models' titles by their names."""
        super().__init__(parent)
        self._headers = (tr("File"), tr("Why"), tr("Folder"))
        self._paths = [*(file.path for file in files), *(file.path for file in failed)]
        self._rows = [
            _row(file.path, file.reason.sentence() if file.reason else "") for file in files
        ]
        for file in failed:
            title = title_of(file.model, titles or {})
            self._rows.append(_row(file.path, file.failure.reason.sentence_about(title)))

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._headers)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if not index.isValid():
            return None
        text = self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return tool_tip(text)
        return text if role == Qt.ItemDataRole.DisplayRole else None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headers[section]
        return None

    def path_at(self, row: int) -> str:
        return self._paths[row]

    def as_text(self) -> str:
        return "\n".join("\t".join(row) for row in self._rows)


def _row(path: str, why: str) -> tuple[str, str, str]:
    folder, name = os.path.split(printable(path))
    return name, printable(why), folder


def _sentences(files: int, failed: int) -> str:
    if not files and not failed:
        return tr("All files in your folders could be read, and every model could use them.")
    sentences = []
    if files:
        sentences.append(
            trn(
                "{n} file could not be read. The others are not affected.",
                "{n} files could not be read. The others are not affected.",
                files,
            )
        )
    if failed:
        sentences.append(
            trn(
                "At least one model could not use {n} file and cannot find it; the other models "
                "are not affected.",
                "At least one model could not use {n} files and cannot find them; the other models "
                "are not affected.",
                failed,
            )
        )
    return " ".join(sentences)


class SkippedDialog(QDialog):
    """The table of skipped files, which can be copied as text. Signals: show_requested(path), in
    the file manager; retry_requested, for all of them."""

    show_requested = Signal(str)
    retry_requested = Signal()

    def __init__(
        self,
        files: Sequence[FileRecord],
        failed: Sequence[FailedFile],
        titles: Mapping[str, str],
        parent: QWidget | None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Skipped files"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.model = SkippedModel(files, failed, titles, self)
        text = plain(_sentences(len(files), len(failed)), wrap=True)
        self.table = _table(self.model)
        self.table.activated.connect(lambda _: self._show_file())
        layout = dialog_layout(self)
        layout.addWidget(text)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._make_buttons(can_retry=bool(files)))
        has_rows = self.model.rowCount() > 0
        self.table.setVisible(has_rows)
        self.table.selectRow(0)
        self.resize(920, 420 if has_rows else 0)

    def _make_buttons(self, can_retry: bool) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        has_rows = self.model.rowCount() > 0
        for text, act, enabled in (
            (tr("Copy list"), self._copy, has_rows),
            (tr("Show in file manager"), self._show_file, has_rows),
            (tr("Read again"), self._retry, can_retry),
        ):
            button = buttons.addButton(text, QDialogButtonBox.ButtonRole.ActionRole)
            button.clicked.connect(lambda _=False, act=act: act())
            button.setEnabled(enabled)
        no_default(buttons)
        buttons.rejected.connect(self.reject)
        return buttons

    def _show_file(self) -> None:
        row = self.table.currentIndex().row()
        if row >= 0:
            self.show_requested.emit(self.model.path_at(row))

    def _retry(self) -> None:
        self.retry_requested.emit()
        self.accept()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.model.as_text())


def _table(model: SkippedModel) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName(tr("Skipped files"))
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(HIT_AREA)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    table.setAlternatingRowColors(True)
    head = table.horizontalHeader()
    head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    head.setHighlightSections(False)
    head.resizeSection(0, 200)
    head.resizeSection(2, 220)
    head.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)  # why: the words that matter
    return table
