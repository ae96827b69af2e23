"""The full way of the teach dialog as a user operates it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from playing import LITE0, Begin, Player
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from finder.core.library.catalogue.settings import Settings as LibrarySettings
from finder.core.paths import Home
from finder.core.training.settings import Epoch, Method, Settings
from finder.core.training.unfinished import EPOCHS, LAST, RECORD
from finder.gui.teaching.teach_dialog import TeachDialog
from finder.gui.teaching.training_page import TrainingPage
from finder.gui.teaching.training_result import TrainingResult
from finder.gui.teaching.training_view import TrainingView
from finder.jobs.library_training import TrainingFacts

InstallPackages = Callable[[Player], None]


@pytest.fixture
def install_packages(monkeypatch: pytest.MonkeyPatch) -> InstallPackages:
    """As if the packages for training were installed; all else that is known is as it is."""

    def install(player: Player) -> None:
        training = player.workspace.training
        facts = training.facts
        monkeypatch.setattr(training, "facts", lambda: TrainingFacts((), facts().unfinished))

    return install


@pytest.fixture
def training(begin: Begin, library: Home, install_packages: InstallPackages) -> Player:
    """The window on the indexed samples; training is possible."""
    player = begin(library, LibrarySettings(models_on=(LITE0,)))
    install_packages(player)
    return player


def unfinished_settings(folder: Path) -> Settings:
    return Settings(
        str(folder), "resnet18", Method.FINETUNE, "plants", layers=4, epochs=9, rate=1e-6
    )


def interrupted(home: Home, settings: Settings, batch: int = 24, epochs: int = 2) -> Path:
    """The folder of a training that can go on."""
    place = home.trainings / settings.name
    place.mkdir(parents=True)
    record = {"settings": settings.as_record(), "batch": batch}
    (place / RECORD).write_text(json.dumps(record))
    curve = [asdict(Epoch(n, 1.0 / n, 0.5, 1.0 / n, 0.5, 1.0)) for n in range(1, epochs + 1)]
    (place / EPOCHS).write_text(json.dumps(curve))
    (place / LAST).write_bytes(b"the state")
    return place


def full_way(player: Player) -> tuple[TeachDialog, TrainingPage]:
    """The dialog, opened by the menu, with the full way chosen."""
    player.window.actions_by_name["teach"].trigger()
    dialog = player.dialog(TeachDialog)
    assert isinstance(dialog, TeachDialog)
    assert dialog.ways is not None
    player.press("Full", dialog)
    return dialog, shown_page(dialog, player)


def shown_page(dialog: TeachDialog, player: Player) -> TrainingPage:
    (page,) = dialog.findChildren(TrainingPage)
    player.wait(page.isVisible)
    return page


def type_training_name(player: Player, page: TrainingPage, name: str) -> None:
    """As the user does, instead of what is proposed."""
    field = page.form.name
    field.setFocus()
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClicks(field, name)


def started(
    player: Player, folder: Path, name: str = "plants"
) -> tuple[TeachDialog, TrainingPage, TrainingView]:
    """A training of this folder has been started by the button."""
    dialog, page = full_way(player)
    page.form.set_folder(str(folder))
    type_training_name(player, page, name)
    player.settle()
    player.press("Start", dialog)
    assert page.view is not None
    return dialog, page, page.view


def trained(player: Player, page: TrainingPage) -> TrainingResult:
    player.wait(
        lambda: page.result_page is not None or bool(page.verdict.text),
        seconds=120,  # a real network is exported
    )
    assert page.result_page is not None, page.verdict.text
    return page.result_page
