"""Proof of sameness in the whole window: after the answer, on cards, in details and preview."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from one_model import ONE_MODEL
from playing import BIRD, CAT, CROP, LITE0, Begin, Player, files, matches, names, visible_text
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from finder.core.cancellation import CancelToken
from finder.core.errors import cannot_verify
from finder.core.paths import Home
from finder.core.search.matches import Result
from finder.core.search.verify.sameness import SameKind, Sameness
from finder.gui.grid.card import Card
from finder.gui.grid.picture_view import CardRole
from finder.gui.results.compare.result_column import ResultColumn
from finder.gui.results.preview.preview_dialog import PreviewDialog
from finder.gui.results.preview.preview_stage import PreviewMode

ORIGINAL = "kingfisher.jpg"


@pytest.fixture
def asked(begin: Begin, library: Home, samples: Path) -> Player:
    """A cropped kingfisher was searched for with one model, and is verified."""
    player = begin(library, ONE_MODEL)
    player.ask(samples / CROP)
    player.settle()
    return player


def _card(column: ResultColumn, name: str) -> Card:
    card = column.model.index(names(column).index(name)).data(CardRole.CARD)
    assert isinstance(card, Card)
    return card


def _select(player: Player, name: str) -> None:
    column = player.column(LITE0)
    column.view.setFocus()
    column.view.go_to_row(names(column).index(name))
    player.settle()


def test_the_original_of_a_cropped_picture_is_proven_and_outlined(asked: Player) -> None:
    card = _card(asked.column(LITE0), ORIGINAL)
    assert card.corner == "Contains your picture"
    assert len(card.outline) == 4
    assert all(-0.1 < share < 1.1 for corner in card.outline for share in corner)


def test_what_is_proven_is_not_folded_behind_the_querys_own_file(asked: Player) -> None:
    column = asked.column(LITE0)
    asked.bar.fold.click()
    asked.settle()
    assert ORIGINAL in names(column)
    own = _card(column, Path(CROP).name)
    assert (own.corner, own.stack) == ("Your query", "")


def test_the_details_say_what_is_proven(asked: Player) -> None:
    _select(asked, ORIGINAL)
    details = asked.window.details
    assert details.proof.words == "Contains your picture"
    assert details.proof.isVisible()
    assert "of the matched points agree" in details.proof.accessibleDescription()
    _select(asked, names(asked.column(LITE0))[5])
    assert not details.proof.isVisible()


def test_the_preview_shows_the_outline_until_it_is_switched_off(asked: Player) -> None:
    _select(asked, ORIGINAL)
    QTest.keyClick(asked.column(LITE0).view, Qt.Key.Key_Space)
    dialog = asked.dialog(PreviewDialog)
    assert isinstance(dialog, PreviewDialog)
    asked.settle()
    assert dialog.proof.words == "Contains your picture"
    assert "nearly" not in dialog.facts.whole_text()
    assert dialog.outline.isVisible()
    with_line = dialog.stage.match.grab().toImage()
    QTest.keyClick(dialog.stage.match, Qt.Key.Key_O)
    assert dialog.stage.match.grab().toImage() != with_line
    QTest.keyClick(dialog.stage.match, Qt.Key.Key_O)
    assert dialog.stage.match.grab().toImage() == with_line
    dialog.close()


def test_a_cropped_copy_is_outlined_in_the_query_beside_it(
    begin: Begin, library: Home, samples: Path
) -> None:
    player = begin(library, ONE_MODEL)
    player.ask(samples / BIRD)
    player.settle()
    _select(player, Path(CROP).name)
    QTest.keyClick(player.column(LITE0).view, Qt.Key.Key_Space)
    dialog = player.dialog(PreviewDialog)
    assert isinstance(dialog, PreviewDialog)
    player.settle()
    assert dialog.proof.words == "Same picture, cropped"
    assert not dialog.outline.isVisible(), "the query is all of it, and more"
    dialog.modes.choose(PreviewMode.SIDE_BY_SIDE)
    dialog.modes.chosen.emit(PreviewMode.SIDE_BY_SIDE)
    player.settle()
    assert dialog.outline.isVisible()
    dialog.close()


def test_of_several_pictures_the_preview_shows_the_one_that_is_proven(
    begin: Begin, library: Home, samples: Path
) -> None:
    player = begin(library, ONE_MODEL)
    player.ask(samples / CAT, samples / CROP)
    player.settle()
    _select(player, ORIGINAL)
    QTest.keyClick(player.column(LITE0).view, Qt.Key.Key_Space)
    dialog = player.dialog(PreviewDialog)
    assert isinstance(dialog, PreviewDialog)
    dialog.modes.choose(PreviewMode.SIDE_BY_SIDE)
    dialog.modes.chosen.emit(PreviewMode.SIDE_BY_SIDE)
    player.settle()
    assert Path(CROP).name in dialog.stage.query_caption.whole_text()
    QTest.keyClick(dialog, Qt.Key.Key_PageDown)
    player.settle()
    assert not dialog.proof.isVisible()
    assert Path(CAT).name in dialog.stage.query_caption.whole_text()
    dialog.close()


class _Held:
    """Holds the verification until `go` is set."""

    def __init__(self, player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go = threading.Event()
        self.tokens: list[CancelToken] = []
        verify = player.workspace.verify

        def held(
            result: Result, stop: CancelToken, known: Mapping[int, Sameness]
        ) -> Iterator[Result]:
            self.tokens.append(stop)
            while not self.go.wait(0.01):
                stop.check()
            yield from verify(result, stop, known)

        monkeypatch.setattr(player.workspace, "verify", held)


def test_the_answer_is_shown_before_its_proofs_and_they_replace_nothing(
    begin: Begin, library: Home, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = begin(library, ONE_MODEL)
    held = _Held(player, monkeypatch)
    player.ask(samples / CROP)
    player.wait(lambda: "looking for copies…" in visible_text(player.results.header))
    column = player.column(LITE0)
    column.view.go_to_row(3)
    chosen = column.view.current_match()
    held.go.set()
    player.settle()
    result = player.controllers.searching.result
    assert result is not None
    assert {proof.kind for proof in result.same.values()} == {SameKind.PART}
    assert column.view.current_match() == chosen
    assert "looking for copies" not in visible_text(player.results.header)


def test_what_an_action_is_used_on_stays_selected(asked: Player) -> None:
    selection = asked.results.selection
    assert not selection.is_chosen
    asked.controllers.pictures.perform("copy_path")
    assert selection.is_chosen


def test_the_closeness_above_the_cut_off_is_that_of_the_list(
    begin: Begin, library: Home, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = begin(library, ONE_MODEL)
    told: list[list[float]] = []
    monkeypatch.setattr(player.bar.options, "show_closeness", told.append)
    player.ask(samples / CROP)
    player.settle()
    assert len(told) > 1, "after the answer, and with the proofs"
    assert told[-1] == [match.closeness for match in matches(player.column(LITE0))]


def test_what_is_proven_is_shown_at_once_with_other_options(
    asked: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    _Held(asked, monkeypatch).go.set()
    told: list[Result] = []
    asked.controllers.searching.proven.connect(told.append)
    asked.answer(asked.bar.look_twice.click)
    assert _card(asked.column(LITE0), ORIGINAL).corner_icon
    result = asked.controllers.searching.result
    assert result is not None
    asked.settle()
    assert all(later.same == result.same for later in told), "nothing more is proven"


def test_other_work_on_the_answer_does_not_wait_for_the_verification(
    begin: Begin, library: Home, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = begin(library, ONE_MODEL)
    held, prepared = _Held(player, monkeypatch), threading.Event()
    monkeypatch.setattr(player.workspace, "prepare_parts", prepared.set)
    searching = player.controllers.searching
    player.ask(samples / CROP)
    player.wait(lambda: len(held.tokens) == 1)
    with player.qtbot.waitSignal(searching.near_duplicates_found, timeout=20_000):
        player.bar.fold.click()
    player.wait(lambda: len(held.tokens) == 2)
    searching.prepare_parts()
    player.wait(prepared.is_set)
    held.go.set()
    player.settle()
    assert searching.result is not None
    assert searching.result.same


def test_where_nothing_can_be_verified_the_answer_stays_and_it_is_told_once(
    begin: Begin, library: Home, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> Iterator[Result]:
        yield from ()
        raise cannot_verify(ImportError("no OpenCV"))

    player = begin(library, ONE_MODEL)
    monkeypatch.setattr(player.workspace, "verify", failing)
    player.ask(samples / CROP)
    player.settle()
    assert "cannot be checked: no OpenCV." in player.notice()
    assert ORIGINAL in names(player.column(LITE0))
    player.window.notice.clear_unpinned()
    player.answer(lambda: player.drop(files(samples / CAT)))
    player.settle()
    assert player.notice() == ""


def test_the_next_query_ends_the_verification(
    begin: Begin, library: Home, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = begin(library, ONE_MODEL)
    held = _Held(player, monkeypatch)
    player.ask(samples / CROP)
    player.wait(lambda: len(held.tokens) == 1)
    player.answer(lambda: player.drop(files(samples / CAT)))
    assert held.tokens[0].is_set
    held.go.set()
    player.settle()
    result = player.controllers.searching.result
    assert result is not None
    assert all(
        "cheetah" in record.paths[0] for record in result.pictures() if record.id in result.same
    )
