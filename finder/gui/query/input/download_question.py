"""The question before a picture is downloaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from finder.core.i18n import tr
from finder.gui.common.labels import show_icon

if TYPE_CHECKING:
    from finder.core.web.address import WebAddress

_WIDTH = 360  # px of an address: a message box would wrap a longer one


def ask_to_download(window: QWidget, address: WebAddress, confirmed: Callable[[], object]) -> None:
    """Call `confirmed` if the user agrees."""
    box = QMessageBox(window)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(tr("Download picture"))
    middle = Qt.TextElideMode.ElideMiddle
    host, url = (
        box.fontMetrics().elidedText(text, middle, _WIDTH) for text in (address.host, address.url)
    )
    box.setText(tr("Download this picture from {host}?\n\n{url}").format(host=host, url=url))
    box.setInformativeText(
        tr("Image Finder goes online only when you ask it to. Nothing about your library is sent.")
    )
    download = box.addButton(tr("Download"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    download.clicked.connect(lambda: confirmed())
    box.finished.connect(box.deleteLater)
    show_icon(box, "circle-help", "accent_text")
    box.open()
