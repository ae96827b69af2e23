"""Library → Teach… → Full, where a training was interrupted: going on, or not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from measuring import clipped, too_small
from model_folders import Made, make_model
from playing import Player, visible_text
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox
from train_scene import full_way, interrupted, started, type_training_name, unfinished_settings
from training_child import OUTLINE, ChildDoes

from finder.core.paths import Home
from finder.core.training.settings import Method, Settings
from finder.core.training.unfinished import CURVES, RECORD
from finder.gui.teaching.teach_dialog import TeachDialog
from finder.gui.teaching.training_page import TrainingPage


def going_on(player: Player, folder: Path) -> tuple[TeachDialog, TrainingPage]:
    """The folder of the interrupted training is chosen, so that is proposed."""
    dialog, page = full_way(player)
    player.settle()
    page.form.set_folder(str(folder))
    player.settle()
    assert page.form.name.text() == "plants"
    assert page.form.choice.isVisible()
    return dialog, page


def test_an_interrupted_training_goes_on_with_its_settings(
    training: Player, child_does: ChildDoes, library: Home, tmp_path: Path
) -> None:
    settings = unfinished_settings(tmp_path)
    interrupted(library, settings)
    told = tmp_path / "told"
    child_does(
        f"open({str(told)!r}, 'w').write(repr((request.settings, request.restart)))\n"
        "epoch(1)\nhear()\n"
    )
    dialog, page = going_on(training, tmp_path)
    assert "was interrupted. It goes on after epoch 2 of 9." in visible_text(page)
    card = page.form.network
    assert card.chosen_network() == "resnet18"
    assert card.epochs.value() == 9
    assert not card.epochs.isEnabled()
    assert page.form.settings() == replace(settings, batch=24), "also a rate of few digits"
    assert card.layers.value() == 4
    assert page.form.advanced.batch.value() == 24, "as it was recorded"
    page.form.advanced.batch.setValue(4)
    training.press("Start", dialog)
    assert page.view is not None
    training.wait(lambda: page.view is not None and "epoch is 1" in page.view.best.text())
    assert told.read_text() == repr((replace(settings, batch=4), False))


def test_it_can_begin_again(
    training: Player, child_does: ChildDoes, library: Home, tmp_path: Path
) -> None:
    interrupted(library, unfinished_settings(tmp_path))
    told = tmp_path / "told"
    child_does(
        f"open({str(told)!r}, 'w').write(f'{{request.settings.epochs}} {{request.restart}}')\n"
        "epoch(1)\nhear()\n"
    )
    dialog, page = going_on(training, tmp_path)
    training.press("Begin again", dialog)
    assert page.form.network.epochs.isEnabled()
    page.form.network.epochs.setValue(5)
    training.press("Start", dialog)
    training.wait(lambda: page.view is not None and "epoch is 1" in page.view.best.text())
    assert told.read_text() == "5 True"


def test_another_name_is_another_training(training: Player, library: Home, tmp_path: Path) -> None:
    interrupted(library, unfinished_settings(tmp_path))
    _, page = going_on(training, tmp_path)
    type_training_name(training, page, "flowers")
    training.settle()
    assert not page.form.choice.isVisible()
    assert page.form.network.epochs.isEnabled()
    assert not page.form.restarts
    type_training_name(training, page, "plants")
    training.settle()
    assert page.form.choice.isVisible()
    assert not page.form.name_problem.text, "the name is taken by itself"


# What is proposed, and what stays


def test_beginning_again_is_chosen_for_one_start_only(
    training: Player, child_does: ChildDoes, library: Home, tmp_path: Path
) -> None:
    """The epochs that were kept by stopping are not deleted by the next start."""
    interrupted(library, unfinished_settings(tmp_path))
    interrupted(library, replace(unfinished_settings(tmp_path), name="flowers"))
    child_does("epoch(1)\nassert hear() == STOP\n")
    dialog, page = full_way(training)
    training.settle()
    type_training_name(training, page, "plants")
    training.settle()
    training.press("Begin again", dialog)
    assert page.form.restarts
    type_training_name(training, page, "flowers")
    training.settle()
    assert not page.form.restarts, "it was chosen for another one"
    type_training_name(training, page, "plants")
    training.settle()
    training.press("Begin again", dialog)
    assert page.form.settings().folder == str(tmp_path), "its own"
    training.press("Start", dialog)
    training.wait(lambda: page.view is not None and "epoch is 1" in page.view.best.text())
    training.press("Stop", dialog)
    training.wait(lambda: "It can go on" in page.verdict.text)
    assert not page.form.restarts
    assert not page.form.network.epochs.isEnabled()


def test_another_folder_is_another_training(
    training: Player, library: Home, tmp_path: Path
) -> None:
    interrupted(library, unfinished_settings(tmp_path))
    _, page = full_way(training)
    training.settle()
    form = page.form
    samples = form.folder
    assert samples, "the library's only folder"
    assert form.name.text() == "samples-finetune", "what was interrupted had another folder"
    form.set_folder(str(tmp_path))
    training.settle()
    assert form.name.text() == "plants"
    form.set_folder(samples)
    training.settle()
    assert (form.name.text(), form.settings().folder) == ("samples-finetune", samples)
    assert not form.choice.isVisible()


def test_after_a_failure_the_name_stays(
    training: Player, child_does: ChildDoes, library: Home, tmp_path: Path
) -> None:
    """It has no epoch that could go on; another training of the folder has."""
    child_does("say(error_line(FinderError('It is so.', 'Do that.')))\nsys.exit(1)\n")
    dialog, page = full_way(training)
    page.form.set_folder(str(tmp_path))
    training.settle()
    proposed = page.form.name.text()
    assert proposed.endswith("-finetune")
    interrupted(library, unfinished_settings(tmp_path))
    training.press("Start", dialog)
    training.wait(lambda: "It is so." in page.verdict.text)
    assert page.form.name.text() == proposed
    assert page.form.network.epochs.isEnabled()


def test_it_can_go_on_where_the_dialog_was_opened_again(
    training: Player, child_does: ChildDoes, library: Home, tmp_path: Path
) -> None:
    child_does("epoch(1)\nassert hear() == STOP\n")
    dialog, _, view = started(training, tmp_path)
    training.wait(lambda: "epoch is 1" in view.best.text())
    dialog.close()
    interrupted(library, unfinished_settings(tmp_path))
    dialog, page = full_way(training)
    training.press("Stop", dialog)
    training.wait(lambda: "It can go on" in page.verdict.text)
    assert page.form.name.text() == "plants"
    assert page.form.settings().folder == str(tmp_path)


def test_it_can_be_forgotten(training: Player, library: Home, tmp_path: Path) -> None:
    interrupted(library, unfinished_settings(tmp_path))
    dialog, page = going_on(training, tmp_path)
    for button in ("Cancel", "Forget it"):
        training.press("Forget it…", dialog)
        box = training.dialog(QMessageBox)
        assert "Forget the training plants?" in visible_text(box)
        assert (library.trainings / "plants").is_dir()
        training.press(button, box)
        training.settle()
    assert not (library.trainings / "plants").exists()
    training.wait(lambda: not page.form.choice.isVisible())
    assert page.form.network.epochs.isEnabled()


@pytest.mark.parametrize("is_same", [True, False])
def test_what_a_model_came_of_is_not_offered(
    training: Player, library: Home, tmp_path: Path, is_same: bool
) -> None:
    """Its process was killed between two last steps; another model of this name leaves it."""
    place = interrupted(library, unfinished_settings(tmp_path))
    model = make_model(library.models, Made(name="plants"))
    record = (place / RECORD).read_text() if is_same else "{}"
    (model / CURVES).write_text(f'{{"settings": {record}}}')
    _, page = full_way(training)
    training.settle()
    page.form.set_folder(str(tmp_path))
    training.settle()
    assert page.form.unfinished is None
    assert page.form.name.text() != "plants"
    assert place.exists() is not is_same


def test_after_a_crash_half_the_pictures_at_a_time_are_proposed(
    training: Player, child_does: ChildDoes, library: Home, tmp_path: Path
) -> None:
    interrupted(library, unfinished_settings(tmp_path))
    child_does(OUTLINE + "epoch(1)\nos.kill(os.getpid(), signal.SIGKILL)\n")
    dialog, page = going_on(training, tmp_path)
    training.press("Start", dialog)
    training.wait(lambda: "ran out of memory" in page.verdict.text)
    batch = page.form.advanced.batch
    assert batch.isVisible()
    assert batch.value() == page.form.settings().batch == 16
    dialog.close()
    _, page = going_on(training, tmp_path)
    assert page.form.settings().batch == 16


def test_beginning_again_has_the_settings_that_it_had(
    training: Player, library: Home, tmp_path: Path
) -> None:
    """Also those that only the command line takes."""
    settings = Settings(
        *(str(tmp_path), "resnet34", Method.FINETUNE, "plants"),
        layers=10_000,
        epochs=10_000,
        patience=10_000,
        seed=1_000_000,
        side=1_024,
        batch=4_096,
        weights="/w.pth",
        optimiser="sgd",
        rate=1.5e-9,
    )
    interrupted(library, settings, batch=4_096)
    dialog, page = going_on(training, tmp_path)
    assert page.form.settings() == settings
    training.press("Begin again", dialog)
    assert page.form.settings() == settings
    assert page.form.advanced.rate.text() == "0.0000000015"


def test_it_fits_in_a_small_window(training: Player, library: Home, tmp_path: Path) -> None:
    interrupted(library, unfinished_settings(tmp_path))
    dialog, page = going_on(training, tmp_path)
    dialog.resize(846, 564)
    training.settle()
    assert clipped(dialog) == too_small(dialog) == []
    page.form.name.setFocus()
    for expected in (page.form.choice.buttons[0], page.form.forget, page.form.more):
        focus = QApplication.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is expected
