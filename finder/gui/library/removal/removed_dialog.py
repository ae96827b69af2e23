"""The pictures that the user has removed from the library, to bring them back."""

from __future__ import annotations

import os
from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from finder.core.i18n import tr, trn
from finder.core.printable import printable
from finder.gui.common.buttons import no_default
from finder.gui.common.widgets import dialog_layout, plain, tool_tip

_PICTURE = Qt.ItemDataRole.UserRole


class RemovedDialog(QDialog):
    """files: the files of removed pictures, with the content ids. Signal: bring_back_requested(
    content ids)."""

    bring_back_requested = Signal(object)

    def __init__(self, files: Mapping[str, int], parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Removed pictures"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(680, 420)
        self.list = _list(files)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.bring_back = buttons.addButton(
            tr("Bring back"), QDialogButtonBox.ButtonRole.ActionRole
        )
        no_default(buttons)
        buttons.rejected.connect(self.reject)
        self.bring_back.clicked.connect(self._bring_back)
        self.list.itemSelectionChanged.connect(self._show_state)
        layout = dialog_layout(self)
        layout.addWidget(plain(_sentence(len(files)), wrap=True))
        layout.addWidget(self.list, 1)
        layout.addWidget(buttons)
        self.list.setVisible(bool(files))
        self.bring_back.setVisible(bool(files))
        if files:
            self.list.setFocus()
        else:
            layout.addStretch(1)
            self.adjustSize()
        self._show_state()

    def _show_state(self) -> None:
        self.bring_back.setEnabled(bool(self.list.selectedItems()))

    def _bring_back(self) -> None:
        pictures = {int(item.data(0, _PICTURE)) for item in self.list.selectedItems()}
        self.accept()
        self.bring_back_requested.emit(sorted(pictures))


def _list(files: Mapping[str, int]) -> QTreeWidget:
    tree = QTreeWidget()
    tree.setAccessibleName(tr("Removed pictures"))
    tree.setHeaderLabels([tr("File"), tr("Folder")])
    tree.setRootIsDecorated(False)
    tree.setUniformRowHeights(True)
    tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    tree.setSelectionMode(QTreeWidget.SelectionMode.ExtendedSelection)
    tree.ensurePolished()  # or its rows keep the height they have without the theme
    items = []
    for path, picture in files.items():
        folder, name = os.path.split(printable(path))
        item = QTreeWidgetItem([name, folder])
        item.setData(0, _PICTURE, str(picture))  # 63 bits, more than a C++ int
        item.setToolTip(0, tool_tip(name))
        item.setToolTip(1, tool_tip(folder))
        items.append(item)
    tree.addTopLevelItems(items)
    tree.header().resizeSection(0, 260)
    tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
    return tree


def _sentence(files: int) -> str:
    if not files:
        return tr("No picture was removed from this library, or their files are gone.")
    return trn(
        "You removed this picture from the library. Indexing does not bring it back; you can.",
        "You removed these {n} files from the library. Indexing does not bring them back; you can.",
        files,
    )
