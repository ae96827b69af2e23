"""A model file is imported in the window: examined, tried on the samples, changed, added."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import onnx
import pytest
from import_children import no_children
from importable import (
    EXPORTED,
    WIDTH,
    classifier,
    endless,
    model_of,
    node,
    saved,
    speechless,
    weights,
)
from making import copied
from playing import BIRD, Begin, Player, files, picture_count, visible_text
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from finder.core.models.registry import list_models
from finder.core.paths import Home, shipped_models_dir
from finder.gui.models.import_dialog import ImportDialog
from finder.gui.models.models_dialog import ModelsDialog
from finder.workers.models import model_import_process as importing

CNN = EXPORTED / "torch_cnn.onnx"


@pytest.fixture(autouse=True)
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of temporary files; no part of a model may be left in it."""
    folder = Path(tempfile.mkdtemp(prefix="temp-"))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    left = list(folder.rglob("model.*"))
    shutil.rmtree(folder)
    assert not left


@pytest.fixture(autouse=True)
def begun(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[str]]]:
    """The processes that inspected models; all of them must have ended."""
    processes: list[subprocess.Popen[str]] = []

    class Noted(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *words: object, **options: object) -> None:
            super().__init__(*words, **options)  # type: ignore[call-overload]
            processes.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    yield processes
    assert all(process.poll() is not None for process in processes)


