"""Folders of other machines that are mapped to folders here, in the window."""

from __future__ import annotations

from pathlib import Path

from making import outcome
from one_model import BY_HASH
from playing import Begin
from PySide6.QtCore import Qt

from finder.core.library.catalogue.filter.filter_text import parse_filter
from finder.core.library.server.store_settings import StoreSettings, write_store_settings
from finder.core.library.writer import LibraryWriter
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home


def test_a_mapped_folder_goes_away_and_comes_back(
    begin: Begin, home: Home, tmp_path: Path, hash_spec: ModelSpec
) -> None:
    share = tmp_path / "share"
    share.mkdir()
    (share / "mounted").touch()
    with LibraryWriter(home) as writer:
        writer.register_models([hash_spec])
        for number, path in enumerate(("nas-2:/mnt/photos/a.jpg", "nas-2:/srv/b.jpg")):
            writer.write_known([outcome(number, {}, path)])
    mappings = {"nas-2:/mnt/photos": str(share)}
    write_store_settings(home, StoreSettings(machine="here", mappings=mappings))
    player = begin(settings=BY_HASH)
    player.controllers.watching.start()
    page = player.window.library_page

    def listed() -> list[str]:
        rows = (page.model.index(row) for row in range(page.model.rowCount()))
        return [str(row.data(Qt.ItemDataRole.DisplayRole) or "") for row in rows]

    player.wait(lambda: listed() == ["a.jpg", "b.jpg, on nas-2"])
    player.window.filters.set_filter(parse_filter("available:elsewhere"))
    player.wait(lambda: listed() == ["b.jpg, on nas-2"])
    away = share.rename(tmp_path / "away")
    player.wait(lambda: listed() == ["a.jpg, offline", "b.jpg, on nas-2"])
    assert player.status() == f"{share} is offline; its pictures stay in the library."
    player.window.filters.set_filter(parse_filter("available:here"))
    player.wait(lambda: listed() == [])
    away.rename(share)
    player.wait(lambda: listed() == ["a.jpg"])
    assert player.window.library.folders.count() == 0
