"""Words for an imported model in the window: its text tower and tokenizer are dropped with it,
found beside it or chosen, compared with the samples, and added later."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from import_children import no_children
from importable import EXPORTED
from importable import saved as saved_graph
from model_manager import Manager, opened
from playing import FAST, Begin, Player, files, visible_text
from PySide6.QtWidgets import QFileDialog
from tower_graphs import clip_both
from word_models import PICTURE_TOWER, TEXT_TOWER, TOKENIZER
from word_tokenizers import clip_tokenizer, saved

from finder.core.models.manifest import load_spec
from finder.core.models.registry import list_models
from finder.core.models.spec import TextSpec
from finder.core.paths import Home
from finder.gui.models.import_dialog import ImportDialog
from finder.gui.models.model_view import ModelCommand

CNN = EXPORTED / "torch_cnn.onnx"
ALL_FIT = "67 of 67 sample pictures fit their descriptions"


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """The text tower with its numbers in another order, as that of a foreign model."""
    model = onnx.load(TEXT_TOWER)
    (output,) = model.graph.output
    model.graph.node[-1].output[0] = "straight"
    order = onnx.numpy_helper.from_array(np.arange(64)[::-1].copy(), "order")
    model.graph.initializer.append(order)
    gather = onnx.helper.make_node("Gather", ["straight", "order"], [output.name], axis=1)
    model.graph.node.append(gather)
    onnx.save(model, tmp_path / "foreign.onnx")
    return tmp_path / "foreign.onnx"


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """The picture tower in a folder of its own."""
    folder = tmp_path / "alone"
    folder.mkdir()
    return Path(shutil.copy(PICTURE_TOWER, folder / "shapes.onnx"))


def dropped(player: Player, *paths: Path) -> ImportDialog:
    player.drop(files(*paths))
    dialog = player.dialog(ImportDialog)
    assert isinstance(dialog, ImportDialog)
    return dialog


def tried(player: Player, dialog: ImportDialog) -> str:
    """What is said of the words, once the samples are tried as SigLIP would take them."""
    player.wait(lambda: dialog.preview.isEnabled() and bool(dialog.preview.names()[0]))
    row = dialog.form.preset.findData("siglip")
    if dialog.form.preset.currentIndex() != row:
        return again(player, dialog, lambda: dialog.form.preset.setCurrentIndex(row))
    return dialog.form.words.found.text()


def again(player: Player, dialog: ImportDialog, act: Callable[[], object]) -> str:
    """Change something, and return what is said of the words then."""
    act()
    player.wait(lambda: not dialog.preview.isEnabled())
    player.wait(dialog.preview.isEnabled)
    return dialog.form.words.found.text()


def choose(player: Player, dialog: ImportDialog, *paths: Path) -> str:
    """Choose files of words."""

    def pick() -> None:
        dialog.form.words.choose.click()
        give(player, *paths)

    return again(player, dialog, pick)


def give(player: Player, *paths: Path) -> None:
    files_dialog = player.dialog(QFileDialog)
    assert isinstance(files_dialog, QFileDialog)
    files_dialog.filesSelected.emit([str(path) for path in paths])
    files_dialog.reject()


def added(player: Player, dialog: ImportDialog, button: str = "Add model") -> TextSpec | None:
    """The words of the model that is added."""
    player.press(button, dialog)
    player.wait(lambda: "was added" in player.notice())
    (spec,), _ = list_models([player.home.models])
    return spec.text


def shown_files(dialog: ImportDialog) -> str:
    return dialog.form.words.files.whole_text()


def test_files_of_one_model_are_dropped_together(player: Player) -> None:
    dialog = dropped(player, TOKENIZER, TEXT_TOWER, PICTURE_TOWER)
    said = tried(player, dialog)
    assert dialog.title.text() == "picture.onnx"
    assert shown_files(dialog) == "text.onnx + tokenizer.json"
    assert said == f"64 numbers, 16 tokens, cleaned as for CLIP; {ALL_FIT}"
    assert "the words have as many numbers" in dialog.form.feature_reason.whole_text()
    assert not dialog.anyway.isVisible()
    text = added(player, dialog)
    assert text is not None
    assert (text.length, text.cleaning, text.output) == (16, "clip", "text_embeds")


@no_children
def test_what_is_beside_the_model_is_proposed(player: Player) -> None:
    dialog = dropped(player, PICTURE_TOWER)
    assert ALL_FIT in tried(player, dialog)
    assert shown_files(dialog) == "text.onnx + tokenizer.json"
    assert again(player, dialog, dialog.form.words.remove.click) == ""
    assert shown_files(dialog) == "None: it finds by pictures only"
    assert added(player, dialog) is None


@no_children
def test_two_towers_are_told_apart_by_what_is_in_them(
    player: Player, tmp_path: Path, alone: Path
) -> None:
    words = shutil.copy(TEXT_TOWER, tmp_path / "a.onnx")
    dialog = dropped(player, Path(words), alone, TOKENIZER)
    assert ALL_FIT in tried(player, dialog)
    assert dialog.title.text() == "shapes.onnx"
    assert shown_files(dialog) == "a.onnx + tokenizer.json"


@no_children
def test_files_of_words_are_chosen_one_after_the_other(
    player: Player, alone: Path, tmp_path: Path
) -> None:
    dialog = dropped(player, alone)
    assert tried(player, dialog) == ""
    words = dialog.form.words
    assert words.choose.text() == "Choose text tower…"
    tower = Path(shutil.copy(TEXT_TOWER, tmp_path / "words.onnx"))
    assert "Its tokenizer.json is not beside it." in choose(player, dialog, tower)
    assert words.choose.text() == "Choose tokenizer…"
    assert dialog.add.text() == "Add without words"
    assert ALL_FIT in choose(player, dialog, TOKENIZER)
    assert dialog.add.text() == "Add model"
    assert added(player, dialog) is not None


@no_children
def test_files_that_cannot_be_words_are_said_in_place(
    player: Player, alone: Path, tmp_path: Path
) -> None:
    dialog = dropped(player, alone)
    tried(player, dialog)
    said = choose(player, dialog, CNN, TOKENIZER)
    assert "it has no input for the tokens of a text" in said
    assert "Choose other files, or add the model without words." in said
    other = tmp_path / "tokenizer.json"
    other.write_text("{}", encoding="ascii")
    assert "tokenizer" in choose(player, dialog, TEXT_TOWER, other)
    assert added(player, dialog, "Add without words") is None


@no_children
def test_a_text_tower_with_another_number_is_said_in_place(player: Player) -> None:
    dialog = dropped(player, CNN)
    player.wait(dialog.add.isEnabled)
    said = choose(player, dialog, TEXT_TOWER)
    assert "The text tower gives 64 numbers, and the picture tower 24." in said
    assert dialog.add.text() == "Add without words"


@no_children
def test_a_model_file_without_a_text_tower_asks_for_one(player: Player, alone: Path) -> None:
    dialog = dropped(player, alone, TOKENIZER)
    assert "The model file has no text tower." in tried(player, dialog)
    assert ALL_FIT in choose(player, dialog, TEXT_TOWER)


@no_children
def test_towers_that_do_not_belong_together_are_added_only_on_purpose(
    player: Player, alone: Path, foreign: Path
) -> None:
    dialog = dropped(player, alone)
    tried(player, dialog)
    choose(player, dialog, foreign, TOKENIZER)
    assert "The words do not fit the pictures: " in dialog.status.text()
    assert "Take both towers and the tokenizer from the same model." in dialog.status.text()
    assert not dialog.add.isEnabled()
    assert dialog.anyway.isEnabled() and not dialog.anyway.isDefault()
    dialog.form.name.setText("Odd!")
    player.wait(lambda: not dialog.anyway.isEnabled())
    dialog.form.name.setText("odd")
    player.wait(dialog.anyway.isEnabled)
    assert added(player, dialog, "Add anyway") is not None


@no_children
def test_with_another_pair_the_refusal_is_gone(player: Player, alone: Path, foreign: Path) -> None:
    dialog = dropped(player, alone, foreign, TOKENIZER)
    tried(player, dialog)
    assert dialog.anyway.isVisible()
    assert ALL_FIT in choose(player, dialog, TEXT_TOWER)
    assert not dialog.anyway.isVisible()
    assert dialog.add.isEnabled()


@no_children
def test_one_file_with_both_towers(player: Player, tmp_path: Path) -> None:
    """Its weights are random, so that nothing fits."""
    both = saved_graph(clip_both(), tmp_path, "model.onnx")
    saved(clip_tokenizer(), tmp_path)
    dialog = dropped(player, both)
    player.wait(dialog.anyway.isVisible)
    assert shown_files(dialog) == "model.onnx + tokenizer.json"
    assert "512 numbers, 77 tokens, cleaned as for CLIP" in dialog.form.words.found.text()


# An installed model


@pytest.fixture
def wordless(begin: Begin, bird_library: Home, alone: Path) -> Manager:
    """The models dialog, at a model that was imported without its words."""
    player = begin(bird_library, FAST)
    dialog = dropped(player, alone)
    tried(player, dialog)
    assert added(player, dialog) is None
    player.wait(lambda: not player.has_dialog(ImportDialog))
    manager = Manager(player, opened(player), b"")
    manager.choose("shapes")
    return manager


def words_of(manager: Manager) -> TextSpec | None:
    return load_spec(manager.home.models / "shapes").text


@no_children
def test_an_installed_model_gets_words_from_files(wordless: Manager) -> None:
    assert "not understood" in visible_text(wordless.dialog.page)
    wordless.press(ModelCommand.ADD_WORDS)
    give(wordless.player, TEXT_TOWER)  # its tokenizer is beside it
    wordless.wait_for_text("shapes understands words now.")
    assert ALL_FIT in visible_text(wordless.dialog.page)
    assert not wordless.offers(ModelCommand.ADD_WORDS)
    assert words_of(wordless) is not None
    wordless.choose("vgg16")
    assert not wordless.offers(ModelCommand.ADD_WORDS)


@no_children
def test_words_that_do_not_fit_an_installed_model_are_asked_about(
    wordless: Manager, foreign: Path
) -> None:
    wordless.press(ModelCommand.ADD_WORDS)
    give(wordless.player, foreign, TOKENIZER)
    assert "The words do not fit the pictures" in wordless.agree("Cancel")
    assert words_of(wordless) is None
    wordless.press(ModelCommand.ADD_WORDS)
    give(wordless.player, foreign, TOKENIZER)
    wordless.agree("Add anyway")
    wordless.wait_for_text("shapes understands words now.")
    assert words_of(wordless) is not None


@no_children
def test_without_a_tokenizer_nothing_is_added(wordless: Manager, foreign: Path) -> None:
    wordless.press(ModelCommand.ADD_WORDS)
    give(wordless.player, foreign)
    wordless.wait_for_text("A text tower (.onnx) and its tokenizer.json are needed.")
    assert words_of(wordless) is None


def test_adding_words_can_be_cancelled(wordless: Manager) -> None:
    wordless.press(ModelCommand.ADD_WORDS)
    give(wordless.player, TEXT_TOWER)
    wordless.press(ModelCommand.CANCEL)
    wordless.player.settle()
    wordless.player.wait(lambda: wordless.offers(ModelCommand.ADD_WORDS))
    assert words_of(wordless) is None
