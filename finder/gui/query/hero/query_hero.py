"""The query above its results: a large picture with the part that counts, its examples, filters."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QFont, QImage, QPixmap, QResizeEvent, QTransform
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.core.printable import printable
from finder.core.search.query.query_spec import (
    LESS,
    LibrarySource,
    QueryExample,
    Source,
    TextSource,
)
from finder.gui.common.buttons import ToolButton
from finder.gui.common.chip import Chip
from finder.gui.common.formatting import file_size
from finder.gui.common.widgets import ElidedLabel, secondary
from finder.gui.query.hero.crop_picture import CropPicture
from finder.gui.query.hero.recent_strip import RecentStrip
from finder.gui.theme.theme import scaled_font
from finder.gui.theme.tokens import SPACE, SPACE_L, SPACE_M, SPACE_S, SPACE_XL, TITLE_PX

if TYPE_CHECKING:
    from finder.core.pictures.transform import Transform
    from finder.gui.query.hero.query_editor import QueryEditor
    from finder.jobs.query_facts import QueryFacts

_LARGE, _SMALL = (224, 160), (160, 112)
_LOW = 680  # px; in a lower window the picture is smaller
_CHIP = 72  # px of the picture in a chip, on a screen of high density
PixmapOf = Callable[[int], QPixmap | None]
_WEIGHTS = (2.0, 1.0, 0.5, -0.5, -1.0, -2.0)


class QueryHero(QWidget):
    """Shows the query of `editor`, and lets the user change it. `save` is a button for another
    part. Signal: draw_expected, when the user may be about to draw a frame."""

    draw_expected = Signal()

    def __init__(self, editor: QueryEditor, pixmap_of: PixmapOf) -> None:
        """pixmap_of: the thumbnail of a picture of the library, if it is loaded."""
        super().__init__()
        self.editor = editor
        self._pixmap_of = pixmap_of
        self.picture = CropPicture()
        self.picture.frame_changed.connect(editor.set_frame)
        self.name = ElidedLabel()
        self.name.setFont(scaled_font(TITLE_PX, QFont.Weight.DemiBold))
        self.facts = ElidedLabel()
        secondary(self.facts)
        self.rotate = ToolButton("rotate-cw", tip=tr("Turn by 90°"))
        self.rotate.clicked.connect(editor.rotate)
        self.mirror = ToolButton("flip-horizontal", tip=tr("Mirror"))
        self.mirror.clicked.connect(editor.mirror)
        self.any_orientation = ToolButton("refresh-cw", tr("Any orientation"), checkable=True)
        self.any_orientation.setToolTip(
            tr("Also find pictures that look like this one turned or mirrored")
        )
        self.any_orientation.toggled.connect(editor.set_any_orientation)
        self.save = ToolButton("bookmark", tip=tr("Save this search… (Ctrl+S)"))
        self.examples = QHBoxLayout()
        self.tools = QHBoxLayout()
        self.recent = RecentStrip()
        self._image = QImage()
        self._read: dict[Source, QPixmap] = {}
        self._details = ""
        self._with_text = 0
        self._lay_out()
        self.fit_window(1_000)

    def _lay_out(self) -> None:
        for row in (self.tools, self.examples):
            row.setSpacing(SPACE)
        for button in (self.rotate, self.mirror, self.any_orientation, self.save):
            self.tools.addWidget(button)
        for row in (self.tools, self.examples):
            row.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(SPACE_S)
        words.addWidget(self.name)
        words.addWidget(self.facts)
        for row in (self.tools, self.examples):
            words.addLayout(row)
        words.addStretch(1)
        top = QHBoxLayout()
        top.setSpacing(SPACE_L + SPACE_S)
        top.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        top.addWidget(self.recent, 0, Qt.AlignmentFlag.AlignTop)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(SPACE_XL, SPACE_L, SPACE_XL, SPACE_M)
        self._layout.setSpacing(SPACE_M)
        self._layout.addLayout(top)

    def add_filter(self, edit: QWidget, conditions: QWidget) -> None:
        """edit: what opens the filter, beside the other tools; conditions: a row of all the
        width."""
        self.tools.insertWidget(self.tools.count() - 1, edit)
        self._layout.addWidget(conditions)

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:  # the recent ones may need more room
            self._fit_tools()
        return handled

    def _fit_tools(self) -> None:
        """Where there is no room for its text, “Any orientation” is an icon."""
        button, icon_only = self.any_orientation, Qt.ToolButtonStyle.ToolButtonIconOnly
        is_icon = button.toolButtonStyle() is icon_only
        if not is_icon:
            self._with_text = button.sizeHint().width()
        self._layout.activate()
        items = [self.tools.itemAt(at) for at in range(self.tools.count() - 1)]
        others = [item for item in items if item is not None and item.widget() is not button]
        needed = sum(item.sizeHint().width() + SPACE for item in others) + self._with_text
        if (needed > self.tools.geometry().width()) != is_icon:
            with_text = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
            button.setToolButtonStyle(with_text if is_icon else icon_only)
            self._layout.activate()

    def fit_window(self, height: int) -> None:
        """height: of the window, in px."""
        self.picture.setFixedSize(*(_SMALL if height < _LOW else _LARGE))

    def show_query(self, facts: QueryFacts | None) -> None:
        if facts is None:
            return
        self._image = facts.image
        self._read = {example.asked.source: _shrunk(example.image) for example in facts.examples}
        self.editor.spec = facts.spec
        self.name.show_text(printable(facts.name), printable(facts.label))
        details = tr("{width:,} × {height:,} px · {size}").format(
            width=facts.width, height=facts.height, size=file_size(facts.bytes)
        )
        self._details = tr("words") if facts.image.isNull() else details
        for button in (self.rotate, self.mirror, self.any_orientation):
            button.setEnabled(not facts.image.isNull())
        self.show_spec()

    def show_spec(self) -> None:
        """The part, the orientation and the examples, as the editor has them."""
        transform, spec = self.editor.transform, self.editor.spec
        self.picture.show_picture(turned(self._image, transform), self.editor.frame)
        is_part = transform.crop is not None
        part = tr("{facts} · part of the picture").format(facts=self._details)
        self.facts.show_text(part if is_part else self._details)
        self.any_orientation.blockSignals(True)
        self.any_orientation.setChecked(spec is not None and spec.any_orientation)
        self.any_orientation.blockSignals(False)
        self._show_examples(spec.items if spec is not None else ())

    def _show_examples(self, items: tuple[QueryExample, ...]) -> None:
        """Those that are not shown large."""
        while self.examples.count() > 1:
            item = self.examples.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for number, example in enumerate(items):
            if number == self.editor.lead:
                continue
            chip = Chip(_words(example), "thumbs-up" if example.weight > 0 else "thumbs-down")
            pixmap = self._small_picture(example.source)
            if pixmap is not None and not pixmap.isNull():
                chip.show_picture(pixmap)
            chip.removed.connect(partial(self.editor.remove_example, number))
            chip.clicked.connect(partial(self._choose_weight, number, chip))
            self.examples.insertWidget(self.examples.count() - 1, chip)

    def _small_picture(self, source: Source) -> QPixmap | None:
        """Of an example, if it is loaded."""
        if isinstance(source, LibrarySource):
            return self._pixmap_of(source.picture)
        return self._read.get(source)

    def _choose_weight(self, number: int, chip: Chip) -> None:
        menu = QMenu(chip)
        for weight in _WEIGHTS:
            more = tr("More like this ({weight:g})") if weight > 0 else tr("Less ({weight:g})")
            action = menu.addAction(more.format(weight=weight))
            action.triggered.connect(partial(self.editor.set_weight, number, weight))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(chip.mapToGlobal(QPoint(0, chip.height())))

    def enterEvent(self, event: object) -> None:
        self.draw_expected.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit_window(self.window().height())
        self._fit_tools()
        self.recent.fit(self.width())


def turned(image: QImage, transform: Transform) -> QImage:
    """The picture as it is searched for: turned, then mirrored."""
    if transform.quarter_turns:
        image = image.transformed(QTransform().rotate(90 * transform.quarter_turns))
    return image.transformed(QTransform().scale(-1, 1)) if transform.mirrored else image


def _shrunk(image: QImage) -> QPixmap:
    """For a chip, on any screen."""
    ways = Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(image.scaled(_CHIP, _CHIP, *ways)) if not image.isNull() else QPixmap()


def _words(example: QueryExample) -> str:
    if isinstance(example.source, TextSource):
        return _text_words(example.source, example.weight)
    name = printable(os.path.basename(example.source.label))
    if example.weight > 0:
        words = tr("more like {name}").format(name=name)
        is_usual = example.weight == 1
    else:
        words = tr("less like {name}").format(name=name)
        is_usual = example.weight == -0.5
    return words if is_usual else f"{words} ({example.weight:+g})"


def _text_words(source: TextSource, weight: float) -> str:
    words = tr("“{text}”") if weight > 0 else tr("without “{text}”")
    words = words.format(text=printable(source.text))
    return words if weight in (1.0, LESS) else f"{words} ({weight:+g})"
