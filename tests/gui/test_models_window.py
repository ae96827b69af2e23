"""Models come, are measured, indexed with again, and go, in the window's model manager."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import locked_by_process
from making import assert_in_step
from model_servers import Shelf, in_turn, shelved, stalling
from offered_graphs import catalogue_of, small_file
from playing import BIRD, FAST, LITE0, LITE2, Begin, Player, picture_count, visible_text
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QFileDialog, QMessageBox
from serving import Page, Site, headers

from finder.core.paths import Home
from finder.core.web.partial_file import partial_file_size
from finder.gui.models.model_view import ModelCommand
from finder.gui.models.models_dialog import ModelsDialog
from finder.jobs.task_runner import Lane
from finder.use_cases import install_model, model_speed, models_overview
from finder.use_cases.model_speed import measure

RESNET, MOBILENET = "resnet18-v1-7", "mobilenetv2-12"
HASH = "dhash-64"
_IN_BOX = QPoint(8, 8)
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


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
        """Answer the question that is asked; gives its words."""
        box = self.player.dialog(QMessageBox)
        words = visible_text(box)
        self.player.press(button, box)
        self.player.wait(lambda: not self.player.has_dialog(QMessageBox))
        return words

    def install(self) -> None:
        self.choose(RESNET)
        self.press(ModelCommand.INSTALL)
        self.agree("Download")

    def give(self, file: Path) -> None:
        self.press(ModelCommand.GIVE_FILE)
        dialog = self.player.dialog(QFileDialog)
        assert isinstance(dialog, QFileDialog)
        dialog.fileSelected.emit(str(file))
        dialog.close()

    def wait_for_text(self, words: str) -> None:
        """Wait until the page of the model says so."""
        self.player.wait(lambda: words in visible_text(self.dialog.page))

    def section(self, name: str) -> str:
        """The head above a model in the list."""
        rows = self.dialog.list
        at = rows.indexOfTopLevelItem(self.dialog._items[name])
        items = (rows.topLevelItem(row) for row in range(at, -1, -1))
        return next(i.text(0) for i in items if i and i.flags() == Qt.ItemFlag.NoItemFlags)


Open = Callable[..., Manager]
"""(page of RESNET's address, page of MOBILENET's) → the manager, opened."""


@pytest.fixture
def manage(
    begin: Begin, bird_library: Home, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Open:
    for name in _PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    content, other = small_file(RESNET), small_file(MOBILENET)

    def open_it(page: Page | None = None, second: Page | None = None) -> Manager:
        catalogue = tmp_path / "catalogue.toml"
        text = catalogue_of(
            resnet18_v1_7=(content, shelved(site, page or Shelf(content))),
            mobilenetv2_12=(other, shelved(site, second or Shelf(other), "/second")),
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
    """Half of a file, and no more for ever."""
    return stalling(headers(f"Content-Length: {len(content)}") + content[: len(content) // 2])


def as_bytes(vectors: dict[int, np.ndarray]) -> dict[int, bytes]:
    return {picture: vector.tobytes() for picture, vector in vectors.items()}


# What is shown


def test_all_models_are_told_and_nobody_is_asked(manage: Open, site: Site) -> None:
    manager = manage()
    assert manager.dialog.current() == LITE0
    assert [manager.section(name) for name in (LITE0, HASH, RESNET)] == [
        "Installed",
        "Baselines, to compare with",
        "Available",
    ]
    page = visible_text(manager.dialog.page)
    for words in ("1,280", "13.4 MB", "224 × 224", "not measured", "on disk", "Apache-2.0"):
        assert words in page
    assert not manager.offers(ModelCommand.REMOVE)
    manager.choose(RESNET)
    page = visible_text(manager.dialog.page)
    assert "kB from 127.0.0.1" in page
    assert "ResNet-50, coarser" in page
    assert not manager.dialog.page.on.isVisible()
    assert site.seen == []


def test_the_menu_of_the_models_opens_it_too(manage: Open) -> None:
    manager = manage()
    manager.dialog.close()
    manager.player.wait(lambda: not manager.player.has_dialog(ModelsDialog))
    menu = manager.player.bar.models.menu()
    last = menu.actions()[-1]
    assert last.text() == "Manage models…"
    last.trigger()
    dialog = manager.player.dialog(ModelsDialog)
    last.trigger()
    assert manager.player.dialog(ModelsDialog) is dialog


def test_the_keyboard_is_enough(manage: Open) -> None:
    manager = manage()
    dialog = manager.dialog
    manager.player.wait(dialog.list.hasFocus)
    order = list(dialog._items)
    for name in order[1:]:  # the heads are passed over
        QTest.keyClick(dialog.list, Qt.Key.Key_Down)
        assert dialog.current() == name
    QTest.keyClick(dialog.list, Qt.Key.Key_Up)
    manager.choose(RESNET)
    for command in (ModelCommand.INSTALL, ModelCommand.GIVE_FILE):
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
        assert dialog.focusWidget() is dialog.page.buttons[command]
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    manager.player.wait(lambda: not manager.player.has_dialog(ModelsDialog))


# Installing


def test_a_model_is_loaded_with_a_break_indexed_with_and_removed(
    manage: Open, site: Site, samples: Path
) -> None:
    content = small_file(RESNET)
    rest = Shelf(content)
    manager = manage(in_turn(half_of(content), rest))
    player = manager.player
    before = as_bytes(assert_in_step(manager.home, LITE0))
    manager.choose(RESNET)
    manager.press(ModelCommand.INSTALL)
    words = manager.agree("Cancel")
    assert "Download ResNet-18 from 127.0.0.1?" in words
    assert f"{len(content) / 1e3:,.0f} kB will be downloaded" in words
    assert site.seen == []

    manager.press(ModelCommand.INSTALL)
    manager.agree("Download")
    manager.wait_for_text("MB from 127.0.0.1")
    manager.press(ModelCommand.CANCEL)
    manager.wait_for_text("The download was cancelled.")
    manager.wait_for_text("What was downloaded is kept; the next download continues from there.")
    manager.wait_for_text("already downloaded")
    at = manager.come
    assert 0 < at <= len(content) // 2

    manager.press(ModelCommand.INSTALL)
    assert "the download continues from there" in manager.agree("Download")
    manager.wait_for_text("ResNet-18 is installed.")
    assert rest.asked == [(f"bytes={at}-", None)]
    player.wait(lambda: manager.section(RESNET) == "Installed")
    assert not manager.dialog.page.buttons[ModelCommand.INSTALL].isVisible()
    player.wait(lambda: RESNET in [row.spec.name for row in player.bar.models.rows])

    pictures, _ = picture_count(manager.home, LITE0)
    assert f"Index {pictures} pictures with it now" in visible_text(manager.dialog.page)
    with player.qtbot.waitSignal(player.conductor.library.indexing.run_ended, timeout=40_000):
        manager.press(ModelCommand.INDEX)
    manager.wait_for_text(f"all {pictures} pictures")
    player.choose(LITE0, RESNET)
    player.ask(samples / BIRD)
    assert [column.key for column in player.columns][:2] == [LITE0, RESNET]

    manager.press(ModelCommand.REMOVE)
    words = manager.agree("Cancel")
    assert f"This also deletes its vectors of {pictures} pictures" in words
    assert len(assert_in_step(manager.home, RESNET)) == pictures
    manager.press(ModelCommand.REMOVE)
    manager.agree("Remove")
    player.wait(lambda: manager.section(RESNET) == "Available")
    player.wait(lambda: [column.key for column in player.columns] == [LITE0])
    player.wait(lambda: RESNET not in [row.spec.name for row in player.bar.models.rows])
    assert not [path for path in manager.home.nearest.iterdir() if RESNET in path.name]
    player.end()
    assert as_bytes(assert_in_step(manager.home, LITE0)) == before


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (headers("Content-Length: 0", status=404), "no longer has the file (error 404)"),
        (headers("Content-Length: 0", status=403), "(error 403)"),
        (headers("Content-Length: 3") + b"odd", "is not the one that the catalogue describes"),
    ],
)
def test_a_download_that_fails_says_why_and_how_to_go_on(
    manage: Open, page: bytes, words: str
) -> None:
    manager = manage(page)
    manager.install()
    manager.wait_for_text(words)
    assert manager.offers(ModelCommand.INSTALL)
    manager.choose(LITE0)
    assert words not in visible_text(manager.dialog.page)
    manager.choose(RESNET)
    manager.wait_for_text(words)


def test_a_file_from_the_disk_is_taken_instead(manage: Open, site: Site, tmp_path: Path) -> None:
    manager = manage()
    file = tmp_path / "mine.onnx"
    file.write_bytes(manager.content[:-1])
    manager.choose(RESNET)
    manager.give(file)
    manager.wait_for_text("mine.onnx is not the file of ResNet-18 that the catalogue describes.")
    file.write_bytes(manager.content)
    manager.give(file)
    manager.wait_for_text("ResNet-18 is installed.")
    assert site.seen == []


def test_downloads_take_turns_and_one_that_waits_can_be_dropped(manage: Open, site: Site) -> None:
    manager = manage(half_of(small_file(RESNET)))
    manager.install()
    manager.wait_for_text("MB from 127.0.0.1")
    manager.choose(MOBILENET)
    manager.press(ModelCommand.INSTALL)
    manager.agree("Download")
    manager.wait_for_text("Waiting for another model …")
    manager.press(ModelCommand.CANCEL)
    manager.player.wait(lambda: manager.offers(ModelCommand.INSTALL))
    manager.choose(RESNET)
    assert "MB from 127.0.0.1" in visible_text(manager.dialog.page)
    manager.press(ModelCommand.CANCEL)
    manager.wait_for_text("The download was cancelled.")
    manager.player.settle()
    assert site.asked() == ["/model.onnx"]


def test_a_download_goes_on_without_the_dialog_beside_a_search(
    manage: Open, site: Site, samples: Path
) -> None:
    content = small_file(RESNET)
    half = len(content) // 2

    manager = manage(in_turn(half_of(content), Shelf(content)))
    player = manager.player
    manager.install()
    manager.wait_for_text("MB from 127.0.0.1")
    manager.press(ModelCommand.CANCEL)
    manager.wait_for_text("The download was cancelled.")
    assert manager.come <= half
    manager.press(ModelCommand.INSTALL)
    manager.agree("Download")
    manager.dialog.close()
    player.wait(lambda: "ResNet-18 is installed." in player.notice())
    player.ask(samples / BIRD)
    pictures, _ = picture_count(manager.home, LITE0)
    with player.qtbot.waitSignal(player.conductor.library.indexing.run_ended, timeout=40_000):
        player.conductor.library.index_with(RESNET)
    player.settle()
    assert picture_count(manager.home, RESNET) == (pictures, pictures)


def test_leaving_in_the_middle_of_a_download_keeps_what_has_come(manage: Open) -> None:
    manager = manage(half_of(small_file(RESNET)))
    manager.install()
    manager.wait_for_text("MB from 127.0.0.1")
    manager.dialog.close()
    assert "1 model is being downloaded." in manager.player.notice()
    manager.player.press("Show")
    assert manager.player.has_dialog(ModelsDialog)
    began = time.monotonic()
    manager.player.close()
    assert time.monotonic() - began < 20, "it waited for the server"
    assert manager.come > 0


# Indexing: new pictures, again; and what must wait for it


def test_new_pictures_are_switched_here_and_in_the_menu_alike(manage: Open) -> None:
    manager = manage()
    player, page = manager.player, manager.dialog.page
    in_menu = {row.spec.name: row.on for row in player.bar.models.rows}

    def click(box: QCheckBox) -> None:
        QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=box.rect().topLeft() + _IN_BOX)

    def on() -> set[str]:
        return {name for name, box in in_menu.items() if box.isChecked()}

    manager.choose(LITE2)
    assert not page.on.isChecked()
    click(page.on)
    assert on() == {LITE0, LITE2}
    in_menu[LITE2].setChecked(False)
    assert not page.on.isChecked()
    manager.choose(LITE0)
    click(page.on)
    assert page.on.isChecked()
    assert on() == {LITE0}
    manager.wait_for_text("At least one model must index new pictures.")


def test_vectors_are_dropped_and_made_anew(manage: Open) -> None:
    manager = manage()
    player = manager.player
    before = as_bytes(assert_in_step(manager.home, LITE0))
    matrix = {path.name for path in manager.home.nearest.iterdir()}
    manager.press(ModelCommand.INDEX_AGAIN)
    with player.qtbot.waitSignal(player.conductor.library.indexing.run_ended, timeout=40_000):
        words = manager.agree("Index again")
    assert f"{len(before)} vectors will be deleted and computed again." in words
    manager.wait_for_text(f"all {len(before)} pictures")
    player.end()
    assert as_bytes(assert_in_step(manager.home, LITE0)) == before
    assert {path.name for path in manager.home.nearest.iterdir()} != matrix


def test_what_writes_waits_for_a_run_and_a_download_does_not(manage: Open, many: Path) -> None:
    manager = manage()
    library = manager.player.conductor.library
    assert manager.offers(ModelCommand.INDEX_AGAIN)
    library.add_folders([str(many)])
    library.indexing.pause(True)
    manager.wait_for_text("Pictures are being indexed.")
    for command in (ModelCommand.INDEX_AGAIN, ModelCommand.MEASURE):
        assert not manager.offers(command)
    manager.choose(RESNET)
    assert "Pictures are being indexed." not in visible_text(manager.dialog.page)
    manager.press(ModelCommand.INSTALL)
    manager.agree("Download")
    manager.wait_for_text("ResNet-18 is installed.")
    manager.wait_for_text("Pictures are being indexed.")
    assert not manager.offers(ModelCommand.INDEX)
    library.indexing.cancel()
    manager.player.settle()
    manager.choose(LITE0)
    manager.player.wait(lambda: manager.offers(ModelCommand.MEASURE))


def test_another_process_that_writes_is_named(manage: Open) -> None:
    manager = manage()
    with locked_by_process(manager.home) as process:
        manager.press(ModelCommand.INDEX_AGAIN)
        manager.agree("Index again")
        manager.wait_for_text(f"process {process}")
        manager.press(ModelCommand.MEASURE)
        manager.wait_for_text(f"process {process}")
    manager.player.settle()
    assert len(assert_in_step(manager.home, LITE0)) == picture_count(manager.home, LITE0)[0]


# Measuring


def test_a_model_is_measured_when_asked_for(manage: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    is_seen = threading.Event()

    def measure_once_seen(*args: Any) -> model_speed.Speed:
        assert is_seen.wait(40)
        return partial(measure, seconds=0.05)(*args)

    monkeypatch.setattr(model_speed, "measure", measure_once_seen)
    manager = manage()
    manager.choose(HASH)
    manager.press(ModelCommand.MEASURE)
    manager.wait_for_text("Measuring on the sample pictures")
    is_seen.set()
    manager.wait_for_text("pictures/s, ")
    manager.dialog.close()
    manager.player.wait(lambda: not manager.player.has_dialog(ModelsDialog))
    manager.dialog = opened(manager.player)
    manager.choose(HASH)
    manager.wait_for_text("pictures/s, ")


@pytest.mark.parametrize("how", ["cancel", "close", "leave"])
def test_measuring_can_be_stopped(manage: Open, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_speed, "measure", partial(measure, seconds=60.0))
    manager = manage()
    player = manager.player
    manager.choose(HASH)
    manager.press(ModelCommand.MEASURE)
    manager.wait_for_text("Measuring on the sample pictures")
    if how == "leave":
        player.close()
    elif how == "close":
        manager.dialog.close()
    else:
        manager.press(ModelCommand.CANCEL)
        player.wait(lambda: manager.offers(ModelCommand.MEASURE))
    if how != "leave":
        player.wait(lambda: not player.door.busy(Lane.LIBRARY))
    assert not manager.home.speeds.exists()


# What cannot be used


def test_a_model_that_is_broken_is_told_and_can_be_removed(
    begin: Begin, bird_library: Home
) -> None:
    folder = bird_library.models / "mine"
    folder.mkdir(parents=True)
    (folder / "model.toml").write_text("format = 1\n", encoding="utf-8")
    player = begin(bird_library, FAST)
    manager = Manager(player, opened(player), b"")
    manager.choose("mine")
    manager.wait_for_text("mine cannot be used")
    assert manager.section("mine") == "Installed"
    assert list(manager.dialog._items).index("mine") == 3
    for command in (
        ModelCommand.INDEX,
        ModelCommand.INDEX_AGAIN,
        ModelCommand.MEASURE,
        ModelCommand.INSTALL,
    ):
        assert not manager.offers(command)
    manager.press(ModelCommand.REMOVE)
    assert "Remove mine?" in manager.agree("Remove")
    player.wait(lambda: "mine" not in manager.dialog._items)
    assert not folder.exists()
    assert manager.dialog.current() == LITE0


def test_without_a_catalogue_the_models_that_are_here_can_be_managed(
    manage: Open, tmp_path: Path
) -> None:
    manager = manage()
    (tmp_path / "catalogue.toml").write_text("format = 2\n", encoding="utf-8")
    manager.dialog.close()
    manager.dialog = opened(manager.player)
    manager.player.wait(lambda: "The catalogue of models cannot be" in visible_text(manager.dialog))
    assert RESNET not in manager.dialog._items
    assert manager.offers(ModelCommand.INDEX_AGAIN)


def test_on_a_disk_that_takes_nothing_models_can_only_be_looked_at(
    begin: Begin, bird_library: Home
) -> None:
    """SQLite's log cannot be opened, as on a disk that is read-only."""
    Path(f"{bird_library.catalogue}-wal").mkdir()
    player = begin(bird_library, FAST)
    manager = Manager(player, opened(player), b"")
    manager.wait_for_text("is full or read-only")
    assert not manager.offers(ModelCommand.INDEX_AGAIN)
