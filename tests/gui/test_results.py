"""The columns of a result: which there are, what they show, and what is marked in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playing import BIRD, CAT, CROP, LITE0, LITE2, VGG16, Player, matches, names, visible_text
from PySide6.QtCore import QEvent, QModelIndex, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from finder.core.models.runtime.extractor import Extractor
from finder.core.search.distance import Metric
from finder.gui.results.match_model import MatchRole
from finder.gui.results.result_column import ResultColumn


@pytest.fixture
def asked(filled: Player, samples: Path) -> Iterator[Player]:
    filled.ask(samples / BIRD)
    yield filled
    filled.settle()


def _move_to(column: ResultColumn, row: int) -> None:
    view = column.view
    view.scrollTo(column.model.index(row))
    at = QPointF(view.visualRect(column.model.index(row)).center())
    _send_move(column, at)


def _send_move(column: ResultColumn, at: QPointF) -> None:
    view = column.view.viewport()
    none = Qt.MouseButton.NoButton
    move = QMouseEvent(
        QEvent.Type.MouseMove,
        at,
        view.mapToGlobal(at),
        none,
        none,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(view, move)


def _marked(column: ResultColumn) -> list[int]:
    """The ids of the pictures marked in a column."""
    model = column.model
    return [
        match.picture.id
        for row, match in enumerate(matches(column))
        if model.index(row).data(MatchRole.MARKED)
    ]


def _numbers(column: ResultColumn) -> list[float]:
    rows = range(column.model.rowCount())
    return [float(column.model.index(row).data(MatchRole.NUMBER)) for row in rows]


def test_one_model_fills_the_width(asked: Player) -> None:
    asked.answer(lambda: asked.choose(LITE0))
    assert [column.key for column in asked.columns] == [LITE0]
    view = asked.columns[0].view
    first, second = (view.visualRect(view.model().index(row, 0)) for row in (0, 1))
    assert first.top() == second.top()
    assert first.right() < second.left()
    assert asked.bar.models.text() == "EfficientNet-Lite0"


def test_two_models_are_shown_beside_combined(asked: Player) -> None:
    asked.answer(lambda: asked.choose(LITE0, VGG16))
    assert [column.key for column in asked.columns] == [LITE0, VGG16, ""]
    assert "score of 2 models" in visible_text(asked.columns[2])
    assert asked.bar.models.text() == "Models: 2 of 3"
    assert all(column.isVisible() and column.width() > 100 for column in asked.columns)


def test_without_a_model_a_page_says_so(asked: Player, samples: Path) -> None:
    asked.choose()
    asked.wait(lambda: "No model is chosen" in asked.page())
    asked.answer(lambda: asked.choose(LITE2))
    assert asked.shows_results()


def test_searching_again_never_extracts_again(
    filled: Player, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extracted: list[str] = []
    embed = Extractor.embed_image

    def counted(self: Extractor, image: Image.Image) -> object:
        extracted.append(self.spec.name)
        return embed(self, image)

    monkeypatch.setattr(Extractor, "embed_image", counted)
    mine = tmp_path / "mine.png"
    with Image.open(samples / BIRD) as picture:
        picture.crop((30, 30, 300, 300)).save(mine)
    filled.ask(mine)
    assert sorted(extracted) == [LITE0, LITE2, VGG16]
    filled.answer(lambda: filled.bar.top.setValue(9))
    filled.answer(lambda: filled.bar.metric_box.setCurrentIndex(1))
    filled.answer(lambda: filled.choose(LITE0, LITE2))
    filled.answer(lambda: filled.choose(LITE0, LITE2, VGG16))
    assert len(extracted) == 3


def test_the_metric_changes_the_numbers_and_not_the_order(asked: Player) -> None:
    column = asked.column(VGG16)
    order, distances = names(column), _numbers(column)
    assert distances == sorted(distances)
    box = asked.bar.metric_box
    asked.answer(lambda: box.setCurrentIndex(box.findData(str(Metric.COSINE))))
    column = asked.column(VGG16)
    assert names(column) == order
    similarities = _numbers(column)
    assert similarities[0] == 1.0
    for distance, similarity in zip(distances, similarities, strict=True):
        assert similarity == pytest.approx(1 - distance**2 / 2, abs=0.002)
    assert "Cosine similarity" in visible_text(column)


def test_k_is_the_number_of_rows(asked: Player) -> None:
    asked.answer(lambda: asked.bar.top.setValue(5))
    assert [len(matches(column)) for column in asked.columns] == [5, 5, 5, 5]
    asked.answer(lambda: asked.bar.top.setValue(200))
    assert [len(matches(column)) for column in asked.columns] == [80, 80, 80, 80]


def test_the_cut_off_hides_what_is_less_similar(asked: Player) -> None:
    before = len(matches(asked.column(LITE0)))
    asked.bar.cut_off.setValue(80)
    near = matches(asked.column(LITE0))
    assert 0 < len(near) < before
    assert all(1 - match.score**2 / 2 >= 0.80 for match in near)
    assert "≥ 0.80" in visible_text(asked.bar)
    asked.bar.cut_off.setValue(asked.bar.cut_off.minimum())
    assert len(matches(asked.column(LITE0))) == before


def test_a_column_says_that_all_matches_are_hidden(filled: Player, samples: Path) -> None:
    filled.ask(samples / "lakes/blue-hour.jpg")
    filled.bar.name_filter.setText("no such name")
    for column in filled.columns:
        assert matches(column) == []
        assert "No match has “no such name” in its name." in visible_text(column)
        assert not column.view.isVisible()
    filled.bar.name_filter.clear()
    assert all(matches(column) and column.view.isVisible() for column in filled.columns)


def test_the_filter_ignores_case(asked: Player) -> None:
    asked.bar.name_filter.setText("KingFisher")
    assert set(names(asked.column(LITE0))) == {Path(BIRD).name, Path(CROP).name}
    asked.answer(lambda: asked.bar.top.setValue(80))
    assert set(names(asked.column(LITE0))) == {Path(BIRD).name, Path(CROP).name}


def test_the_size_slider_changes_the_cards(asked: Player) -> None:
    view = asked.column(LITE0).view
    asked.bar.thumb_size.setValue(64)
    small = view.gridSize()
    asked.window.actions_by_name["larger"].trigger()
    assert asked.bar.thumb_size.value() == 96
    assert view.gridSize().height() == small.height() + 32
    asked.window.actions_by_name["smaller"].trigger()
    assert view.gridSize() == small


def test_thumbnails_arrive_in_every_column(asked: Player) -> None:
    for column in asked.columns:
        _wait_for_thumbnail(asked, column.model.index(0))


def _wait_for_thumbnail(player: Player, index: QModelIndex) -> None:
    player.wait(lambda: index.data(MatchRole.PIXMAP) is not None)
    assert not index.data(MatchRole.PIXMAP).isNull()


def test_pointing_marks_the_same_picture_everywhere(asked: Player) -> None:
    _move_to(asked.column(LITE0), 2)
    pointed = matches(asked.column(LITE0))[2].picture.id
    standings = asked.conductor.searching.result
    assert standings is not None
    for column in asked.columns[:3]:
        assert _marked(column) == [pointed]
        standing = standings.standings[pointed][column.key]
        assert f"Here: rank {standing.rank} · {standing.distance:.3f}" in visible_text(column)
    assert _marked(asked.column("")) == [pointed]
    assert "Here: rank" in visible_text(asked.column(""))


def test_a_column_shows_the_rank_of_a_picture_beyond_its_list(asked: Player) -> None:
    asked.answer(lambda: asked.bar.top.setValue(10))
    result = asked.conductor.searching.result
    assert result is not None
    listed = {c.key: {m.picture.id for m in matches(c)} for c in asked.columns[:3]}
    one, row, other = next(
        (one, row, other)
        for one in asked.columns[:3]
        for row, match in enumerate(matches(one))
        for other in asked.columns[:3]
        if match.picture.id not in listed[other.key]
    )
    _move_to(one, row)
    standing = result.standings[matches(one)[row].picture.id][other.key]
    assert standing.rank > 10
    assert f"Here: rank {standing.rank} ·" in visible_text(other)
    assert _marked(other) == []


def test_away_from_the_cards_the_chosen_picture_is_marked(asked: Player) -> None:
    column = asked.column(LITE0)
    column.view.go_to_row(1)
    chosen = matches(column)[1].picture.id
    _move_to(column, 0)
    assert _marked(column) == [matches(column)[0].picture.id]
    QApplication.sendEvent(column.view, QEvent(QEvent.Type.Leave))
    assert _marked(column) == [chosen]


def test_choosing_a_picture_chooses_it_in_every_column(asked: Player) -> None:
    asked.column(LITE2).view.go_to_row(3)
    chosen = matches(asked.column(LITE2))[3]
    for column in asked.columns:
        assert _marked(column) == [chosen.picture.id]
        assert column.view.current_match() == column.model.match_at(column.model.row_of(chosen.picture.id))


def test_the_details_describe_the_chosen_picture(asked: Player, samples: Path) -> None:
    details = asked.window.details
    text = visible_text(details)
    with Image.open(samples / BIRD) as picture:
        size = picture.size
    assert Path(BIRD).name in text
    assert str((samples / BIRD).parent) in text
    assert f"{size[0]:,} × {size[1]:,} · JPEG" in text
    for title in ("EfficientNet-Lite0", "EfficientNet-Lite2", "VGG16"):
        assert f"{title}\nrank 1\n0.000" in text
    asked.wait(lambda: "kB" in visible_text(details))
    shown = details.image.pixmap()
    assert max(shown.width(), shown.height()) > 200


def test_the_details_follow_the_choice(asked: Player) -> None:
    column = asked.column(LITE0)
    column.view.go_to_row(4)
    match = matches(column)[4]
    asked.wait(lambda: "kB" in visible_text(asked.window.details))
    text = visible_text(asked.window.details)
    assert Path(match.picture.paths[0]).name in text
    assert "rank 5" in text
    assert f"{match.score:.3f}" in text


def test_a_new_search_goes_back_to_the_start(asked: Player, samples: Path) -> None:
    asked.window.actions_by_name["new_query"].trigger()
    assert "Drop a picture here" in asked.page()
    assert "Choose a picture" in visible_text(asked.window.details)
    assert asked.query_name() == ""
    asked.ask(samples / CAT)
    assert names(asked.column(LITE0))[0] == Path(CAT).name


def test_the_details_show_the_combined_rank_of_a_picture_far_down(
    asked: Player,
) -> None:
    asked.answer(lambda: asked.bar.top.setValue(3))
    asked.answer(lambda: asked.choose(LITE0, VGG16))
    result = asked.conductor.searching.result
    assert result is not None
    combined = {match.picture.id for match in result.combined}
    far = [m for m in result.models[VGG16] if m.picture.id not in combined]
    shown = far[0] if far else result.models[VGG16][-1]
    column = asked.column(VGG16)
    column.view.go_to_row(column.model.row_of(shown.picture.id))
    standing = result.combined_standings[shown.picture.id]
    asked.wait(lambda: "Combined" in visible_text(asked.window.details))
    text = visible_text(asked.window.details)
    assert f"rank {standing.rank}" in text
    assert f"{standing.distance:.2f}" in text
