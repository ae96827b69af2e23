"""Shows the pages of the documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QTextBrowser, QWidget

from finder.core.i18n import tr
from finder.core.system.permissions import original_umask
from finder.gui.common.buttons import ToolButton, no_default
from finder.gui.common.widgets import bold, dialog_layout, plain
from finder.gui.theme.icons import direction_icon
from finder.gui.theme.tokens import SPACE, SPACE_L

if TYPE_CHECKING:
    from finder.use_cases.documentation import Page

_SIZE = QSize(820, 640)


class _Browser(QTextBrowser):
    """Loads nothing by itself: pages are given to it."""

    def loadResource(self, type: int, name: QUrl | str) -> None:
        return None


class DocumentationDialog(QDialog):
    """Signal: page_requested(name). A web address is opened in the browser of the desktop."""

    page_requested = Signal(str)

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Documentation"))
        self._names: list[str] = []
        self.back = ToolButton(tip=tr("Back"))
        self.back.setIcon(direction_icon("arrow-left"))
        self.name = bold(plain(""))
        self.browser = _Browser()
        self.browser.setAccessibleName(tr("Documentation"))
        self.browser.setOpenLinks(False)
        self.browser.anchorClicked.connect(self._follow)
        self.back.clicked.connect(self._go_back)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        no_default(buttons)
        buttons.rejected.connect(self.reject)
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(self.back)
        head.addWidget(self.name, 1)
        layout = dialog_layout(self)
        layout.addLayout(head)
        layout.addWidget(self.browser, 1)
        layout.addWidget(buttons)
        self.resize(_SIZE.boundedTo(QGuiApplication.primaryScreen().availableSize() * 0.94))
        self.browser.setFocus()

    def show_page(self, page: Page) -> None:
        if not self._names or self._names[-1] != page.name:
            self._names.append(page.name)
        self.back.setEnabled(len(self._names) > 1)
        self.name.setText(page.name)
        self.browser.setMarkdown(page.text)
        self.browser.document().setDocumentMargin(SPACE_L)

    def _go_back(self) -> None:
        del self._names[-1]
        self.page_requested.emit(self._names[-1])

    def _follow(self, link: QUrl) -> None:
        if link.scheme() == "https":
            with original_umask():
                QDesktopServices.openUrl(link)
        elif not link.scheme():
            self.page_requested.emit(link.path())
