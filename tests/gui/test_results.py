"""The columns of a result: which there are, what they show, and what is marked in them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from playing import BIRD, CAT, LITE0, LITE2, VGG16, Begin, Player, matches, names, visible_text
from PySide6.QtCore import QEvent, QModelIndex, QPointF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QTextDocument
from PySide6.QtWidgets import QApplication, QWidget

from finder.core.library.catalogue.settings import Settings
from finder.core.models.runtime.extractor import Extractor
from finder.core.paths import Home
from finder.core.search.closeness.closeness import closeness_word, whole_closeness
from finder.core.search.distance import Metric
from finder.gui.grid.layout_view import EDGE
from finder.gui.results.compare.result_column import ResultColumn
from finder.gui.results.match_model import MatchRole
from finder.gui.theme.tokens import CARD_GAP


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


def _tip(widget: QWidget) -> str:
    """Of a column's header, as text."""
    assert isinstance(widget, ResultColumn)
    document = QTextDocument()
    document.setHtml(widget.header.toolTip())
    return document.toPlainText()


def _card_size(column: ResultColumn) -> QSize:
    return column.view.visualRect(column.model.index(0)).size()


def test_one_model_fills_the_width_with_cards_of_the_chosen_size(asked: Player) -> None:
    asked.answer(lambda: asked.choose(LITE0))
    assert [column.key for column in asked.columns] == [LITE0]
    view = asked.columns[0].view
    first, second = (view.visualRect(view.model().index(row, 0)) for row in (0, 1))
    assert first.top() == second.top()
    assert first.right() < second.left()
    assert asked.bar.models.text() == "EfficientNet-Lite0"
    asked.bar.thumb_size.setValue(64)
    small = _card_size(asked.column(LITE0))
    asked.window.actions_by_name["larger"].trigger()
    assert asked.bar.thumb_size.value() == 96
    large = _card_size(asked.column(LITE0))
    assert large.height() >= 1.2 * small.height()
    first, second = (view.visualRect(view.model().index(row, 0)) for row in (0, 1))
    assert second.left() - first.right() - 1 == CARD_GAP, "the gaps stay"
    asked.window.actions_by_name["smaller"].trigger()
    assert _card_size(asked.column(LITE0)) == small


def test_two_models_are_shown_beside_combined(asked: Player) -> None:
    asked.answer(lambda: asked.choose(LITE0, VGG16))
    assert [column.key for column in asked.columns] == ["", LITE0, VGG16]
    assert "Best matches\ncombined" in visible_text(asked.columns[0])
    assert "All models together" in asked.columns[0].header.toolTip()
    assert asked.bar.models.text() == "Models: 2 of 3"
    assert all(column.isVisible() and column.width() >= 150 for column in asked.columns)


def test_without_a_model_a_page_says_so(asked: Player, samples: Path) -> None:
    asked.choose()
    asked.wait(lambda: "No model is chosen" in asked.page())
    asked.answer(lambda: asked.choose(LITE2))
    assert asked.shows_results()


