"""The table of how far each two models agree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from answers import result_of
from making import tiny_spec
from playing import BIRD, Player
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from finder.core.search.agreement import agreements
from finder.gui.grid.thumbnail_feed import ThumbnailFeed
from finder.gui.results.agreement.agreement_table import AgreementTable, agreement_ground
from finder.gui.results.results_panel import ResultsPanel
from finder.gui.theme.tokens import DARK, LIGHT, Colours, contrast, mixed, model_colour

NUMBERS = list(range(40))
RANKS = {"a": NUMBERS, "b": [*NUMBERS[3:], *NUMBERS[:3]], "c": [*NUMBERS[7:], *NUMBERS[:7]]}
SPECS = [replace(tiny_spec(name), title=f"Model {name.upper()}") for name in RANKS]
RESULT = result_of(RANKS, NUMBERS, listed=20)


@pytest.fixture
def panel(host: QWidget, empty_feed: ThumbnailFeed) -> ResultsPanel:
    panel = ResultsPanel(empty_feed)
    panel.setParent(host)
    panel.set_model_colours(["a", "b", "c"])
    panel.resize(900, 500)
    panel.show()
    panel.show_result(RESULT, SPECS)
    return panel


def opened(panel: ResultsPanel) -> AgreementTable:
    QTest.mouseClick(panel.header.agreement, Qt.MouseButton.LeftButton)
    QApplication.sendPostedEvents()
    shown = panel.header.agreement.panel
    assert shown is not None and shown.isVisible()
    return shown.table


def test_each_cell_has_what_two_models_share(panel: ResultsPanel) -> None:
    model = opened(panel).model()
    assert (model.rowCount(), model.columnCount()) == (3, 3)
    words = [[model.index(row, column).data() for column in range(3)] for row in range(3)]
    assert words == [
        [None, "7 of 10", "3 of 10"],
        ["7 of 10", None, "6 of 10"],
        ["3 of 10", "6 of 10", None],
    ]
    overlap = agreements(RESULT)["a", "b"].rank_biased
    assert 0 < overlap < 1
    sentence = (
        f"Model B and Model A: 7 of the first 10 are the same; rank-biased overlap {overlap:.2f}"
    )
    cell = model.index(1, 0)
    assert cell.data(Qt.ItemDataRole.AccessibleTextRole) == sentence
    assert sentence in cell.data(Qt.ItemDataRole.ToolTipRole)
    heads = [model.headerData(n, Qt.Orientation.Horizontal) for n in range(3)]
    assert heads == ["Model A", "Model B", "Model C"]


def test_a_screen_reader_reads_a_cell_as_a_sentence(panel: ResultsPanel) -> None:
    table = opened(panel)
    cells = QAccessible.queryAccessibleInterface(table)
    found = cells.child(6)  # of four columns, names included: the third of the second row
    assert found is not None
    assert found.text(QAccessible.Text.Name).startswith("Model A and Model B: 7 of the first 10")


def test_arrow_keys_go_from_cell_to_cell_and_escape_back(panel: ResultsPanel) -> None:
    panel.window().activateWindow()
    panel.header.agreement.setFocus()
    table = opened(panel)
    assert panel.window().focusWidget() is table

    def current(key: Qt.Key) -> tuple[int, int]:
        QTest.keyClick(table, key)
        index: QModelIndex = table.currentIndex()
        return index.row(), index.column()

    assert current(Qt.Key.Key_Right) == (0, 2)
    assert current(Qt.Key.Key_Down) == (1, 2)
    assert current(Qt.Key.Key_Left) == (1, 0), "the empty cell is passed by"
    QTest.keyClick(table, Qt.Key.Key_Escape)
    assert not table.isVisible()
    assert panel.window().focusWidget() is panel.header.agreement


def test_another_answer_is_shown_in_the_open_table(panel: ResultsPanel) -> None:
    table = opened(panel)
    two = {name: RANKS[name] for name in ("a", "c")}
    panel.show_result(result_of(two, NUMBERS, listed=20), [SPECS[0], SPECS[2]])
    assert table.model().index(0, 1).data() == "3 of 10"
    assert table.model().rowCount() == 2
    panel.show_result(result_of({"a": NUMBERS}), SPECS[:1])
    assert not table.isVisible()
    assert not panel.header.agreement.isVisible()


def test_ten_models_fit_into_the_smallest_window(host: QWidget, panel: ResultsPanel) -> None:
    host.resize(900, 600)
    names = "EfficientNet-Lite0", *(f"m{n}" for n in range(9))
    specs = [replace(tiny_spec(f"m{n}"), title=name) for n, name in enumerate(names)]
    panel.show_result(result_of({spec.name: NUMBERS for spec in specs}, NUMBERS), specs)
    table = opened(panel)
    assert table.model().index(3, 9).data() == "10 of 10"
    shown = table.parentWidget()
    assert shown is not None
    place = shown.mapTo(host, shown.rect().topLeft())
    assert host.rect().contains(place)
    assert host.rect().contains(shown.mapTo(host, shown.rect().bottomRight()))
    assert table.visualRect(table.model().index(9, 8)).right() <= table.viewport().width()
    host.resize(500, 300)
    QApplication.sendPostedEvents()
    assert host.rect().contains(shown.mapTo(host, shown.rect().bottomRight()))
    assert table.verticalScrollBar().maximum() > 0
    assert table.horizontalScrollBar().maximum() > 0


@pytest.mark.parametrize("direction", list(Qt.LayoutDirection)[:2])
def test_the_names_have_the_models_colours(
    host: QWidget, panel: ResultsPanel, direction: Qt.LayoutDirection
) -> None:
    host.setLayoutDirection(direction)
    table = opened(panel)
    for header in (table.horizontalHeader(), table.verticalHeader()):
        image = header.grab().toImage()
        found = {
            image.pixelColor(x, y).name()
            for x in range(image.width())
            for y in range(image.height())
        }
        assert {model_colour(n) for n in range(3)} <= found


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_the_numbers_can_be_read_on_every_tint(colours: Colours) -> None:
    grounds = [agreement_ground(colours, share / 20) for share in range(21)]
    assert grounds[0] == colours.card
    assert len(set(grounds)) == 21, "more agreement has a stronger tint"
    assert min(contrast(colours.text, ground) for ground in grounds) >= 4.5


def test_colours_are_mixed() -> None:
    assert mixed("#000000", "#ff8000", 0.5) == "#804000"
    assert mixed("#123456", "#ffffff", 0) == "#123456"


def test_the_windows_action_opens_it(filled: Player, samples: Path) -> None:
    action = filled.window.actions_by_name["agreement"]
    button = filled.results.header.agreement
    action.trigger()
    assert button.panel is None, "nothing was searched for"
    filled.ask(samples / BIRD)
    action.trigger()
    assert button.panel is not None and button.panel.isVisible()
    assert button.panel.model.rowCount() == 3
    assert button.panel.table.hasFocus() or filled.window.focusWidget() is button.panel.table
