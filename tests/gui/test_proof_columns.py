"""Proofs that reach the columns after their answer: badges, matches in front, what is listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from answers import result_of
from PIL import Image
from playing import matches, visible_text
from proof_scene import (
    ALL,
    CONTAINS,
    CROPPED,
    INSIDE,
    LATE,
    WHOLE,
    A,
    B,
    answer,
    card_of,
    ids,
    proven,
)
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from finder.core.pictures.transform import ORIENTATIONS, Orientation
from finder.core.search.distance import Metric
from finder.core.search.matches import Match, Standing
from finder.core.search.stacks import NearDuplicates
from finder.core.search.verify.sameness import Point, SameKind, Sameness
from finder.gui.results import proof_words
from finder.gui.results.details.details_panel import DetailsPanel
from finder.gui.results.details.standings_list import StandingRow
from finder.gui.results.folding_controller import FoldingController
from finder.gui.results.preview.preview_dialog import PreviewDialog
from finder.gui.results.preview.preview_facts import PreviewFacts
from finder.gui.results.results_panel import ResultsPanel
from finder.gui.theme.svg import icons_folder

ICON_NAMES = {path.stem for path in icons_folder().glob("*.svg")}


def test_the_proven_match_is_first_and_has_its_badge_in_every_column(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    folding.show_proofs(proven(answer(), LATE))
    best, a, _ = panel.columns
    assert ids(best)[:3] == [LATE, 1, 2]
    assert ids(a)[:3] == [1, 2, 3]
    for card in (card_of(best, 0), card_of(a, LATE - 1)):
        assert (card.corner, card.short_corner) == ("Contains your picture", "Contains")
        assert card.corner_icon == "maximize"
        assert set(card.outline) == set(INSIDE)
    assert card_of(best, 1).corner == ""


def test_the_badge_stands_for_the_word_of_closeness(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    panel.set_view("best")
    folding.show_proofs(proven(answer(), LATE))
    model = panel.columns[0].model
    assert [card_of(panel.columns[0], row).label for row in (0, 1)] == [
        "contains · 0",
        "distant · 0",
    ]
    spoken = model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    tip = model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    for words in (spoken, tip):
        assert "contains your picture" in words
        assert "87 % of the matched points agree" in words
        assert "distant" not in words


def test_what_is_proven_is_not_folded_behind_the_querys_own_file(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    shown = result_of({"a": ALL, "b": ALL}, ALL, own=1)
    panel.show_result(shown, [A, B], folding.begin(shown, [A, B]))
    folding.show_near_duplicates(NearDuplicates([(1, 3), (1, LATE), (1, 9), (LATE, 9)]))
    best, a, _ = panel.columns
    assert ids(best)[:3] == ids(a)[:3] == [1, 2, 4]
    folding.show_proofs(proven(shown, LATE, 9))
    assert ids(best)[:3] == [LATE, 1, 2], "3 is folded behind 1, and 9 behind the proven one"
    assert [card_of(best, row).stack for row in range(3)] == ["+1", "+1", ""]
    assert LATE in ids(a)
    assert 9 not in ids(a)


def test_a_proven_match_is_folded_behind_another_only_if_both_show_the_same(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    folding.show_near_duplicates(NearDuplicates([(3, LATE), (3, 9)]))
    shown, best = proven(answer(), 3, LATE, 9), panel.columns[0]
    folding.show_proofs(replace(shown, same={3: WHOLE, LATE: CONTAINS, 9: WHOLE}))
    assert ids(best)[:3] == [3, LATE, 1]
    assert card_of(best, 0).stack == "+1", "saved again"


def test_stacks_stay_open(panel: ResultsPanel, folding: FoldingController) -> None:
    best = panel.columns[0]
    folding.show_near_duplicates(NearDuplicates([(2, 20)]))
    best.view.stack_pressed.emit(1)
    folding.show_proofs(proven(answer(), LATE))
    assert ids(best)[:4] == [LATE, 1, 2, 20]


def test_what_the_filters_hide_stays_hidden(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    shown = result_of({"a": ALL, "b": ALL}, ALL, own=LATE)
    panel.show_result(shown, [A, B], folding.begin(shown, [A, B]))
    panel.set_hides_query(True)
    folding.show_proofs(proven(shown, LATE, 9))
    assert ids(panel.columns[0])[:3] == [9, 1, 2]


def test_the_cut_off_hides_no_proven_match_in_any_column(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    folding.show_proofs(proven(answer(), LATE))
    panel.set_cut_off(80)
    assert [ids(column) for column in panel.columns] == [[LATE]] * 3
    panel.set_cut_off(81)
    assert [ids(column) for column in panel.columns] == [[]] * 3


def test_a_picture_that_is_new_to_a_column_is_known_as_in_the_others(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    shown = result_of({"a": ALL, "b": ALL}, ALL[:5])
    panel.show_result(shown, [A, B], folding.begin(shown, [A, B]))
    record = shown.models["a"][LATE - 1].picture
    moved = replace(record, paths=("/moved/7.jpg",))
    panel.update_pictures({LATE: moved})
    first = Match(1, record, 0.5)
    folding.show_proofs(replace(shown, combined=[first, *shown.combined], same={LATE: CONTAINS}))
    assert matches(panel.columns[0])[0].picture == moved


def test_a_proven_match_that_is_offline_has_both_words(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    folding.show_proofs(proven(answer(), LATE))
    best = panel.columns[0]
    for picture in (match.picture for match in matches(best)[:2]):
        panel.update_pictures({picture.id: replace(picture, missing=frozenset(picture.paths))})
    card = card_of(best, 0)
    assert (card.corner, card.label) == (proof_words.title(CONTAINS), "offline · 0")
    assert card_of(best, 1).corner == "offline"


def test_the_querys_own_picture_keeps_its_badge(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    shown = result_of({"a": ALL, "b": ALL}, ALL, own=1)
    panel.show_result(shown, [A, B], folding.begin(shown, [A, B]))
    folding.show_proofs(proven(shown, 1, same=WHOLE))
    assert card_of(panel.columns[0], 0).corner == "Your query"


@pytest.mark.parametrize("kind", SameKind)
def test_each_kind_of_proof_has_words_and_an_icon(kind: SameKind) -> None:
    same = Sameness(kind, 1.0, INSIDE)
    assert proof_words.title(same).startswith("Same picture")
    assert proof_words.sentence(same).endswith(": 100 % of the matched points agree")
    assert proof_words.short_title(same)
    assert proof_words.icon_name(same) in ICON_NAMES


def test_a_match_that_shows_more_than_the_query_contains_it() -> None:
    assert (proof_words.title(CONTAINS), proof_words.short_title(CONTAINS)) == (
        "Contains your picture",
        "Contains",
    )
    assert (proof_words.title(CROPPED), proof_words.short_title(CROPPED)) == (
        "Same picture, cropped",
        "Cropped",
    )
    assert proof_words.icon_name(CONTAINS) in ICON_NAMES - {proof_words.icon_name(CROPPED)}


def test_where_pixels_were_compared_no_points_are_spoken_of() -> None:
    plain = replace(WHOLE, share=0.97, is_by_pixels=True)
    assert proof_words.sentence(plain) == "Same picture: 97 % of the pixels agree"


@pytest.mark.parametrize(
    "outline",
    [
        WHOLE.outline,
        ((1, 0), (0, 0), (0, 1), (1, 1)),
        ((0.01, 0.02), (0.99, 0.01), (0.98, 0.99), (0.02, 0.97)),
        ((-0.1, 0), (0.95, 0), (0.95, 1.2), (-0.1, 1.2)),
        ((-0.5, -1), (3, -1), (3, 2), (-0.5, 2)),
    ],
)
def test_where_the_query_is_nearly_all_of_the_match_no_outline_is_drawn(
    outline: tuple[Point, Point, Point, Point],
) -> None:
    assert not proof_words.outline_of(replace(WHOLE, outline=outline))
    assert not proof_words.outline_of(None)


def _sides(outline: Sequence[Point]) -> tuple[float, ...]:
    """Left, top, right, bottom."""
    across, down = zip(*outline, strict=True)
    return min(across), min(down), max(across), max(down)


def test_the_outline_is_what_both_show_and_is_closed() -> None:
    """Along the edges, too, where the query goes on beyond the match."""
    half = replace(CROPPED, outline=((0.5, -1), (2.5, -1), (2.5, 1), (0.5, 1)))
    assert _sides(proof_words.outline_of(half)) == pytest.approx((0.5, 0, 1, 1))
    assert _sides(proof_words.outline_in_query(half)) == pytest.approx((0, 0.5, 0.25, 1))
    assert _sides(proof_words.outline_of(CONTAINS)) == pytest.approx((0.2, 0.2, 0.7, 0.8))
    assert not proof_words.outline_in_query(CONTAINS), "the match shows all of it"
    assert not proof_words.outline_of(CROPPED), "the query shows all of it"


@pytest.mark.parametrize("turn", ORIENTATIONS, ids=str)
def test_a_query_that_is_shown_turned_has_its_corners_turned(turn: Orientation) -> None:
    """A picture whose corners have four colours, in a match that shows it upright."""
    colours = Image.fromarray(np.array([[0, 1], [2, 3]], np.uint8))
    (top_left, top_right), (bottom_left, bottom_right) = np.asarray(turn.apply(colours))
    corners = ((0.2, 0.2), (0.7, 0.2), (0.2, 0.8), (0.7, 0.8))
    turned = proof_words.turned_query(CONTAINS, turn)
    assert turned is not None
    assert turned.outline == tuple(
        corners[number] for number in (top_left, top_right, bottom_right, bottom_left)
    )
    assert proof_words.turned_query(None, turn) is None


def test_the_header_tells_quietly_that_matches_are_still_verified(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    header = panel.header
    before = visible_text(header)
    header.show_verifying(True)
    assert "3 columns · looking for copies…" in visible_text(header)
    folding.show_proofs(proven(answer(), LATE))
    assert "looking for copies…" in visible_text(header)
    header.show_verifying(False)
    assert visible_text(header) == before


def test_proofs_and_a_second_look_are_told_where_they_change_the_order(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    shown = replace(answer(), looked_twice=True)
    panel.show_result(shown, [A, B], folding.begin(shown, [A, B]))
    best, a, _ = panel.columns
    assert "looked twice" in visible_text(best.header)
    assert "looked twice" not in visible_text(a.header)
    assert "looked twice" not in visible_text(panel.header)
    words = "come before all others"
    assert words not in best.header.toolTip()
    folding.show_proofs(proven(shown, LATE))
    assert words in best.header.toolTip()
    assert words not in a.header.toolTip()
    panel.set_view("best")
    assert "of 2 models · looked twice" in visible_text(panel.header)
    panel.show_result(answer(), [A, B], folding.begin(answer(), [A, B]))
    assert "looked twice" not in visible_text(panel.header)


def test_the_details_have_the_badge_in_place_of_words_of_closeness(host: QWidget) -> None:
    details = DetailsPanel()
    details.setParent(host)
    details.resize(260, 560)
    details.show()
    details.show_picture(answer().combined[0].picture)
    standing = Standing(3, 0.482, 0.9, 20.0)
    row = StandingRow("Lite0", "", standing, Metric.EUCLIDEAN, has_word=False)
    details.show_standings([row], CONTAINS)
    QApplication.processEvents()
    assert details.proof.isVisible()
    assert details.proof.accessibleName() == "Contains your picture"
    assert details.proof.accessibleDescription() == "87 % of the matched points agree"
    assert "\n0.482" in visible_text(details)
    assert "distant" not in visible_text(details)
    details.show_standings([replace(row, has_word=True)])
    QApplication.processEvents()
    assert not details.proof.isVisible()
    assert "distant · 0.482" in visible_text(details)


def test_the_facts_do_not_move_when_a_match_is_proven(host: QWidget) -> None:
    details = DetailsPanel()
    details.setParent(host)
    details.resize(260, 700)
    details.show()
    details.show_picture(answer().combined[0].picture)
    row = StandingRow("Lite0", "", Standing(3, 0.482, 0.9, 20.0), Metric.EUCLIDEAN)
    tops = []
    for rows, same in (([row], None), ([row], CONTAINS), ((), None)):
        details.show_standings(rows, same)
        QApplication.processEvents()
        tops.append(details.facts_area.y() - details.name.geometry().bottom())
    assert tops[0] == tops[1]
    assert tops[2] < tops[0], "a picture of the library is never proven"


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_note_in_the_preview_can_be_read_beside_a_badge(host: QWidget) -> None:
    host.resize(900, 600)
    dialog = PreviewDialog(host, [])
    dialog.show()
    note = "Its file is not there now; this is its thumbnail."
    name = "a-long-name-as-cameras-give-them-20260101-120000.jpg"
    facts = PreviewFacts(name, "Rank 1 · 0.256 · EfficientNet", 1, 200, note, CONTAINS)
    dialog.show_facts(facts)
    QApplication.processEvents()
    assert dialog.width() == 900
    assert dialog.note.text().startswith("Its file is not there now; this is")
    dialog.close()


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_preview_has_the_badge_and_a_switch_for_the_outline(host: QWidget) -> None:
    dialog = PreviewDialog(host, [])
    dialog.show()
    dialog.show_facts(PreviewFacts("a.jpg", "Rank 1", 1, 2, same=CONTAINS))
    assert dialog.proof.isVisible()
    assert dialog.outline.isVisible()
    assert "87 % of the matched points agree" in dialog.stage.match.accessibleDescription()
    assert dialog.stage.shows_outline
    QTest.keyClick(dialog, Qt.Key.Key_O)
    assert not dialog.stage.shows_outline
    assert not dialog.outline.isChecked()
    dialog.show_facts(PreviewFacts("b.jpg", "Rank 2", 2, 2, same=WHOLE))
    assert dialog.proof.isVisible()
    assert not dialog.outline.isVisible(), "the query is all of the match"
    QTest.keyClick(dialog, Qt.Key.Key_O)
    dialog.show_facts(PreviewFacts("c.jpg", "Rank 3", 3, 3))
    assert not dialog.proof.isVisible()
    assert dialog.stage.match.accessibleDescription() == ""
    dialog.show_facts(PreviewFacts("a.jpg", "Rank 1", 1, 2, same=CONTAINS))
    assert not dialog.stage.shows_outline, "the choice is kept"
    dialog.outline.click()
    assert dialog.stage.shows_outline
    dialog.close()
