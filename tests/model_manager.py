"""The window's model manager on a library of birds, with two models that a server offers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from model_servers import ServedFile, publish, stalling
from offered_graphs import catalogue_of, small_file
from playing import FAST, Begin, Player, visible_text
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMessageBox
from serving import Page, Site, headers

from finder.core.paths import Home
from finder.core.web.partial_file import partial_file_size
from finder.gui.models.model_view import ModelCommand
from finder.gui.models.models_dialog import ModelsDialog
from finder.use_cases.models import install_model, models_overview

RESNET, MOBILENET = "resnet18-v1-7", "mobilenetv2-12"


@dataclass
class Manager:
    """A window with its model manager, on a library of birds; `content` is RESNET's file."""

    player: Player
    dialog: ModelsDialog
    content: bytes

    @property
    def home(self) -> Home:
        return self.player.home

    @property
    def come(self) -> int:
        """Bytes of RESNET's file that are kept."""
        return partial_file_size(self.home.downloads, hashlib.sha256(self.content).hexdigest())

    def choose(self, name: str) -> None:
        self.player.wait(lambda: name in self.dialog._items)
        self.dialog.choose(name)
        assert self.dialog.current() == name

    def press(self, command: ModelCommand) -> None:
        """Click a button of the model that is shown."""
        button = self.dialog.page.buttons[command]
        self.player.wait(lambda: button.isVisible() and button.isEnabled())
        self.player.wait(lambda: not button.rect().isEmpty())
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def offers(self, command: ModelCommand) -> bool:
        button = self.dialog.page.buttons[command]
        return button.isVisible() and button.isEnabled()

    def agree(self, button: str) -> str:
        """Answer the question; returns its text."""
        box = self.player.dialog(QMessageBox)
        words = visible_text(box)
        self.player.press(button, box)
        self.player.wait(lambda: not self.player.has_dialog(QMessageBox))
        return words

    def install(self) -> None:
        self.choose(RESNET)
        self.press(ModelCommand.INSTALL)
        self.agree("Download")

    def give(self, *files: Path) -> None:
        self.press(ModelCommand.GIVE_FILE)
        dialog = self.player.dialog(QFileDialog)
        assert isinstance(dialog, QFileDialog)
        dialog.filesSelected.emit([str(file) for file in files])
        dialog.close()

    def wait_for_text(self, words: str) -> None:
        """Wait until the page of the model says so."""
        self.player.wait(lambda: words in visible_text(self.dialog.page))

    def section(self, name: str) -> str:
        """The heading above a model in the list."""
        rows = self.dialog.list
        at = rows.indexOfTopLevelItem(self.dialog._items[name])
        items = (rows.topLevelItem(row) for row in range(at, -1, -1))
        return next(i.text(0) for i in items if i and i.flags() == Qt.ItemFlag.NoItemFlags)


Open = Callable[..., Manager]
"""(page of RESNET's address, page of MOBILENET's) → the manager, opened."""


@pytest.fixture
def manage(
    begin: Begin,
    bird_library: Home,
    site: Site,
    no_proxy: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Open:
    content, other = small_file(RESNET), small_file(MOBILENET)

    def open_it(page: Page | None = None, second: Page | None = None) -> Manager:
        catalogue = tmp_path / "catalogue.toml"
        text = catalogue_of(
            resnet18_v1_7=(content, publish(site, page or ServedFile(content))),
            mobilenetv2_12=(other, publish(site, second or ServedFile(other), "/second")),
        )
        catalogue.write_text(text, encoding="utf-8")
        for module in (install_model, models_overview):
            monkeypatch.setattr(module, "catalogue_file", lambda: catalogue)
        player = begin(bird_library, FAST)
        return Manager(player, opened(player), content)

    return open_it


def opened(player: Player) -> ModelsDialog:
    player.window.actions_by_name["models"].trigger()
    dialog = player.dialog(ModelsDialog)
    assert isinstance(dialog, ModelsDialog)
    player.wait(lambda: bool(dialog.current()))
    return dialog


def half_of(content: bytes) -> Page:
    """Half of a file; the rest never comes."""
    return stalling(headers(f"Content-Length: {len(content)}") + content[: len(content) // 2])
