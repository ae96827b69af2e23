"""Preferences: where the library is and how large, what it takes in, and what it has left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QSpinBox

from finder.core.i18n import tr, trn
from finder.core.limits import MAX_MEGAPIXELS
from finder.core.printable import printable
from finder.gui.common.buttons import Button
from finder.gui.common.formatting import breakable, file_size
from finder.gui.common.setting_rows import Section, SettingCard, SettingRow
from finder.gui.common.widgets import indent_number
from finder.gui.preferences.text_card import TextCard

if TYPE_CHECKING:
    from finder.core.library.catalogue.settings import Settings
    from finder.use_cases.library.library_overview import Overview
    from finder.use_cases.preferences import LibrarySize

_LIMIT_DELAY_MS = 700  # a limit is not applied while the user is still counting up


class LibrarySection(Section):
    """Signals: open_requested: the library's folder; watch_toggled(on); limit_chosen(megapixels);
    skipped_requested; removed_requested."""

    open_requested = Signal()
    watch_toggled = Signal(bool)
    limit_chosen = Signal(int)
    skipped_requested = Signal()
    removed_requested = Signal()

    def __init__(self, place: str) -> None:
        super().__init__(tr("Library"), "database")
        self.open_folder = Button(tr("Open folder"), "folder-open")
        self.watch = QCheckBox(tr("Watch folders for changes"))
        self.limit = QSpinBox()
        self.skipped_button = Button(tr("Show…"))
        self.skipped_button.setAccessibleName(tr("Show skipped files"))
        self.removed_button = Button(tr("Show…"))
        self.removed_button.setAccessibleName(tr("Show removed pictures"))
        self.place_row = SettingRow(tr("Folder"), breakable(printable(place)), self.open_folder)
        self.size_row = SettingRow(tr("Size"), tr("Being computed …"))
        self.skipped_row = SettingRow(tr("Skipped files"), " ", self.skipped_button)
        self.removed_row = SettingRow(tr("Removed pictures"), " ", self.removed_button)
        self.text = TextCard()
        self._limit_timer = QTimer(self, singleShot=True, interval=_LIMIT_DELAY_MS)
        self._shown_limit = 0
        self._set_up_limit()
        self._lay_out()
        self.open_folder.clicked.connect(self.open_requested)
        self.watch.toggled.connect(self.watch_toggled)
        self.skipped_button.clicked.connect(self.skipped_requested)
        self.removed_button.clicked.connect(self.removed_requested)
        self._reveal_timer = QTimer(self, singleShot=True, interval=0)  # once it is laid out
        self._reveal_timer.timeout.connect(lambda: self.ensureWidgetVisible(self.text.question_row))
        self.text.grown.connect(self._reveal_timer.start)

    def _set_up_limit(self) -> None:
        indent_number(self.limit)
        self.limit.setRange(1, MAX_MEGAPIXELS)
        self.limit.setSingleStep(50)
        self.limit.setGroupSeparatorShown(True)
        self.limit.setKeyboardTracking(False)
        self.limit.setSuffix(tr(" megapixels"))
        self.limit.valueChanged.connect(lambda _: self._limit_timer.start())
        self._limit_timer.timeout.connect(self.apply_limit)

    def _lay_out(self) -> None:
        self.add(SettingCard(self.place_row, self.size_row))
        self.add(
            SettingCard(
                SettingRow(
                    self.watch, tr("New, changed and deleted pictures are noticed by themselves.")
                ),
                SettingRow(
                    tr("Largest picture"),
                    tr("Larger ones are skipped."),
                    self.limit,
                ),
            ),
        )
        self.add(self.text)
        self.add(SettingCard(self.skipped_row, self.removed_row))

    def show_settings(self, settings: Settings) -> None:
        """Without signals."""
        for widget in (self.watch, self.limit):
            widget.blockSignals(True)
        self.watch.setChecked(settings.watch)
        if not self._limit_timer.isActive():
            self._shown_limit = settings.max_megapixels
            self.limit.setValue(settings.max_megapixels)
        for widget in (self.watch, self.limit):
            widget.blockSignals(False)

    def apply_limit(self) -> None:
        """Report the limit, if it is another one; also when the dialog is closed."""
        self._limit_timer.stop()
        if self.limit.value() != self._shown_limit:
            self._shown_limit = self.limit.value()
            self.limit_chosen.emit(self.limit.value())

    def show_size(self, size: LibrarySize) -> None:
        parts = (
            (tr("thumbnails"), size.thumbnails),
            (tr("vectors"), size.vectors),
            (tr("added models"), size.models),
        )
        shown = [f"{name} {file_size(number)}" for name, number in parts if number]
        whole = file_size(size.whole)
        if shown:
            whole = tr("{size}, of which: {parts}").format(size=whole, parts=", ".join(shown))
        self.size_row.show_sentence(whole)

    def show_overview(self, overview: Overview) -> None:
        skipped = overview.skipped + sum(overview.failed.values())
        self.skipped_row.show_sentence(_skipped_words(overview.skipped, skipped - overview.skipped))
        self.skipped_button.setEnabled(skipped > 0)
        self.removed_row.show_sentence(
            trn(
                "{n} picture that you removed; indexing does not bring it back.",
                "{n} pictures that you removed; indexing does not bring them back.",
                overview.removed,
            )
            if overview.removed
            else tr("None.")
        )
        self.removed_button.setEnabled(overview.removed > 0)


def _skipped_words(files: int, failed: int) -> str:
    words = []
    if files:
        words.append(trn("{n} file could not be used.", "{n} files could not be used.", files))
    if failed:
        words.append(
            trn(
                "One model could not use {n} picture.",
                "Some models could not use pictures: {n} times.",
                failed,
            )
        )
    return " ".join(words) or tr("None.")
