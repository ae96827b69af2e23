"""The query's thumbnail, name and size, and the options of its search.

The slider for the thumbnail size is made here too, but the window places it in the status bar.
"""

from __future__ import annotations

import os

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from finder.core.i18n import tr, trn
from finder.core.library.catalogue.settings import Settings
from finder.core.limits import MAX_MATCHES
from finder.core.printable import printable
from finder.core.search.distance import Metric
from finder.gui.common.buttons import ToolButton
from finder.gui.common.formatting import file_size, metric_title
from finder.gui.common.widgets import (
    ElidedLabel,
    PictureLabel,
    bold,
    indent_number,
    on_ground,
    plain,
    secondary,
)
from finder.gui.query.models_menu import ModelsButton
from finder.gui.theme.tokens import SPACE, SPACE_L, SPACE_M
from finder.jobs.workspace import QueryFacts

_SEARCH_DELAY_MS = 250
_OFF = -1
_PICTURE, _TOP = 80, 116  # px
_METRIC_LETTERS = 13


class QueryBar(QWidget):
    """Signals: search_requested: for the same picture, with other models, another number of matches
    or metric; cut_off_changed(least cosine similarity; −1: none); name_filter_changed(text);
    thumb_size_changed(px); open_requested; paste_requested."""

    open_requested = Signal()
    paste_requested = Signal()
    search_requested = Signal()
    thumb_size_changed = Signal(int)
    cut_off_changed = Signal(float)
    name_filter_changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        on_ground(self, "panel")
        self.picture = PictureLabel()
        self.picture.setFixedSize(_PICTURE, _PICTURE)
        self.picture.setAccessibleName(tr("Query picture"))
        self.name = bold(ElidedLabel())
        self.facts = ElidedLabel()
        secondary(self.facts)
        self.open = ToolButton("image-up", tip=tr("Choose a query picture (Ctrl+O)"))
        self.paste = ToolButton("clipboard-paste", tip=tr("Paste a picture (Ctrl+V)"))
        self.models = ModelsButton()
        self.top = QSpinBox()
        self.metric_box = QComboBox()
        self._metric = str(Metric.EUCLIDEAN)
        self.thumb_size = QSlider(Qt.Orientation.Horizontal)
        self.cut_off = QSlider(Qt.Orientation.Horizontal)
        self.cut_off_text = plain("")
        self.name_filter = QLineEdit()
        self._search_timer = QTimer(self)
        self._set_up_controls()
        self._connect()
        self._lay_out()
        self.show_query(None)
        self._show_cut_off(_OFF)

    def show_query(self, facts: QueryFacts | None) -> None:
        self.picture.setVisible(facts is not None)
        if facts is None:
            self.picture.clear_image()
            self.name.show_text(tr("No query picture"))
            self.facts.show_text(tr("Drop, paste or open one"))
            return
        self.picture.show_image(facts.image)
        name, more = printable(os.path.basename(facts.label)), len(facts.more_labels)
        if more:
            name = trn("{name} +{n} more", "{name} +{n} more", more, name=name)
        labels = map(printable, (facts.label, *facts.more_labels))
        self.name.show_text(name, "\n".join(labels))
        self.facts.show_text(
            tr("{width:,} × {height:,} px · {size}").format(
                width=facts.width, height=facts.height, size=file_size(facts.bytes)
            )
        )

    def apply_settings(self, settings: Settings) -> None:
        """Show saved settings without requesting a search."""
        for widget in (self.top, self.metric_box, self.thumb_size):
            widget.blockSignals(True)
        self.top.setValue(settings.top)
        self._metric = settings.metric
        self.update_metrics()
        self.thumb_size.setValue(settings.thumb_size)
        for widget in (self.top, self.metric_box, self.thumb_size):
            widget.blockSignals(False)
        self.models.set_choice(settings.models_shown)
        self.thumb_size_changed.emit(settings.thumb_size)

    def update_metrics(self) -> None:
        """Offer the metrics of the chosen models, without a signal."""
        supported = {metric for spec in self.models.chosen() for metric in spec.metrics}
        offered = [m for m in Metric if m in supported] or list(Metric)[:3]
        shown = [self.metric_box.itemData(at) for at in range(self.metric_box.count())]
        self.metric_box.blockSignals(True)
        if shown != list(map(str, offered)):
            self.metric_box.clear()
            for metric in offered:
                self.metric_box.addItem(metric_title(metric), str(metric))
        self.metric_box.setCurrentIndex(max(0, self.metric_box.findData(self._metric)))
        self.metric_box.blockSignals(False)

    def _metric_chosen(self) -> None:
        self._metric = self.metric_box.currentData()
        self._request_search_soon()

    def reset_filters(self) -> bool:
        """Show all matches again. Returns whether any filter was set."""
        was_set = bool(self.name_filter.text()) or self.cut_off.value() > _OFF
        self.name_filter.clear()
        self.cut_off.setValue(_OFF)
        return was_set

    def _set_up_controls(self) -> None:
        indent_number(self.top)
        self.top.setRange(1, MAX_MATCHES)
        self.top.setAccessibleName(tr("Number of matches"))
        self.top.setToolTip(tr("How many matches each model shows"))
        before, _, after = tr("Top {n}").partition("{n}")
        self.top.setPrefix(before)
        self.top.setSuffix(after)
        self.top.setFixedWidth(_TOP)
        self.metric_box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.metric_box.setMinimumContentsLength(_METRIC_LETTERS)
        self.metric_box.setAccessibleName(tr("Distance shown"))
        self.metric_box.setToolTip(
            tr("The measure shown; a model without that measure shows its own")
        )
        self.thumb_size.setRange(64, 240)
        self.thumb_size.setPageStep(32)
        self.thumb_size.setAccessibleName(tr("Picture size"))
        self.thumb_size.setToolTip(tr("Size of the pictures (Ctrl++, Ctrl+−)"))
        self.cut_off.setRange(_OFF, 99)
        self.cut_off.setValue(_OFF)
        self.cut_off.setAccessibleName(tr("Similarity cut-off"))
        self.cut_off.setToolTip(tr("Hide matches that are less similar than this"))
        self.cut_off.setMinimumWidth(70)
        self.thumb_size.setFixedWidth(140)
        self.name_filter.setPlaceholderText(tr("Filter by name"))
        self.name_filter.setAccessibleName(tr("Filter by name"))
        self.name_filter.setClearButtonEnabled(True)
        self.name_filter.setFixedWidth(150)
        self._search_timer.setSingleShot(True)
        self._search_timer.setInterval(_SEARCH_DELAY_MS)

    def _connect(self) -> None:
        self.open.clicked.connect(self.open_requested)
        self.paste.clicked.connect(self.paste_requested)
        self._search_timer.timeout.connect(self.search_requested)
        self.models.choice_changed.connect(self.update_metrics)
        self.models.choice_edited.connect(self._request_search_soon)
        self.top.valueChanged.connect(self._request_search_soon)
        self.metric_box.currentIndexChanged.connect(self._metric_chosen)
        self.thumb_size.valueChanged.connect(self.thumb_size_changed)
        self.cut_off.valueChanged.connect(self._show_cut_off)
        self.name_filter.textChanged.connect(self.name_filter_changed)

    def _request_search_soon(self) -> None:
        """For signals with a number, which QTimer.start would take for its interval."""
        self._search_timer.start()

    def _lay_out(self) -> None:
        text = QVBoxLayout()
        text.setSpacing(0)
        text.addWidget(self.name)
        text.addWidget(self.facts)
        buttons = QHBoxLayout()
        buttons.addWidget(self.open)
        buttons.addWidget(self.paste)
        buttons.addStretch(1)
        text.addLayout(buttons)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_L, SPACE, SPACE_L, SPACE)
        layout.setSpacing(SPACE_M)
        layout.addWidget(self.picture)
        layout.addLayout(text, 1)
        layout.addLayout(self._controls())

    def _controls(self) -> QVBoxLayout:
        upper, lower = QHBoxLayout(), QHBoxLayout()
        upper.addWidget(self.models)
        upper.addWidget(self.top)
        upper.addWidget(self.metric_box)
        label = QLabel(tr("&Cut-off"))
        label.setBuddy(self.cut_off)
        self.cut_off_text.setFixedWidth(self.fontMetrics().horizontalAdvance("≥ 0.000"))
        for widget in (label, self.cut_off, self.cut_off_text, self.name_filter):
            lower.addWidget(widget)
        lower.setStretch(1, 1)
        controls = QVBoxLayout()
        controls.setSpacing(SPACE)
        controls.addLayout(upper)
        controls.addLayout(lower)
        return controls

    def _show_cut_off(self, value: int) -> None:
        off = value <= _OFF
        self.cut_off_text.setText(tr("all") if off else f"≥ {value / 100:.2f}")
        self.cut_off_changed.emit(-1.0 if off else value / 100)
