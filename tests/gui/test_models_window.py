"""The window's model manager: lists models, measures them, and indexes with them again."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from command_line import locked_by_process
from making import as_bytes, assert_in_step
from model_manager import RESNET, Manager, Open, opened
from playing import FAST, LITE0, LITE2, Begin, picture_count, visible_text
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox
from serving import Site
from word_models import make_word_model

from finder.core.paths import Home
from finder.gui.models.model_view import ModelCommand
from finder.gui.models.models_dialog import ModelsDialog
from finder.jobs.task_runner import Lane
from finder.use_cases.models import model_speed
from finder.use_cases.models.model_speed import measure

HASH = "dhash-64"
_IN_BOX = QPoint(8, 8)


# What is shown


def test_all_models_are_listed_without_going_online_also_from_the_menu(
    manage: Open, site: Site
) -> None:
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
    _assert_the_models_menu_opens_it_once(manager)


def _assert_the_models_menu_opens_it_once(manager: Manager) -> None:
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
    for name in order[1:]:  # headings are skipped
        QTest.keyClick(dialog.list, Qt.Key.Key_Down)
        assert dialog.current() == name
    QTest.keyClick(dialog.list, Qt.Key.Key_Up)
    manager.choose(RESNET)
    for command in (ModelCommand.INSTALL, ModelCommand.GIVE_FILE):
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
        assert dialog.focusWidget() is dialog.page.buttons[command]
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    manager.player.wait(lambda: not manager.player.has_dialog(ModelsDialog))


# Indexing: new pictures, again; and what must wait for it


def test_the_switch_for_new_pictures_agrees_with_the_menu(manage: Open) -> None:
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


def test_vectors_are_dropped_and_computed_again(manage: Open) -> None:
    manager = manage()
    player = manager.player
    before = as_bytes(assert_in_step(manager.home, LITE0))
    matrix = {path.name for path in manager.home.nearest.iterdir()}
    manager.press(ModelCommand.INDEX_AGAIN)
    with player.qtbot.waitSignal(player.controllers.library.indexing.run_ended, timeout=40_000):
        words = manager.agree("Index again")
    assert f"{len(before)} vectors will be deleted and computed again." in words
    manager.wait_for_text(f"all {len(before)} pictures")
    player.end()
    assert as_bytes(assert_in_step(manager.home, LITE0)) == before
    assert {path.name for path in manager.home.nearest.iterdir()} != matrix


def test_writing_waits_for_a_run_and_a_download_does_not(manage: Open, many: Path) -> None:
    manager = manage()
    library = manager.player.controllers.library
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


def test_a_model_is_measured_on_request(manage: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    is_seen = threading.Event()

    def measure_once_seen(*args: Any) -> model_speed.Speed:
        assert is_seen.wait(40)
        return partial(measure, seconds=0.05)(*args)

    monkeypatch.setattr(model_speed, "measure", measure_once_seen)
    manager = manage()
    _begin_to_measure(manager)
    is_seen.set()
    manager.wait_for_text("pictures/s, ")
    manager.dialog.close()
    manager.player.wait(lambda: not manager.player.has_dialog(ModelsDialog))
    manager.dialog = opened(manager.player)
    manager.choose(HASH)
    manager.wait_for_text("pictures/s, ")


def test_measuring_can_be_stopped(manage: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_speed, "measure", partial(measure, seconds=60.0))
    manager = manage()
    player = manager.player
    _begin_to_measure(manager)
    manager.press(ModelCommand.CANCEL)
    player.wait(lambda: manager.offers(ModelCommand.MEASURE))
    player.wait(lambda: not player.task_runner.busy(Lane.LIBRARY))
    _begin_to_measure(manager)
    manager.dialog.close()
    player.wait(lambda: not player.task_runner.busy(Lane.LIBRARY))
    player.wait(lambda: not player.has_dialog(ModelsDialog))
    manager.dialog = opened(player)
    _begin_to_measure(manager)
    player.close()
    assert not manager.home.speeds.exists()


def _begin_to_measure(manager: Manager) -> None:
    manager.choose(HASH)
    manager.press(ModelCommand.MEASURE)
    manager.wait_for_text("Measuring on the sample pictures")


def test_a_model_that_understands_words_says_so(begin: Begin, bird_library: Home) -> None:
    make_word_model(bird_library.models)
    player = begin(bird_library, FAST)
    manager = Manager(player, opened(player), b"")
    manager.choose("shapes")
    manager.wait_for_text("understood; 444 kB of the files are for them")
    manager.choose(LITE0)
    assert "understood" not in visible_text(manager.dialog.page)


# What cannot be used


def test_a_broken_model_is_listed_and_can_be_removed(begin: Begin, bird_library: Home) -> None:
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


def test_without_a_catalogue_installed_models_can_be_managed(manage: Open, tmp_path: Path) -> None:
    manager = manage()
    (tmp_path / "catalogue.toml").write_text("format = 2\n", encoding="utf-8")
    manager.dialog.close()
    manager.dialog = opened(manager.player)
    manager.player.wait(lambda: "The catalogue of models cannot be" in visible_text(manager.dialog))
    assert RESNET not in manager.dialog._items
    assert manager.offers(ModelCommand.INDEX_AGAIN)


def test_on_a_full_disk_models_can_only_be_viewed(begin: Begin, bird_library: Home) -> None:
    """SQLite's log cannot be opened, as on a disk that is read-only."""
    Path(f"{bird_library.catalogue}-wal").mkdir()
    player = begin(bird_library, FAST)
    manager = Manager(player, opened(player), b"")
    manager.wait_for_text("is full or read-only")
    assert not manager.offers(ModelCommand.INDEX_AGAIN)
