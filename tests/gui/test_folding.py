"""Near-duplicates are folded in the results: what is listed, unfolded, counted and remembered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from making import copied, run_index
from PIL import Image, ImageEnhance
from playing import BIRD, VGG16, Begin, Player, matches, names, visible_text
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import Settings, load_settings
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.matches import Result
from finder.gui.grid.card import Card
from finder.gui.grid.picture_view import CardRole
from finder.gui.grid.pills import stack_button
from finder.gui.results.compare.result_column import ResultColumn
from finder.jobs.workspace import Workspace

TOWER = "city-nights/tower-bridge.jpg"
OTHERS = ("cats/cheetah.jpg", "castles/chambord.jpg", "fish/discus.jpg", "lakes/blue-hour.jpg")
COPIES = {"kingfisher-saved.jpg", "kingfisher-small.png", "kingfisher-bright.jpg"}


def _copies(source: Path, folder: Path) -> None:
    """Near-duplicates of a picture: saved again, smaller, brighter."""
    with Image.open(source) as opened:
        picture = opened.convert("RGB")
    smaller = picture.resize((picture.width * 2 // 3, picture.height * 2 // 3))
    picture.save(folder / f"{source.stem}-saved.jpg", quality=70)
    smaller.save(folder / f"{source.stem}-small.png")
    ImageEnhance.Brightness(picture).enhance(1.1).save(folder / f"{source.stem}-bright.jpg")


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory,
    samples: Path,
    specs: list[ModelSpec],
    extractors: ExtractorPool,
) -> Home:
    """Six pictures and three near-duplicates of each of two of them, indexed: only to be read."""
    folder = tmp_path_factory.mktemp("folded")
    copied([samples / name for name in (BIRD, TOWER, *OTHERS)], folder / "pictures")
    for name in (BIRD, TOWER):
        _copies(samples / name, folder / "pictures")
    home = Home(folder / "home")
    quick = [spec for spec in specs if spec.name != VGG16]
    run_index(home, [folder / "pictures"], quick, extractors)
    return home


@pytest.fixture(autouse=True)
def _nothing_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is proven is not folded behind the query; test_proofs_window has that."""
    monkeypatch.setattr(Workspace, "verify", _prove_nothing)


def _prove_nothing(*_: object) -> Generator[Result]:
    yield from ()


@pytest.fixture
def asked(made: Home, begin: Begin, samples: Path) -> Iterator[Player]:
    """The kingfisher was searched for with two models, and its near-duplicates are folded."""
    player = begin(made)
    player.bar.apply_settings(Settings())
    player.ask(samples / BIRD)
    player.wait(lambda: len(matches(player.columns[0])) == 6)
    yield player
    player.settle()


def _card(column: ResultColumn, row: int = 0) -> Card:
    card = column.model.index(row).data(CardRole.CARD)
    assert isinstance(card, Card)
    return card


def _spoken(column: ResultColumn, row: int = 0) -> str:
    return str(column.model.index(row).data(Qt.ItemDataRole.AccessibleTextRole))


def _ranks(column: ResultColumn) -> list[int]:
    return [match.rank for match in matches(column)]


def _click_stack(
    column: ResultColumn, row: int = 0, click: Callable[..., None] | None = None
) -> None:
    view, card = column.view, _card(column, row)
    button = stack_button(view.visualRect(column.model.index(row)), card, view.fontMetrics())
    (click or QTest.mouseClick)(
        view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, button.center()
    )


def test_only_the_best_of_near_duplicates_is_listed_in_every_column(asked: Player) -> None:
    assert len(asked.columns) == 3
    for column in asked.columns:
        assert names(column)[0] == "kingfisher.jpg"
        assert _card(column).stack == "+3"
        tower = next(row for row, name in enumerate(names(column)) if "tower" in name)
        assert _card(column, tower).stack == "+3"
        assert _ranks(column)[1] == 5, "the ranks stay what they are"
        assert "3 near-duplicates folded" in _spoken(column)
    assert "6 folded" in visible_text(asked.results.header)


def test_the_best_matches_are_folded_too(asked: Player) -> None:
    asked.bar.views.choose("best")
    asked.bar.view_chosen.emit("best")
    assert len(matches(asked.columns[0])) == 6
    _click_stack(asked.columns[0])
    assert set(names(asked.columns[0])[1:4]) == COPIES


