"""In the window: special files beside pictures, and names that no screen can show."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from playing import LITE0, Player, files, matches, picture_count
from PySide6.QtCore import Qt

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows allows no such names")


def test_the_window_indexes_such_a_folder(player: Player, samples: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    deep = folder.joinpath(*["d" * 200] * 18)
    deep.mkdir(parents=True)
    places = [
        *(folder / name for name in ("a.jpg", "A.jpg", "n" * 251 + ".jpg", "two\nlines.jpg")),
        *(folder / name for name in ("\u05d0\u202e\u05d1.jpg", "🏳️\u200d🌈.jpg")),
        deep / "deep.jpg",
    ]
    pictures = sorted((samples / "birds").glob("*.jpg"))
    for place, picture in zip(places, pictures, strict=True):
        shutil.copy(picture, place)
    odd = os.path.join(str(folder), os.fsdecode(b"no text \xff.jpg"))
    shutil.copy(samples / "cats" / "kitten.jpg", odd)
    os.link(places[0], folder / "again.jpg")
    os.mkfifo(folder / "pipe.jpg")
    (folder / "up").symlink_to(folder)
    (folder / "round.jpg").symlink_to(folder / "round.jpg")
    if os.geteuid() == 0:
        os.mknod(folder / "zero.jpg", 0o020_666, os.makedev(1, 5))

    player.drop(files(folder))
    player.indexed()
    assert picture_count(player.home, LITE0) == (8, 8)
    player.ask(deep / "deep.jpg")
    column = player.column(LITE0)
    found = {path for match in matches(column) for path in match.picture.paths}
    assert found == {*map(str, places), odd, str(folder / "again.jpg")}
    assert matches(column)[0].picture.paths == (str(deep / "deep.jpg"),)
    for row in range(column.model.rowCount()):
        index = column.model.index(row)
        column.view.setCurrentIndex(index)
        assert "\n" not in index.data()
        assert index.data(Qt.ItemDataRole.ToolTipRole)
    player.settle()

    player.drop(files(folder / "pipe.jpg"))
    player.wait(lambda: "pipe.jpg" in player.page() + player.notice())
    player.settle()
    player.window.library.folders.setCurrentRow(0)
    assert player.window.library.folders.row_at(0).count == 9
