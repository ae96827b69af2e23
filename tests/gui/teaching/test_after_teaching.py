"""What comes after teaching: the new model is used, measured, indexed with; another is taught."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import copied, run_index
from playing import LITE0, LITE2, Begin, Player, RunSteps, picture_count
from teach_scene import NAME, ended, opened, shown, taught, type_name

from finder.core.errors import FinderError
from finder.core.library.catalogue.settings import Settings
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.gui.evaluation.measure_dialog import MeasureDialog
from finder.gui.teaching.quick_result import QuickResult
from finder.gui.teaching.teach_dialog import TeachDialog
from finder.use_cases.evaluation.labelled_vectors import LabelSource
from finder.use_cases.library.library_overview import Overview

Lacking = tuple[Player, TeachDialog, QuickResult]


@pytest.fixture
def lacking(
    begin: Begin,
    library: Home,
    samples: Path,
    tmp_path: Path,
    specs: list[ModelSpec],
    extractors: ExtractorPool,
) -> Lacking:
    """The result, where the base has not embedded one picture."""
    source = samples / "cats" / "kitten.jpg"
    (more,) = copied([source], tmp_path / "more")
    more.write_bytes(source.read_bytes() + b"another content id")
    run_index(library, [more.parent], [s for s in specs if s.name == LITE2], extractors)
    player = begin(library, Settings(models_on=(LITE0,)))
    dialog, page = opened(player)
    page.setup.labels.folders.boxes[str(samples)].setChecked(True)
    type_name(player, page, NAME)
    player.press("Start", dialog)
    ended(player, page)
    assert page.result_page is not None
    return player, dialog, page.result_page


def test_pictures_that_the_base_lacks_can_be_indexed_with_it(
    lacking: Lacking, library: Home
) -> None:
    player, dialog, result = lacking
    assert picture_count(library, NAME) == (81, 80)
    player.press("Index 1 picture with it now", dialog)
    assert not result.index.isEnabled()
    player.indexed()
    assert picture_count(library, NAME) == (81, 81)
    assert result.stored.text() == f"{NAME} has vectors of 81 pictures."
    assert not result.index.isVisible()


def test_pictures_that_still_lack_a_vector_can_be_indexed_again(
    lacking: Lacking, library: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    player, dialog, result = lacking
    steps = RunSteps(player, monkeypatch, hold_at=0)
    try:
        player.press("Index 1 picture with it now", dialog)
        player.wait(steps.is_held)
        assert not result.index.isEnabled()
        player.controllers.library.indexing.cancel()
    finally:
        steps.release()
    player.settle()
    assert picture_count(library, NAME) == (81, 80)
    assert result.index.isEnabled()
    player.press("Index 1 picture with it now", dialog)
    player.indexed()
    assert picture_count(library, NAME) == (81, 81)


def test_an_overview_that_cannot_be_read_is_read_again(
    teaching: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is done with the new model waits for it."""

    def damaged() -> Overview:
        raise FinderError("It cannot be read.", "Try again.")

    dialog, page = opened(teaching)
    type_name(teaching, page, NAME)
    with monkeypatch.context() as patch:
        patch.setattr(teaching.workspace, "overview", damaged)
        teaching.press("Start", dialog)
        ended(teaching, page)
        for button in ("Use it in searches", "Measure it…", "Use it in searches"):
            teaching.press(button, dialog)
            teaching.settle()
        assert page.result_page is not None
        assert not page.result_page.done.text
        assert not teaching.has_dialog(MeasureDialog)
    teaching.press("Use it in searches", dialog)
    teaching.settle()
    assert [one.name for one in teaching.bar.models.chosen()] == [NAME]
    assert f"Searches use {NAME} now." in page.result_page.done.text


def test_what_was_measured_is_taught_and_measured_again(teaching: Player, samples: Path) -> None:
    """The labels go from one dialog to the other, and the new model comes back."""
    teaching.window.actions_by_name["measure"].trigger()
    measure = teaching.dialog(MeasureDialog)
    assert isinstance(measure, MeasureDialog)
    labels = measure.setup.labels
    labels.nested.setChecked(True)
    teaching.press("Start", measure)
    teaching.wait(lambda: measure.result_page is not None)
    teaching.press("Teach…", measure)
    dialog, page = shown(teaching)
    assert page.setup.labels.source() == LabelSource((str(samples),), nested=True)
    type_name(teaching, page, NAME)
    teaching.press("Start", dialog)
    ended(teaching, page)
    teaching.press("Measure it…", dialog)
    assert teaching.dialog(MeasureDialog) is measure
    assert measure.start.isVisible(), "what is measured is chosen, instead of the result"
    assert set(measure.setup.chosen_models()) == {LITE0, NAME}
    assert labels.source() == LabelSource((str(samples),), nested=True), "as it was"
    assert "On other pictures" in page.measure.toolTip()

    measure.show_busy("Comparing …")
    teaching.press("Measure it…", dialog)
    assert "Another measurement is under way" in measure.setup.verdict.text
    measure.show_busy("Comparing …", 1, 2)
    assert "“Measure it…” again" in measure.setup.verdict.text
    measure.end_busy()
    teaching.press("Teach another…", dialog)
    teaching.press("Start", measure)
    teaching.wait(lambda: measure.teach.isVisible())
    assert not measure.setup.verdict.text


def test_the_labels_that_were_measured_replace_those_that_were_taught(
    teaching: Player, tmp_path: Path
) -> None:
    """Whether the result is shown, or what another model is to be taught."""
    _, page, _ = taught(teaching)
    for number in range(2):
        source = LabelSource((str(tmp_path / f"{number}"),))
        teaching.controllers.teaching.open(source)
        assert page.start.isVisible()
        assert page.setup.labels.source() == source
    teaching.settle()
    assert page.setup.name.text() == "1"
