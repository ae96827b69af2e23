"""Library → Teach…: a real model is taught the samples' folders, and is used as any other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from making import copied, in_catalogue
from playing import BIRD, LITE0, Player, names, picture_count
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from teach_scene import NAME, ended, opened, taught, type_name

from finder.core.models.registry import list_models
from finder.core.models.runtime.extractor import Extractor
from finder.core.paths import Home
from finder.core.teaching import parity
from finder.core.teaching.heads import Method
from finder.gui.teaching.quick_page import QuickPage
from finder.gui.teaching.teach_dialog import TeachDialog
from finder.jobs.task_runner import Lane
from finder.use_cases.evaluation.labelled_vectors import LabelSource
from finder.use_cases.evaluation.measuring_steps import Phase, Step
from finder.use_cases.evaluation.teach_model import Taught, TeachingWish, teach_model
from finder.workers.extractor_pools import open_extractors


def hold(
    monkeypatch: pytest.MonkeyPatch, player: Player, phase: Phase
) -> tuple[threading.Event, Callable[[], None]]:
    """Real teaching stands still at the first step of this phase. Returns what is set then, and a
    function that lets it go on."""
    teach = player.workspace.teaching.teach
    reached, goes_on = threading.Event(), threading.Event()

    def held(*given: Any) -> Generator[Step | Taught]:
        with closing(teach(*given)) as steps:
            for step in steps:
                yield step
                if isinstance(step, Step) and step.phase is phase and not reached.is_set():
                    reached.set()
                    goes_on.wait(60)

    monkeypatch.setattr(player.workspace.teaching, "teach", held)
    return reached, goes_on.set


def assert_nothing_was_kept(home: Home) -> None:
    assert not home.models.exists() or not any(home.models.iterdir())
    assert in_catalogue(home, NAME) == set()


# Teaching


def test_a_taught_model_is_in_the_menu_and_finds(
    teaching: Player, library: Home, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Default model and only folder are chosen: it is enough to name it, and press Start."""
    dialog, page, result = taught(teaching)
    (spec,) = [spec for spec in list_models(library.model_dirs())[0] if spec.name == NAME]
    card = spec.extra["taught"]
    assert (card["pictures"], len(card["labels"]), card["seed"]) == (80, 13, 0)
    for table, key in zip(result.tables, ("held_out_pictures", "labels_not_taught"), strict=True):
        model = table.model()
        rows = [
            [str(model.index(row, column).data()) for column in range(2)]
            for row in range(model.rowCount())
        ]
        expected = card[key]["map"]
        assert [row[0] for row in rows] == ["EfficientNet-Lite0", NAME]
        assert [float(row[1]) for row in rows] == pytest.approx(
            [expected[LITE0], expected[NAME]], abs=6e-4
        )
    assert result.stored.text() == f"{NAME} has vectors of 80 pictures."
    assert picture_count(library, NAME) == (80, 80)
    assert NAME in [row.spec.name for row in teaching.bar.models.rows]

    teaching.press("Use it in searches", dialog)
    assert [one.name for one in teaching.bar.models.chosen()] == [NAME]
    assert f"Searches use {NAME} now." in result.done.text
    dialog.close()
    embedded: list[int] = []
    features = Extractor.features

    def counted(self: Extractor, batch: Any) -> Any:
        embedded.append(len(batch))
        return features(self, batch)

    monkeypatch.setattr(Extractor, "features", counted)
    teaching.ask(samples / BIRD)
    (column,) = teaching.model_columns
    assert column.key == NAME
    assert "kingfisher" in names(column)[0]
    assert sum(embedded) <= 1, "the query, and no picture of the library"
    assert not page.is_busy


def test_the_figures_are_those_of_the_command_line(
    teaching: Player, library: Home, samples: Path
) -> None:
    dialog, page = opened(teaching)
    type_name(teaching, page, NAME)
    page.setup.method.buttons[1].click()
    page.setup.advanced.click()
    page.setup.seed.setValue(7)
    teaching.press("Start", dialog)
    ended(teaching, page)
    assert page.result_page is not None
    (base,) = [spec for spec in list_models(library.model_dirs())[0] if spec.name == LITE0]
    wish = TeachingWish("other", (base,), (Method.DISCRIMINANT,), 7)
    run = teach_model(
        library, partial(open_extractors, library), "a test", LabelSource((str(samples),)), wish
    )
    while True:
        try:
            next(run)
        except StopIteration as stop:
            expected: Taught = stop.value
            break
    found = page.result_page.taught
    assert found.spec.sha256 == expected.spec.sha256
    assert found.report.pictures.gain == expected.report.pictures.gain


def test_the_next_one_is_named_anew(teaching: Player) -> None:
    dialog, page = opened(teaching)
    assert page.setup.name.text() == "samples", "the folder's"
    teaching.press("Start", dialog)
    ended(teaching, page)
    first = page.result_page
    assert first is not None
    assert first.taught.spec.name == "samples"
    teaching.press("Teach another…", dialog)
    teaching.settle()
    assert page.setup.name.text() == "samples-2"
    teaching.press("Start", dialog)
    teaching.wait(lambda: page.result_page is not first)
    assert page.result_page is not None
    assert page.result_page.taught.spec.name == "samples-2"
    assert page.result_page.taught.spec.sha256 == first.taught.spec.sha256


# What goes wrong


