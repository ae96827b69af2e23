"""The teach dialog as a user operates it."""

from __future__ import annotations

import pytest
from playing import LITE0, Begin, Player
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from finder.core.library.catalogue.settings import Settings
from finder.core.paths import Home
from finder.gui.teaching.quick_page import QuickPage
from finder.gui.teaching.quick_result import QuickResult
from finder.gui.teaching.teach_dialog import TeachDialog

NAME = "my-labels"


@pytest.fixture
def teaching(begin: Begin, library: Home) -> Player:
    """The window on the indexed samples."""
    return begin(library, Settings(models_on=(LITE0,)))


def opened(player: Player) -> tuple[TeachDialog, QuickPage]:
    player.window.actions_by_name["teach"].trigger()
    return shown(player)


def shown(player: Player) -> tuple[TeachDialog, QuickPage]:
    dialog = player.dialog(TeachDialog)
    assert isinstance(dialog, TeachDialog)
    (page,) = dialog.findChildren(QuickPage)
    player.settle()
    return dialog, page


def type_name(player: Player, page: QuickPage, name: str) -> None:
    """As the user does, instead of what is proposed; and wait for what there is to say about it."""
    field = page.setup.name
    field.setFocus()
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClicks(field, name)
    player.settle()


def ended(player: Player, page: QuickPage) -> str:
    """Wait until it has; what the page says then, if it shows no result."""
    verdict = page.setup.status.verdict
    player.wait(lambda: page.result_page is not None or bool(verdict.text))
    player.settle()
    return verdict.text


def taught(player: Player, name: str = NAME) -> tuple[TeachDialog, QuickPage, QuickResult]:
    dialog, page = opened(player)
    type_name(player, page, name)
    player.press("Start", dialog)
    text = ended(player, page)
    assert page.result_page is not None, text
    return dialog, page, page.result_page
