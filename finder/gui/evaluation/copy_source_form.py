"""Which pictures are searched for their altered copies, and where these come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSpinBox, QVBoxLayout, QWidget

from finder.core.evaluation.alteration_names import TITLES
from finder.core.i18n import tr
from finder.core.limits import MOST_ORIGINALS
from finder.gui.common.check_grid import CheckGrid
from finder.gui.common.folder_card import FolderCard
from finder.gui.common.path_row import PathRow
from finder.gui.common.segmented_control import SegmentedControl
from finder.gui.common.setting_rows import SettingCard, SettingRow
from finder.gui.common.widgets import indent_number
from finder.gui.theme.tokens import SPACE_M

if TYPE_CHECKING:
    from finder.use_cases.evaluation.measure_copies import CopySource

MADE: Final = "made"
FOUND: Final = "found"
_COLUMNS = 3
_NUMBER, _LARGEST_SEED = 100, 1_000_000


class CopySourceForm(QWidget):
    """Signals: edited, something else is chosen; folder_requested, with more originals, and
    altered_requested, for a window that asks for it and gives it to `folders.add_folder` or
    `set_altered`."""

    edited = Signal()
    folder_requested = Signal()
    altered_requested = Signal()

    def __init__(self, folders: Sequence[str]) -> None:
        """folders: those of the library."""
        super().__init__()
        self.folders = FolderCard(
            folders,
            tr(
                "All pictures in these folders are searched for each copy. A folder that is not in "
                "the library becomes part of it."
            ),
        )
        self.kinds = SegmentedControl(
            tr("Altered copies"),
            [(MADE, tr("Make them"), "image-plus"), (FOUND, tr("From a folder"), "folder")],
        )
        titles = {name: tr(title) for name, title in TITLES.items()}
        self.alterations = CheckGrid(titles, titles, _COLUMNS)
        self.number = _whole_number(1, MOST_ORIGINALS, _NUMBER)
        self.seed = _whole_number(0, _LARGEST_SEED, 0)
        self.altered = PathRow(
            tr("No folder is chosen yet."),
            tr("A copy’s name begins with that of its original: sunset--crop.jpg for sunset.jpg."),
            tr("Choose a folder…"),
            "folder",
        )
        self._lay_out()
        self.kinds.chosen.connect(self._kind_chosen)
        self.folders.requested.connect(self.folder_requested)
        self.altered.requested.connect(self.altered_requested)
        for part in (self.folders, self.alterations):
            part.edited.connect(self.edited)
        self._show_kind()

    def _lay_out(self) -> None:
        self._kind = SettingRow(tr("Altered copies"), "", self.kinds)
        self.seed.ensurePolished()
        self.number.setMinimumWidth(self.seed.sizeHint().width())
        number = SettingRow(
            tr("Pictures to copy"), tr("Chosen at random; all where there are fewer."), self.number
        )
        seed = SettingRow(
            tr("Seed"), tr("Another number chooses other pictures and alterations."), self.seed
        )
        self._rows = {MADE: (self.alterations, number, seed), FOUND: (self.altered,)}
        self._card = SettingCard(self._kind, *self._rows[MADE], *self._rows[FOUND])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_M)
        layout.addWidget(self.folders)
        layout.addWidget(self._card)

    @property
    def is_complete(self) -> bool:
        """Whether there are originals, and copies of them."""
        is_found = self.kinds.choice() == FOUND
        copies = self.altered.path if is_found else self.alterations.chosen()
        return bool(self.folders.chosen() and copies)

    def source(self) -> CopySource:
        from finder.use_cases.evaluation.measure_copies import CopySource

        folders = tuple(self.folders.chosen())
        if self.kinds.choice() == FOUND:
            return CopySource(folders, self.altered.path)
        return CopySource(
            folders,
            number=self.number.value(),
            seed=self.seed.value(),
            alterations=tuple(self.alterations.chosen()),
        )

    def set_altered(self, folder: str) -> None:
        """Search for the copies in this folder."""
        self.altered.show_path(folder)
        self.kinds.choose(FOUND)
        self._kind_chosen(FOUND)

    def _kind_chosen(self, _: str) -> None:
        self._show_kind()
        self.edited.emit()

    def _show_kind(self) -> None:
        kind = self.kinds.choice()
        self._kind.show_sentence(
            tr("Each picture is altered in each of these ways, and the copy is searched for.")
            if kind == MADE
            else tr("Each file in this folder that is a copy of a picture is searched for.")
        )
        for key, rows in self._rows.items():
            for row in rows:
                self._card.set_row_visible(row, key == kind)


def _whole_number(first: int, last: int, value: int) -> QSpinBox:
    box = QSpinBox()
    indent_number(box)
    box.setRange(first, last)
    box.setValue(value)
    box.setGroupSeparatorShown(True)
    return box
