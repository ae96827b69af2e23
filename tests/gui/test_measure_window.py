"""Library → Measure…: real models on the samples; what is shown, saved, and set from there."""

from __future__ import annotations

import csv
import shutil
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from playing import BIRD, LITE0, LITE2, VGG16, Begin, Player, picture_count, visible_text
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QTableView

from finder.core.cancellation import CancelToken
from finder.core.evaluation.bootstrap import Interval
from finder.core.evaluation.combination_weights import WeightChoice
from finder.core.library.catalogue.settings import Settings
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.gui.evaluation.heat_table import HeatTable, heat_ground
from finder.gui.evaluation.measure_dialog import MeasureDialog
from finder.gui.evaluation.result_page import ResultPage
from finder.gui.theme.theme import Scheme, apply_theme
from finder.gui.theme.tokens import DARK, LIGHT, Colours, contrast
from finder.jobs.task_runner import Lane
from finder.use_cases.evaluation.labelled_vectors import LabelSource
from finder.use_cases.evaluation.measure_models import measure_models
from finder.use_cases.evaluation.measuring_steps import Step
from finder.use_cases.models.model_speed import Speed, store_speed
from finder.use_cases.models.model_weights import model_weights, set_model_weights
from finder.workers.extractor_pools import open_extractors

TWO = Settings(models_on=(LITE0, VGG16))


@pytest.fixture
def timed(library: Home, specs: list[ModelSpec]) -> Home:
    """The indexed samples; the models' speeds are known, so that no model is run."""
    for number, spec in enumerate(specs, 1):
        store_speed(library, spec.sha256, Speed(number, 20.0 * number, 2))
    return library


@pytest.fixture
def measuring(begin: Begin, timed: Home) -> Player:
    """The window on the indexed samples; two models are switched on."""
    return begin(timed, TWO)


def opened(player: Player) -> MeasureDialog:
    player.window.actions_by_name["measure"].trigger()
    dialog = player.dialog(MeasureDialog)
    assert isinstance(dialog, MeasureDialog)
    return dialog


def measured(
    player: Player, dialog: MeasureDialog | None = None
) -> tuple[MeasureDialog, ResultPage]:
    dialog = dialog or opened(player)
    player.press("Start", dialog)
    player.wait(lambda: dialog.result_page is not None or bool(dialog.setup.verdict.text))
    assert dialog.result_page is not None, dialog.setup.verdict.text
    player.settle()
    return dialog, dialog.result_page


def row_texts(table: QTableView, row: int) -> list[str]:
    model = table.model()
    return [str(model.index(row, column).data()) for column in range(model.columnCount())]


def click_cell(table: HeatTable, row: int, column: int) -> None:
    index = table.model().index(row, column)
    table.scrollTo(index)
    at = table.visualRect(index).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)


def choose_file(player: Player, dialog: MeasureDialog, file: Path) -> None:
    """What the user picks in the file dialog."""
    player.press("Save report…", dialog)
    player.wait(lambda: bool(dialog.findChildren(QFileDialog)))
    picker = dialog.findChildren(QFileDialog)[-1]
    picker.fileSelected.emit(str(file))
    picker.close()
    page = dialog.result_page
    assert page is not None
    player.wait(lambda: bool(page.verdict.text) and "Saving" not in page.verdict.text)


# Measuring


def test_the_figures_are_those_of_the_command_line(
    measuring: Player, library: Home, samples: Path
) -> None:
    """The models that are switched on, the only folder: it is enough to press Start."""
    _, page = measured(measuring)
    specs = measuring.controllers.library.overview.models
    run = measure_models(
        library,
        lambda: open_extractors(library),
        "a test",
        LabelSource((str(samples),)),
        [spec for spec in specs if spec.name in (LITE0, VGG16)],
        Metric.EUCLIDEAN,
    )
    while True:
        try:
            next(run)
        except StopIteration as stop:
            expected = stop.value
            break
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
    assert page.measured.pictures == picture_count(home, LITE0)[1] > 8
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
        assert dialog.setup.status.text() == "Waiting for indexing to finish …"
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


# The pictures behind the figures


def test_a_cell_shows_the_searches_behind_it(measuring: Player) -> None:
    """The first one is chosen by itself."""
    _, page = measured(measuring)
    page.tabs.setCurrentWidget(page.labels)
    measuring.wait(lambda: "with Combined" in page.labels.pictures.title.text())
    page.labels.table.horizontalHeader().sectionClicked.emit(0)
    click_cell(page.labels.table, 0, 0)
    pictures = page.labels.pictures
    measuring.wait(lambda: pictures.cards.rowCount() > 0)
    worst = min(
        page.measured.rankings[0].ranking.summary.per_label.items(), key=lambda item: item[1]
    )[0]
    assert worst in pictures.title.text()
    hardest = page.measured.measurement.hardest(page.measured.rankings[0].ranking, 1, worst)[0]
    assert pictures.cards.picture_at(0) == hardest.picture
    assert hardest.label == worst


def test_a_cell_of_the_confusion_shows_the_picture_and_its_first_answer(measuring: Player) -> None:
    _, page = measured(measuring)
    page.choose(1)
    page.tabs.setCurrentWidget(page.confusion)
    shown = page.measured.rankings[1]
    pair = shown.pairs[0]
    click_cell(page.confusion.table, pair.label, pair.answer)
    cards = page.confusion.pictures.cards
    measuring.wait(lambda: cards.rowCount() > 0)
    assert cards.rowCount() == 2 * pair.queries
    labelled = page.measured.measurement.evaluation.labelled
    labels = dict(zip(labelled.pictures.tolist(), labelled.labels.tolist(), strict=True))
    shown_labels = [labels[cards.picture_at(row)] for row in range(cards.rowCount())]
    assert shown_labels == [pair.label, pair.answer] * pair.queries
    assert shown.confusion is not None
    assert shown.confusion[pair.label][pair.answer] == pair.queries
    right = next(n for n, row in enumerate(shown.confusion) if row[n])
    click_cell(page.confusion.table, right, right)
    measuring.wait(lambda: "is right" in page.confusion.pictures.title.text())
    assert cards.rowCount() == shown.confusion[right][right]


