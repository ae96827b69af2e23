"""The models dropdown: check boxes, one sentence each, how much is indexed, and the way on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from finder.core.i18n import tr, trn
from finder.core.models.descriptions import description_of
from finder.gui.common.widgets import faint, plain
from finder.use_cases.library_overview import Overview

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec

_SENTENCE_WIDTH = 400


class ModelRow(QWidget):
    """One model: check box with its title, its sentence, its share of the library."""

    toggled = Signal()
    switched = Signal()
    index_asked = Signal(str)

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.spec = spec
        self.box = QCheckBox(spec.title)
        font = self.box.font()
        font.setBold(True)
        self.box.setFont(font)
        self.box.toggled.connect(self.toggled)
        self._share = plain("")
        sentence = plain(description_of(spec), wrap=True)
        # A menu asks a row for its height once, and not for one that goes with its width.
        sentence.setFixedSize(_SENTENCE_WIDTH, sentence.heightForWidth(_SENTENCE_WIDTH))
        faint(sentence)
        faint(self._share)
        self.box.setAccessibleDescription(description_of(spec))
        self.on = QCheckBox(
            tr("new pictures, too") if spec.is_baseline else tr("Index new pictures with it")
        )
        self.on.setAccessibleName(tr("Index new pictures with {title}").format(title=spec.title))
        self.on.toggled.connect(self.switched)
        self.index_button = QPushButton(tr("Index now"))
        self.index_button.clicked.connect(partial(self.index_asked.emit, spec.name))
        keeping = self.index_button.sizePolicy()
        keeping.setRetainSizeWhenHidden(True)  # rows stay as high, and in line
        self.index_button.setSizePolicy(keeping)
        head = QHBoxLayout()
        head.addWidget(self.box)
        head.addStretch(1)
        head.addWidget(self._share)
        head.addWidget(self.index_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 4)
        layout.setSpacing(2)
        layout.addLayout(head)
        if spec.is_baseline:  # five of them would fill the screen
            head.addWidget(self.on)
            layout.setContentsMargins(12, 1, 12, 1)
            self.setToolTip(description_of(spec))
            sentence.hide()
            return
        below = QVBoxLayout()
        below.setContentsMargins(24, 0, 0, 0)
        below.setSpacing(4)
        below.addWidget(sentence)
        below.addWidget(self.on)
        layout.addLayout(below)

    def showEvent(self, event: QShowEvent) -> None:
        """Fusion outlines a check box in a darker shade of the window's colour, which a dark menu
        swallows."""
        super().showEvent(event)
        palette = QPalette(self.palette())
        palette.setColor(
            QPalette.ColorRole.Window, palette.color(QPalette.ColorRole.PlaceholderText)
        )
        for box in (self.box, self.on):
            box.setPalette(palette)

    def show_share(self, indexed: int, total: int) -> None:
        if total and indexed >= total:
            self._share.setText(tr("all indexed"))
        else:
            self._share.setText(tr("{n:,} of {total:,} indexed").format(n=indexed, total=total))
        self.index_button.setVisible(indexed < total)


class ModelsButton(QToolButton):
    """Which models are compared (`changed`), and which index what is added (`switched`)."""

    changed = Signal()
    chosen_changed = Signal()  # also where nobody asks: at the start, with new models
    switched = Signal(object)  # the names of the models that index new pictures
    index_asked = Signal(str)
    manage_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[ModelRow] = []
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Models"))
        self._menu = QMenu(self)
        self.setMenu(self._menu)
        self._wanted: frozenset[str] | None = None

    def show_models(self, overview: Overview) -> None:
        """Rows for the installed models; the choice is kept."""
        if [row.spec for row in self.rows] != list(overview.models):
            self._rebuild(overview.models)
        for row in self.rows:
            row.show_share(overview.indexed_by(row.spec.name), overview.pictures)
        self._show_choice()

    def choose(self, names: Sequence[str] | None) -> None:
        """Check these models (None: all but the baselines) without telling anybody."""
        self._wanted = None if names is None else frozenset(names)
        for row in self.rows:
            row.box.blockSignals(True)
            usual = not row.spec.is_baseline
            row.box.setChecked(usual if self._wanted is None else row.spec.name in self._wanted)
            row.box.blockSignals(False)
        self._show_choice()

    def switch(self, specs: Sequence[ModelSpec]) -> None:
        """Show which models index new pictures, without telling anybody."""
        for row in self.rows:
            row.on.blockSignals(True)
            row.on.setChecked(row.spec in specs)
            row.on.blockSignals(False)

    def _switched(self) -> None:
        on = [row.spec for row in self.rows if row.on.isChecked()]
        if on:
            self.switched.emit([spec.name for spec in on])
        else:  # one must be left, or nothing could ever be found
            self.switch([row.spec for row in self.rows if row is self.sender()])

    def chosen(self) -> list[ModelSpec]:
        return [row.spec for row in self.rows if row.box.isChecked()]

    def choice(self) -> tuple[str, ...] | None:
        """The chosen models' names; None for all but the baselines, future ones included."""
        chosen = self.chosen()
        return None if chosen == self._usual() else tuple(spec.name for spec in chosen)

    def _usual(self) -> list[ModelSpec]:
        return [row.spec for row in self.rows if not row.spec.is_baseline]

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(max(150, hint.width() + 12), hint.height() + 4)

    def _rebuild(self, specs: Sequence[ModelSpec]) -> None:
        self._menu.clear()
        self.rows = []
        for spec in specs:
            if spec.is_baseline and not (self.rows and self.rows[-1].spec.is_baseline):
                self._menu.addSection(tr("Baselines, to compare with"))
            row = ModelRow(spec)
            row.toggled.connect(self._toggled)
            row.index_asked.connect(self._ask_index)
            row.switched.connect(self._switched)
            action = QWidgetAction(self._menu)
            action.setDefaultWidget(row)
            self._menu.addAction(action)
            self.rows.append(row)
        self._menu.addSeparator()
        self._menu.addAction(tr("Manage models…")).triggered.connect(self.manage_asked)
        if self._wanted and not self._wanted & {spec.name for spec in specs}:
            self._wanted = None  # all that were chosen have been removed
        self.choose(None if self._wanted is None else sorted(self._wanted))

    def _ask_index(self, name: str) -> None:
        self._menu.close()
        self.index_asked.emit(name)

    def _toggled(self) -> None:
        self._wanted = frozenset(spec.name for spec in self.chosen())
        self._show_choice()
        self.changed.emit()

    def _show_choice(self) -> None:
        chosen, usual = self.chosen(), self._usual()
        models = [spec for spec in chosen if not spec.is_baseline]
        baselines = len(chosen) - len(models)
        if len(chosen) == 1:
            self.setText(chosen[0].title)
        elif self.rows and models == usual:
            self.setText(_all_chosen(len(models), baselines))
        else:
            self.setText(_some_chosen(len(models), len(usual), baselines))
        self.chosen_changed.emit()


def _all_chosen(models: int, baselines: int) -> str:
    if not baselines:
        return tr("Models: all {n}").format(n=models)
    return trn(
        "Models: all {models} + {n} baseline",
        "Models: all {models} + {n} baselines",
        baselines,
        models=models,
    )


def _some_chosen(models: int, total: int, baselines: int) -> str:
    if not baselines:
        return tr("Models: {n} of {total}").format(n=models, total=total)
    return trn(
        "Models: {models} of {total} + {n} baseline",
        "Models: {models} of {total} + {n} baselines",
        baselines,
        models=models,
        total=total,
    )
