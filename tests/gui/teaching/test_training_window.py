"""Library → Teach… → Full: what is shown of a training, and what can be done with it.

The process that trains speaks as the real one does; tests/train has the window with that."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from model_folders import Made, make_model
from playing import LITE0, VGG16, Begin, Player, visible_text
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from train_scene import (
    InstallPackages,
    full_way,
    interrupted,
    shown_page,
    started,
    trained,
    type_training_name,
    unfinished_settings,
)
from training_child import OUTCOME, OUTLINE, ChildDoes

from finder.core.library.catalogue.settings import Settings as LibrarySettings
from finder.core.paths import Home
from finder.core.training.networks import TORCHVISION
from finder.core.training.settings import Method
from finder.gui.teaching.teach_dialog import TeachDialog

# What is chosen


def test_what_is_missing_is_said_with_the_way_to_get_it(
    begin: Begin, library: Home, monkeypatch: pytest.MonkeyPatch, install_packages: InstallPackages
) -> None:
    monkeypatch.setattr(
        "finder.core.training.settings.missing_packages", lambda: ["torch", "onnxscript"]
    )
    player = begin(library, LibrarySettings(models_on=(LITE0,)))
    dialog, page = full_way(player)
    player.wait(page.form.missing.isVisible)
    player.settle()
    assert page.form.folder, "the library's only folder"
    assert page.form.name.text() == "samples-finetune"
    assert not page.start.isEnabled()
    assert "Missing: torch, onnxscript." in visible_text(page)
    player.press("Copy", dialog)
    assert QGuiApplication.clipboard().text() == 'pip install "image-finder[train]"'
    assert page.form.missing.command.text() == QGuiApplication.clipboard().text()
    assert page.form.missing.command.isReadOnly()
    install_packages(player)
    player.press("Look again", dialog)
    player.wait(page.start.isEnabled)
    assert not page.form.missing.isVisible()


def test_a_method_offers_the_networks_that_it_can_start_from(training: Player) -> None:
    _, page = full_way(training)
    card, form = page.form.network, page.form

    def offered() -> list[str]:
        return [str(card.network.itemData(row)) for row in range(card.network.count())]

    assert card.chosen_method() is Method.FINETUNE
    assert offered()[0] == card.chosen_network() == LITE0
    assert VGG16 in offered()
    assert "pixels" not in offered(), "it has no network"
    assert set(TORCHVISION) <= set(offered())
    assert card.layers.isVisible()
    form.network.layers.setValue(3)
    assert form.settings().layers == 3
    card.network.setCurrentIndex(card.network.findData("resnet50"))
    card.network.activated.emit(card.network.currentIndex())
    assert "downloaded" in visible_text(card)
    QTest.keyClick(card.method, Qt.Key.Key_End)
    assert card.chosen_method() is Method.SCRATCH
    assert not card.layers.isVisible()
    assert form.settings().layers is None
    assert card.chosen_network() == "resnet50", "it can be trained from scratch, too"
    assert "random weights" in visible_text(card)
    assert LITE0 not in offered()
    assert offered()[0] == "scratch"


def test_a_name_is_proposed_and_judged(training: Player) -> None:
    _, page = full_way(training)
    training.settle()
    assert page.form.name.text() == "samples-finetune"
    QTest.keyClick(page.form.network.method, Qt.Key.Key_Right)
    training.settle()
    assert page.form.name.text() == "samples-transfer"
    assert page.start.isEnabled()
    for name, problem in (("Ä b", "is not a valid model name"), (VGG16, "already a model called")):
        type_training_name(training, page, name)
        training.settle()
        assert problem in page.form.name_problem.text
        assert not page.start.isEnabled()
    type_training_name(training, page, "")
    training.settle()
    assert not page.form.name_problem.text
    assert not page.start.isEnabled()


def test_the_rest_is_under_advanced(training: Player) -> None:
    dialog, page = full_way(training)
    advanced = page.form.advanced
    assert not advanced.isVisible()
    training.press("Advanced", dialog)
    assert advanced.isVisible()
    before = page.form.settings()
    assert (before.side, before.batch, before.rate) == (None, None, None)
    advanced.side.setValue(10)
    advanced.batch.setValue(8)
    advanced.rate.setValue(0.002)
    advanced.seed.setValue(7)
    advanced.optimiser.setCurrentIndex(1)
    advanced.patience.setValue(3)
    found = page.form.settings()
    assert (found.side, found.batch, found.rate, found.seed) == (32, 8, 0.002, 7)
    assert (found.optimiser, found.patience) == ("sgd", 3)


# A training

RUNS = (
    "progress('Reading the pictures …')\nassert hear() == GO_ON\n"
    + OUTLINE
    + "progress('Epoch 1 of 20')\nassert hear() == PAUSE\nassert hear() == GO_ON\n"
    + "epoch(1)\nepoch(2)\nepoch(3, 0.75)\nprogress('Epoch 4 of 20', 0.5, 240)\n"
    + "assert hear() == KEEP\n"
)


def test_curves_best_epoch_and_time_are_shown_and_the_best_epoch_is_kept(
    training: Player, child_does: ChildDoes, tmp_path: Path
) -> None:
    made = make_model(tmp_path / "made", Made(name="plants"))
    add = f"shutil.copytree({str(made)!r}, request.home.models / 'plants')\n"
    child_does(RUNS + add + OUTCOME)
    dialog, page, view = started(training, tmp_path)
    training.wait(lambda: view.status.words.text() == "Reading the pictures …")
    assert not page.keep.isEnabled(), "there is no epoch to keep"
    assert not page.pause.isEnabled(), "it would not pause before this step ends"
    go_on(training)
    training.wait(page.pause.isEnabled)
    training.press("Pause", dialog)
    assert view.status.words.text() == "Paused · Epoch 1 of 20"
    training.press("Continue", dialog)
    training.wait(lambda: view.status.words.text() == "Epoch 4 of 20 · 4 minutes left at most")
    assert "12 labels · 172 pictures to learn" in view.outline.text()
    assert "32 at a time" in view.outline.text()
    assert "1 file is left out." in view.notes.text()
    assert "The best epoch is 2" in view.best.text()
    read = view.plots.loss.accessibleDescription()
    assert read == "epoch 3: training 0.750, validation 0.750; the best is 2"
    assert "62%" in view.plots.accuracy.accessibleDescription()
    assert view.bar.value() == round(1_000 * 3.5 / 20)
    training.press("Stop and keep the best epoch", dialog)
    result = trained(training, page)
    training.wait(page.index.isEnabled)
    assert "plants" in [spec.name for spec in training.controllers.library.overview.models]
    model = result.table.model()
    rows = [
        [str(model.index(row, column).data()) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]
    assert rows[0] == [
        *("plants", "EfficientNet-Lite0", "Fine-tuning"),
        *("81.2%", "0.668", "0.598", "2", "12.2", "3,365,372"),
    ]
    assert rows[1][:3] == ["plants-scratch", "a small network", "From scratch"]
    bars = result.bars.accessibleDescription()
    assert "plants: right 81%, mAP 0.668, best epoch 2" in bars
    assert "plants-scratch: " in bars
    training.press("Index with it now", dialog)
    training.wait(lambda: training.controllers.library.indexing.busy)
    training.settle()
    assert training.controllers.library.overview.indexed_by("plants") == 80


def go_on(player: Player) -> None:
    """An order to the process without a button."""
    running = player.controllers.teaching.training._process
    assert running is not None
    running.go_on()


def test_what_follows_the_last_epoch_cannot_be_paused(
    training: Player, child_does: ChildDoes, tmp_path: Path
) -> None:
    child_does(
        OUTLINE
        + "for n in range(1, 20): epoch(n)\nassert hear() == GO_ON\n"
        + "epoch(20)\nprogress('Exporting the model …')\nhear()\n"
    )
    _, page, view = started(training, tmp_path)
    training.wait(lambda: "epoch is 19" in view.best.text())
    assert page.pause.isEnabled()
    go_on(training)
    training.wait(lambda: "Exporting" in view.status.words.text())
    assert not page.pause.isEnabled()
    assert page.keep.isEnabled()


def test_a_model_that_was_ready_when_it_was_stopped_is_shown(
    training: Player, child_does: ChildDoes, tmp_path: Path
) -> None:
    made = make_model(tmp_path / "made", Made(name="plants"))
    add = f"shutil.copytree({str(made)!r}, request.home.models / 'plants')\n"
    child_does("epoch(1)\nassert hear() == STOP\n" + add + OUTCOME)
    dialog, page, view = started(training, tmp_path)
    training.wait(lambda: "epoch is 1" in view.best.text())
    training.press("Stop", dialog)
    assert trained(training, page).name == "plants"
    training.wait(page.index.isEnabled)
    assert "plants" in [spec.name for spec in training.controllers.library.overview.models]


def test_a_model_that_a_stopped_process_has_left_is_known(
    training: Player, child_does: ChildDoes, tmp_path: Path
) -> None:
    """It was killed before it could tell."""
    made = make_model(tmp_path / "made", Made(name="plants"))
    add = f"shutil.copytree({str(made)!r}, request.home.models / 'plants')\n"
    child_does("epoch(1)\nassert hear() == STOP\n" + add)
    dialog, page, view = started(training, tmp_path)
    training.wait(lambda: "epoch is 1" in view.best.text())
    training.press("Stop", dialog)
    training.wait(lambda: "was stopped" in page.verdict.text)
    training.settle()
    assert "plants" in [spec.name for spec in training.controllers.library.overview.models]


def test_without_a_folder_the_pictures_can_still_be_indexed(
    begin: Begin,
    home: Home,
    install_packages: InstallPackages,
    child_does: ChildDoes,
    tmp_path: Path,
) -> None:
    """The user may choose none."""
    player = begin(home, LibrarySettings(models_on=(LITE0,)))
    install_packages(player)
    made = make_model(tmp_path / "made", Made(name="plants"))
    child_does(f"shutil.copytree({str(made)!r}, request.home.models / 'plants')\n" + OUTCOME)
    dialog, page, _ = started(player, tmp_path)
    trained(player, page)
    player.wait(page.index.isEnabled)
    player.press("Index with it now", dialog)
    player.press("Cancel", player.dialog(QFileDialog))
    assert page.index.isEnabled()


def test_another_one_begins_with_a_name_that_is_free(
    training: Player, child_does: ChildDoes, tmp_path: Path
) -> None:
    child_does("assert hear() == KEEP\n" + OUTCOME)
    dialog, page, _ = started(training, tmp_path)
    training.controllers.teaching.training._keep()
    trained(training, page)
    training.press("Train another…", dialog)
    training.settle()
    assert page.form.name.text().endswith("-finetune")
    assert page.start.isVisible()


def test_stopping_leads_back_and_says_that_it_can_go_on(
    training: Player, child_does: ChildDoes, library: Home, tmp_path: Path
) -> None:
    child_does("epoch(1)\nassert hear() == STOP\n")
    dialog, page, view = started(training, tmp_path)
    training.wait(lambda: "epoch is 1" in view.best.text())
    interrupted(library, unfinished_settings(tmp_path))
    training.press("Stop", dialog)
    training.wait(lambda: "was stopped" in page.verdict.text)
    assert "It can go on" in page.verdict.text
    assert page.start.isVisible()
    assert "It goes on after epoch 2 of 9" in visible_text(page)


def test_one_that_is_killed_gives_a_sentence_and_the_way_out(
    training: Player, child_does: ChildDoes, tmp_path: Path
) -> None:
    child_does("epoch(1)\nos.kill(os.getpid(), signal.SIGKILL)\n")
    _, page, _ = started(training, tmp_path)
    training.wait(lambda: bool(page.verdict.text))
    assert "it crashed, or ran out of memory" in page.verdict.text
    assert "fewer pictures at a time" in page.verdict.text
    assert page.start.isEnabled()


def test_options_of_the_command_line_are_named_as_the_window_has_them(
    training: Player, child_does: ChildDoes, tmp_path: Path
) -> None:
    child_does("say(error_line(FinderError('It is so.', 'Use --batch 4.')))\nsys.exit(1)\n")
    _, page, _ = started(training, tmp_path)
    training.wait(lambda: bool(page.verdict.text))
    assert "Use “Pictures at a time” 4." in page.verdict.text


def test_it_goes_on_while_the_dialog_is_closed(
    training: Player, child_does: ChildDoes, tmp_path: Path
) -> None:
    child_does(
        OUTLINE + "epoch(1)\nassert hear() == PAUSE\nassert hear() == KEEP\n"
        "assert hear() == GO_ON\n" + OUTCOME
    )
    dialog, _, view = started(training, tmp_path)
    training.wait(lambda: "epoch is 1" in view.best.text())
    dialog.close()
    training.window.actions_by_name["teach"].trigger()
    again = training.dialog(TeachDialog)
    assert isinstance(again, TeachDialog)
    page = shown_page(again, training)
    assert page.view is not None
    assert "epoch is 1" in page.view.best.text()
    training.press("Pause", again)
    again.close()
    training.window.actions_by_name["teach"].trigger()
    third = training.dialog(TeachDialog)
    assert isinstance(third, TeachDialog)
    assert third.findChildren(type(page))[0].pause.text() == "Continue"
    training.press("Stop and keep the best epoch", third)
    third.close()
    training.window.actions_by_name["teach"].trigger()
    fourth = training.dialog(TeachDialog)
    assert isinstance(fourth, TeachDialog)
    page = shown_page(fourth, training)
    assert page.stop.isEnabled()
    assert not page.keep.isEnabled(), "it was pressed"
    assert not page.pause.isEnabled()
    go_on(training)
    fourth.close()
    training.wait(lambda: "The model plants is trained." in training.status())
    training.window.actions_by_name["teach"].trigger()
    last = training.dialog(TeachDialog)
    assert isinstance(last, TeachDialog)
    assert shown_page(last, training).result_page is not None


def test_closing_the_window_ends_it(
    training: Player, child_does: ChildDoes, tmp_path: Path
) -> None:
    """By itself, or killed where it does not."""
    number = tmp_path / "number"
    child_does(
        f"open({str(number)!r}, 'w').write(str(os.getpid()))\nepoch(1)\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: hear()\n"
    )
    _, _, view = started(training, tmp_path)
    training.wait(lambda: "epoch is 1" in view.best.text())
    training.close()
    training.wait(lambda: not is_running(int(number.read_text())))


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
