"""What is taught, and from which models; and how far it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QSpinBox, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.gui.common.buttons import ToolButton
from finder.gui.common.label_source_form import LabelSourceForm
from finder.gui.common.model_grid import ModelGrid
from finder.gui.common.notices.verdict import Verdict
from finder.gui.common.run_status import RunStatus
from finder.gui.common.segmented_control import SegmentedControl
from finder.gui.common.setting_rows import Section, SettingCard, SettingRow
from finder.gui.common.widgets import indent_number, plain, secondary
from finder.gui.theme.icons import icon
from finder.gui.theme.tokens import SPACE_M

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.gui.common.notices.messages import Message

_LONGEST_NAME = 64
_LARGEST_SEED = 2**31 - 1
_FIELD_WIDTH = 220  # px
AUTOMATIC: Final = "auto"
DISCRIMINANT, SOFTMAX = "discriminant", "softmax"
"""As `core.teaching.heads.Method` has them."""
_EITHER = (DISCRIMINANT, SOFTMAX)


class QuickSetup(QWidget):
    """Signals: edited, by the user; named(name), by the user; bases_edited; started, by Enter in a
    field. The form `labels` has others."""

    edited = Signal()
    named = Signal(str)
    bases_edited = Signal()
    started = Signal()

    def __init__(
        self, folders: Sequence[str], specs: Sequence[ModelSpec], chosen: Collection[str]
    ) -> None:
        """folders: those of the library; specs: models to teach from; chosen: the names of those
        that are ticked at first."""
        super().__init__()
        self.labels = LabelSourceForm(folders)
        self.bases = ModelGrid(specs, chosen)
        self.name = QLineEdit()
        self.method = SegmentedControl(
            tr("Method"),
            [
                (AUTOMATIC, tr("Automatic"), ""),
                (DISCRIMINANT, tr("Discriminant"), ""),
                (SOFTMAX, tr("Softmax"), ""),
            ],
        )
        self.seed = QSpinBox()
        self.advanced = ToolButton("chevron-down", tr("Advanced"), checkable=True)
        self.status = RunStatus()
        self.bases_problem = Verdict()
        self.name_problem = Verdict()
        self.is_name_edited = False
        self._set_up_fields()
        self._lay_out()
        self._connect()
        self._show_method(AUTOMATIC)
        self._show_advanced(False)

    def _set_up_fields(self) -> None:
        self.name.setMaxLength(_LONGEST_NAME)
        self.name.setFixedWidth(_FIELD_WIDTH)
        if self.name.isRightToLeft():  # a name is read from the left wherever text begins
            self.name.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
            self.name.setAlignment(Qt.AlignmentFlag.AlignRight)
        indent_number(self.seed)
        self.seed.setRange(0, _LARGEST_SEED)
        self.seed.setFixedWidth(_FIELD_WIDTH)
        self.advanced.setProperty("kind", "link")

    def _lay_out(self) -> None:
        self.form = Section(tr("Teach a model your own labels"), "tag")
        sentence = plain(
            tr(
                "If you have sorted some pictures, a model can learn what tells your labels apart. "
                "The new model brings pictures with the same label together, and what that gains "
                "is measured on pictures that were not taught. It takes seconds."
            ),
            wrap=True,
        )
        secondary(sentence)
        self.form.add(sentence)
        self.form.add_group(tr("Pictures: at least two labels with four each"), self.labels)
        self.form.add_group(tr("Models that it begins with"), SettingCard(self.bases))
        self.form.add(self.bases_problem)
        self._method_row = SettingRow(tr("Method"), " ", self.method)
        self.form.add_group(
            tr("The new model"),
            SettingCard(
                SettingRow(tr("Name"), tr("a–z, 0–9, “.”, “_” and “-”"), self.name),
                self._method_row,
            ),
        )
        self.form.add(self.name_problem)
        self.form.add(self.advanced)
        self._more = SettingCard(
            SettingRow(
                tr("Seed"),
                tr(
                    "Another number splits the pictures in another way. The same number gives the "
                    "same model."
                ),
                self.seed,
            )
        )
        self.form.add(self._more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_M)
        layout.addWidget(self.form, 1)
        layout.addWidget(self.status)

    def _connect(self) -> None:
        self.labels.edited.connect(self.edited)
        self.bases.edited.connect(self.bases_edited)
        self.bases.edited.connect(self.edited)
        self.name.textEdited.connect(self._name_edited)
        self.name.returnPressed.connect(self.started)
        self.method.chosen.connect(self._show_method)
        self.advanced.toggled.connect(self._show_advanced)

    # What is chosen

    @property
    def is_complete(self) -> bool:
        """Whether there is all that teaching needs, and no problem with it is known."""
        return (
            self.labels.is_complete
            and bool(self.bases.chosen() and self.name.text())
            and not (self.bases_problem.text or self.name_problem.text)
        )

    def methods(self) -> tuple[str, ...]:
        """Those to choose from."""
        choice = self.method.choice()
        return _EITHER if choice == AUTOMATIC else (choice,)

    # Showing

    def propose_name(self, name: str) -> None:
        """Unless the user has named it."""
        if not self.is_name_edited:
            self.name.setText(name)
            self.show_name_problem(None)

    def forget_name(self) -> None:
        """It is taken now: the next one is proposed again."""
        self.is_name_edited = False
        self.name.clear()

    def show_name_problem(self, problem: Message | None) -> None:
        """None: it is good. There is nothing to say of an empty one yet."""
        self._show_problem(self.name_problem, problem if self.name.text() else None)

    def show_bases_problem(self, problem: Message | None) -> None:
        """None: they can become one model."""
        self._show_problem(self.bases_problem, problem)

    def _show_problem(self, where: Verdict, problem: Message | None) -> None:
        if problem is None:
            where.clear()
        else:
            where.show_failure(problem.title, problem.hint)
        self.edited.emit()

    def _name_edited(self, name: str) -> None:
        self.is_name_edited = bool(name)
        self.edited.emit()
        self.named.emit(name)

    def _show_method(self, method: str) -> None:
        sentences = {
            AUTOMATIC: tr("Both are tried on pictures held out, and the better one is taken."),
            DISCRIMINANT: tr("Linear discriminant: quick, and good with few pictures."),
            SOFTMAX: tr("A softmax layer, taught by gradient steps."),
        }
        self._method_row.show_sentence(sentences[method])

    def _show_advanced(self, on: bool) -> None:
        self.advanced.setIcon(icon("chevron-up" if on else "chevron-down", "accent_text"))
        self._more.setVisible(on)

    # Progress

    def show_busy(self, text: str, done: int = 0, total: int = 0) -> None:
        """total: 0 if it is not known."""
        self.form.setEnabled(False)
        self.status.show_busy(text, done, total)

    def show_idle(self) -> None:
        self.form.setEnabled(True)
        self.status.show_idle()
