"""Where the labels come from that are measured: folders, every folder below them, a CSV file."""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

import pytest
from making import run_index
from measure_scene import TWO, measured, opened, pick
from playing import LITE0, Begin, Player, visible_text
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from finder.core.library.catalogue.settings import Settings
from finder.core.models.registry import list_models
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.paths import Home
from finder.gui.common.label_source_form import FOLDERS, TABLE, LabelSourceForm
from finder.use_cases.evaluation.labelled_vectors import LabelSource


@pytest.fixture
def table(samples: Path, tmp_path: Path) -> Path:
    """Labels of the cats and the fish, and of a file that does not exist."""
    file = tmp_path / "labels.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["path", "label"])
        for name in ("cats", "fish"):
            rows.writerows([path, f"my {name}"] for path in sorted((samples / name).iterdir()))
        rows.writerow([tmp_path / "gone.jpg", "my cats"])
    return file


def test_labels_from_a_csv_file(measuring: Player, table: Path) -> None:
    dialog = opened(measuring)
    measuring.press("CSV file", dialog)
    assert not dialog.start.isEnabled(), "no file is chosen"
    assert "No file is chosen yet." in visible_text(dialog)
    pick(measuring, dialog, "Choose a CSV file…", table)
    assert "labels.csv" in visible_text(dialog)
    _, page = measured(measuring, dialog)
    assert page.measured.labels == ("my cats", "my fish")
    assert "1 labelled file is left out" in visible_text(page)


