"""The menu of models: which are compared, which index new pictures, how much each has indexed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import (
    QMenu,
    QSizePolicy,
    QToolButton,
    QWidget,
    QWidgetAction,
)

from finder.core.i18n import tr, trn
from finder.gui.common.buttons import ToolButton
from finder.gui.common.labels import SectionLabel
from finder.gui.common.widgets import (
    stacked,
)
from finder.gui.query.model_row import ModelRow
from finder.gui.theme.tokens import SPACE_M, SPACE_S

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.use_cases.library.library_overview import Overview

_NARROWEST = 120  # px of the button
_MOST_WITH_SENTENCES = 4
"""Of more models each has one line, as the baselines have; or they would fill the screen."""


class ModelsButton(ToolButton):
    """Signals: choice_edited: the user compares other models; choice_changed: other models are
    compared, also because of settings or installed models; indexing_choice_edited(names of the
    models that index new pictures); index_requested(name); manage_requested."""

    choice_edited = Signal()
    choice_changed = Signal()
    indexing_choice_edited = Signal(object)
    index_requested = Signal(str)
    manage_requested = Signal()

    def __init__(self) -> None:
        super().__init__("layers", tr("Models"), outlined=True)
        self.rows: list[ModelRow] = []
        self._actions: list[QWidgetAction] = []
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self._menu = QMenu(self)
        self.setMenu(self._menu)
        self._choice: frozenset[str] | None = None
        self._is_words_only = False

    def show_models(self, overview: Overview) -> None:
        """Rows for the installed models; the choice is kept."""
        if [row.spec for row in self.rows] != list(overview.models):
            self._rebuild(overview.models)
        for row in self.rows:
            row.show_share(overview.indexed_by(row.spec.name), overview.pictures)
        self._align_rows()
        self._show_choice()

    def show_words_only(self, is_on: bool) -> None:
        """Whether the query has words only, which some models do not understand."""
        self._is_words_only = is_on
        for row in self.rows:
            row.show_words_only(is_on)
        self._align_rows()

    def _align_rows(self) -> None:
        """The short rows have the same columns, and the menu is as wide as they need."""
        short = [row for row in self.rows if row.is_short]
        for part in ("box", "share"):
            widgets: list[QWidget] = [getattr(row, part) for row in short]
            widest = max((widget.sizeHint().width() for widget in widgets), default=0)
            for widget in widgets:
                widget.setMinimumWidth(widest)
        for row, action in zip(self.rows, self._actions, strict=True):
            for widget in (row, action.defaultWidget()):
                layout = widget.layout()
                if layout is not None:
                    layout.activate()  # a hidden one is not by itself
            action.setText(f"{row.spec.title} {row.share.text()}")  # the menu measures rows again

    def set_choice(self, names: Sequence[str] | None) -> None:
        """Compare these models (None: all but the baselines), without `choice_edited`."""
        self._choice = None if names is None else frozenset(names)
        for row in self.rows:
            row.box.blockSignals(True)
            by_default = not row.spec.is_baseline
            row.box.setChecked(
                by_default if self._choice is None else row.spec.name in self._choice
            )
            row.box.blockSignals(False)
        self._show_choice()

    def choose(self, names: Sequence[str]) -> None:
        """Compare these models, as if the user had ticked them."""
        self.set_choice(names)
        self.choice_edited.emit()

    def show_indexing(self, specs: Sequence[ModelSpec]) -> None:
        """Show which models index new pictures, without `indexing_choice_edited`."""
        for row in self.rows:
            row.on.blockSignals(True)
            row.on.setChecked(row.spec in specs)
            row.on.blockSignals(False)

    def _indexing_toggled(self) -> None:
        on = [row.spec for row in self.rows if row.on.isChecked()]
        if on:
            self.indexing_choice_edited.emit([spec.name for spec in on])
        else:  # at least one must index, or nothing could be found
            self.show_indexing([row.spec for row in self.rows if row is self.sender()])

    def chosen(self) -> list[ModelSpec]:
        return [row.spec for row in self.rows if row.box.isChecked()]

    def choice(self) -> tuple[str, ...] | None:
        """The chosen models' names; None for all but the baselines, future ones included."""
        chosen = self.chosen()
        return None if chosen == self._default() else tuple(spec.name for spec in chosen)

    def _default(self) -> list[ModelSpec]:
        return [row.spec for row in self.rows if not row.spec.is_baseline]

    def minimumSizeHint(self) -> QSize:
        """A long text is elided in a narrow window."""
        return QSize(_NARROWEST, super().minimumSizeHint().height())

    def _rebuild(self, specs: Sequence[ModelSpec]) -> None:
        self._menu.clear()
        self.rows, self._actions = [], []
        is_crowded = sum(not spec.is_baseline for spec in specs) > _MOST_WITH_SENTENCES
        for spec in specs:
            row = ModelRow(spec, is_crowded or spec.is_baseline)
            row.show_words_only(self._is_words_only)
            row.compare_toggled.connect(self._compare_toggled)
            row.index_requested.connect(self.index_requested)
            row.indexing_toggled.connect(self._indexing_toggled)
            action = QWidgetAction(self._menu)
            is_first = spec.is_baseline and not (self.rows and self.rows[-1].spec.is_baseline)
            if is_first:
                self._menu.addSeparator()
            action.setDefaultWidget(_under_title(row) if is_first else row)
            self._menu.addAction(action)
            self._actions.append(action)
            self.rows.append(row)
        self._menu.addSeparator()
        self._menu.addAction(tr("Manage models…")).triggered.connect(self.manage_requested)
        if self._choice and not self._choice & {spec.name for spec in specs}:
            self._choice = None  # all that were chosen have been removed
        self.set_choice(None if self._choice is None else sorted(self._choice))

    def _compare_toggled(self) -> None:
        self._choice = frozenset(spec.name for spec in self.chosen())
        self._show_choice()
        self.choice_edited.emit()

    def _show_choice(self) -> None:
        chosen, default = self.chosen(), self._default()
        models = [spec for spec in chosen if not spec.is_baseline]
        baselines = len(chosen) - len(models)
        if len(chosen) == 1:
            title = chosen[0].title
            self._show_text(title, tr("Models: {title}").format(title=title))
        elif self.rows and models == default:
            self._show_text(_all_chosen(len(models), baselines))
        else:
            self._show_text(_some_chosen(len(models), len(default), baselines))
        self.choice_changed.emit()

    def _show_text(self, text: str, spoken: str = "") -> None:
        self.setText(text)
        self.setAccessibleName(spoken or text)


def _under_title(row: ModelRow) -> QWidget:
    """The first baseline. (The title of a menu's own section is not shown with a style sheet.)"""
    title = SectionLabel(tr("Baselines, to compare with"))
    title.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
    return stacked(title, row)


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