def test_searching_again_never_extracts_again(
    begin: Begin, library: Home, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = begin(library, Settings(models_shown=(LITE0, LITE2)))
    extracted: list[str] = []
    embed = Extractor.embed_image

    def counted(self: Extractor, image: Image.Image) -> object:
        extracted.append(self.spec.name)
        return embed(self, image)

    monkeypatch.setattr(Extractor, "embed_image", counted)
    mine = tmp_path / "mine.png"
    with Image.open(samples / BIRD) as picture:
        picture.crop((30, 30, 300, 300)).save(mine)
    player.ask(mine)
    assert sorted(extracted) == [LITE0, LITE2]
    player.answer(lambda: player.bar.top.setValue(9))
    player.answer(lambda: player.bar.metric_box.setCurrentIndex(1))
    player.answer(lambda: player.choose(LITE0))
    player.answer(lambda: player.choose(LITE0, LITE2))
    assert len(extracted) == 2


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
    assert "· Cosine" in visible_text(column)
    assert "Numbers: Cosine similarity" in _tip(column)


def test_k_is_the_number_of_rows(asked: Player) -> None:
    asked.answer(lambda: asked.bar.top.setValue(5))
    assert [len(matches(column)) for column in asked.columns] == [5, 5, 5, 5]
    asked.answer(lambda: asked.bar.top.setValue(200))
    assert [len(matches(column)) for column in asked.columns] == [80, 80, 80, 80]


def test_the_cut_off_hides_what_is_less_close_whatever_the_measure(asked: Player) -> None:
    for metric in list(Metric)[:3]:
        box = asked.bar.metric_box
        if box.currentData() != str(metric):
            asked.answer(partial(box.setCurrentIndex, box.findData(str(metric))))
        _assert_the_cut_off_hides_what_is_less_close(asked)


def _assert_the_cut_off_hides_what_is_less_close(player: Player) -> None:
    before = {column.key: matches(column) for column in player.columns}
    player.bar.cut_off.setValue(40)
    for column in player.columns:
        near = [match for match in before[column.key] if match.closeness >= 40]
        assert 0 < len(near) < len(before[column.key])
        assert matches(column) == near
    assert player.bar.options.cut_off_text.text() == "40 · similar"
    hidden = max(len(before[c.key]) - len(matches(c)) for c in player.columns)
    assert f"· {hidden} hidden" in visible_text(player.results.header)
    player.press("Show all", player.results.header)
    assert {column.key: matches(column) for column in player.columns} == before
    assert "hidden" not in visible_text(player.results.header)
    assert player.bar.options.cut_off_text.text() == "all"


def test_larger_pictures_make_columns_wider_and_all_have_thumbnails(asked: Player) -> None:
    asked.bar.thumb_size.setValue(64)
    small = _card_size(asked.column(LITE0))
    asked.bar.thumb_size.setValue(240)
    asked.wait(lambda: _card_size(asked.column(LITE0)).width() > 1.3 * small.width())
    column = asked.column(LITE0)
    assert _card_size(column).width() >= column.width() - 2 * EDGE - 1, "the card fills it"
    for column in asked.columns:
        _wait_for_thumbnail(asked, column.model.index(0))


def _wait_for_thumbnail(player: Player, index: QModelIndex) -> None:
    player.wait(lambda: index.data(MatchRole.PIXMAP) is not None)
    assert not index.data(MatchRole.PIXMAP).isNull()


def test_pointing_marks_the_same_picture_everywhere(asked: Player) -> None:
    asked.answer(lambda: asked.bar.top.setValue(80))
    _move_to(asked.column(LITE0), 2)
    pointed = matches(asked.column(LITE0))[2].picture.id
    for column in asked.columns:
        assert _marked(column) == [pointed]
        assert "Selected:" not in visible_text(column), "its card can be seen there"


def test_a_column_shows_the_rank_of_a_picture_beyond_its_list(asked: Player) -> None:
    asked.answer(lambda: asked.bar.top.setValue(10))
    result = asked.controllers.searching.result
    assert result is not None
    models = asked.model_columns
    listed = {c.key: {m.picture.id for m in matches(c)} for c in models}
    one, row, other = next(
        (one, row, other)
        for one in models
        for row, match in enumerate(matches(one))
        for other in models
        if match.picture.id not in listed[other.key]
    )
    _move_to(one, row)
    standing = result.standings[matches(one)[row].picture.id][other.key]
    assert standing.rank > 10
    number = f"{standing.distance:.3f}"
    assert f"Selected: rank {standing.rank} · {number}" in visible_text(other)
    assert _marked(other) == []


def test_a_chosen_picture_is_chosen_everywhere_and_marked_away_from_the_cards(
    asked: Player,
) -> None:
    asked.column(LITE2).view.go_to_row(3)
    chosen = matches(asked.column(LITE2))[3]
    for column in asked.columns:
        assert _marked(column) == [chosen.picture.id]
        current = column.view.current_match()
        assert current is not None
        assert current.picture.id == chosen.picture.id
    column = asked.column(LITE0)
    column.view.go_to_row(1)
    beside = matches(column)[1].picture.id
    _move_to(column, 0)
    assert _marked(column) == [matches(column)[0].picture.id]
    QApplication.sendEvent(column.view, QEvent(QEvent.Type.Leave))
    assert _marked(column) == [beside]


def test_the_details_describe_the_chosen_picture_and_follow_the_choice(
    asked: Player, samples: Path
) -> None:
    asked.settle()  # proofs may change ranks
    details = asked.window.details
    asked.wait(lambda: "rank 1" in visible_text(details))
    text = visible_text(details)
    with Image.open(samples / BIRD) as picture:
        size = picture.size
    assert Path(BIRD).name in text
    assert str((samples / BIRD).parent) in text
    assert f"{size[0]:,} × {size[1]:,} · JPEG" in text
    for title in ("EfficientNet-Lite0", "EfficientNet-Lite2", "VGG16"):
        assert f"{title}\nrank 1\nsame picture · 0.000" in text
    assert "Best matches\nrank 1\nsame picture · 100" in text
    asked.wait(lambda: "kB" in visible_text(details))
    shown = details.image.pixmap()
    assert max(shown.width(), shown.height()) > 200
    column = asked.column(LITE0)
    column.view.go_to_row(4)
    match = matches(column)[4]
    name = Path(match.picture.paths[0]).name
    asked.wait(lambda: name in visible_text(details) and "kB" in visible_text(details))
    text = visible_text(asked.window.details)
    assert "rank 5" in text
    assert f"{match.score:.3f}" in text


def test_a_new_search_goes_back_to_the_start(asked: Player, samples: Path) -> None:
    asked.window.actions_by_name["new_query"].trigger()
    assert "All pictures" in asked.page()
    assert "Choose a picture" in visible_text(asked.window.details)
    assert asked.query_name() == ""
    asked.ask(samples / CAT)
    assert names(asked.column(LITE0))[0] == Path(CAT).name


def test_the_details_show_the_combined_rank_of_a_picture_far_down(
    asked: Player,
) -> None:
    asked.answer(lambda: asked.bar.top.setValue(3))
    asked.answer(lambda: asked.choose(LITE0, VGG16))
    result = asked.controllers.searching.result
    assert result is not None
    combined = {match.picture.id for match in result.combined}
    far = [m for m in result.models[VGG16] if m.picture.id not in combined]
    shown = far[0] if far else result.models[VGG16][-1]
    column = asked.column(VGG16)
    column.view.go_to_row(column.model.row_of(shown.picture.id))
    standing = result.combined_standings[shown.picture.id]
    asked.wait(lambda: "Best matches" in visible_text(asked.window.details))
    text = visible_text(asked.window.details)
    word = closeness_word(standing.closeness).label
    number = whole_closeness(standing.closeness)
    assert f"Best matches\nrank {standing.rank}\n{word} · {number}" in text
