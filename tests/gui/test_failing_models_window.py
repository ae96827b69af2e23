"""What the window says about a model that fails on pictures."""

from __future__ import annotations

from pathlib import Path

from failing_models import finds_nothing, paint
from playing import Begin, visible_text
from PySide6.QtWidgets import QTableView

from finder.core.library.catalogue.settings import Settings
from finder.core.paths import Home
from finder.gui.library.side_bar.skipped_dialog import SkippedDialog
from finder.gui.models.models_dialog import ModelsDialog

HASH = "phash-64"
BOTH = Settings(models_on=(HASH, "picky"))


def test_a_few_failures_are_listed_with_their_reason(
    begin: Begin, home: Home, tmp_path: Path
) -> None:
    finds_nothing(home.models)
    player = begin(settings=BOTH)
    player.controllers.library.add_folders([str(paint(tmp_path / "pictures", light=2, dark=1))])
    player.indexed()
    assert player.status() == "3 pictures indexed. Picky could not use 1 picture."
    player.press("1 model failure…")
    dialog = player.dialog(SkippedDialog)
    assert (
        "At least one model could not use 1 file and cannot find it; the other models are not "
        "affected." in visible_text(dialog)
    )
    (table,) = dialog.findChildren(QTableView)
    row = [table.model().index(0, column).data() for column in range(2)]
    assert row == ["dark-0.png", "Picky found nothing in this picture that it could describe."]
    player.press("Close", dialog)


def test_a_model_that_fails_mostly_is_switched_off_and_named(
    begin: Begin, home: Home, tmp_path: Path
) -> None:
    finds_nothing(home.models)
    player = begin(settings=BOTH)
    player.controllers.library.add_folders([str(paint(tmp_path / "pictures", light=0, dark=30))])
    player.indexed()
    assert "Picky failed on" in visible_text(player.window.notice)
    assert "It is switched off for new pictures." in visible_text(player.window.notice)
    player.wait(
        lambda: [s.name for s in player.controllers.library.indexing_models.specs()] == [HASH]
    )
    player.controllers.models.open()
    dialog = player.dialog(ModelsDialog)
    assert isinstance(dialog, ModelsDialog)
    player.wait(lambda: "picky" in dialog._items)
    dialog.choose("picky")
    player.wait(lambda: "and was switched off" in visible_text(dialog.page))
    assert not dialog.page.on.isChecked()
