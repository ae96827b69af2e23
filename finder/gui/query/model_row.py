"""A row of the menu of models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.core.models.descriptions import description_of
from finder.gui.common.widgets import bold, literal_tip, plain, secondary, set_margins
from finder.gui.theme.tokens import SPACE_M

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec

_SENTENCE_WIDTH = 400


class ModelRow(QWidget):
    """One model: check box with its title, its description, its share of the library. is_short: the
    description is in the tool tip."""

    compare_toggled = Signal()
    indexing_toggled = Signal()
    index_requested = Signal(str)

    def __init__(self, spec: ModelSpec, is_short: bool) -> None:
        super().__init__()
        self.spec = spec
        self.is_short = is_short
        self.box = bold(QCheckBox(spec.title))
        self.box.toggled.connect(self.compare_toggled)
        self.share = plain("")
        self._share = ""
        self._is_left_out = False
        sentence = plain(description_of(spec), wrap=True)
        # A menu calls a row's sizeHint once, and never its heightForWidth.
        sentence.setFixedSize(_SENTENCE_WIDTH, sentence.heightForWidth(_SENTENCE_WIDTH))
        secondary(sentence)
        secondary(self.share)
        self.box.setAccessibleDescription(description_of(spec))
        self.on = QCheckBox(
            tr("new pictures, too") if is_short else tr("Index new pictures with it")
        )
        self.on.setAccessibleName(tr("Index new pictures with {title}").format(title=spec.title))
        self.on.toggled.connect(self.indexing_toggled)
        self.index_button = QPushButton(tr("Index now"))
        self.index_button.setAccessibleName(tr("Index with {title} now").format(title=spec.title))
        self.index_button.clicked.connect(self._request_index)
        policy = self.index_button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # rows keep their height and columns
        self.index_button.setSizePolicy(policy)
        head = QHBoxLayout()
        head.setSpacing(SPACE_M)
        head.addWidget(self.box)
        head.addStretch(1)
        head.addWidget(self.share)
        head.addWidget(self.index_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 4)
        layout.setSpacing(2)
        layout.addLayout(head)
        if is_short:
            head.addWidget(self.on)
            layout.setContentsMargins(12, 1, 12, 1)
            self.setToolTip(description_of(spec))
            sentence.hide()
            return
        below = QVBoxLayout()
        set_margins(below, 24, 0, 0, 0)
        below.setSpacing(4)
        below.addWidget(sentence)
        below.addWidget(self.on)
        layout.addLayout(below)

    def show_share(self, indexed: int, total: int) -> None:
        if not total:
            self._share = ""
        elif indexed >= total:
            self._share = tr("all indexed")
        else:
            self._share = tr("{n:,} of {total:,} indexed").format(n=indexed, total=total)
        self.share.setText(self._share)
        self.index_button.setVisible(indexed < total)
        self.index_button.setEnabled(True)
        self._show_left_out()

    def show_words_only(self, is_on: bool) -> None:
        """Whether the query has words only: then a model that does not understand them is grey."""
        self._is_left_out = is_on and self.spec.text is None
        self._show_left_out()

    def _show_left_out(self) -> None:
        reason = tr("{title} does not understand words, and the query has no picture.")
        tip = reason.format(title=self.spec.title) if self._is_left_out else ""
        self.box.setEnabled(not self._is_left_out)
        self.share.setText(tr("pictures only") if self._is_left_out else self._share)
        self.box.setAccessibleDescription(tip or description_of(self.spec))
        for widget in (self.box, self.share):
            widget.setToolTip(literal_tip(tip))
        self.setToolTip(literal_tip(tip or (description_of(self.spec) if self.is_short else "")))

    def _request_index(self) -> None:
        self.index_button.setEnabled(False)
        self.share.setText(tr("will be indexed"))
        self.index_requested.emit(self.spec.name)
