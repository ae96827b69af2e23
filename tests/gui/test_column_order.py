"""The order of the columns, and which are hidden."""

from __future__ import annotations

from finder.gui.results.compare.column_order import ColumnOrder

KEYS = ["", "a", "b", "c"]


def test_as_they_come_without_an_arrangement() -> None:
    assert ColumnOrder().shown(KEYS) == KEYS
    assert ColumnOrder().shown(["a"]) == ["a"]
    assert ColumnOrder().shown([]) == []


def test_a_column_changes_places_with_its_neighbour() -> None:
    order = ColumnOrder().moved("a", 1, KEYS)
    assert order.shown(KEYS) == ["", "b", "a", "c"]
    assert order.moved("c", -1, KEYS).shown(KEYS) == ["", "b", "c", "a"]
    assert order.moved("a", -1, KEYS).shown(KEYS) == KEYS


def test_it_stops_at_the_ends_and_never_passes_the_combined_one() -> None:
    order = ColumnOrder()
    assert not order.can_move("a", -1, KEYS)
    assert not order.can_move("c", 1, KEYS)
    assert not order.can_move("", 1, KEYS)
    assert not order.can_move("unknown", 1, KEYS)
    assert order.can_move("a", 1, KEYS)


def test_a_column_jumps_over_hidden_ones() -> None:
    order = ColumnOrder().with_hidden("b").moved("a", 1, KEYS)
    assert order.shown(KEYS) == ["", "c", "a"]
    assert order.with_all().shown(KEYS) == ["", "c", "b", "a"]


def test_hidden_columns_come_back_where_they_were() -> None:
    order = ColumnOrder().with_hidden("a")
    assert order.shown(KEYS) == ["", "b", "c"]
    assert order.arranged(KEYS) == KEYS
    assert order.with_all().shown(KEYS) == KEYS


def test_the_last_model_cannot_be_hidden() -> None:
    order = ColumnOrder().with_hidden("a").with_hidden("b")
    assert not order.can_hide("c", KEYS)
    assert not ColumnOrder().can_hide("", KEYS)
    assert ColumnOrder().can_hide("c", KEYS)


def test_if_all_chosen_models_are_hidden_they_are_shown() -> None:
    order = ColumnOrder(hidden=("a", "b"))
    assert order.shown(["", "a", "b"]) == ["", "a", "b"]
    assert order.shown(["a"]) == ["a"]


def test_models_that_are_not_chosen_now_keep_their_place() -> None:
    order = ColumnOrder(("c", "b", "a"))
    moved = order.moved("a", -1, ["", "b", "a"])
    assert moved.shown(["", "a", "b"]) == ["", "a", "b"]
    assert moved.shown(KEYS)[1:].index("a") < moved.shown(KEYS)[1:].index("b")
    assert set(moved.order) == {"a", "b", "c"}


def test_a_new_model_follows_at_the_end() -> None:
    assert ColumnOrder(("c", "a")).shown(["", "a", "b", "c"]) == ["", "c", "a", "b"]
