"""Text in pictures, with what really reads it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from written_pictures import needs_reader, written

from finder.core.errors import FinderError, Reason, SkippedPicture
from finder.core.pictures.decode import decode
from finder.core.text_recognition import text_reader
from finder.core.text_recognition.text_reader import (
    DECODE_SIDE,
    TextReader,
    engine_name,
    is_installed,
    open_reader,
)

pytestmark = needs_reader
LINES = ("Boarding gate closes early", "Total amount 42.90", "Wireless password: harvest")


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return open_reader()


def texts(reader: TextReader, image: Image.Image) -> list[str]:
    return [line.text for line in reader.read(image)]


@pytest.mark.parametrize("size", [14, 24, 60])
@pytest.mark.parametrize(("ink", "paper"), [("black", "white"), ("#dddddd", "#202028")])
def test_lines_are_read_from_top_to_bottom(
    reader: TextReader, size: int, ink: str, paper: str
) -> None:
    page = written(LINES, size, ink, paper, width=1100)
    assert texts(reader, page) == list(LINES)


def test_what_is_turned_a_little_is_read(reader: TextReader) -> None:
    page = written(LINES[:1], 32).rotate(7, Image.Resampling.BICUBIC, True, fillcolor="white")
    assert texts(reader, page) == list(LINES[:1])


def test_a_box_is_where_its_line_is(reader: TextReader) -> None:
    first, second, _ = reader.read(written(LINES, 24, width=640))
    height = 40 + 2 * 24 * 3
    for number, line in enumerate((first, second)):
        middle = (20 + 48 * number + 14) / height
        assert line.box.top < middle < line.box.bottom
        assert line.box.left == pytest.approx(30 / 640, abs=0.02)
        assert line.box.bottom - line.box.top < 48 / height
        assert 0.8 <= line.certainty <= 1


def test_every_line_of_a_tall_screenshot_is_read_once(reader: TextReader) -> None:
    lines = [f"message number {number}" for number in range(60)]
    assert texts(reader, written(lines, 20, width=720)) == lines


def test_a_line_across_a_very_wide_picture_is_read(reader: TextReader) -> None:
    wide = Image.new("RGB", (5_200, 600), "white")
    for left in (100, 2_400, 4_500):
        wide.paste(written(LINES[1:2], 30, width=500), (left, 200))
    assert texts(reader, wide) == [LINES[1]] * 3


def test_photographs_without_text_have_none(reader: TextReader, samples: Path) -> None:
    for path in sorted((samples / "birds").glob("*.jpg"))[:3]:
        assert texts(reader, decode(path.read_bytes(), DECODE_SIDE).image) == []


def test_what_is_in_no_known_script_is_left_out(reader: TextReader) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    assert texts(reader, Image.fromarray(noise)) == []


@pytest.mark.parametrize(
    "size", [(1, 1), (9, 3_000), (3_000, 9), (10, 9_000), (60_000, 12), (11, 11)]
)
def test_odd_sizes_are_no_failure(reader: TextReader, size: tuple[int, int]) -> None:
    assert texts(reader, Image.new("RGB", size, "white")) == []


def test_stripes_that_look_like_lines_are_no_failure(reader: TextReader) -> None:
    stripes = np.full((400, 1_600, 3), 255, np.uint8)
    stripes[::7] = 0
    assert all(line.certainty >= 0.8 for line in reader.read(Image.fromarray(stripes)))


def test_several_threads_read_the_same(reader: TextReader) -> None:
    pages = [written([line], 24) for line in LINES] * 4
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(lambda page: texts(reader, page), pages))
    assert read == [[line] for line in LINES] * 4


def test_a_failure_concerns_one_picture(
    reader: TextReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("odd shape")

    monkeypatch.setattr(reader, "_rapid", fail)
    with pytest.raises(SkippedPicture) as skipped:
        reader.read(written(LINES))
    assert skipped.value.reason is Reason.MODEL_ERROR
    assert "odd shape" in skipped.value.detail


def test_no_model_is_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    from rapidocr.utils.download_file import DownloadFile

    def fail(*_: object) -> None:
        raise AssertionError("a download")

    monkeypatch.setattr(DownloadFile, "run", fail)
    assert texts(open_reader(), written(LINES[:1])) == list(LINES[:1])


def test_the_engine_has_the_names_of_its_models() -> None:
    assert engine_name() == "PP-OCRv6_det_small PP-OCRv6_rec_small 1"


def test_without_the_package_the_command_that_installs_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(text_reader, "find_spec", lambda name: None)
    assert not is_installed()
    with pytest.raises(FinderError, match=r'pip install "image-finder\[ocr\]"'):
        open_reader()


def test_a_damaged_installation_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken_det_rec_.onnx"
    broken.write_bytes(b"no model")
    monkeypatch.setattr(text_reader, "_models", lambda: (broken, broken))
    with pytest.raises(FinderError, match=r"Text in pictures cannot be read: .*Install RapidOCR"):
        open_reader()


def test_a_strip_with_one_line_is_read(reader: TextReader) -> None:
    page = written(LINES[:1], 24, width=500)
    assert texts(reader, page.crop((20, 14, 420, 54))) == list(LINES[:1])


@pytest.mark.parametrize(("gigabytes", "threads"), [(1, 1), (8, 3), (64, 24)])
def test_no_more_threads_read_than_the_memory_allows(
    gigabytes: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_reader, "physical_memory", lambda: gigabytes * 10**9)
    assert text_reader.readers_at_once() == threads
