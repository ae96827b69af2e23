"""Two sample pictures, each with its nearest neighbours by a new model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.gui.common.widgets import PictureLabel, plain, secondary

if TYPE_CHECKING:
    from finder.core.search.sample_matches import SampleMatches

_ROWS, _NEAREST = 2, 5
_SMALLEST, _TALLEST = QSize(88, 66), 105  # px
_GAP = 18
"""px between the sample and its neighbours."""


class SamplePreview(QWidget):
    """Keeps its size while it is empty."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = [NeighbourRow() for _ in range(_ROWS)]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for row in self.rows:
            layout.addWidget(row, 1)

    def clear(self) -> None:
        for row in self.rows:
            row.clear()

    def show_matches(self, matches: SampleMatches, images: Mapping[Path, QImage]) -> None:
        """images: all that are shown, by path. Rows without a sample stay empty."""
        self.clear()
        for row, found in zip(self.rows, matches.neighbours, strict=False):
            row.show_sample(found.picture, images[found.picture])
            for rank, (path, distance) in enumerate(found.nearest[:_NEAREST]):
                row.show_neighbour(rank, path, images[path], distance)

    def names(self) -> list[list[str]]:
        """For each row the file names of the sample and its neighbours."""
        return [row.names() for row in self.rows]


class NeighbourRow(QWidget):
    """A sample and its nearest neighbours, with their distances."""

    def __init__(self) -> None:
        super().__init__()
        self._cells = [_Cell() for _ in range(1 + _NEAREST)]
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for cell in self._cells:
            layout.addWidget(cell, 1)
        layout.insertSpacing(1, _GAP)

    def clear(self) -> None:
        for cell in self._cells:
            cell.clear()

    def show_sample(self, path: Path, image: QImage) -> None:
        self._cells[0].show_picture(path, image, tr("Like this"))

    def show_neighbour(self, rank: int, path: Path, image: QImage, distance: float) -> None:
        self._cells[1 + rank].show_picture(path, image, f"{distance:.2f}")

    def names(self) -> list[str]:
        return [cell.name for cell in self._cells if cell.name]


class _Cell(QWidget):
    """A picture over its caption."""

    def __init__(self) -> None:
        super().__init__()
        self.name = ""
        self._image = PictureLabel()
        self._image.setMinimumSize(_SMALLEST)
        self._image.setMaximumHeight(_TALLEST)
        self._image.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        self._caption: QLabel = plain("")
        self._caption.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        secondary(self._caption)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._image, 1)
        layout.addWidget(self._caption)

    def clear(self) -> None:
        self.name = ""
        self._image.clear_image()
        self._caption.clear()
        self.setToolTip("")

    def show_picture(self, path: Path, image: QImage, caption: str) -> None:
        self.name = path.name
        self._image.show_image(image)
        self._image.setAccessibleName(path.stem)
        self._caption.setText(caption)
        self.setToolTip(path.stem)
