"""Preferences: which models index new pictures, and what computes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox

from finder.core.i18n import tr
from finder.core.models.descriptions import description_of
from finder.core.models.runtime.provider_names import AUTO, CPU
from finder.core.printable import printable
from finder.gui.common.buttons import Button
from finder.gui.common.setting_rows import Section, SettingCard, SettingRow

if TYPE_CHECKING:
    from finder.core.library.catalogue.settings import Settings
    from finder.core.models.spec import ModelSpec


class ModelsSection(Section):
    """Signals: indexing_edited(names of the models that index new pictures); manage_requested;
    provider_chosen(name)."""

    indexing_edited = Signal(object)
    manage_requested = Signal()
    provider_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__(tr("Models"), "layers")
        self.boxes: dict[str, QCheckBox] = {}
        self._specs: list[ModelSpec] = []
        self._provider = AUTO
        self.manage = Button(tr("Manage models…"), "layers")
        self.provider = QComboBox()
        self.provider.activated.connect(
            lambda _: self.provider_chosen.emit(self.provider.currentData())
        )
        self.manage.clicked.connect(self.manage_requested)
        self._models, self._baselines = SettingCard(), SettingCard()
        self.add_group(tr("Index new pictures with"), self._models)
        self.add_group(tr("Baselines, to compare with"), self._baselines)
        self.add(
            SettingCard(
                SettingRow(
                    tr("Install, import, remove"),
                    tr("and index pictures that are in the library already"),
                    self.manage,
                )
            )
        )
        self.provider_row = SettingRow(
            tr("Computed by"),
            tr("“Fastest” is measured for each model. Used from the next start of the program."),
            self.provider,
        )
        self._providers = SettingCard(self.provider_row)
        self._providers.hide()  # until there is a choice
        self.add(self._providers)

    def show_models(self, installed: Sequence[ModelSpec], on: Sequence[ModelSpec]) -> None:
        """Without a signal. on: those that index new pictures."""
        if list(installed) != self._specs:
            self._specs = list(installed)
            self.boxes = {spec.name: QCheckBox(printable(spec.title)) for spec in installed}
            for box in self.boxes.values():
                box.clicked.connect(self._clicked)
            self._models.show_rows([self._row(s) for s in installed if not s.is_baseline])
            self._baselines.show_rows([self._row(s) for s in installed if s.is_baseline])
        names = {spec.name for spec in on}
        for name, box in self.boxes.items():
            box.setChecked(name in names)
            is_last = names == {name}
            box.setEnabled(not is_last)
            box.setToolTip(tr("At least one model must index new pictures.") if is_last else "")

    def show_settings(self, settings: Settings) -> None:
        self._provider = settings.provider
        self.provider.setCurrentIndex(max(0, self.provider.findData(settings.provider)))

    def show_providers(self, available: Sequence[str]) -> None:
        """There is no choice where the processor is the only one."""
        self.provider.clear()
        self.provider.addItem(tr("Fastest"), AUTO)
        for name in available:
            self.provider.addItem(tr("Processor") if name == CPU else name, name)
        self.provider.setCurrentIndex(max(0, self.provider.findData(self._provider)))
        self._providers.setVisible(list(available) != [CPU])

    def _row(self, spec: ModelSpec) -> SettingRow:
        return SettingRow(self.boxes[spec.name], printable(description_of(spec)))

    def _clicked(self) -> None:
        self.indexing_edited.emit([n for n, box in self.boxes.items() if box.isChecked()])
