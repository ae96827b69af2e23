"""What is trained: the folder, how it learns, the new model's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from finder.core.i18n import tr
from finder.core.printable import printable
from finder.core.training.settings import Settings
from finder.gui.common.buttons import Button, ToolButton
from finder.gui.common.formatting import breakable, folder_name
from finder.gui.common.notices.verdict import Verdict
from finder.gui.common.segmented_control import SegmentedControl
from finder.gui.common.setting_rows import Section, SettingCard, SettingRow
from finder.gui.common.widgets import plain, secondary
from finder.gui.teaching.missing_packages import MissingPackages
from finder.gui.teaching.network_card import NetworkCard
from finder.gui.teaching.training_advanced import FIELD_WIDTH, AdvancedCard
from finder.gui.teaching.training_words import unfinished_words
from finder.gui.theme.icons import icon
from finder.gui.theme.tokens import SPACE

if TYPE_CHECKING:
    from finder.core.training.unfinished import Unfinished
    from finder.gui.common.notices.messages import Message
    from finder.jobs.library_training import TrainingFacts

_GO_ON, _AGAIN = "on", "again"
_LONGEST_NAME: Final = 64


class TrainingForm(Section):
    """Signals: edited; folder_requested; named(name), by the user; name_needed, another proposal
    may fit better; look_requested, whether the packages are installed now; forget_requested(name),
    an unfinished training; started, by Enter in a field."""

    edited = Signal()
    folder_requested = Signal()
    named = Signal(str)
    name_needed = Signal()
    look_requested = Signal()
    forget_requested = Signal(str)
    started = Signal()

    def __init__(self) -> None:
        super().__init__(tr("Train a network on your labels"), "cpu")
        self._folder = ""
        self._unfinished: Mapping[str, Unfinished] = {}
        self._shown: Unfinished | None = None
        self._batches: Mapping[str, int] = {}
        self._is_ready = self.is_name_edited = False
        self.missing = MissingPackages()
        self.choose_folder = Button(tr("Choose…"), "folder-open")
        self.network = NetworkCard()
        self.name = QLineEdit()
        self.choice = SegmentedControl(
            tr("Unfinished training"),
            [(_GO_ON, tr("Go on"), ""), (_AGAIN, tr("Begin again"), "")],
        )
        self.forget = Button(tr("Forget it…"))
        self.name_problem = Verdict()
        self.advanced = AdvancedCard()
        self.more = ToolButton("chevron-down", tr("Advanced"), checkable=True)
        self._set_up_fields()
        self._lay_out()
        self._connect()
        self._show_name()
        self._show_more(False)

    def _set_up_fields(self) -> None:
        self.choose_folder.setAutoDefault(False)
        self.forget.setAutoDefault(False)
        self.choose_folder.setAccessibleName(tr("Choose the folder of labels"))
        self.name.setMaxLength(_LONGEST_NAME)
        self.name.setFixedWidth(FIELD_WIDTH)
        if self.name.isRightToLeft():  # a name is read from the left wherever text begins
            self.name.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
            self.name.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.more.setProperty("kind", "link")

    def _lay_out(self) -> None:
        sentence = plain(
            tr(
                "A network learns to tell your labels apart. Part of the pictures is not learned: "
                "it chooses the best epoch, and says how good that is. It takes minutes to hours."
            ),
            wrap=True,
        )
        secondary(sentence)
        self.add(sentence)
        self.add(self.missing)
        self._folder_name = plain("", wrap=True)
        self._folder_row = SettingRow(self._folder_name, " ", self.choose_folder)
        self.add_group(
            tr("Pictures: at least two labels with three each"), SettingCard(self._folder_row)
        )
        self.add_group(tr("How it learns"), self.network)
        ways = QWidget()
        row = QHBoxLayout(ways)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.choice)
        row.addWidget(self.forget)
        self._choice_row = SettingRow(tr("Interrupted training"), " ", ways)
        self._name_card = SettingCard(
            SettingRow(tr("Name"), tr("a–z, 0–9, “.”, “_” and “-”"), self.name), self._choice_row
        )
        self.add_group(tr("The new model"), self._name_card)
        self.add(self.name_problem)
        self.add(self.more)
        self.add(self.advanced)

    def _connect(self) -> None:
        self.missing.look_requested.connect(self.look_requested)
        self.choose_folder.clicked.connect(self.folder_requested)
        self.network.edited.connect(self._network_edited)
        self.network.method_edited.connect(self.name_needed)
        self.name.textEdited.connect(self._name_typed)
        self.name.returnPressed.connect(self.started)
        self.choice.chosen.connect(self._choice_made)
        self.forget.clicked.connect(lambda: self.forget_requested.emit(self.name.text()))
        self.more.toggled.connect(self._show_more)
        self.advanced.edited.connect(self.edited)

    # What is known

    def show_facts(
        self, facts: TrainingFacts, batches: Mapping[str, int], proposes: bool = True
    ) -> None:
        """Whether training is possible, and what can go on. batches: pictures at a time, proposed
        for these names; proposes: whether the name may become that of what can go on."""
        self._is_ready = not facts.missing
        self.missing.show_packages(facts.missing)
        self._unfinished = {one.settings.name: one for one in facts.unfinished}
        self._batches = batches
        self._shown = None
        if proposes:
            self._propose_going_on()
        self._show_name()
        if self.name.text() in batches:
            self.advanced.batch.setValue(batches[self.name.text()])
            self.more.setChecked(True)
        self.edited.emit()

    def _propose_going_on(self) -> None:
        """The newest one of this folder, unless there is a name."""
        if self.is_name_edited or self.unfinished is not None:
            return
        for name, found in self._unfinished.items():
            if self._folder in ("", found.settings.folder):
                self.name.setText(name)
                return

    # The folder

    @property
    def folder(self) -> str:
        return self._folder

    def set_folder(self, folder: str) -> None:
        """An absolute path."""
        going_on = self._going_on()
        if going_on is not None and going_on.folder != folder and not self.is_name_edited:
            self.name.clear()  # it was proposed for another folder
        self._folder = folder
        self._propose_going_on()
        self._show_name()
        self.edited.emit()
        self.name_needed.emit()

    def _show_folder(self) -> None:
        path = self.settings().folder
        self._folder_name.setText(folder_name(path) if path else tr("No folder is chosen yet."))
        self._folder_row.show_sentence(
            breakable(printable(path))
            if path
            else tr("Each subfolder is a label: birds, cats, castles.")
        )

    # The name, and what was interrupted

    def propose_name(self, name: str) -> None:
        """Unless the user has named it, or something goes on."""
        if not self.is_name_edited and self.unfinished is None:
            self.name.setText(name)
            self.show_name_problem(None)
            self._show_name()

    def forget_name(self) -> None:
        """It is taken now: the next one is proposed again."""
        self.is_name_edited = False
        self.name.clear()
        self._show_name()

    def show_name_problem(self, problem: Message | None) -> None:
        """None: it is good."""
        if problem is None:
            self.name_problem.clear()
        else:
            self.name_problem.show_failure(problem.title, problem.hint)
        self.edited.emit()

    @property
    def unfinished(self) -> Unfinished | None:
        """The unfinished training of this name."""
        return self._unfinished.get(self.name.text())

    def _name_typed(self, name: str) -> None:
        self.is_name_edited = bool(name)
        self._show_name()
        self.edited.emit()
        self.named.emit(name)

    def _show_name(self) -> None:
        found = self.unfinished
        if found is not self._shown:  # beginning again is chosen for one training only
            self.choice.choose(_GO_ON)
            self._shown = found
        self._name_card.set_row_visible(self._choice_row, found is not None)
        if found is not None:
            self._choice_row.show_sentence(unfinished_words(found))
            self.choice.setAccessibleDescription(unfinished_words(found))
        self._show_choice()

    def _choice_made(self, _: str) -> None:
        self._show_choice()
        self.edited.emit()

    def _show_choice(self) -> None:
        """What goes on has the settings that it had, but for the pictures at a time."""
        settings = self._going_on()
        if settings is not None:
            self._show_settings(settings)
        is_fixed = settings is not None
        self.choose_folder.setEnabled(not is_fixed)
        self.network.set_fixed(is_fixed)
        self.advanced.set_fixed(is_fixed)
        self._show_weights()
        self._show_folder()

    def show_running(self, settings: Settings) -> None:
        """What is trained: after its end it can go on, or be changed."""
        self.name.setText(settings.name)
        self.is_name_edited = True
        self._show_settings(settings)
        self._show_name()
        self.edited.emit()

    def _show_settings(self, settings: Settings) -> None:
        self._folder = settings.folder
        self.network.show_settings(settings)
        self.advanced.show_settings(settings)

    def _going_on(self) -> Settings | None:
        """With the pictures at a time that it had, or fewer, if that was too many."""
        found = self.unfinished
        if found is None or self.choice.choice() != _GO_ON:
            return None
        batch = self._batches.get(found.settings.name, found.batch)
        return replace(found.settings, batch=batch or found.settings.batch)

    # The rest

    def _network_edited(self) -> None:
        self._show_weights()
        self.edited.emit()

    def _show_weights(self) -> None:
        self.advanced.show_weights_row(self.network.has_published_weights)

    def _show_more(self, is_on: bool) -> None:
        self.more.setIcon(icon("chevron-up" if is_on else "chevron-down", "accent_text"))
        self.advanced.setVisible(is_on)

    # What is chosen

    @property
    def is_complete(self) -> bool:
        """Whether a training can be started."""
        if not self._is_ready or not self.name.text() or self.name_problem.text:
            return False
        return self._going_on() is not None or bool(self._folder)

    @property
    def restarts(self) -> bool:
        """Whether an unfinished training is to be forgotten."""
        return self.unfinished is not None and self.choice.choice() == _AGAIN

    def settings(self) -> Settings:
        going_on = self._going_on()
        if going_on is not None:
            return replace(going_on, batch=self.advanced.batch.value() or None)
        return self.advanced.applied_to(
            Settings(
                folder=self._folder,
                base=self.network.chosen_network(),
                method=self.network.chosen_method(),
                name=self.name.text(),
                layers=self.network.chosen_layers(),
                epochs=self.network.epochs.value(),
            )
        )