def test_many_labels_are_listed_as_pairs(
    measuring: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finder.jobs.library_evaluation.MOST_LABELS", 5)
    _, page = measured(measuring)
    page.tabs.setCurrentWidget(page.confusion)
    pairs = page.measured.rankings[2].pairs
    assert page.confusion.pairs.isVisible()
    assert page.confusion.pairs.count() == len(pairs) > 5
    assert pairs[0].queries >= pairs[1].queries
    assert page.confusion.pairs.currentRow() == 0
    cards = page.confusion.pictures.cards
    measuring.wait(lambda: cards.rowCount() == 2 * pairs[0].queries)


def test_a_hard_search_can_be_made_in_the_window(measuring: Player) -> None:
    _, page = measured(measuring)
    page.tabs.setCurrentWidget(page.hardest)
    view = page.hardest.pictures.view
    measuring.wait(lambda: not view.visualRect(view.model().index(0, 0)).isEmpty())
    at = view.visualRect(view.model().index(0, 0)).center()
    wanted = page.hardest.pictures.cards.picture_at(0)
    feed = measuring.controllers.evaluation._feed
    measuring.wait(lambda: not (feed.pixmap(wanted) or QPixmap()).isNull())
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    measuring.answer(lambda: QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at))
    result = measuring.controllers.searching.result
    assert result is not None
    assert wanted in result.query.own


# What is done with it


def test_use_these_weights_changes_what_the_next_search_says(
    measuring: Player, library: Home, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice = WeightChoice({LITE0: 0.5, VGG16: 1.5}, 0.7, 0.6, Interval(0.05, 0.15))
    found_better(monkeypatch, choice)
    measuring.choose(LITE0, VGG16)
    measuring.ask(samples / BIRD)
    assert "weighted" not in visible_text(measuring.results)
    dialog, page = measured(measuring)
    figures = page.figures
    assert "EfficientNet-Lite0 × 0.5, VGG16 × 1.5" in figures.weights.text()
    assert not figures.same_again.isVisible()
    measuring.answer(lambda: measuring.press("Use these weights", dialog))
    assert model_weights(library) == {LITE0: 0.5, VGG16: 1.5}
    assert "combined, weighted" in visible_text(measuring.results)
    assert "uses them" in figures.weights.text()
    assert not figures.use_weights.isEnabled()
    measuring.answer(lambda: measuring.press("All the same again", dialog))
    assert model_weights(library) == {}
    assert "weighted" not in visible_text(measuring.results)
    assert not figures.same_again.isVisible()


def found_better(monkeypatch: pytest.MonkeyPatch, choice: WeightChoice) -> None:
    """Measuring finds these weights."""

    def choose(*_: object) -> Generator[float, None, WeightChoice]:
        yield 1.0
        return choice

    monkeypatch.setattr("finder.core.evaluation.combination_weights.choose_weights", choose)


def test_weights_that_were_set_before_are_shown(measuring: Player, library: Home) -> None:
    set_model_weights(library, {LITE0: 2.0, VGG16: 0.5})
    _, page = measured(measuring)
    assert page.figures.same_again.isVisible()
    assert "EfficientNet-Lite0 × 2, VGG16 × 0.5" in page.figures.weights.text()


def test_use_these_models_compares_them_in_searches(measuring: Player, samples: Path) -> None:
    measuring.ask(samples / BIRD)
    dialog, page = measured(measuring)
    page.figures.choose(0)
    assert page.ranking.currentText() == "EfficientNet-Lite0"
    measuring.answer(lambda: measuring.press("Use this model", dialog))
    assert [spec.name for spec in measuring.bar.models.chosen()] == [LITE0]
    page.figures.choose(2)
    measuring.answer(lambda: measuring.press("Use these models", dialog))
    assert [spec.name for spec in measuring.bar.models.chosen()] == [LITE0, VGG16]
    assert LITE2 not in [column.key for column in measuring.columns]


def test_the_report_is_saved(measuring: Player, tmp_path: Path) -> None:
    dialog, page = measured(measuring)
    choose_file(measuring, dialog, tmp_path / "report.html")
    assert "Saved" in page.verdict.text
    html = (tmp_path / "report.html").read_text()
    assert html.startswith("<!DOCTYPE html>")
    assert "data:image/jpeg;base64," in html
    choose_file(measuring, dialog, tmp_path / "figures.csv")
    with (tmp_path / "figures.csv").open(newline="") as lines:
        rows = list(csv.reader(lines))
    assert rows[0][:2] == ["ranking", "label"]
    choose_file(measuring, dialog, tmp_path / "nowhere" / "report.html")
    assert "cannot be written" in page.verdict.text
    assert "Choose another folder" in page.verdict.text


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
    measuring.press("Start", dialog)
    measuring.wait(lambda: dialog.result_page is not first)
    page = dialog.result_page
    assert page is not None
    titles = [shown.ranking.title for shown in page.measured.rankings]
    assert titles == ["EfficientNet-Lite0", "EfficientNet-Lite2", "Combined"]
