"""Thumbnails of other machines: only small JPEG files are kept, and none is replaced."""

from __future__ import annotations

import io
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from finder.core.library.server.places import Place
from finder.core.library.server.received_thumbnails import is_thumbnail, keep_thumbnails
from finder.core.library.thumbnail_store import ThumbnailStore, read_thumbnail
from finder.core.paths import Home


def _image(width: int, height: int, kind: str = "JPEG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, kind, quality=1)
    return file.getvalue()


SMALL = _image(40, 30)


def _place(picture: int, thumbnail: bytes = SMALL, machine: str = "two") -> Place:
    return Place(machine, f"/{picture}.jpg", 5, 0, picture, 1, None, thumbnail)


def _with_size(width: int, height: int) -> bytes:
    """A small file whose header says that the picture is large."""
    at = SMALL.index(b"\xff\xc0")
    return SMALL[: at + 5] + height.to_bytes(2, "big") + width.to_bytes(2, "big") + SMALL[at + 9 :]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff\xe0 no picture",
        SMALL[:30],
        _image(40, 30, "PNG"),
        _image(401, 5),
        _with_size(40, 401),
        _with_size(65_535, 65_535),
        SMALL + os.urandom(4_097 - len(SMALL)),
    ],
)
def test_what_is_no_thumbnail(data: bytes) -> None:
    assert not is_thumbnail(data)


def test_what_is_one() -> None:
    assert is_thumbnail(SMALL)
    assert is_thumbnail(_image(400, 400))
    assert is_thumbnail(SMALL + bytes(4_096 - len(SMALL)))


def test_they_are_kept_where_there_is_none(tmp_path: Path) -> None:
    home, own, other = Home(tmp_path), _image(9, 9), _image(8, 8)
    with closing(ThumbnailStore(home)) as store:
        store.put({1: own})
    places = {
        1: [_place(1)],
        2: [_place(2, b"bad", "three"), _place(2)],
        3: [_place(3, machine="here"), _place(3)],
        4: [_place(4, b"bad")],
        5: [_place(5, other), _place(5)],
    }
    keep_thumbnails(home, places, "here")
    kept = {picture: read_thumbnail(home, picture) for picture in places}
    assert kept == {1: own, 2: SMALL, 3: None, 4: None, 5: other}


def test_failures_are_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    home.thumbnails.mkdir(parents=True)  # cannot be opened
    keep_thumbnails(home, {1: [_place(1)]}, "here")

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(ThumbnailStore, "_write", full)
    keep_thumbnails(Home(tmp_path / "other"), {1: [_place(1)]}, "here")
