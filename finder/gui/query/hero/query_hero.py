"""The query above its results: a large picture with the part that counts, or words; its examples,
filters."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFont,
    QImage,
    QPixmap,
    QResizeEvent,
    QTransform,
)
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.core.printable import printable
from finder.core.search.query.query_spec import LibrarySource, Source
from finder.gui.common.buttons import ToolButton
from finder.gui.common.formatting import file_size
from finder.gui.common.widgets import ElidedLabel, secondary
from finder.gui.query.hero.crop_picture import CropPicture
from finder.gui.query.hero.example_chips import ExampleChips
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
        self.examples = ExampleChips(editor, self._small_picture)
        self.tools = QHBoxLayout()
        self.recent = RecentStrip()
        self._image = QImage()
        self._read: dict[Source, QPixmap] = {}
        self._facts: QueryFacts | None = None
        self._state = "", ""
        self._with_text = 0
        self._lay_out()
        self.fit_window(1_000)

    def _lay_out(self) -> None:
        self.tools.setSpacing(SPACE)
        for button in (self.rotate, self.mirror, self.any_orientation, self.save):
            self.tools.addWidget(button)
        self.tools.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(SPACE_S)
        words.addWidget(self.name)
        words.addWidget(self.facts)
        words.addLayout(self.tools)
        words.addWidget(self.examples)
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
        others = [item for item in others if not item.isEmpty()]
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
        self._facts = facts
        self._image = facts.image
        self._read = {example.asked.source: _shrunk(example.image) for example in facts.examples}
        self.editor.spec = facts.spec
        self.show_spec()

    def show_spec(self) -> None:
        """The part, the orientation, the words and the examples, as the editor has them."""
        transform, spec = self.editor.transform, self.editor.spec
        has_picture = self.editor.first is not None
        for part in (self.picture, self.rotate, self.mirror, self.any_orientation):
            part.setVisible(has_picture)
        self.picture.show_picture(turned(self._image, transform), self.editor.frame)
        self.any_orientation.blockSignals(True)
        self.any_orientation.setChecked(spec is not None and spec.any_orientation)
        self.any_orientation.blockSignals(False)
        self._show_title()
        self._show_facts()
        self.examples.show_examples()

    def show_state(self, text: str, tip: str = "") -> None:
        """What is under way, or which models have answered; empty: the facts of the picture."""
        is_new = text != self._state[0]
        self._state = text, tip
        self._show_facts()
        if text and is_new:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def _show_title(self) -> None:
        spec, facts = self.editor.spec, self._facts
        if spec is not None and self.editor.first is None:
            wanted = [item.source.label for item in spec.words if item.weight > 0]
            self.name.show_text(tr("“{words}”").format(words=printable(" ".join(wanted))))
        elif facts is not None:
            self.name.show_text(facts.title, printable(facts.label))

    def _show_facts(self) -> None:
        state, tip = self._state
        if not state and self._facts is not None and self.editor.first is not None:
            state = self._facts_of(self._facts)
        self.facts.show_text(state, tip)

    def _facts_of(self, facts: QueryFacts) -> str:
        details = tr("{width:,} × {height:,} px · {size}").format(
            width=facts.width, height=facts.height, size=file_size(facts.bytes)
        )
        if self.editor.transform.crop is None:
            return details
        return tr("{facts} · part of the picture").format(facts=details)

    def _small_picture(self, source: Source) -> QPixmap | None:
        """Of an example, if it is loaded."""
        if isinstance(source, LibrarySource):
            return self._pixmap_of(source.picture)
        return self._read.get(source)

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
