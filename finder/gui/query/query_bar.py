"""The bar at the top of the window: back and forward, the search field, models, what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from finder.core.i18n import tr
from finder.core.search.distance import Metric
from finder.gui.common.buttons import ToolButton
from finder.gui.common.popover import Popover
from finder.gui.common.search_field import SearchField
from finder.gui.common.segmented_control import SegmentedControl
from finder.gui.common.widgets import on_ground
from finder.gui.query.models_menu import ModelsButton
from finder.gui.query.view_options import NO_CUT_OFF, ViewOptions
from finder.gui.theme.tokens import SPACE, SPACE_M

if TYPE_CHECKING:
    from finder.core.library.catalogue.settings import Settings

_SEARCH_DELAY_MS = 250
_NARROW = 1_060  # px; the buttons lose their texts below
COMPARE, BEST = "compare", "best"


class QueryBar(QWidget):
    """Signals: search_requested: for the same picture, with other models, another number of matches
    or metric, looked at twice or once; cut_off_changed(least closeness, 0 to 100; 0: none);
    thumb_size_changed(px); together_toggled(whether columns scroll together); fold_toggled(whether
    near-duplicates are folded); hide_query_toggled(whether the query's own file is left out);
    view_chosen(`COMPARE` or `BEST`); open_requested; paste_requested; capture_requested.
    `WordsField` operates `field`."""

    open_requested = Signal()
    paste_requested = Signal()
    capture_requested = Signal()
    search_requested = Signal()
    thumb_size_changed = Signal(int)
    together_toggled = Signal(bool)
    fold_toggled = Signal(bool)
    hide_query_toggled = Signal(bool)
    cut_off_changed = Signal(int)
    view_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        on_ground(self, "panel")
        self.back = ToolButton("arrow-left", tip=tr("Back (Alt+Left)"))
        self.forward = ToolButton("arrow-right", tip=tr("Forward (Alt+Right)"))
        for button in (self.back, self.forward):
            button.setEnabled(False)
        self.field = SearchField(tr("Describe what you look for, or drop a picture"))
        self.paste = self.field.add_button("clipboard-paste", tr("Paste a picture (Ctrl+V)"))
        self.open = self.field.add_button("image-up", tr("Choose a query picture (Ctrl+O)"))
        self.capture = self.field.add_button(
            "square-dashed-mouse-pointer", tr("Capture part of the screen (Ctrl+Shift+S)")
        )
        self.models = ModelsButton()
        self.views = SegmentedControl(
            tr("View of the results"),
            [(COMPARE, tr("Compare"), "columns-3"), (BEST, tr("Best"), "grid-2x2")],
            [tr("Compare the models side by side"), tr("One grid of the best matches")],
        )
        self.options = ViewOptions(self)  # until they are first opened; deleted with the window
        self.options.hide()
        self.top = self.options.top
        self.metric_box = self.options.metric_box
        self.cut_off = self.options.cut_off
        self.thumb_size = self.options.thumb_size
        self.together = self.options.together
        self.fold = self.options.fold
        self.hide_query = self.options.hide_query
        self.look_twice = self.options.look_twice
        self.view = ToolButton("sliders-horizontal", tr("View"), tr("View options"), outlined=True)
        self.menu = ToolButton("ellipsis", tip=tr("Menu"))
        self._popover: Popover | None = None
        self._metric = str(Metric.EUCLIDEAN)
        self._shows_views = False
        self._several: bool | None = None
        self._search_timer = QTimer(self, singleShot=True, interval=_SEARCH_DELAY_MS)
        self._connect()
        self._lay_out()
        self.views.hide()  # until there is an answer
        self.update_metrics()

    def _connect(self) -> None:
        self.open.clicked.connect(self.open_requested)
        self.paste.clicked.connect(self.paste_requested)
        self.capture.clicked.connect(self.capture_requested)
        self._search_timer.timeout.connect(self.search_requested)
        self.models.choice_changed.connect(self._models_changed)
        self.models.choice_edited.connect(self._search_timer.start)
        self.options.changed.connect(self._search_timer.start)
        self.options.metric_chosen.connect(self._metric_chosen)
        self.options.thumb_size_changed.connect(self.thumb_size_changed)
        self.options.together_toggled.connect(self.together_toggled)
        self.options.fold_toggled.connect(self.fold_toggled)
        self.options.hide_query_toggled.connect(self.hide_query_toggled)
        self.options.cut_off_changed.connect(self.cut_off_changed)
        self.views.chosen.connect(self.view_chosen)
        self.view.clicked.connect(self.open_options)

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE, SPACE_M, SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self.back)
        layout.addWidget(self.forward)
        layout.addWidget(self.field, 1)
        for widget in (self.models, self.views, self.view, self.menu):
            layout.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window some buttons are icons only."""
        super().resizeEvent(event)
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        if self.width() < _NARROW:
            style = Qt.ToolButtonStyle.ToolButtonIconOnly
        for button in (*self.views.buttons, self.view):
            button.setToolButtonStyle(style)

    def open_options(self) -> None:
        """The panel with the number of matches, the measure, the cut-off and the size."""
        if self._popover is None:
            self._popover = Popover(tr("View"), self.options, self.view)
            self.options.show()
        self._popover.open_panel()

    def apply_settings(self, settings: Settings) -> None:
        """Show saved settings without requesting a search."""
        boxes = {
            self.together: settings.scroll_together,
            self.fold: settings.fold_near_duplicates,
            self.hide_query: settings.hide_query,
            self.look_twice: settings.look_twice,
        }
        quiet = (self.top, self.metric_box, self.thumb_size, *boxes)
        for widget in quiet:
            widget.blockSignals(True)
        self.top.setValue(settings.top)
        self._metric = settings.metric
        self.update_metrics()
        self.thumb_size.setValue(settings.thumb_size)
        for box, is_checked in boxes.items():
            box.setChecked(is_checked)
        for widget in quiet:
            widget.blockSignals(False)
        self.models.set_choice(settings.models_shown)
        self.views.choose(BEST if settings.results_view == BEST else COMPARE)
        self.view_chosen.emit(self.views.choice())
        self.thumb_size_changed.emit(settings.thumb_size)
        self.together_toggled.emit(settings.scroll_together)
        self.fold_toggled.emit(settings.fold_near_duplicates)
        self.hide_query_toggled.emit(settings.hide_query)

    def apply_search(self, models: Sequence[str] | None, top: int, metric: str) -> None:
        """Show the options of a search that is about to run, without requesting it."""
        self._search_timer.stop()
        self.top.blockSignals(True)
        self.top.setValue(top)
        self.top.blockSignals(False)
        self._metric = metric
        self.models.set_choice(models)
        self.update_metrics()

    def update_metrics(self) -> None:
        """Offer the metrics of the chosen models, without a signal."""
        supported = {metric for spec in self.models.chosen() for metric in spec.metrics}
        offered = [m for m in Metric if m in supported] or list(Metric)[:3]
        self.options.show_metrics(offered, self._metric)

    def _models_changed(self) -> None:
        self.update_metrics()
        several = len(self.models.chosen()) > 1 if self._several is None else self._several
        self.views.setVisible(self._shows_views and several)

    def show_views(self, shows: bool) -> None:
        """Offer the two views of an answer, if it has several lists."""
        self._shows_views = shows
        self._models_changed()

    def show_lists(self, several: bool | None, words_only: bool) -> None:
        """Of an answer: whether it has several lists (None: as many as there are models);
        words_only: whether the query has words only, which some models do not understand."""
        self._several = several
        self.models.show_words_only(words_only)
        self._models_changed()

    def _metric_chosen(self) -> None:
        self._metric = self.metric_box.currentData()
        self._search_timer.start()

    def reset_cut_off(self) -> bool:
        """Show all matches again. Returns whether any were hidden."""
        was_set = self.cut_off.value() > NO_CUT_OFF
        self.cut_off.setValue(NO_CUT_OFF)
        return was_set