@pytest.fixture(scope="module")
def some_samples(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Path:
    """The two that are queries of a trial, their altered copies, and what is like them."""
    folder = tmp_path_factory.mktemp("some-samples")
    copied([*samples.glob("castles/*"), *samples.glob("fish/*")], folder)
    copied([*samples.glob("altered/chambord*"), *samples.glob("altered/goldfish*")], folder)
    return folder


@pytest.fixture(autouse=True)
def _tried_on_few(some_samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without child processes, a model is tried on fewer samples."""
    monkeypatch.setattr(importing, "samples_dir", lambda: some_samples)


def dropped(player: Player, *paths: Path) -> ImportDialog:
    player.drop(files(*paths))
    dialog = player.dialog(ImportDialog)
    assert isinstance(dialog, ImportDialog)
    return dialog


def tried(player: Player, dialog: ImportDialog) -> str:
    """The result on the samples, once it is there."""
    player.wait(dialog.add.isEnabled)
    return visible_text(dialog.preview)


def refused(player: Player, path: Path) -> str:
    """The sentence with which a file is refused."""
    dialog = dropped(player, path)
    player.wait(lambda: dialog.cancel.text().replace("&", "") == "Close")
    shown = visible_text(dialog)
    assert dialog.body.isHidden() and not dialog.add.isVisible()
    player.press("Close", dialog)
    player.wait(lambda: not player.has_dialog(ImportDialog))
    return shown


def choose(player: Player, dialog: ImportDialog, act: Callable[[], object]) -> str:
    """Change something, and return the new result on the samples."""
    act()
    player.wait(lambda: not dialog.add.isEnabled())
    return tried(player, dialog)


def test_a_model_chosen_in_the_menu_is_added_indexed_and_searched(
    begin: Begin, shared_birds: Home, samples: Path
) -> None:
    player = begin(shared_birds)
    pictures, _ = picture_count(shared_birds, "torch_cnn")
    player.window.actions_by_name["import_model"].trigger()
    files_dialog = player.dialog(QFileDialog)
    assert isinstance(files_dialog, QFileDialog)
    assert "*.onnx" in files_dialog.nameFilters()[0]
    files_dialog.fileSelected.emit(str(CNN))
    files_dialog.reject()
    dialog = player.dialog(ImportDialog)
    assert isinstance(dialog, ImportDialog)
    tried(player, dialog)
    assert "32 × 32 pixels" in visible_text(dialog)
    assert "channels first (NCHW)" in visible_text(dialog)
    assert "the last layer computes the classes from it" in visible_text(dialog)
    assert dialog.form.name.text() == "torch_cnn"
    assert dialog.form.feature.currentText() == "24 numbers, input of the last layer (proposed)"
    for row in dialog.preview.names():
        assert len(row) == 6
    assert dialog.preview.names()[0][:2] == ["chambord.jpg", "chambord--mirrored.jpg"]

    player.press("Add model", dialog)
    player.wait(lambda: "The model torch_cnn was added." in player.notice())
    player.wait(lambda: not player.has_dialog(ImportDialog))
    player.wait(lambda: "torch_cnn" in [row.spec.name for row in player.bar.models.rows])
    player.press(f"Index {pictures} pictures with it now", player.window.notice)
    player.indexed()
    assert picture_count(shared_birds, "torch_cnn") == (pictures, pictures)
    player.choose("torch_cnn")
    player.ask(samples / BIRD)
    assert [column.key for column in player.columns] == ["torch_cnn"]


@no_children
def test_the_model_manager_imports_and_shows_the_new_model(player: Player) -> None:
    player.window.actions_by_name["models"].trigger()
    manager = player.dialog(ModelsDialog)
    assert isinstance(manager, ModelsDialog)
    player.press("Import an ONNX file…", manager)
    files_dialog = player.dialog(QFileDialog)
    assert isinstance(files_dialog, QFileDialog)
    files_dialog.fileSelected.emit(str(CNN))
    files_dialog.reject()
    dialog = player.dialog(ImportDialog)
    assert isinstance(dialog, ImportDialog)
    tried(player, dialog)
    player.press("Add model", dialog)
    player.wait(lambda: bool(manager.list.findItems("torch_cnn", Qt.MatchFlag.MatchExactly)))


@no_children
def test_a_dropped_model_with_its_data_beside_it(player: Player, tmp_path: Path) -> None:
    path = tmp_path / "Mine.onnx"
    onnx.save_model(
        onnx.load(CNN), path, save_as_external_data=True, location="mine.data", size_threshold=0
    )
    dialog = dropped(player, path, tmp_path / "mine.data")
    tried(player, dialog)
    player.press("Add model", dialog)
    player.wait(lambda: "The model Mine was added." in player.notice())
    (spec,), _ = list_models([player.home.models])
    assert (spec.name, spec.title, spec.dimension) == ("mine", "Mine", 24)
    assert player.controllers.searching.query is None


@no_children
def test_a_change_is_tried_at_once(player: Player) -> None:
    dialog = dropped(player, CNN)
    form = dialog.form
    proposed = tried(player, dialog)
    other = choose(player, dialog, lambda: form.preset.setCurrentIndex(4))
    assert other != proposed
    assert "The proposal was ImageNet" in visible_text(dialog)
    feature = form.feature.findText("maximum", Qt.MatchFlag.MatchContains)
    assert choose(player, dialog, lambda: form.feature.setCurrentIndex(feature)) != other

    form.feature.setCurrentIndex(form.feature.count() - 1)
    player.wait(lambda: "Enter the node" in dialog.status.text())
    assert not dialog.add.isEnabled()
    QTest.keyClicks(form.node, "nowhere")
    player.press("Use it", dialog)
    player.wait(lambda: "no value or node called “nowhere”" in dialog.status.text())
    form.node.setText("relu_2:mean")
    choose(player, dialog, lambda: QTest.keyClick(form.node, Qt.Key.Key_Return))
    assert "chosen by you" in form.feature.currentText()
    form.name.setText("by-name")
    player.wait(dialog.add.isEnabled)
    player.press("Add model", dialog)
    player.wait(lambda: "by-name" in player.notice())
    (spec,), _ = list_models([player.home.models])
    assert spec.title == "by-name"
    assert spec.description.endswith("mean of relu_2.")
    assert spec.input.colour == "BGR"


@no_children
def test_a_free_picture_size_can_be_chosen(player: Player, tmp_path: Path) -> None:
    path = saved(classifier(shape=("n", 3, "h", "w")), tmp_path)
    dialog = dropped(player, path)
    first = tried(player, dialog)
    assert dialog.form.side.isVisible()
    assert dialog.form.side.value() == 224
    assert choose(player, dialog, lambda: dialog.form.side.setValue(64)) != first
    player.press("Add model", dialog)
    player.wait(lambda: "was added" in player.notice())
    (spec,), _ = list_models([player.home.models])
    assert (spec.input.height, spec.input.width) == (64, 64)


@no_children
def test_where_no_feature_is_found_a_node_can_be_named(player: Player, tmp_path: Path) -> None:
    path = saved(
        model_of([node("Conv", ["image", "w"], ["scores"])], [weights("w", 4, 3, 3, 3)]), tmp_path
    )
    dialog = dropped(player, path)
    player.wait(lambda: "No feature was found" in dialog.status.text())
    assert "gives 8 to 32,768 numbers" in dialog.status.text()
    assert not dialog.add.isEnabled()
    player.wait(dialog.form.node.hasFocus)
    QTest.keyClicks(dialog.form.node, "scores:mean")
    player.press("Use it", dialog)
    tried(player, dialog)
    assert dialog.form.feature.currentText() == "4 numbers, chosen by you"


def _says_of_name(dialog: ImportDialog, why: str) -> bool:
    return why in dialog.form.name_problem.text()


@no_children
def test_an_invalid_name(player: Player) -> None:
    dialog = dropped(player, CNN)
    tried(player, dialog)
    for name, why in (
        ("vgg16", "already a model called “vgg16”"),
        ("Mine!", "not a valid model name"),
    ):
        dialog.form.name.setText(name)
        player.wait(partial(_says_of_name, dialog, why))
        assert not dialog.add.isEnabled()
    dialog.form.name.setText("mine")
    player.wait(dialog.add.isEnabled)
    assert not dialog.form.name_problem.isVisible()


@no_children
def test_a_name_taken_meanwhile_is_reported_and_another_one_accepted(player: Player) -> None:
    dialog = dropped(player, CNN)
    tried(player, dialog)
    (player.home.models / "torch_cnn").mkdir(parents=True)
    player.press("Add model", dialog)
    player.wait(lambda: "already a model called “torch_cnn”" in dialog.status.text())
    dialog.form.name.setText("torch_cnn-2")
    player.wait(dialog.add.isEnabled)
    player.press("Add model", dialog)
    player.wait(lambda: "The model torch_cnn-2 was added." in player.notice())


@no_children
def test_a_constant_feature_is_reported_in_the_dialog(
    player: Player, tmp_path: Path, some_samples: Path
) -> None:
    dialog = dropped(player, speechless(tmp_path))
    tried(player, dialog)
    assert f"{WIDTH} numbers" in dialog.form.feature.currentText()
    assert "the same for all sample pictures" in dialog.status.text()
    dialog.reject()
    dialog = dropped(player, speechless(tmp_path, 0.0))
    tried(player, dialog)
    number = len(list(some_samples.iterdir()))
    assert f"For {number} of {number} sample pictures the feature is zero" in dialog.status.text()
    assert dialog.preview.names() == [[], []]


@no_children
def test_broken_and_hostile_files_get_one_sentence(player: Player, tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(CNN.read_bytes()[:5_000])
    assert "broken.onnx cannot be imported: it is not an ONNX file" in refused(player, broken)
    outside = onnx.load(CNN)
    tensor = outside.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")
    path = saved(outside, tmp_path, "outside.onnx")
    assert "part of it is outside its folder" in refused(player, path)


def test_an_endless_model_gets_one_sentence(
    player: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_SECONDS", 1)
    assert "could not be examined: it took too long" in refused(player, endless(tmp_path))


@no_children
def test_a_long_name_leaves_the_dialog_on_the_screen(player: Player, tmp_path: Path) -> None:
    path = tmp_path / f"{'long' * 55}.onnx"
    path.write_bytes(CNN.read_bytes())
    dialog = dropped(player, path)
    tried(player, dialog)
    assert len(dialog.form.name.text()) <= 64
    assert dialog.width() <= 780
    dialog.reject()
    path.write_bytes(b"no")
    dialog = dropped(player, path)
    player.wait(lambda: "is not an ONNX file" in dialog.title.text())
    assert dialog.width() <= 780


def test_closing_the_dialog_ends_its_process(
    player: Player, tmp_path: Path, begun: list[subprocess.Popen[str]]
) -> None:
    dialog = dropped(player, endless(tmp_path))
    player.wait(lambda: len(begun) == 1)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    player.settle()
    assert begun[0].poll() is not None


@no_children
def test_closing_the_dialog_deletes_what_it_has_made(player: Player, temp: Path) -> None:
    dialog = dropped(player, CNN)
    tried(player, dialog)
    assert list(temp.rglob("model.onnx"))
    player.press("Cancel", dialog)
    player.settle()
    assert not list(temp.rglob("model.onnx"))
    assert list_models([player.home.models]) == ([], [])


def _close_in_time(player: Player) -> None:
    began = time.monotonic()
    player.close()
    assert time.monotonic() - began < 20, "it waited for the model"


def test_closing_the_window_while_a_model_is_read_cancels_the_import(
    player: Player, tmp_path: Path, begun: list[subprocess.Popen[str]]
) -> None:
    dropped(player, endless(tmp_path))
    player.wait(lambda: len(begun) == 1)
    _close_in_time(player)


@no_children
def test_closing_the_window_after_the_trial_leaves_nothing(player: Player, temp: Path) -> None:
    dialog = dropped(player, CNN)
    tried(player, dialog)
    assert list(temp.rglob("model.onnx"))
    player.close()
    assert not list(temp.rglob("model.onnx"))


def test_a_second_model_takes_the_place_of_the_first_until_the_window_is_closed(
    player: Player, tmp_path: Path, begun: list[subprocess.Popen[str]]
) -> None:
    dropped(player, endless(tmp_path))
    player.wait(lambda: len(begun) == 1)
    player.drop(files(CNN, EXPORTED / "keras_cnn.onnx"))
    player.wait(lambda: "2 models were dropped; the first one is imported." in player.notice())
    player.wait(lambda: len(player.window.findChildren(ImportDialog)) == 1)
    dialog = player.dialog(ImportDialog)
    assert isinstance(dialog, ImportDialog)
    assert dialog.title.text() == "torch_cnn.onnx"
    player.wait(lambda: "Trying the sample pictures" in dialog.status.text())
    _close_in_time(player)


@no_children
def test_a_known_model_is_shown_by_its_title(begin: Begin, home: Home, tmp_path: Path) -> None:
    path = tmp_path / "vgg16.onnx"
    shutil.copy(shipped_models_dir() / "efficientnet-lite0" / "model.onnx", path)
    player = begin(home)
    dialog = dropped(player, path)
    tried(player, dialog)
    assert dialog.found.text().startswith("This is EfficientNet-Lite0, which is installed already.")
    assert dialog.form.preset.currentText() == "As EfficientNet-Lite0 takes pictures"
    assert dialog.form.name.text() == "efficientnet-lite0-2"
    player.press("Add model", dialog)
    player.wait(lambda: not player.has_dialog(ImportDialog))
    (spec,), _ = list_models([home.models])
    assert spec.title == "EfficientNet-Lite0 (efficientnet-lite0-2)"
