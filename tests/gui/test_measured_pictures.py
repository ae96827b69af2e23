"""What was measured: the pictures behind the figures; what is set and saved from there."""

from __future__ import annotations

import csv
from collections.abc import Generator
from pathlib import Path

import pytest
from measure_scene import click_cell, measured, save
from playing import BIRD, LITE0, LITE2, VGG16, Player, visible_text
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest

from finder.core.evaluation.bootstrap import Interval
from finder.core.evaluation.combination_weights import WeightChoice
from finder.core.paths import Home
from finder.gui.evaluation.search_rows import SearchRowsLayout
from finder.use_cases.models.model_weights import model_weights, set_model_weights

# The pictures behind the figures


def test_a_cell_shows_the_searches_behind_it(measuring: Player) -> None:
    """The first one is chosen by itself."""
    _, page = measured(measuring)
    page.tabs.setCurrentWidget(page.kinds)
    measuring.wait(lambda: "with Combined" in page.kinds.pictures.title.text())
    page.kinds.table.horizontalHeader().sectionClicked.emit(0)
    click_cell(page.kinds.table, 0, 0)
    pictures = page.kinds.pictures
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


def test_cards_stay_small_where_there_are_few_in_a_row() -> None:
    few, many = SearchRowsLayout([2, 2], 1_000, 2), SearchRowsLayout([8, 8], 1_000, 8)
    assert few.rect(0).width() == few.rect(3).width() < 200
    assert many.rect(7).right() > 980, "the whole width"
    assert few.index_at(*few.rect(3).center().toTuple()) == 3


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
    save(measuring, dialog, tmp_path / "report.html")
    assert "Saved" in page.verdict.text
    html = (tmp_path / "report.html").read_text()
    assert html.startswith("<!DOCTYPE html>")
    assert "data:image/jpeg;base64," in html
    save(measuring, dialog, tmp_path / "figures.csv")
    with (tmp_path / "figures.csv").open(newline="") as lines:
        rows = list(csv.reader(lines))
    assert rows[0][:2] == ["ranking", "label"]
    save(measuring, dialog, tmp_path / "nowhere" / "report.html")
    assert "cannot be written" in page.verdict.text
    assert "Choose another folder" in page.verdict.text
