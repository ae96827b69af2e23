"""The options of what is shown: number of matches, measure, cut-off, size of the pictures, what is
folded or left out, whether the best are looked at twice."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGridLayout,
    QSlider,
    QSpinBox,
    QWidget,
)

from finder.core.i18n import tr
from finder.core.limits import MAX_MATCHES
from finder.core.search.closeness.closeness import closeness_word, suggested_cut_off
from finder.gui.common.buttons import Button
from finder.gui.common.formatting import metric_title
from finder.gui.common.widgets import indent_number, plain, secondary, stacked
from finder.gui.query.closeness_histogram import ClosenessHistogram
from finder.gui.theme.theme import scaled_font
from finder.gui.theme.tokens import SECONDARY_PX, SPACE, SPACE_L, SPACE_M

if TYPE_CHECKING:
    from finder.core.search.distance import Metric

_FIELD = 200  # px
_BOX = 27  # px, a check box before its text
NO_CUT_OFF = 0


class ViewOptions(QWidget):
    """Signals: changed, of what needs another search; metric_chosen; cut_off_changed(0 to 100);
    thumb_size_changed(px); names_toggled(whether all cards have names); together_toggled(whether
    columns scroll together); fold_toggled(whether near-duplicates are folded); hide_query_toggled(
    whether the query's own file is left out)."""

    changed = Signal()
    metric_chosen = Signal()
    cut_off_changed = Signal(int)
    thumb_size_changed = Signal(int)
    names_toggled = Signal(bool)
    together_toggled = Signal(bool)
    fold_toggled = Signal(bool)
    hide_query_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.top = QSpinBox()
        self.metric_box = QComboBox()
        self.cut_off = QSlider(Qt.Orientation.Horizontal)
        self.cut_off_text = plain("")
        self.histogram = ClosenessHistogram()
        self.suggested = Button("")
        self.suggested.setToolTip(tr("Where the matches stop being similar"))
        self._suggestion = NO_CUT_OFF
        self.thumb_size = QSlider(Qt.Orientation.Horizontal)
        self.names = QCheckBox(tr("&Names on all pictures"))
        self.together = QCheckBox(tr("&Scroll columns together"))
        self.fold = QCheckBox(tr("Fold &near-duplicates"))
        self.hide_query = QCheckBox(tr("Hide the &query’s own file"))
        self.look_twice = QCheckBox(tr("&Look twice"))
        self._set_up()
        self._lay_out()
        self.top.valueChanged.connect(lambda _: self.changed.emit())
        self.look_twice.toggled.connect(lambda _: self.changed.emit())
        self.metric_box.currentIndexChanged.connect(lambda _: self.metric_chosen.emit())
        self.cut_off.valueChanged.connect(self._show_cut_off)
        self.suggested.clicked.connect(lambda: self.cut_off.setValue(self._suggestion))
        self.thumb_size.valueChanged.connect(self.thumb_size_changed)
        self.names.toggled.connect(self.names_toggled)
        self.together.toggled.connect(self.together_toggled)
        self.fold.toggled.connect(self.fold_toggled)
        self.hide_query.toggled.connect(self.hide_query_toggled)
        self._show_cut_off(NO_CUT_OFF)
        self.show_closeness(())

    def _set_up(self) -> None:
        indent_number(self.top)
        self.top.setRange(1, MAX_MATCHES)
        self.top.setAccessibleName(tr("Number of matches"))
        self.top.setToolTip(tr("How many matches each model shows"))
        self.metric_box.setAccessibleName(tr("Distance shown"))
        self.metric_box.setToolTip(
            tr("The measure shown; a model without that measure shows its own")
        )
        self.cut_off.setRange(NO_CUT_OFF, 100)
        self.cut_off.setAccessibleName(tr("Closeness cut-off"))
        self.cut_off.setToolTip(tr("Hide matches that are less close than this"))
        self.thumb_size.setRange(64, 240)
        self.thumb_size.setPageStep(32)
        self.thumb_size.setAccessibleName(tr("Picture size"))
        self.thumb_size.setToolTip(tr("Size of the pictures (Ctrl++, Ctrl+−)"))
        self.names.setToolTip(tr("Otherwise the picture that is pointed at has its name"))
        self.together.setChecked(True)
        self.together.setToolTip(tr("One scroll bar for all models, or one for each of them"))
        self.fold.setChecked(True)
        self.fold.setToolTip(
            tr("Of pictures that are nearly the same, only the best match is listed")
        )
        self.hide_query.setToolTip(tr("If the picture that you search for is in the library"))
        self.look_twice.setChecked(True)
        self.look_twice.setToolTip(
            tr("Of the best matches, those whose own neighbours are near the query come first")
        )
        for field in (self.top, self.metric_box, self.thumb_size):
            field.setFixedWidth(_FIELD)

    def _lay_out(self) -> None:
        longest = max(self._cut_off_words(value) for value in (0, 1, 40, 80, 100))
        self.cut_off_text.setMinimumWidth(self.fontMetrics().horizontalAdvance(longest) + SPACE)
        cut_off = QGridLayout()
        cut_off.setHorizontalSpacing(SPACE)
        cut_off.setVerticalSpacing(0)
        self.cut_off.setFixedWidth(_FIELD)
        self.histogram.setFixedWidth(_FIELD)
        cut_off.addWidget(self.histogram, 0, 0)
        cut_off.addWidget(self.cut_off, 1, 0)  # first, as Tab follows this order
        cut_off.addWidget(self.suggested, 0, 1)
        cut_off.addWidget(self.cut_off_text, 1, 1)
        cut_off.setColumnStretch(1, 1)
        layout = QFormLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.setHorizontalSpacing(SPACE_L)
        layout.setVerticalSpacing(SPACE_M)
        layout.setLabelAlignment(Qt.AlignmentFlag.AlignVCenter)
        layout.addRow(tr("&Matches"), self.top)
        layout.addRow(tr("Meas&ure"), self.metric_box)
        layout.addRow(tr("&Cut-off"), cut_off)
        layout.labelForField(cut_off).setBuddy(self.cut_off)  # type: ignore[attr-defined]
        layout.addRow(tr("Si&ze"), self.thumb_size)
        for box in (self.names, self.together, self.fold, self.hide_query):
            layout.addRow("", box)
        hint = plain(tr("Ranks the best again by their neighbours"))
        secondary(hint)
        hint.setIndent(_BOX)
        hint.setFont(scaled_font(SECONDARY_PX))
        layout.addRow("", stacked(self.look_twice, hint))

    def show_names(self, shows: bool) -> None:
        """Whether all cards have names. Without a signal."""
        self.names.blockSignals(True)
        self.names.setChecked(shows)
        self.names.blockSignals(False)

    def show_metrics(self, offered: list[Metric], chosen: str) -> None:
        """Without a signal."""
        shown = [self.metric_box.itemData(at) for at in range(self.metric_box.count())]
        self.metric_box.blockSignals(True)
        if shown != list(map(str, offered)):
            self.metric_box.clear()
            for metric in offered:
                self.metric_box.addItem(metric_title(metric), str(metric))
        self.metric_box.setCurrentIndex(max(0, self.metric_box.findData(chosen)))
        self.metric_box.blockSignals(False)

    def show_closeness(self, closeness: Sequence[float]) -> None:
        """Of the listed matches; none where nothing was searched for."""
        suggested = suggested_cut_off(closeness)
        self._suggestion = NO_CUT_OFF if suggested is None else ceil(suggested)
        self.histogram.show_closeness(closeness, suggested)
        self.histogram.setVisible(len(closeness) > 0)
        self.suggested.setText(tr("Suggested: {number}").format(number=self._suggestion))
        self._show_suggestion()

    def _show_suggestion(self) -> None:
        is_useful = self._suggestion not in (NO_CUT_OFF, self.cut_off.value())
        self.suggested.setVisible(is_useful)

    def _show_cut_off(self, value: int) -> None:
        words = self._cut_off_words(value)
        self.cut_off_text.setText(words)
        self.cut_off.setAccessibleDescription(words)
        self.histogram.show_cut_off(value)
        self._show_suggestion()
        self.cut_off_changed.emit(value)

    def _cut_off_words(self, value: int) -> str:
        if value <= NO_CUT_OFF:
            return tr("all")
        return tr("{number} · {word}").format(number=value, word=closeness_word(value).label)
