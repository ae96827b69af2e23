"""The menu in which models are chosen, and indexed with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from making import tiny_spec
from playing import BIRD, Begin, Player, visible_text
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from finder.core.paths import Home
from finder.gui.query.models_menu import ModelsButton
from finder.gui.theme.tokens import SPACE
from finder.use_cases.library.library_overview import Overview


def _open(player: Player) -> None:
    menu = player.bar.models.menu()
    menu.popup(player.bar.models.mapToGlobal(QPoint(0, 40)))
    player.wait(menu.isVisible)


def test_several_models_are_indexed_with_in_one_visit(begin: Begin, library: Home) -> None:
    player = begin(library)
    rows = {row.spec.name: row for row in player.bar.models.rows}
    _open(player)
    for name in ("phash-64", "dhash-64"):
        QTest.mouseClick(rows[name].index_button, Qt.MouseButton.LeftButton)
        assert player.bar.models.menu().isVisible()
        assert "will be indexed" in visible_text(rows[name])
    player.settle()
    player.wait(lambda: visible_text(rows["phash-64"]).count("all indexed") == 1)
    assert "all indexed" in visible_text(rows["dhash-64"])
    assert not rows["dhash-64"].index_button.isVisible()
    assert "of 80 indexed" in visible_text(rows["pixels"])
    player.bar.models.menu().close()


def test_no_row_is_cut_off_when_the_library_has_grown(begin: Begin, library: Home) -> None:
    player = begin(library)
    button = player.bar.models
    _open(player)  # Qt measures the rows when the menu opens
    assert visible_text(button.menu()).count("Baselines, to compare with") == 1
    button.menu().close()
    overview = player.controllers.library.overview
    button.show_models(replace(overview, pictures=12_345))
    _open(player)
    for row in button.rows:
        assert row.width() >= row.sizeHint().width()
        for part in (row.box, row.share, row.on):
            assert part.width() >= part.sizeHint().width(), part.text()
    short = [row for row in button.rows if row.is_short]
    assert len({row.on.x() for row in short}) == 1, "the columns are straight"
    button.menu().close()


def test_many_models_have_a_line_each(qtbot: QtBot) -> None:
    def height(number: int) -> int:
        button = ModelsButton()
        qtbot.addWidget(button)
        button.show_models(Overview(models=tuple(tiny_spec(f"m{n}") for n in range(number))))
        return button.menu().sizeHint().height()

    assert height(10) < 600, "it fits a small screen in one column"
    assert height(4) > height(5), "few models have their descriptions"


def test_without_a_model_the_menu_is_one_click_away(
    begin: Begin, library: Home, samples: Path
) -> None:
    player = begin(library)
    player.ask(samples / BIRD)
    player.choose()
    player.wait(lambda: "No model is chosen" in player.page())
    menu, opened = player.bar.models.menu(), []
    menu.aboutToShow.connect(lambda: opened.append(True))
    menu.aboutToShow.connect(lambda: QTimer.singleShot(100, menu.close))
    player.press("Choose models…")
    assert opened == [True]


def test_the_menu_opens_inside_the_window_and_leaves_no_button_pointed_at(
    begin: Begin, library: Home
) -> None:
    player = begin(library, size=(780, 560))
    player.window.move(0, 0)
    edge = player.window.mapToGlobal(QPoint(player.window.width(), 0)).x()
    for button in (player.bar.models, player.bar.menu):
        menu = button.menu()
        menu.popup(button.mapToGlobal(QPoint(0, 40)))
        player.wait(menu.isVisible)
        assert menu.x() + menu.width() == edge - SPACE
        menu.close()
    _open(player)
    player.bar.models.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)  # as the click left it
    QCursor.setPos(player.window.mapToGlobal(QPoint(300, 400)))
    player.bar.models.menu().close()
    assert not player.bar.models.underMouse()
