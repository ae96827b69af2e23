"""The panel in which the filter is set: fields for the usual conditions, and all of it as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLayout, QLineEdit, QVBoxLayout, QWidget

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.filter.filter_ranges import read_days
from finder.core.library.catalogue.filter.filter_text import filter_text, parse_filter
from finder.core.library.catalogue.filter.picture_filter import Availability, Filter, Orientation
from finder.gui.common.buttons import Button, Kind
from finder.gui.common.widgets import plain, secondary
from finder.gui.query.filtering.filter_fields import CheckRow, ChoiceField, NumberField
from finder.gui.query.filtering.filter_words import (
    FORMATS,
    availability_title,
    format_title,
    orientation_title,
)
from finder.gui.theme.theme import colour
from finder.gui.theme.tokens import SPACE, SPACE_L, SPACE_M

if TYPE_CHECKING:
    from finder.gui.query.filtering.filters import FilterModel

_APPLY_DELAY_MS = 350
_WIDTH = 500  # px
_DAY = 120
Change = Callable[[Filter], Filter]
"""From the filter to one with the field's condition. Raises FinderError."""


class FilterEditor(QWidget):
    """Edits the filter of `model`; a change counts a moment after it was made. Signal: done."""

    done = Signal()

    def __init__(self, model: FilterModel) -> None:
        super().__init__()
        self._model = model
        self._pending: list[Change] = []
        self._timer = QTimer(self, singleShot=True, interval=_APPLY_DELAY_MS)
        self._timer.timeout.connect(self.apply_now)
        self.name = self._line(tr("Name contains"), tr("part of a file's name"))
        self.taken_from = self._line(tr("Taken from"), tr("2024-06"), _DAY)
        self.taken_until = self._line(tr("Taken until"), tr("2024-12-31"), _DAY)
        self.formats = CheckRow(tr("Format"), [(name, format_title(name)) for name in FORMATS], 4)
        shapes = [(str(one), orientation_title(one)) for one in Orientation]
        self.shapes = CheckRow(tr("Shape"), shapes, 4)
        self.width_field = NumberField(tr("Smallest width"), "px", 100_000, step=100)
        self.height_field = NumberField(tr("Smallest height"), "px", 100_000, step=100)
        self.megapixels = NumberField(tr("Fewest megapixels"), "MP", 2_000, decimals=1)
        self.megabytes = NumberField(tr("Smallest file"), "MB", 100_000, decimals=1)
        places = [("", tr("Here or not"))]
        places += [(str(one), availability_title(one)) for one in Availability]
        self.available = ChoiceField(tr("Availability"), places)
        self.text = self._line(tr("Filter as text"), "taken>=2024 width>2000")
        self.error = plain("", wrap=True)
        self.clear_all = Button(tr("Clear all"), kind=Kind.QUIET)
        self.close_button = Button(tr("Done"), kind=Kind.PRIMARY)
        self._lay_out()
        self._connect()
        model.changed.connect(self._show)
        self._show()

    def _line(self, name: str, placeholder: str, width: int = 0) -> QLineEdit:
        line = QLineEdit()
        line.setAccessibleName(name)
        line.setPlaceholderText(placeholder)
        if width:
            line.setFixedWidth(width)
        return line

    def _lay_out(self) -> None:
        hint = plain(
            tr("Also folder:, path:, changed:, height<, size:1MB..5MB, -folder:"), wrap=True
        )
        secondary(hint)
        rows: list[tuple[str, QWidget | QLayout]] = [
            (tr("Name"), self.name),
            (tr("Taken"), _between(self.taken_from, self.taken_until)),
            (tr("Format"), self.formats),
            (tr("Shape"), self.shapes),
            (tr("At least"), self._sizes()),
            (tr("Files"), self.available),
            (tr("As text"), self.text),
        ]
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE_L)
        grid.setVerticalSpacing(SPACE)
        grid.setColumnStretch(1, 1)
        for at, (title, field) in enumerate(rows):
            grid.addWidget(secondary(plain(title)), at, 0)
            if isinstance(field, QWidget):
                grid.addWidget(field, at, 1)
            else:
                grid.addLayout(field, at, 1)
        grid.addWidget(hint, len(rows), 1)
        grid.addWidget(self.error, len(rows) + 1, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.clear_all)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE_M)
        layout.addLayout(grid)
        layout.addLayout(buttons)
        self.setFixedWidth(_WIDTH)
        self.error.hide()

    def _sizes(self) -> QGridLayout:
        """Width × height, and below them megapixels and megabytes."""
        sizes = QGridLayout()
        sizes.setHorizontalSpacing(SPACE)
        sizes.setVerticalSpacing(SPACE)
        sizes.addWidget(plain("×"), 0, 1)
        for at, (_, field, _) in enumerate(self._numbers()):
            sizes.addWidget(field, at // 2, at % 2 * 2)
        for column in (0, 2):
            sizes.setColumnStretch(column, 1)
        return sizes

    def _connect(self) -> None:
        self.name.textEdited.connect(lambda _: self._later(self._with_name))
        self.taken_from.textEdited.connect(lambda _: self._later(self._with_days))
        self.taken_until.textEdited.connect(lambda _: self._later(self._with_days))
        self.formats.changed.connect(lambda: self._later(self._with_formats))
        self.shapes.changed.connect(lambda: self._later(self._with_shapes))
        for key, field, unit in self._numbers():
            change = _least(key, field, unit)
            field.changed.connect(lambda change=change: self._later(change))
        self.available.changed.connect(lambda: self._later(self._with_availability))
        self.text.textEdited.connect(lambda _: self._later(self._with_text))
        self.text.returnPressed.connect(self._finish)
        self.name.returnPressed.connect(self._finish)
        self.clear_all.clicked.connect(self._clear)
        self.close_button.clicked.connect(self._finish)

    def _numbers(self) -> list[tuple[str, NumberField, int]]:
        """The field of the filter, the widget, and what 1 stands for in it."""
        return [
            ("width", self.width_field, 1),
            ("height", self.height_field, 1),
            ("pixels", self.megapixels, 10**6),
            ("bytes", self.megabytes, 10**6),
        ]

    # From the filter to the fields

    def _show(self) -> None:
        """What is being typed, or cannot be understood, stays as it is."""
        filter = self._model.filter
        self._show_text(self.name, filter.name[0] if filter.name else "", self._with_name)
        self._show_text(self.taken_from, filter.taken_from or "", self._with_days)
        self._show_text(self.taken_until, filter.taken_until or "", self._with_days)
        self._show_text(self.text, filter_text(filter), self._with_text)
        self.formats.choose(filter.formats)
        self.shapes.choose(tuple(map(str, filter.orientations)))
        for key, field, unit in self._numbers():
            field.show_value((getattr(filter, key).least or 0) / unit)
        self.available.choose(str(filter.available or ""))
        self.clear_all.setEnabled(not filter.is_everything)

    def _show_text(self, line: QLineEdit, text: str, change: Change) -> None:
        is_being_edited = line.hasFocus() and line.isModified()
        if line.text() != text and not is_being_edited and change not in self._pending:
            line.setText(text)

    # From the fields to the filter

    def _later(self, change: Change) -> None:
        """The text stands for the whole filter: it and the fields replace each other."""
        is_text = change == self._with_text
        others = [] if is_text else [o for o in self._pending if o not in (change, self._with_text)]
        self._pending = [*others, change]
        self._timer.start()

    def apply_now(self) -> None:
        """What was edited counts now; what cannot be understood is said under the fields."""
        self._timer.stop()
        pending, self._pending = self._pending, []
        filter, error = self._model.filter, ""
        for change in pending:
            try:
                filter = change(filter)
            except FinderError as failed:
                error = str(failed)
                self._pending.append(change)  # tried again with the next one
        self._show_error(error)
        self._model.set_filter(filter)

    def _show_error(self, text: str) -> None:
        palette = self.error.palette()
        palette.setColor(QPalette.ColorRole.WindowText, colour("danger"))
        self.error.setPalette(palette)
        self.error.setText(text)
        self.error.setVisible(bool(text))

    def _finish(self) -> None:
        self.apply_now()
        if not self._pending:
            self.done.emit()

    def _clear(self) -> None:
        self._pending = []
        self._show_error("")
        self._model.clear()
        self._show()

    def _with_text(self, filter: Filter) -> Filter:
        return parse_filter(self.text.text())

    def _with_name(self, filter: Filter) -> Filter:
        text = self.name.text().strip()
        return replace(filter, name=(text, *filter.name[1:]) if text else filter.name[1:])

    def _with_days(self, filter: Filter) -> Filter:
        first, last = self.taken_from.text().strip(), self.taken_until.text().strip()
        start = read_days(">=", first).least if first else None
        end = read_days("<=", last).most if last else None
        if start and end and start > end:
            raise FinderError(tr("The first day is after the last one."), tr("Swap the two days."))
        return replace(filter, taken_from=start, taken_until=end)

    def _with_formats(self, filter: Filter) -> Filter:
        return replace(filter, formats=self.formats.chosen())

    def _with_shapes(self, filter: Filter) -> Filter:
        return replace(filter, orientations=tuple(map(Orientation, self.shapes.chosen())))

    def _with_availability(self, filter: Filter) -> Filter:
        chosen = self.available.chosen()
        return replace(filter, available=Availability(chosen) if chosen else None)


def _least(key: str, field: NumberField, unit: int) -> Change:
    """The field's number as the least of a range of the filter; its most stays."""

    def change(filter: Filter) -> Filter:
        least = round(field.value() * unit) or None
        span = getattr(filter, key)
        most = None if least and span.most is not None and span.most < least else span.most
        changes = {key: replace(span, least=least, most=most)}
        return replace(filter, **changes)

    return change


def _between(first: QWidget, last: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(SPACE)
    for widget in (first, plain("–"), last):
        row.addWidget(widget)
    row.addStretch(1)
    return row
