"""An empty library: what the window offers, and what each offer does."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import copied
from playing import (
    BIRD,
    CAT,
    FAST,
    LITE0,
    SAMPLES,
    Begin,
    Player,
    files,
    names,
    picture_count,
    visible_text,
)
from PySide6.QtWidgets import QFileDialog

from finder.jobs import workspace


def test_an_empty_library_offers_a_folder_and_the_samples(player: Player) -> None:
    offered = player.page()
    assert "Add a folder…" in offered
    assert "Try the sample pictures" in offered
    assert "Paste" not in offered
    assert not player.window.library.folders.isVisible()
    assert not player.window.library.recent.isVisible()


def test_the_samples_are_one_click_away(player: Player) -> None:
    seen: list[tuple[int, int]] = []
    bar = player.window.library.progress.bar
    bar.valueChanged.connect(lambda value: seen.append((value, bar.maximum())))
    shown: list[str] = []
    progress = player.window.library.progress
    player.controllers.library.indexing.progressed.connect(
        lambda *_: shown.append(f"{visible_text(progress)}\n{progress.details}")
    )
    player.press("Try the sample pictures")
    player.indexed()
    values = [value for value, maximum in seen if maximum == SAMPLES]
    assert len(values) >= 3
    assert values == sorted(values)
    for words in ("of 80", "pictures/s", "left", "EfficientNet-Lite0: ", " of 80 files"):
        assert any(words in look for look in shown)
    assert player.status() == "80 pictures indexed."
    assert player.window.library.everything.row.count == 80
    player.wait(lambda: "80 pictures" in player.page())
    folders = player.window.library.folders
    assert [folders.item(row).text() for row in range(folders.count())] == ["samples"]
    assert folders.row_at(0).count == 80
    assert not player.window.library.progress.isVisible()
    assert picture_count(player.home, LITE0) == (SAMPLES, SAMPLES)


def test_a_dropped_folder_is_indexed(player: Player, samples: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    copied([samples / BIRD, samples / CAT], folder)
    player.drop(files(folder))
    player.indexed()
    assert picture_count(player.home, LITE0) == (2, 2)
    assert [state.path for state in player.controllers.library.overview.folders] == [str(folder)]


def test_a_chosen_folder_is_indexed(player: Player, samples: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    copied([samples / BIRD], folder)
    player.press("Add a folder…")
    dialog = player.dialog(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    assert dialog.directory().path() != str(Path.cwd()), "nobody keeps pictures there"
    dialog.fileSelected.emit(str(folder))
    dialog.reject()
    player.indexed()
    assert picture_count(player.home, LITE0) == (1, 1)


def test_a_query_in_an_empty_library_says_what_is_missing(
    player: Player, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only some of the samples are there, so that it takes no time."""
    monkeypatch.setattr(workspace, "samples_dir", lambda: samples / "birds")
    player.drop(files(samples / BIRD))
    player.wait(lambda: "The library is empty" in player.page())
    assert "Add a folder…" in player.page()
    player.press("Try the sample pictures", player.window.pages)
    player.wait(player.shows_results)
    player.settle()
    assert names(player.column(LITE0))[0] == Path(BIRD).name


def test_a_picture_on_the_command_line_is_searched_for(
    begin: Begin, library: object, samples: Path
) -> None:
    player = begin(settings=FAST, picture=str(samples / BIRD))
    player.wait(player.shows_results)
    assert player.query_name() == "kingfisher.jpg"
