"""A preview of a picture, as large as the window allows. Space or Esc closes it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from finder.gui.common.widgets import ElidedLabel, PictureLabel


class PreviewDialog(QDialog):
    """Shows one picture after another; a click closes it, too."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setModal(True)
        self.image = PictureLabel()
        self.name = ElidedLabel()
        self.name.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 8)
        layout.addWidget(self.image, 1)
        layout.addWidget(self.name)

    def show_preview(self, title: str, image: QImage) -> None:
        self.setWindowTitle(title.replace("[*]", "[*][*]"))  # Qt replaces a single [*]
        self.name.show_text(title)
        self.image.show_image(image)
        if not self.isVisible():
            self.open()

    def showEvent(self, event: QShowEvent) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.resize(parent.size() * 0.86)
        super().showEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Escape, Qt.Key.Key_Return):
            self.close()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.close()
