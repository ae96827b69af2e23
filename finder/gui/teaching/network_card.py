"""How a network learns: the method, what it starts from, which layers, how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox

from finder.core.i18n import tr
from finder.core.models.spec import DEFAULT_MODEL
from finder.core.printable import printable
from finder.core.training.networks import TORCHVISION
from finder.core.training.settings import SCRATCH, Method, Settings
from finder.gui.common.segmented_control import SegmentedControl
from finder.gui.common.setting_rows import SettingCard, SettingRow
from finder.gui.teaching.training_advanced import FIELD_WIDTH, number_field
from finder.gui.teaching.training_words import method_sentence, method_title

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec

_MOST_LAYERS: Final = 10_000
_MOST_EPOCHS: Final = 10_000


class NetworkCard(SettingCard):
    """Signals: edited; method_edited."""

    edited = Signal()
    method_edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.titles: Mapping[str, str] = {}
        self.method = SegmentedControl(
            tr("Method"),
            [
                (method, method_title(method), "")
                for method in (Method.FINETUNE, Method.TRANSFER, Method.SCRATCH)
            ],
        )
        self.network = QComboBox()
        self.layers = number_field(0, _MOST_LAYERS, 0, tr("all"))
        self.epochs = number_field(1, _MOST_EPOCHS, 20)
        self._fields = (self.method, self.network, self.layers, self.epochs)
        for field in self._fields[1:]:
            field.setFixedWidth(FIELD_WIDTH)
        self._lay_out()
        self.method.chosen.connect(self._method_chosen)
        self.network.activated.connect(self._network_chosen)
        self.layers.valueChanged.connect(self.edited)
        self.epochs.valueChanged.connect(self.edited)
        self._show_method()

    def _lay_out(self) -> None:
        self._method_row = SettingRow(tr("Method"), " ", self.method)
        self._network_row = SettingRow(tr("Network"), " ", self.network)
        self._layers_row = SettingRow(
            tr("Layers"), tr("How many learn, counted from the last one."), self.layers
        )
        epochs_row = SettingRow(
            tr("Epochs"),
            tr("At most. It ends earlier if nothing is gained any more."),
            self.epochs,
        )
        self.show_rows((self._method_row, self._network_row, self._layers_row, epochs_row))

    # What is chosen

    def chosen_method(self) -> Method:
        return Method(self.method.choice())

    def chosen_network(self) -> str:
        return str(self.network.currentData())

    def chosen_layers(self) -> int | None:
        """None for all."""
        is_finetuned = self.chosen_method() is Method.FINETUNE
        return self.layers.value() or None if is_finetuned else None

    @property
    def has_published_weights(self) -> bool:
        """Whether it starts from weights that are fetched."""
        is_published = self.chosen_network() not in (SCRATCH, *self.titles)
        return is_published and self.chosen_method() is not Method.SCRATCH

    # Showing

    def show_models(self, specs: Sequence[ModelSpec]) -> None:
        """The library's models: networks to start from."""
        if not self.titles:  # the usual one is chosen now
            self.network.clear()
        self.titles = {spec.name: spec.title for spec in specs if spec.has_file}
        self._show_networks()

    def show_settings(self, settings: Settings) -> None:
        self.method.choose(settings.method)
        self._show_method()
        if self.network.findData(settings.base) < 0:
            self.network.addItem(printable(settings.base), settings.base)
        self._choose_network(settings.base)
        self.layers.setValue(settings.layers or 0)
        self.epochs.setValue(settings.epochs)

    def set_fixed(self, is_fixed: bool) -> None:
        """Whether nothing can be changed."""
        for field in self._fields:
            field.setEnabled(not is_fixed)

    def _method_chosen(self, _: str) -> None:
        self._show_method()
        self.edited.emit()
        self.method_edited.emit()

    def _show_method(self) -> None:
        method = self.chosen_method()
        self._method_row.show_sentence(method_sentence(method))
        self.set_row_visible(self._layers_row, method is Method.FINETUNE)
        self._show_networks()

    def _network_chosen(self, _: int) -> None:
        self._show_network()
        self.edited.emit()

    def _show_networks(self) -> None:
        """Those that the method can start from; the chosen one stays, if it is among them."""
        before = self.network.currentData()
        self.network.clear()
        if self.chosen_method() is Method.SCRATCH:
            self.network.addItem(tr("A small network"), SCRATCH)
        else:
            for name, title in self.titles.items():
                self.network.addItem(printable(title), name)
        for name in TORCHVISION:
            self.network.addItem(name, name)
        self._choose_network(before or DEFAULT_MODEL)

    def _choose_network(self, name: str) -> None:
        self.network.setCurrentIndex(max(0, self.network.findData(name)))
        self._show_network()

    def _show_network(self) -> None:
        if self.has_published_weights:
            sentence = tr("Of torchvision. Its weights are downloaded the first time.")
        elif self.chosen_network() == SCRATCH:
            sentence = tr("1.2 million weights, for pictures of 128 pixels.")
        elif self.chosen_network() in self.titles:
            sentence = tr("A model of the library. Nothing is downloaded.")
        else:
            sentence = tr("Of torchvision, with random weights.")
        self._network_row.show_sentence(sentence)
