"""The filter as chips, above the library's pictures and beside the query."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from finder.core.i18n import tr, trn
from finder.gui.common.buttons import Button, Kind
from finder.gui.common.chip import Chip
from finder.gui.common.flow_layout import FlowLayout, rows_of
from finder.gui.common.popover import Popover
from finder.gui.common.widgets import literal_tip
from finder.gui.query.filtering.filter_words import FilterPart, filter_parts

if TYPE_CHECKING:
    from finder.gui.query.filtering.filter_editor import FilterEditor
    from finder.gui.query.filtering.filters import FilterModel


class FilterBar(QWidget):
    """A chip for each condition, which can be removed, and `edit`, which opens a panel to change
    them all.

    most_rows: what does not fit into so many is behind a chip with its number, and `edit` is for
    another place; the bar is hidden while there is no condition.
    """

    def __init__(self, model: FilterModel, most_rows: int | None = None) -> None:
        super().__init__()
        self._model = model
        self._most_rows = most_rows
        self._popover: Popover | None = None
        self.editor: FilterEditor | None = None
        self.chips: list[Chip] = []
        self.edit = Chip(tr("Filter"), "list-filter", removable=False)
        self.edit.setToolTip(tr("Choose which pictures are shown and searched"))
        self.edit.clicked.connect(self.open_editor)
        self.clear_all = Button(tr("Clear all"), kind=Kind.QUIET)
        self.clear_all.setToolTip(tr("Show and search all pictures again"))
        self.clear_all.clicked.connect(self._clear)
        self.more = Chip("", removable=False, parent=self)
        self.more.clicked.connect(self.open_editor)
        self.more.hide()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._layout = FlowLayout(self)
        model.changed.connect(self._show)
        self._show()

    def open_editor(self) -> None:
        """The panel with all conditions."""
        if self._popover is None:
            from finder.gui.query.filtering.filter_editor import FilterEditor

            self.editor = FilterEditor(self._model)
            self._popover = Popover(tr("Filter"), self.editor, self.edit)
            self.editor.done.connect(self._popover.close_panel)
            self._popover.closed.connect(self.editor.apply_now)
        self.edit.setFocus()  # a chip that was clicked may be gone when the panel closes
        self._popover.open_panel()

    def _show(self) -> None:
        parts = filter_parts(self._model.filter)
        for chip in self.chips:
            self._layout.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        for widget in (self.edit, self.more, self.clear_all):
            self._layout.removeWidget(widget)
        self.chips = [self._chip(part) for part in parts]
        for one in self._widgets():
            self._layout.addWidget(one)
            one.show()
        self.clear_all.setVisible(len(parts) > 1)
        if self._most_rows is not None:
            self.setVisible(bool(parts))
        self._fold()
        self._set_tab_order()
        self.updateGeometry()

    def _widgets(self) -> list[QWidget]:
        """In their order."""
        edit = [self.edit] if self._most_rows is None else []
        return [*self.chips, *edit, self.more, self.clear_all]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        """Put the last chips behind one with their number, as far as there is no room for them."""
        shown = len(self.chips)
        while shown > 1 and not self._fits(shown):
            shown -= 1
        for place, chip in enumerate(self.chips):
            chip.setVisible(place < shown)
        folded = [chip.text() for chip in self.chips[shown:]]
        self._show_more(folded)

    def _show_more(self, folded: Sequence[str]) -> None:
        self.more.show_text(tr("+{n}").format(n=len(folded)))
        words = trn("{n} more condition", "{n} more conditions", len(folded))
        self.more.setAccessibleName(words)
        self.more.setAccessibleDescription("; ".join(folded))
        self.more.setToolTip(literal_tip("\n".join(folded)))
        self.more.setVisible(bool(folded))

    def _fits(self, shown: int) -> bool:
        """Whether so many chips do, with what is behind them."""
        if self._most_rows is None:
            return True
        widgets: list[QWidget] = list(self.chips[:shown])
        if shown < len(self.chips):
            self.more.show_text(tr("+{n}").format(n=len(self.chips) - shown))
            widgets.append(self.more)
        if len(self.chips) > 1:
            widgets.append(self.clear_all)
        return rows_of((w.sizeHint().width() for w in widgets), self.width()) <= self._most_rows

    def _chip(self, part: FilterPart) -> Chip:
        chip = Chip(part.words, part.icon, parent=self)
        chip.setToolTip(literal_tip(part.tip))
        chip.removed.connect(partial(self._remove, part))
        chip.clicked.connect(self.open_editor)
        return chip

    def _set_tab_order(self) -> None:
        """As they are seen, though the chips are newer."""
        widgets = self._widgets()
        if self.edit not in widgets and self.edit.window() is self.window():
            widgets.insert(0, self.edit)
        for before, after in pairwise(widgets):
            QWidget.setTabOrder(before, after)

    def _remove(self, part: FilterPart) -> None:
        self.edit.setFocus()  # its chip is about to go
        self._model.set_filter(part.without)

    def _clear(self) -> None:
        self.edit.setFocus()
        self._model.clear()
