"""Words that cannot be compared with the samples are not silently taken for fitting ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from import_children import no_children
from playing import Player, files
from word_models import PICTURE_TOWER, TEXT_TOWER, TOKENIZER

from finder.gui.models.import_dialog import ImportDialog
from finder.workers.models import model_import_process


@no_children
def test_it_is_said_in_the_import(
    player: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_import_process, "samples_dir", lambda: tmp_path / "none")
    player.drop(files(TOKENIZER, TEXT_TOWER, PICTURE_TOWER))
    dialog = player.dialog(ImportDialog)
    assert isinstance(dialog, ImportDialog)
    player.wait(lambda: "could not be tried" in dialog.form.words.found.text())
    player.wait(dialog.add.isEnabled)
