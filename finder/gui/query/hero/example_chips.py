"""The query's words and further pictures as chips: each can be removed, or count more or less."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from finder.core.i18n import tr
from finder.core.printable import printable
from finder.core.search.query.query_spec import LESS, QueryExample, Source, TextSource
from finder.gui.common.buttons import Button, Kind
from finder.gui.common.chip import Chip
from finder.gui.common.flow_layout import FlowLayout
from finder.gui.common.widgets import literal_tip

if TYPE_CHECKING:
    from finder.gui.query.hero.query_editor import QueryEditor

_WEIGHTS = (2.0, 1.0, 0.5, -0.5, -1.0, -2.0)


class ExampleChips(QWidget):
    """Of what `editor` has beside what is shown large. picture_of: of an example, if it is loaded.
    Signal: words_requested, to change them."""

    words_requested = Signal()

    def __init__(self, editor: QueryEditor, picture_of: Callable[[Source], QPixmap | None]) -> None:
        super().__init__()
        self._editor = editor
        self._picture_of = picture_of
        self.chips: list[Chip] = []
        self.only_words = Button(tr("Only the words"), kind=Kind.QUIET)
        self.only_words.setToolTip(tr("Search for the words without the picture"))
        self.only_words.clicked.connect(editor.keep_only_words)
        self.only_words.setParent(self)  # also while it is in no layout
        self.only_words.hide()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._layout = FlowLayout(self)

    def show_examples(self) -> None:
        """As the editor has them."""
        spec, large = self._editor.spec, self._editor.first
        items = list(enumerate(spec.items if spec is not None else ()))
        if large is None:  # the words are the title
            shown = [(n, item) for n, item in items if item.weight < 0]
        else:
            shown = [(n, item) for n, item in items if n != large]
        for chip in self.chips:
            self._layout.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._layout.removeWidget(self.only_words)
        self.chips = [self._chip(number, item) for number, item in shown]
        wanted = [isinstance(one.source, TextSource) and one.weight > 0 for _, one in shown]
        widgets: list[QWidget] = list(self.chips)
        if any(wanted):  # else there is nothing without the picture
            widgets.insert(wanted.index(True) + 1, self.only_words)
        for widget in widgets:
            self._layout.addWidget(widget)
            widget.show()
        for before, after in pairwise(widgets):
            QWidget.setTabOrder(before, after)
        self.only_words.setVisible(any(wanted))
        self.setVisible(bool(self.chips))
        self.updateGeometry()

    def _chip(self, number: int, example: QueryExample) -> Chip:
        if isinstance(example.source, TextSource):
            chip = Chip(_said(example), "plus" if example.weight > 0 else "minus", parent=self)
            chip.setToolTip(literal_tip(example.source.text))
        else:
            icon_name = "thumbs-up" if example.weight > 0 else "thumbs-down"
            chip = Chip(_likeness(example), icon_name, parent=self)
            pixmap = self._picture_of(example.source)
            if pixmap is not None and not pixmap.isNull():
                chip.show_picture(pixmap)
        chip.removed.connect(partial(self._editor.remove_example, number))
        chip.clicked.connect(partial(self._open_menu, number, chip))
        return chip

    def _open_menu(self, number: int, chip: Chip) -> None:
        """How much it counts; of words, also to change them, or to have them alone."""
        spec = self._editor.spec
        if spec is None:
            return
        menu, example = QMenu(chip), spec.items[number]
        is_words = isinstance(example.source, TextSource)
        more = (
            tr("With these words ({weight:g})") if is_words else tr("More like this ({weight:g})")
        )
        less = tr("Without these words ({weight:g})") if is_words else tr("Less ({weight:g})")
        for weight in _WEIGHTS:
            action = menu.addAction((more if weight > 0 else less).format(weight=weight))
            action.triggered.connect(partial(self._editor.set_weight, number, weight))
        if is_words:
            menu.addSeparator()
            menu.addAction(tr("Change the words")).triggered.connect(self.words_requested)
            only = menu.addAction(self.only_words.text())
            only.setEnabled(not self.only_words.isHidden())
            only.triggered.connect(self._editor.keep_only_words)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(chip.mapToGlobal(QPoint(0, chip.height())))


def _said(example: QueryExample) -> str:
    """Words, and how much they count if that is not the usual."""
    text = printable(example.source.label)
    words = text if example.weight > 0 else tr("without {words}").format(words=text)
    return _weighted(words, example.weight)


def _likeness(example: QueryExample) -> str:
    name = printable(os.path.basename(example.source.label))
    words = tr("more like {name}") if example.weight > 0 else tr("less like {name}")
    return _weighted(words.format(name=name), example.weight)


def _weighted(words: str, weight: float) -> str:
    return words if weight in (1, LESS) else f"{words} ({weight:+g})"
