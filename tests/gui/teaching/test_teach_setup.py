"""What is chosen in the teach dialog: labels, models, a name; by mouse and keys."""

from __future__ import annotations

import shutil
from pathlib import Path

from playing import LITE0, LITE2, VGG16, Begin, Player, picture_count
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from teach_scene import NAME, ended, opened, taught, type_name

from finder.core.library.catalogue.settings import Settings
from finder.core.paths import Home
from finder.use_cases.evaluation.labelled_vectors import LabelSource

# What is chosen


def test_a_name_is_judged_while_it_is_typed(teaching: Player) -> None:
    _, page = opened(teaching)
    assert page.start.isEnabled()
    for name, problem in (("Ä b", "is not a valid model name"), (VGG16, "already a model called")):
        type_name(teaching, page, name)
        assert problem in page.setup.name_problem.text
        assert not page.start.isEnabled()
        QTest.keyClick(page.setup.name, Qt.Key.Key_Return)
        assert not page.is_busy
    type_name(teaching, page, NAME)
    assert not page.setup.name_problem.text
    assert page.start.isEnabled()
    type_name(teaching, page, "")
    assert not page.setup.name_problem.text, "there is nothing to say of it yet"
    assert not page.start.isEnabled()


def test_what_the_user_has_typed_is_kept(teaching: Player, tmp_path: Path) -> None:
    """Another folder proposes another name, unless there is one of the user's."""
    _, page = opened(teaching)
    page.setup.labels.folders.choose([str(tmp_path / "Fotos 2024")])
    teaching.settle()
    assert page.setup.name.text() == "fotos-2024"
    page.setup.labels.set_csv(str(tmp_path / "Kräuter.csv"))
    teaching.settle()
    assert page.setup.name.text() == "kr-uter"
    type_name(teaching, page, NAME)
    page.setup.labels.folders.choose([str(tmp_path / "other")])
    teaching.settle()
    assert page.setup.name.text() == NAME


def test_models_that_do_not_go_together_are_refused_at_once(teaching: Player) -> None:
    _, page = opened(teaching)
    boxes = page.setup.bases.boxes
    assert list(boxes) == [LITE0, LITE2, VGG16], "those that can be taught"
    boxes[VGG16].setChecked(True)
    teaching.settle()
    assert page.start.isEnabled()
    boxes[LITE2].setChecked(True)
    teaching.settle()
    assert "pictures of different size" in page.setup.bases_problem.text
    assert "Teach from one of them" in page.setup.bases_problem.text
    assert not page.start.isEnabled()
    boxes[LITE2].setChecked(False)
    teaching.settle()
    assert page.start.isEnabled()
    for box in boxes.values():
        box.setChecked(False)
    assert not page.start.isEnabled()


def test_an_empty_library_can_be_taught_a_new_folder(
    begin: Begin, home: Home, samples: Path, tmp_path: Path
) -> None:
    player = begin(home, Settings(models_on=(LITE0,)))
    for label in ("birds", "cats"):
        shutil.copytree(samples / label, tmp_path / "pets" / label)
    dialog, page = opened(player)
    assert not page.start.isEnabled(), "no folder is chosen"
    page.setup.labels.add_folder(str(tmp_path / "pets"))
    player.settle()
    player.press("Start", dialog)
    assert not ended(player, page)
    result = page.result_page
    assert result is not None
    assert result.taught.labelled.names == ("birds", "cats")
    assert result.taught.report.labels is None
    assert [f.path for f in player.controllers.library.overview.folders] == [str(tmp_path / "pets")]
    assert picture_count(home, "pets")[1] == picture_count(home, LITE0)[1] > 0


# The keys, the size, the direction


def test_tab_goes_through_all_that_can_be_changed(teaching: Player) -> None:
    dialog, page = opened(teaching)
    setup = page.setup
    setup.labels.kinds.setFocus(Qt.FocusReason.TabFocusReason)
    reached: list[QWidget | None] = []
    while dialog.focusWidget() not in reached:
        reached.append(dialog.focusWidget())
        QTest.keyClick(dialog.focusWidget() or dialog, Qt.Key.Key_Tab)
    wanted = [
        setup.labels.kinds.focusProxy(),
        setup.labels.folders.other,
        *setup.labels.folders.boxes.values(),
        setup.labels.nested,
        *setup.bases.boxes.values(),
        setup.name,
        setup.method.focusProxy(),
        setup.advanced,
        page.start,
    ]
    assert [widget for widget in reached if widget in wanted] == wanted


def test_it_is_brought_to_the_front(teaching: Player, tmp_path: Path) -> None:
    dialog, page = opened(teaching)
    teaching.controllers.teaching.open(LabelSource((str(tmp_path),), nested=True))
    assert [d for d in teaching.window.findChildren(QDialog) if d.isVisible()] == [dialog]
    assert page.setup.labels.source() == LabelSource((str(tmp_path),), nested=True)


def test_it_fits_in_a_small_window(teaching: Player) -> None:
    dialog, page, result = taught(teaching)
    dialog.resize(846, 564)
    QApplication.processEvents()
    assert (dialog.width(), dialog.height()) == (846, 564)
    for button in (page.again, page.measure, page.use):
        assert dialog.rect().contains(
            button.rect().translated(button.mapTo(dialog, button.pos() * 0))
        )
    for table in result.tables:
        assert table.horizontalScrollBar().maximum() == 0


def test_it_works_from_right_to_left(qapp: QApplication, begin: Begin, library: Home) -> None:
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        player = begin(library, Settings(models_on=(LITE0,)))
        dialog, page = opened(player)
        assert page.setup.name.layoutDirection() is Qt.LayoutDirection.LeftToRight
        player.press("Start", dialog)
        ended(player, page)
        assert page.result_page is not None
        assert not dialog.grab().isNull()
        assert page.use.mapTo(dialog, page.use.rect().center()).x() < dialog.width() / 2
    finally:
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
