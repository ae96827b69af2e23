"""The log file: made when there is something to log, and never a reason to fail."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import output_of
from PIL import ExifTags, Image

from finder.core.log import NAME, start_log, stop_log
from finder.core.models.spec import DEFAULT_MODEL
from finder.core.paths import Home

_LOG = logging.getLogger(f"{NAME}.test")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    logger = logging.getLogger(NAME)
    before = logger.level, logger.propagate
    yield
    stop_log()
    logger.setLevel(before[0])
    logger.propagate = before[1]


def test_the_file_is_made_with_the_first_record(home: Home) -> None:
    start_log(home)
    assert not home.log.exists()
    _LOG.warning("one")
    _LOG.info("two")
    _LOG.debug("three")
    stop_log()
    _LOG.warning("four")
    said = [line.rsplit(" ", 1)[-1] for line in home.log.read_text().splitlines()]
    assert said == ["one", "two"]


def test_starting_twice_logs_everything_once(home: Home) -> None:
    start_log(home)
    start_log(home)
    _LOG.warning("once")
    assert home.log.read_text().count("once") == 1


def test_without_a_writable_home_the_program_starts(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.root.write_text("a file where the folder should be")
    start_log(home)
    _LOG.warning("lost")
    assert capsys.readouterr() == ("", "")


def test_it_rotates_and_stays_small(home: Home) -> None:
    start_log(home)
    for number in range(6_000):
        _LOG.info("%d %s", number, "x" * 1_000)
    stop_log()
    kept = sorted(home.log.parent.iterdir())
    assert [path.name for path in kept] == [home.log.name + end for end in ("", ".1", ".2", ".3")]
    assert all(path.stat().st_size <= 1_000_000 for path in kept)
    assert " 5999 x" in home.log.read_text()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
def test_a_full_disk_prints_nothing_on_the_terminal(
    home: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    home.log.parent.mkdir(parents=True)
    home.log.symlink_to("/dev/full")
    start_log(home)
    for _ in range(3):
        _LOG.warning("lost")
    stop_log()
    assert capfd.readouterr() == ("", "")


def test_it_has_no_picture_data(tmp_path: Path, home: Home) -> None:
    """Not of a damaged picture either, whatever is logged while the library is repaired."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    words = "words-in-the-picture"
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = exif[ExifTags.Base.DateTime] = words
    Image.effect_noise((300, 200), 60).save(folder / "whole.jpg", exif=exif)
    data = (folder / "whole.jpg").read_bytes()
    assert words.encode() in data
    (folder / "half.jpg").write_bytes(data[: len(data) // 2])
    (folder / "words.png").write_text(words)
    output_of("index", "--model", DEFAULT_MODEL, folder, home=home)
    for matrix in home.nearest.glob("*.f32"):
        matrix.write_bytes(bytes(matrix.stat().st_size))
    output_of("search", folder / "whole.jpg", home=home)
    output_of("check", "--repair", home=home)
    logged = "".join(path.read_text() for path in home.log.parent.iterdir())
    assert "matrix" in logged
    assert words not in logged
