"""The measure dialog, as tests of it use it: opened, started, its tables read and clicked."""

from __future__ import annotations

from pathlib import Path

import pytest
from playing import LITE0, VGG16, Begin, Player
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QTableView

from finder.core.library.catalogue.settings import Settings
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.gui.evaluation.heat_table import HeatTable
from finder.gui.evaluation.measure_dialog import MeasureDialog
from finder.gui.evaluation.result_page import LabelResultPage, ResultPage
from finder.use_cases.models.model_speed import Speed, store_speed

TWO = Settings(models_on=(LITE0, VGG16))


@pytest.fixture
def timed(library: Home, specs: list[ModelSpec]) -> Home:
    """The indexed samples; the models' speeds are known, so that no model is run."""
    for number, spec in enumerate(specs, 1):
        store_speed(library, spec.sha256, Speed(number, 20.0 * number, 2))
    return library


@pytest.fixture
def measuring(begin: Begin, timed: Home) -> Player:
    """The window on the indexed samples; two models are switched on."""
    return begin(timed, TWO)


def opened(player: Player) -> MeasureDialog:
    player.window.actions_by_name["measure"].trigger()
    dialog = player.dialog(MeasureDialog)
    assert isinstance(dialog, MeasureDialog)
    return dialog


def measured(
    player: Player, dialog: MeasureDialog | None = None
) -> tuple[MeasureDialog, LabelResultPage]:
    dialog = dialog or opened(player)
    page = started(player, dialog)
    assert isinstance(page, LabelResultPage)
    return dialog, page


def started(player: Player, dialog: MeasureDialog) -> ResultPage:
    """Press Start; the page that is then shown."""
    before = dialog.result_page
    player.press("Start", dialog)
    player.wait(lambda: dialog.result_page is not before or bool(dialog.setup.verdict.text))
    page = dialog.result_page
    assert page is not None, dialog.setup.verdict.text
    assert page is not before, dialog.setup.verdict.text
    player.settle()
    return page


def row_texts(table: QTableView, row: int) -> list[str]:
    model = table.model()
    return [str(model.index(row, column).data()) for column in range(model.columnCount())]


def click_cell(table: HeatTable, row: int, column: int) -> None:
    index = table.model().index(row, column)
    table.scrollTo(index)
    at = table.visualRect(index).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)


def pick(player: Player, dialog: MeasureDialog, button: str, path: Path) -> None:
    """Press the button, and pick this file or folder in the dialog that it opens."""
    player.press(button, dialog)
    player.wait(lambda: bool(dialog.findChildren(QFileDialog)))
    picker = dialog.findChildren(QFileDialog)[-1]
    picker.fileSelected.emit(str(path))
    picker.close()
    player.wait(lambda: not dialog.findChildren(QFileDialog))


def save(player: Player, dialog: MeasureDialog, file: Path) -> None:
    """Save a report to this file."""
    pick(player, dialog, "Save report…", file)
    page = dialog.result_page
    assert page is not None
    player.wait(lambda: bool(page.verdict.text) and "Saving" not in page.verdict.text)
