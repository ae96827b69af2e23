"""Thumbnails on the disk."""

from __future__ import annotations

import errno
import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from picture_files import smooth, worst
from PIL import Image

from finder.core.pictures.thumbnails import THUMB_SIDE, save_thumbnail, thumbnail_path

PICTURE = 0x0123456789ABCDEF


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_thumbs_are_spread_over_256_folders(tmp_path: Path) -> None:
    assert thumbnail_path(tmp_path, PICTURE) == tmp_path / "ef" / "0123456789abcdef.jpg"
    assert thumbnail_path(tmp_path, 0) == tmp_path / "00" / "0000000000000000.jpg"
    assert len({thumbnail_path(tmp_path, picture).parent for picture in range(1000)}) == 256


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((640, 480), (320, 240)),
        ((480, 640), (240, 320)),
        ((401, 401), (201, 201)),
        ((400, 100), (400, 100)),
        ((30, 20), (30, 20)),
        ((1, 1), (1, 1)),
        ((1, 5000), (1, 385)),
        ((5000, 1), (385, 1)),
    ],
)
def test_a_thumb_is_never_larger_than_its_picture_or_400_pixels(
    size: tuple[int, int], expected: tuple[int, int], tmp_path: Path
) -> None:
    assert max(expected) <= THUMB_SIDE == 400
    save_thumbnail(tmp_path, PICTURE, Image.new("RGB", size))
    assert files(tmp_path) == [thumbnail_path(tmp_path, PICTURE)]
    with Image.open(thumbnail_path(tmp_path, PICTURE)) as thumb:
        assert (thumb.size, thumb.format, thumb.mode) == (expected, "JPEG", "RGB")


def test_a_thumb_shows_its_picture_and_leaves_it_alone(tmp_path: Path) -> None:
    image = smooth(640, 480)
    save_thumbnail(tmp_path, PICTURE, image)
    with Image.open(thumbnail_path(tmp_path, PICTURE)) as thumb:
        assert worst(thumb, smooth(320, 240)) <= 8
    assert image.tobytes() == smooth(640, 480).tobytes()


def test_a_thumb_carries_no_metadata(tmp_path: Path) -> None:
    image = smooth(40, 30)
    exif = Image.Exif()
    exif[0x0112] = 6
    image.info |= {"exif": exif.tobytes(), "comment": b"secret", "icc_profile": b"x" * 200}
    save_thumbnail(tmp_path, PICTURE, image)
    with Image.open(thumbnail_path(tmp_path, PICTURE)) as thumb:
        assert not {"exif", "comment", "icc_profile"} & set(thumb.info)
    assert "exif" in image.info


def test_a_thumb_replaces_an_older_one(tmp_path: Path) -> None:
    for colour in ("red", "blue"):
        save_thumbnail(tmp_path, PICTURE, Image.new("RGB", (8, 8), colour))
    with Image.open(thumbnail_path(tmp_path, PICTURE)) as thumb:
        assert worst(thumb, Image.new("RGB", (8, 8), "blue")) <= 3
    assert len(files(tmp_path)) == 1


class _OnFullDisk(io.FileIO):
    def write(self, _: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("is_there", [False, True], ids=["new", "replaced"])
def test_a_failed_save_leaves_nothing_behind(
    is_there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_there:
        save_thumbnail(tmp_path, PICTURE, Image.new("RGB", (8, 8)))
    before = {path: path.read_bytes() for path in files(tmp_path)}
    opened = "finder.core.pictures.thumbnails.open"
    monkeypatch.setattr(opened, lambda path, _: _OnFullDisk(path, "x"), raising=False)
    with pytest.raises(OSError, match="No space left"):
        save_thumbnail(tmp_path, PICTURE, Image.new("RGB", (8, 8), "blue"))
    monkeypatch.undo()
    assert {path: path.read_bytes() for path in files(tmp_path)} == before


def test_a_failed_save_keeps_the_older_thumb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_thumbnail(tmp_path, PICTURE, Image.new("RGB", (8, 8), "red"))
    before = thumbnail_path(tmp_path, PICTURE).read_bytes()

    def fail(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(KeyboardInterrupt):
        save_thumbnail(tmp_path, PICTURE, Image.new("RGB", (8, 8), "blue"))
    monkeypatch.undo()
    assert thumbnail_path(tmp_path, PICTURE).read_bytes() == before
    assert len(files(tmp_path)) == 1


def test_threads_may_save_the_same_thumb_at_once(tmp_path: Path) -> None:
    image = smooth(480, 320)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: save_thumbnail(tmp_path, PICTURE, image), range(40)))
    assert files(tmp_path) == [thumbnail_path(tmp_path, PICTURE)]
    with Image.open(thumbnail_path(tmp_path, PICTURE)) as thumb:
        assert worst(thumb, smooth(240, 160)) <= 8