def test_a_csv_file_without_labels_says_what_it_must_have(
    measuring: Player, table: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("picture,kind\na.jpg,cat\n", encoding="utf-8")
    dialog = opened(measuring)
    dialog.setup.labels.set_csv(str(wrong))
    measuring.press("Start", dialog)
    measuring.wait(lambda: bool(dialog.setup.verdict.text))
    assert "wrong.csv has no rows with a path and a label" in dialog.setup.verdict.text
    assert "The first line must be “path,label”" in dialog.setup.verdict.text, "the way out"
    pick(measuring, dialog, "Choose a CSV file…", table)
    measured(measuring, dialog)


def test_a_csv_file_of_other_pictures_says_that_they_must_be_added(
    measuring: Player, tmp_path: Path
) -> None:
    file = tmp_path / "others.csv"
    rows = (f"{label}-{number}.jpg,{label}" for label in "ab" for number in range(3))
    file.write_text("\n".join(["path,label", *rows]), encoding="utf-8")
    dialog = opened(measuring)
    dialog.setup.labels.set_csv(str(file))
    measuring.press("Start", dialog)
    measuring.wait(lambda: bool(dialog.setup.verdict.text))
    assert "at least two labels" in dialog.setup.verdict.text
    assert "Only pictures of the library count" in dialog.setup.verdict.text
    assert "subfolder" not in dialog.setup.verdict.text


def test_pictures_that_a_model_has_not_embedded_are_said(
    begin: Begin, timed: Home, samples: Path, table: Path
) -> None:
    (dhash,) = [spec for spec in list_models(timed.model_dirs())[0] if spec.name == "dhash-64"]
    run_index(timed, [samples / "birds"], [dhash], ExtractorPool())
    measuring = begin(timed, TWO)
    dialog = opened(measuring)
    dialog.setup.labels.set_csv(str(table))
    dialog.setup.models["dhash-64"].setChecked(True)
    measuring.press("Start", dialog)
    measuring.wait(lambda: bool(dialog.setup.verdict.text))
    assert "labelled pictures have no vector of dHash, 64 bits" in dialog.setup.verdict.text
    assert "Library → Models…" in dialog.setup.verdict.text


def test_a_folder_is_listed_once_however_it_is_written(
    measuring: Player, samples: Path, table: Path
) -> None:
    """As Qt does on Windows, where it gives C:/Pictures for C:\\Pictures."""
    dialog = opened(measuring)
    form = dialog.setup.labels
    pick(measuring, dialog, "Another folder…", samples / "cats" / os.pardir)
    assert list(form.folders.boxes) == [str(samples)]
    measuring.press("CSV file", dialog)
    pick(measuring, dialog, "Choose a CSV file…", table.parent / "none" / os.pardir / table.name)
    assert form.table.path == str(table)


def test_every_folder_below_can_be_a_label(
    begin: Begin, home: Home, samples: Path, tmp_path: Path
) -> None:
    for name in ("cats", "fish"):
        shutil.copytree(samples / name, tmp_path / "new" / "animals" / name)
    player = begin(home, Settings(models_on=(LITE0,)))
    dialog = opened(player)
    pick(player, dialog, "Another folder…", tmp_path / "new")
    dialog.setup.labels.nested.setChecked(True)
    _, page = measured(player, dialog)
    assert page.measured.labels == ("animals/cats", "animals/fish")


# The form alone


@pytest.fixture
def form(host: QWidget) -> LabelSourceForm:
    form = LabelSourceForm(["/pictures/plants", "/pictures/R&D"])
    form.setParent(host)
    form.resize(host.size())
    form.show()
    return form


def test_a_single_folder_is_ticked_and_several_are_not(form: LabelSourceForm) -> None:
    assert not form.is_complete
    assert LabelSourceForm(["/pictures/plants"]).source() == LabelSource(("/pictures/plants",))
    form.add_folder("/pictures/stamps")
    form.add_folder("/pictures/R&D")
    assert form.source() == LabelSource(("/pictures/R&D", "/pictures/stamps"))
    assert form.folders.boxes["/pictures/R&D"].text() == "R&&D", "no letter is underlined"


def test_what_was_ticked_stays_while_a_file_is_used(form: LabelSourceForm) -> None:
    edited: list[bool] = []
    form.edited.connect(lambda: edited.append(form.is_complete))
    form.folders.boxes["/pictures/plants"].setChecked(True)
    form.nested.setChecked(True)
    form.set_csv("/pictures/labels.csv")
    assert form.kinds.choice() == TABLE
    assert form.source() == LabelSource(table=Path("/pictures/labels.csv"))
    assert not form.folders.isVisible()
    form.add_folder("/pictures/stamps")
    assert form.kinds.choice() == FOLDERS
    assert form.folders.isVisible()
    assert form.source() == LabelSource(("/pictures/plants", "/pictures/stamps"), nested=True)
    assert edited
    assert all(edited)


def test_the_keyboard_chooses_where_labels_come_from(form: LabelSourceForm) -> None:
    requested: list[str] = []
    form.csv_requested.connect(lambda: requested.append("csv"))
    form.folder_requested.connect(lambda: requested.append("folder"))
    form.kinds.setFocus()
    QTest.keyClick(form.kinds.buttons[0], Qt.Key.Key_Right)
    assert form.kinds.choice() == TABLE
    QTest.keyClick(form.kinds.buttons[1], Qt.Key.Key_Tab)
    assert form.table.choose.hasFocus()
    QTest.keyClick(form.table.choose, Qt.Key.Key_Space)
    form.kinds.setFocus()
    QTest.keyClick(form.kinds.buttons[1], Qt.Key.Key_Left)
    assert form.kinds.choice() == FOLDERS
    QTest.keyClick(form.kinds.buttons[0], Qt.Key.Key_Tab)
    assert form.folders.other.hasFocus()
    QTest.keyClick(form.folders.other, Qt.Key.Key_Space)
    assert requested == ["csv", "folder"]


def test_a_folder_that_is_added_is_reached_before_what_follows_it(form: LabelSourceForm) -> None:
    form.add_folder("/pictures/stamps")
    QApplication.processEvents()  # its row is shown
    boxes = list(form.folders.boxes.values())
    form.folders.other.setFocus()
    for box in (*boxes, form.nested):
        focused = form.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, Qt.Key.Key_Tab)
        assert box.hasFocus(), box.text()
