"""Library → Measure…: real models on the samples; what is shown, stopped, and how it looks."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from generators import result_of
from measure_scene import TWO, measured, opened, row_texts, started
from model_folders import Made, make_model
from playing import LITE0, LITE2, VGG16, Begin, Player, picture_count, visible_text
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from finder.core.cancellation import CancelToken
from finder.core.library.catalogue.settings import Settings
from finder.core.models.manifest import load_spec
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.gui.evaluation.heat_table import heat_ground
from finder.gui.evaluation.measure_dialog import MeasureDialog
from finder.gui.theme.theme import Scheme, apply_theme
from finder.gui.theme.tokens import DARK, LIGHT, Colours, contrast
from finder.jobs.task_runner import Lane
from finder.use_cases.evaluation.labelled_vectors import LabelSource
from finder.use_cases.evaluation.measure_models import measure_models
from finder.use_cases.evaluation.measuring_steps import Step
from finder.use_cases.models.install_model import find_removable, remove_installed
from finder.workers.extractor_pools import open_extractors

# Measuring


def test_the_figures_are_those_of_the_command_line(
    measuring: Player, library: Home, samples: Path
) -> None:
    """The models that are switched on, the only folder: it is enough to press Start."""
    _, page = measured(measuring)
    specs = measuring.controllers.library.overview.models
    expected = result_of(
        measure_models(
            library,
            lambda: open_extractors(library),
            "a test",
            LabelSource((str(samples),)),
            [spec for spec in specs if spec.name in (LITE0, VGG16)],
            Metric.EUCLIDEAN,
        )
    )
    rankings = list(expected.rankings)
    assert [ranking.title for ranking in rankings] == ["EfficientNet-Lite0", "VGG16", "Combined"]
    for row, ranking in enumerate(rankings):
        texts = row_texts(page.figures.table, row)
        assert texts[:2] == [ranking.title, f"{ranking.summary.means['map']:.3f}"]
        low, high = ranking.summary.interval.low, ranking.summary.interval.high
        assert f"{low:.3f}–{high:.3f}" in texts[2]
        assert f"{ranking.summary.means['ndcg10']:.3f}" in texts
        assert bool(texts[-1]) == bool(texts[-2]) == (ranking.cost is not None)
    assert "80 pictures · 13 labels · 80 searches" in visible_text(page)
    assert page.ranking.currentText() == "Combined", "the best one"
    assert "Combined: +" in page.figures.verdict.text()


def test_a_new_folder_is_indexed_and_becomes_part_of_the_library(
    begin: Begin, home: Home, samples: Path, tmp_path: Path
) -> None:
    player = begin(home, Settings(models_on=(LITE0,)))
    for label in ("birds", "cats"):
        shutil.copytree(samples / label, tmp_path / "new" / label)
    dialog = opened(player)
    assert not dialog.start.isEnabled(), "no folder is chosen"
    dialog.setup.labels.add_folder(str(tmp_path / "new"))
    _, page = measured(player, dialog)
    assert page.measured.labels == ("birds", "cats")
    assert len(page.measured.measurement.evaluation.labelled) == picture_count(home, LITE0)[1] > 8
    overview = player.controllers.library.overview
    assert [folder.path for folder in overview.folders] == [str(tmp_path / "new")]
    assert not page.figures.use_weights.isVisible(), "a single model has no weights"


def test_cancelling_keeps_what_was_indexed(
    begin: Begin, home: Home, many: Path, tmp_path: Path, qapp: QApplication
) -> None:
    labels = tmp_path / "labels"
    labels.mkdir()
    many.rename(labels / "one")
    player = begin(home, Settings(models_on=(LITE0,)))
    dialog = opened(player)
    dialog.setup.labels.add_folder(str(labels))
    player.press("Start", dialog)
    player.wait(lambda: dialog.setup.status.text().startswith("Indexing:"))
    player.wait(lambda: dialog.setup.bar.value() > 0)
    player.press("Stop", dialog)
    player.wait(lambda: "was stopped" in dialog.setup.verdict.text)
    assert dialog.start.isVisible()
    assert dialog.setup.form.isEnabled()
    assert 0 < picture_count(home, LITE0)[1] < 300
    player.settle()
    assert 0 < player.controllers.library.overview.pictures < 300


def test_a_model_that_was_removed_meanwhile_is_named(
    begin: Begin, timed: Home, samples: Path
) -> None:
    """It is neither left out in silence, nor a bug where it is the only one."""
    spec = load_spec(make_model(timed.models, Made(name="seen")))
    player = begin(timed, Settings(models_on=(LITE0, "seen")))
    dialog = opened(player)
    remove_installed(timed, find_removable(timed, "seen"), "a test")
    player.controllers.library.refresh()
    player.settle()
    assert spec.name not in [one.name for one in player.controllers.library.overview.models]
    for others in (True, False):
        dialog.setup.models[LITE0].setChecked(others)
        player.press("Start", dialog)
        player.wait(lambda: bool(dialog.setup.verdict.text) and dialog.start.isVisible())
        assert "Not installed any more: Mean colour" in dialog.setup.verdict.text
        assert "use another model" in dialog.setup.verdict.text


def test_closing_the_dialog_ends_the_run(
    measuring: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[bool] = []

    def endless(*_: Any, **__: Any) -> Generator[Step]:
        from finder.use_cases.evaluation.measuring_steps import Phase

        try:
            while True:
                yield Step(Phase.COMPARING, 0.5)
        finally:
            ended.append(True)

    monkeypatch.setattr(measuring.workspace.evaluation, "measure", endless)
    dialog = opened(measuring)
    measuring.press("Start", dialog)
    measuring.wait(lambda: dialog.setup.status.text() == "Comparing the pictures …")
    assert dialog.setup.bar.value() * 2 == dialog.setup.bar.maximum()
    dialog.close()
    measuring.wait(lambda: bool(ended))
    measuring.settle()
    assert not measuring.has_dialog(MeasureDialog)


def test_stopping_does_not_wait_until_the_speed_is_measured(
    begin: Begin, library: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure_for_ever(spec: object, pool: object, paths: object, token: CancelToken) -> None:
        while True:
            token.check()
            time.sleep(0.01)

    monkeypatch.setattr("finder.use_cases.models.model_speed.measure", measure_for_ever)
    player = begin(library, TWO)
    dialog = opened(player)
    player.press("Start", dialog)
    player.wait(lambda: dialog.setup.status.text() == "Measuring how fast the models are …")
    player.press("Stop", dialog)
    player.wait(lambda: "was stopped" in dialog.setup.verdict.text)
    player.settle()


def test_what_waits_for_indexing_is_stopped_at_once(measuring: Player) -> None:
    goes_on = threading.Event()
    measuring.task_runner.call(Lane.LIBRARY, goes_on.wait)
    try:
        dialog = opened(measuring)
        measuring.press("Start", dialog)
        assert dialog.setup.status.text() == "Waiting for other work on the library to finish …"
        measuring.press("Stop", dialog)
        assert "was stopped" in dialog.setup.verdict.text
    finally:
        goes_on.set()
    measuring.settle()
    assert dialog.result_page is None
    measured(measuring, dialog)


def test_one_label_is_not_enough(
    measuring: Player, library: Home, samples: Path, tmp_path: Path
) -> None:
    shutil.copytree(samples / "birds", tmp_path / "few" / "birds")
    dialog = opened(measuring)
    for box in dialog.setup.labels.folders.boxes.values():
        box.setChecked(False)
    dialog.setup.labels.add_folder(str(tmp_path / "few"))
    measuring.press("Start", dialog)
    measuring.wait(lambda: bool(dialog.setup.verdict.text))
    assert "at least two labels" in dialog.setup.verdict.text
    assert "put the pictures of each kind" in dialog.setup.verdict.text, "the way out"
    assert dialog.start.isEnabled()


# How it looks


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_numbers_are_readable_on_every_shade(scheme: Colours) -> None:
    for share in (0.0, 0.5, 1.0):
        for is_wrong in (False, True):
            assert contrast(scheme.text, heat_ground(scheme, share, is_wrong)) >= 4.5


def test_the_plot_follows_the_theme(measuring: Player, qapp: QApplication) -> None:
    _, page = measured(measuring)
    plot = page.figures.plot

    def ground() -> str:
        middle = plot.grab().toImage()
        return middle.pixelColor(middle.width() - 12, 12).name()

    try:
        assert ground() == LIGHT.card
        apply_theme(qapp, Scheme.DARK)
        assert ground() == DARK.card
    finally:
        apply_theme(qapp, Scheme.LIGHT)
    assert "EfficientNet-Lite0: mAP" in plot.accessibleDescription()
    plot.point_chosen.emit(1)
    assert page.ranking.currentText() == "VGG16"


def test_it_works_from_right_to_left(qapp: QApplication, begin: Begin, timed: Home) -> None:
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        player = begin(timed, TWO)
        dialog, page = measured(player)
        for tab in range(page.tabs.count()):
            page.tabs.setCurrentIndex(tab)
            assert not dialog.grab().isNull()
        assert page.figures.table.currentIndex().row() == page.ranking.currentIndex() == 2
        cards = page.hardest.pictures.view
        first = cards.visualRect(cards.model().index(0, 0))
        assert first.left() > cards.visualRect(cards.model().index(1, 0)).left()
        assert cards.indexAt(first.center()).row() == 0
    finally:
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def test_it_fits_in_a_small_window(measuring: Player) -> None:
    dialog, page = measured(measuring)
    dialog.resize(846, 564)
    QApplication.processEvents()
    assert dialog.width() <= 846
    assert dialog.height() <= 564
    assert page.figures.plot.height() >= 200
    corner = dialog.save.mapTo(dialog, QPoint(0, dialog.save.height()))
    assert corner.y() <= dialog.height()


def test_the_table_is_measured_again(measuring: Player) -> None:
    dialog, first = measured(measuring)
    measuring.press("Measure again…", dialog)
    dialog.setup.models[LITE2].setChecked(True)
    dialog.setup.models[VGG16].setChecked(False)
    page = started(measuring, dialog)
    assert page is not first
    titles = [shown.ranking.title for shown in page.measured.rankings]
    assert titles == ["EfficientNet-Lite0", "EfficientNet-Lite2", "Combined"]
