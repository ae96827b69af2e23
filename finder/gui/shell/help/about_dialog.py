"""The dialog about the program: version, what it uses, licences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QPlainTextEdit,
    QTabWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from finder import __version__
from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.common.buttons import no_default
from finder.gui.common.formatting import breakable
from finder.gui.common.labels import IconLabel
from finder.gui.common.widgets import bold, dialog_layout, heading, plain, secondary, tool_tip
from finder.gui.theme.tokens import ICON_LARGE, SPACE_L, SPACE_S

if TYPE_CHECKING:
    from finder.use_cases.about_program import Licences, Part

_SIZE = QSize(680, 540)
_NAME_WIDTH, _VERSION_WIDTH = 230, 100


class AboutDialog(QDialog):
    """library: the folder of the library in use."""

    def __init__(self, licences: Licences, library: Path, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("About Image Finder"))
        self.finished.connect(self.deleteLater)
        self.parts = _part_list(licences)
        self.tabs = QTabWidget()
        self.tabs.addTab(self.parts, tr("Built with"))
        for title, text in (
            (tr("Licence"), licences.own),
            (tr("Notices"), licences.notices),
        ):
            if text:
                self.tabs.addTab(_text_page(title, text), title)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        no_default(buttons)
        buttons.rejected.connect(self.reject)
        layout = dialog_layout(self)
        layout.addLayout(_head(library))
        layout.addWidget(self.tabs, 1)
        layout.addWidget(buttons)
        self.resize(_SIZE.boundedTo(QGuiApplication.primaryScreen().availableSize() * 0.94))


def _head(library: Path) -> QHBoxLayout:
    words = QVBoxLayout()
    words.setSpacing(SPACE_S)
    words.addWidget(heading(tr("Image Finder {version}").format(version=__version__)))
    words.addWidget(
        plain(
            tr(
                "Finds pictures that look alike, with several AI models side by side. Everything "
                "stays on this computer."
            ),
            wrap=True,
        )
    )
    where = tr("Apache License 2.0 · Library: {home}").format(home=printable(str(library)))
    place = plain(breakable(where), wrap=True)
    secondary(place)
    words.addWidget(place)
    layout = QHBoxLayout()
    layout.setSpacing(SPACE_L)
    layout.addWidget(
        IconLabel("scan-search", ICON_LARGE, "accent_text"), 0, Qt.AlignmentFlag.AlignTop
    )
    layout.addLayout(words, 1)
    return layout


def _part_list(licences: Licences) -> QTreeWidget:
    tree = QTreeWidget()
    tree.setAccessibleName(tr("What the program is built with"))
    tree.setHeaderLabels([tr("Name"), tr("Version"), tr("Licence")])
    tree.setRootIsDecorated(False)
    tree.setItemsExpandable(False)
    tree.setIndentation(0)
    tree.ensurePolished()  # or its rows keep the height they have without the theme
    _add_group(tree, tr("Libraries and icons"), licences.libraries)
    _add_group(tree, tr("Models"), licences.models)
    tree.expandAll()
    header = tree.header()
    header.resizeSection(0, _NAME_WIDTH)
    header.resizeSection(1, _VERSION_WIDTH)
    header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
    return tree


def _add_group(tree: QTreeWidget, title: str, parts: Sequence[Part]) -> None:
    group = QTreeWidgetItem(tree, [title])
    group.setFlags(Qt.ItemFlag.ItemIsEnabled)
    group.setFirstColumnSpanned(True)
    group.setFont(0, bold(plain("")).font())
    for part in parts:
        words = [printable(text) for text in (part.name, part.version, part.licence)]
        item = QTreeWidgetItem(group, words)
        for column, text in enumerate(words):
            item.setToolTip(column, tool_tip(text))


def _text_page(title: str, text: str) -> QPlainTextEdit:
    page = QPlainTextEdit(text)
    page.setReadOnly(True)
    page.setAccessibleName(title)
    return page
