"""Preferences: what is stored where, and what can be cleared."""

from __future__ import annotations

from PySide6.QtCore import Signal

from finder.core.i18n import tr
from finder.gui.common.buttons import Button
from finder.gui.common.setting_rows import Section, SettingCard, SettingRow


class PrivacySection(Section):
    """Signal: clear_recent_requested."""

    clear_recent_requested = Signal()

    def __init__(self) -> None:
        super().__init__(tr("Privacy"), "eye-off")
        self.add(
            SettingCard(
                SettingRow(
                    tr("Everything stays on this computer"),
                    tr(
                        "Pictures are only read. The program goes online only when you ask it to "
                        "download a model or a linked picture, or to keep the vectors on a server."
                    ),
                ),
                SettingRow(
                    tr("The library’s folder is private to you"),
                    tr(
                        "It keeps the paths, dates and captions of your pictures, text that was "
                        "read in them, thumbnails, and vectors from which similar pictures could "
                        "be reconstructed. Deleting it leaves no trace."
                    ),
                ),
            )
        )
        self.clear_recent = Button(tr("Clear"), "trash-2")
        self.clear_recent.setAccessibleName(tr("Clear recent searches"))
        self.clear_recent.clicked.connect(self._clear)
        self._recent = SettingRow(
            tr("Recent searches"),
            tr("The last ones are kept so that you can go back to them."),
            self.clear_recent,
        )
        self.add(SettingCard(self._recent))

    def _clear(self) -> None:
        self.clear_recent.setEnabled(False)
        self._recent.show_sentence(tr("Cleared."))
        self.clear_recent_requested.emit()
