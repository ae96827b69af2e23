"""The preferences: a list of sections, and the chosen one. Each change applies at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QWidget,
)

from finder.core.i18n import tr
from finder.gui.common.widgets import dialog_layout
from finder.gui.preferences.general_section import GeneralSection, MemorySection
from finder.gui.preferences.library_section import LibrarySection
from finder.gui.preferences.models_section import ModelsSection
from finder.gui.preferences.privacy_section import PrivacySection
from finder.gui.theme.icons import icon
from finder.gui.theme.tokens import ICON, SPACE_XL

if TYPE_CHECKING:
    from finder.core.library.catalogue.settings import Settings
    from finder.gui.common.setting_rows import Section

_SIZE = QSize(800, 620)
_LIST_WIDTH = 168


class PreferencesDialog(QDialog):
    """Its sections have the signals. place: the library's folder."""

    def __init__(self, place: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Preferences"))
        self.general = GeneralSection()
        self.library = LibrarySection(place)
        self.models = ModelsSection()
        self.privacy = PrivacySection()
        self.memory = MemorySection()
        self.list = QListWidget()
        self.pages = QStackedWidget()
        self._lay_out()
        self.finished.connect(self.library.apply_limit)

    @property
    def sections(self) -> tuple[Section, ...]:
        return self.general, self.library, self.models, self.privacy, self.memory

    def _lay_out(self) -> None:
        self.list.setAccessibleName(tr("Sections"))
        self.list.setIconSize(QSize(ICON, ICON))
        self.list.setFixedWidth(_LIST_WIDTH)
        self.list.ensurePolished()  # or its rows keep the height they have without the theme
        for section in self.sections:
            self.list.addItem(QListWidgetItem(icon(section.icon_name), section.title))
            self.pages.addWidget(section)
        self.list.currentRowChanged.connect(self.pages.setCurrentIndex)
        self.list.setCurrentRow(0)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        both = QHBoxLayout()
        both.setSpacing(SPACE_XL)
        both.addWidget(self.list)
        both.addWidget(self.pages, 1)
        layout = dialog_layout(self)
        layout.addLayout(both, 1)
        layout.addWidget(buttons)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # Enter in a field presses none of them
        self.resize(_SIZE.boundedTo(QGuiApplication.primaryScreen().availableSize() * 0.94))
        self.list.setFocus()

    def show_settings(self, settings: Settings) -> None:
        """Without signals."""
        for section in (self.general, self.library, self.models, self.memory):
            section.show_settings(settings)