def test_too_few_labels(teaching: Player, library: Home, samples: Path, tmp_path: Path) -> None:
    copied(sorted((samples / "birds").glob("*.jpg")), tmp_path / "few" / "birds")
    dialog, page = opened(teaching)
    page.setup.labels.folders.choose([str(tmp_path / "few")])
    teaching.settle()
    teaching.press("Start", dialog)
    text = ended(teaching, page)
    assert "There must be at least two labels with 4 pictures each." in text
    assert "put the pictures of each kind" in text, "the way out"
    assert page.start.isEnabled()
    assert page.setup.form.isEnabled()
    assert_nothing_was_kept(library)


def test_a_folder_that_is_gone(teaching: Player, tmp_path: Path) -> None:
    dialog, page = opened(teaching)
    page.setup.labels.folders.choose([str(tmp_path / "gone")])
    teaching.settle()
    teaching.press("Start", dialog)
    assert "gone" in ended(teaching, page)


def test_a_model_that_is_not_as_taught_is_not_kept(
    teaching: Player, library: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parity, "_LARGEST_DIFFERENCE", -1.0)
    dialog, page = opened(teaching)
    type_name(teaching, page, NAME)
    teaching.press("Start", dialog)
    assert "does not compute what was taught" in ended(teaching, page)
    assert "Nothing was kept" in page.setup.status.verdict.text
    assert_nothing_was_kept(library)
    monkeypatch.undo()
    teaching.press("Start", dialog)
    teaching.wait(lambda: page.result_page is not None)


def test_a_bug_is_reported_and_the_page_can_be_used_again(
    teaching: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Generator[Step]:
        yield Step(Phase.TEACHING, 0.5)
        raise RuntimeError("a bug")

    monkeypatch.setattr(teaching.workspace.teaching, "teach", broken)
    dialog, page = opened(teaching)
    reported: list[BaseException] = []
    teaching.controllers.teaching.quick.failed.disconnect()
    teaching.controllers.teaching.quick.failed.connect(reported.append)
    teaching.press("Start", dialog)
    teaching.wait(lambda: bool(reported))
    assert not page.is_busy
    assert page.start.isVisible()
    assert page.start.isEnabled()


# Stopping


@pytest.mark.parametrize("phase", [Phase.JUDGING, Phase.STORING])
def test_stopping_leaves_no_new_model(
    teaching: Player, library: Home, monkeypatch: pytest.MonkeyPatch, phase: Phase
) -> None:
    reached, go_on = hold(monkeypatch, teaching, phase)
    dialog, page = opened(teaching)
    type_name(teaching, page, NAME)
    teaching.press("Start", dialog)
    try:
        teaching.wait(reached.is_set)
        teaching.press("Stop", dialog)
        assert page.setup.status.words.text() == "Stopping …"
        assert not page.cancel.isEnabled()
    finally:
        go_on()
    assert "there is no new model" in ended(teaching, page)
    assert page.setup.form.isEnabled()
    assert_nothing_was_kept(library)
    assert NAME not in [row.spec.name for row in teaching.bar.models.rows]


def test_what_waits_for_indexing_is_stopped_at_once(teaching: Player) -> None:
    dialog, page = opened(teaching)
    goes_on = threading.Event()
    teaching.task_runner.call(Lane.LIBRARY, goes_on.wait)
    try:
        teaching.press("Start", dialog)
        assert page.setup.status.words.text() == "Waiting for other work on the library to finish …"
        teaching.press("Stop", dialog)
        assert "was stopped" in page.setup.status.verdict.text
    finally:
        goes_on.set()
    teaching.settle()
    assert page.result_page is None


def test_escape_closes_the_dialog_and_ends_the_run(
    teaching: Player, library: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, go_on = hold(monkeypatch, teaching, Phase.TEACHING)
    dialog, page = opened(teaching)
    type_name(teaching, page, NAME)
    QTest.keyClick(page.setup.name, Qt.Key.Key_Return)
    try:
        teaching.wait(reached.is_set)
        teaching.wait(lambda: page.setup.status.words.text() == "Teaching …")
        assert page.setup.status.bar.maximum() > 0
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
    finally:
        go_on()
    teaching.settle()
    assert not teaching.has_dialog(TeachDialog)
    assert_nothing_was_kept(library)
    _, again = opened(teaching)
    assert again is not page
    assert again.start.isEnabled()


def test_what_is_started_while_another_one_ends_waits_for_it(
    teaching: Player, library: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, go_on = hold(monkeypatch, teaching, Phase.JUDGING)
    dialog, page = opened(teaching)
    teaching.press("Start", dialog)
    try:
        teaching.wait(reached.is_set)
        dialog.close()
        teaching.window.actions_by_name["teach"].trigger()
        again = teaching.dialog(TeachDialog)
        (page,) = again.findChildren(QuickPage)
        teaching.wait(page.start.isEnabled)
        teaching.press("Start", again)
        assert page.setup.status.words.text().startswith("Waiting for other work on the library")
    finally:
        go_on()
    assert not ended(teaching, page)
    assert page.result_page is not None
    assert [folder.name for folder in library.models.iterdir()] == ["samples"]


def test_the_window_can_be_closed_while_a_model_is_taught(
    teaching: Player, library: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished: list[bool] = []

    def endless(*_: object) -> Generator[Step]:
        try:
            while True:
                yield Step(Phase.JUDGING, 0.5)
        finally:
            finished.append(True)

    monkeypatch.setattr(teaching.workspace.teaching, "teach", endless)
    dialog, page = opened(teaching)
    teaching.press("Start", dialog)
    teaching.wait(lambda: page.setup.status.words.text().startswith("Teaching without"))
    teaching.close()
    assert finished == [True]
    assert_nothing_was_kept(library)