def test_a_click_on_the_number_unfolds_a_stack_in_all_columns(asked: Player) -> None:
    selected = asked.controllers.pictures.match
    _click_stack(asked.columns[1])
    for column in asked.columns:
        assert len(matches(column)) == 9
        assert set(names(column)[1:4]) == COPIES
        assert _card(column).stack == "−3"
        assert [_card(column, row).is_in_open_stack for row in range(5)] == [True] * 4 + [False]
        assert "3 near-duplicates shown" in _spoken(column)
        assert "near-duplicate of rank 1" in _spoken(column, 1)
    assert "3 folded" in visible_text(asked.results.header)
    assert asked.controllers.pictures.match == selected
    _click_stack(asked.columns[2])
    assert [len(matches(column)) for column in asked.columns] == [6] * 3


def test_a_double_click_on_the_number_opens_no_file(asked: Player) -> None:
    opened: list[object] = []
    asked.results.match_activated.connect(opened.append)
    _click_stack(asked.columns[0], click=QTest.mouseDClick)
    QApplication.processEvents()
    assert not opened


def test_a_key_unfolds_and_folds_and_the_menu_offers_it(asked: Player) -> None:
    column, action = asked.columns[0], asked.window.actions_by_name["near_duplicates"]
    column.view.setFocus()
    assert action.isEnabled()
    assert not action.isChecked()
    QTest.keyClick(column.view, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    assert action.isChecked()
    assert len(matches(column)) == 9
    QTest.keyClick(column.view, Qt.Key.Key_Down)
    chosen = asked.controllers.pictures.match
    assert chosen is not None
    assert chosen.rank == 2
    assert action.isChecked(), "it is in the same stack"
    QTest.keyClick(column.view, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    assert len(matches(column)) == 6
    leader = asked.controllers.pictures.match
    assert leader is not None
    assert leader.rank == 1, "what it is folded behind is selected in its place"
    other = next(row for row in range(6) if not _card(column, row).stack)
    column.view.go_to_row(other)
    assert not action.isEnabled()
    column.view.go_to_row(0)
    asked.controllers.pictures.show_menu(QPoint(0, 0))
    menu = next(m for m in asked.window.findChildren(QMenu) if m.isVisible())
    assert action in menu.actions()
    menu.close()


def test_a_folded_picture_is_marked_and_linked_by_its_stack(asked: Player) -> None:
    """A column that has it folded behind another one shows that one in its place."""
    column = asked.columns[0]
    folded = column.model.stack_of(matches(column)[0].picture.id)
    assert folded is not None
    picture = folded.others[0].picture.id
    assert column.model.row_of(picture) == -1
    assert column.model.row_showing(picture) == 0
    asked.results.column_set.hovered.emit(folded.others[0])
    assert _card(column).is_marked
    assert len(asked.results.column_set.compare.links.paths()) == 2


def test_show_all_unfolds_and_esc_leaves_the_stacks_alone(asked: Player) -> None:
    assert not asked.window.reset_filters(), "nothing that Esc would show"
    assert len(matches(asked.columns[0])) == 6
    asked.press("Show all")
    assert [len(matches(column)) for column in asked.columns] == [12] * 3
    assert "folded" not in visible_text(asked.results.header)
    assert asked.bar.fold.isChecked(), "the next answer is folded again"


def test_the_cut_off_and_the_order_work_on_stacks(asked: Player) -> None:
    column = asked.columns[0]
    asked.bar.cut_off.setValue(80)
    assert names(column) == ["kingfisher.jpg"]
    assert _card(column).stack == "+3"
    header = visible_text(asked.results.header)
    assert "8 hidden" in header
    assert "3 folded" in header
    asked.bar.cut_off.setValue(0)
    _click_stack(column)
    by_name = asked.results.header.order.menu().actions()[2]
    by_name.trigger()
    listed = names(column)
    at = listed.index("kingfisher.jpg")
    assert set(listed[at + 1 : at + 4]) == COPIES, "an open stack stays together"
    rest = listed[:at] + listed[at + 4 :]
    assert rest == sorted(rest)


def test_without_folding_every_match_is_listed(asked: Player, made: Home) -> None:
    asked.window.actions_by_name["fold"].trigger()
    assert not asked.bar.fold.isChecked()
    assert [len(matches(column)) for column in asked.columns] == [12] * 3
    assert [_ranks(column) for column in asked.columns] == [list(range(1, 13))] * 3
    asked.bar.fold.click()
    assert asked.window.actions_by_name["fold"].isChecked()
    asked.wait(lambda: len(matches(asked.columns[0])) == 6)


def test_an_open_stack_stays_open_for_other_options_of_the_same_search(
    asked: Player, samples: Path
) -> None:
    _click_stack(asked.columns[0])
    asked.answer(lambda: asked.bar.top.setValue(11))
    asked.settle()
    assert _card(asked.columns[0]).stack == "−3"
    asked.ask(samples / TOWER)
    asked.settle()
    assert _card(asked.columns[0]).stack == "+3"


def test_the_querys_own_file_is_named_and_can_be_hidden(asked: Player) -> None:
    for column in asked.columns:
        assert _card(column).corner == "Your query"
        assert "this is your query" in _spoken(column)
        assert "this is your query" not in _spoken(column, 1)
    asked.bar.hide_query.click()
    for column in asked.columns:
        assert "kingfisher.jpg" not in names(column)
        assert _ranks(column)[0] == 2, "the ranks stay what they are"
        assert _card(column).stack == "+2", "the next one is in front of the stack"
    chosen = asked.controllers.pictures.match
    assert chosen is not None
    assert chosen.rank == 2
    assert "your query hidden" in visible_text(asked.results.header)
    asked.bar.hide_query.click()
    assert names(asked.columns[0])[0] == "kingfisher.jpg"


@pytest.mark.parametrize("size", [(900, 600), (1_280, 800)])
def test_all_that_is_hidden_can_be_read(asked: Player, size: tuple[int, int]) -> None:
    asked.window.resize(*size)
    asked.bar.cut_off.setValue(80)
    asked.bar.hide_query.click()
    facts = asked.results.header.facts
    asked.wait(lambda: "8 hidden · 2 folded · your query hidden" in facts.text(), seconds=5)
    assert facts.whole_text() == facts.text()


def test_where_there_is_nothing_but_the_query_a_page_says_so(asked: Player) -> None:
    asked.bar.hide_query.click()
    asked.answer(lambda: asked.bar.top.setValue(1))
    assert "no match but the query’s own file" in asked.page()
    asked.press("Show the query’s own file")
    assert names(asked.columns[0]) == ["kingfisher.jpg"]
    assert not asked.bar.hide_query.isChecked()


class _Held:
    """Holds the comparison of near-duplicates in its lane until `go` is set."""

    def __init__(self, player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        find = player.workspace.near_duplicates

        def held(*asked: object) -> object:
            self.begun.set()
            self.go.wait(30)
            return find(*asked)  # type: ignore[arg-type]

        monkeypatch.setattr(player.workspace, "near_duplicates", held)


def test_the_answer_does_not_wait_and_the_selection_stays(
    made: Home, begin: Begin, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = begin(made)
    player.bar.apply_settings(Settings())
    held = _Held(player, monkeypatch)
    player.ask(samples / BIRD)
    player.wait(held.begun.is_set)
    column = player.columns[0]
    assert len(matches(column)) == 12
    column.view.go_to_row(2)
    chosen = player.controllers.pictures.match
    at = column.view.visualRect(column.view.currentIndex()).top()
    held.go.set()
    player.wait(lambda: len(matches(column)) == 9)
    assert player.controllers.pictures.match == chosen
    assert column.view.currentIndex().row() == 2
    assert column.view.visualRect(column.view.currentIndex()).top() == at
    assert _card(column).stack == "−3", "its stack is open, as one of it was selected"
    player.settle()


def test_a_newer_search_drops_what_was_being_compared(
    made: Home, begin: Begin, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = begin(made)
    player.bar.apply_settings(Settings())
    found: list[object] = []
    player.controllers.searching.near_duplicates_found.connect(found.append)
    held = _Held(player, monkeypatch)
    player.ask(samples / BIRD)
    player.wait(held.begun.is_set)
    with player.qtbot.waitSignal(player.controllers.searching.answered, timeout=40_000):
        player.bar.top.setValue(4)
        player.wait(lambda: player.controllers.searching._comparing is None)
        held.go.set()
    player.settle()
    assert len(found) == 1
    assert names(player.columns[0]) == ["kingfisher.jpg"]


def test_both_options_are_remembered(begin: Begin, library: Home) -> None:
    first = begin(library)
    first.bar.fold.click()
    first.bar.hide_query.click()
    first.close()
    with closing(Catalogue(library)) as catalogue:
        kept = load_settings(catalogue)
    assert (kept.fold_near_duplicates, kept.hide_query) == (False, True)
    again = begin(library, kept)
    assert not again.bar.fold.isChecked()
    assert again.bar.hide_query.isChecked()
    assert not again.window.actions_by_name["fold"].isChecked()


def test_settings_of_an_older_library_fold(home: Home) -> None:
    with closing(Catalogue(home)) as catalogue:
        with catalogue.transaction():
            catalogue.settings.put("settings", {"top": 17})
        kept = load_settings(catalogue)
    assert (kept.top, kept.fold_near_duplicates, kept.hide_query) == (17, True, False)
