"""Baselines in the window: chosen like a model, shown with their own distances."""

from __future__ import annotations

import re
from pathlib import Path

from playing import CAT, FAST, LITE0, Begin, Player, matches, names, visible_text

from finder.core.paths import Home
from finder.gui.results.match_model import MatchRole

HASH, PIXELS = "phash-64", "pixels"


def tick(player: Player, *chosen: str) -> None:
    for row in player.bar.models.rows:
        row.box.setChecked(row.spec.name in chosen)


def metrics(player: Player) -> list[str]:
    box = player.bar.metric_box
    return [box.itemData(at) for at in range(box.count())]


def index_with(player: Player, *chosen: str) -> None:
    for name in chosen:
        with player.qtbot.waitSignal(player.controllers.library.indexing.run_ended, timeout=40_000):
            player.bar.models.index_requested.emit(name)
    player.settle()


def test_they_are_listed_but_not_chosen(begin: Begin, library: Home) -> None:
    player = begin(library)
    rows = player.bar.models.rows
    assert [row.spec.is_baseline for row in rows] == [False] * 3 + [True] * 5
    assert not any(row.box.isChecked() or row.on.isChecked() for row in rows[3:])
    assert player.bar.models.text() == "Models: all 3"
    tick(player, *(row.spec.name for row in rows[:4]))
    assert player.bar.models.text() == "Models: all 3 + 1 baseline"


def test_the_metrics_offered_are_those_of_the_chosen_models(begin: Begin, library: Home) -> None:
    player = begin(library)
    usual = ["euclidean", "cosine", "ip"]
    assert metrics(player) == usual
    tick(player, LITE0, PIXELS)
    assert metrics(player) == [*usual, "l1"]
    tick(player, LITE0, PIXELS, HASH)
    assert metrics(player) == [*usual, "l1", "hamming"]
    player.bar.metric_box.setCurrentIndex(player.bar.metric_box.findData("l1"))
    tick(player, HASH)
    assert metrics(player) == ["hamming"]
    tick(player, PIXELS)
    assert metrics(player) == ["cosine", "l1"]
    assert player.bar.metric_box.currentData() == "l1"


def test_they_are_found_side_by_side_with_their_own_distances(
    begin: Begin, library: Home, samples: Path
) -> None:
    player = begin(library, FAST)
    index_with(player, HASH, PIXELS)
    tick(player, LITE0, HASH, PIXELS)
    player.ask(samples / "altered" / "cheetah--smaller.jpg")
    combined, lite, hashed, pixels = player.results.columns
    for column in (combined, lite, hashed, pixels):
        assert set(names(column)[:2]) == {"cheetah--smaller.jpg", Path(CAT).name}
    for column, measure in (
        (lite, "Euclidean distance"),
        (hashed, "Hamming distance, bits"),
        (pixels, "L1 distance"),
    ):
        assert re.search(r"agrees \d+ of 10", visible_text(column.header))
        assert f"Numbers: {measure}" in column.header.toolTip()
    number = hashed.model.index(1).data(MatchRole.NUMBER)
    assert number == f"{matches(hashed)[1].score:.0f}"
