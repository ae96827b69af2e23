"""No picture takes more memory than is documented before it is refused (docs/security.md)."""

from __future__ import annotations

import io
import os
import struct
import sys
from pathlib import Path
from typing import Any

import pytest
from forking import ForkedProcesses
from greedy_files import GREEDY, gif, run_length_bmp
from picture_files import FORMATS, encoded, noisy, worst
from PIL import Image

from finder.core.errors import Reason, SkippedPicture
from finder.core.limits import WORKER_MEMORY
from finder.core.pictures import decode as decoding
from finder.core.pictures import file_reading as reading
from finder.core.pictures.content_id import content_id
from finder.core.pictures.decode import decode, read_file
from finder.core.pictures.decode_limits import BudgetExceeded
from finder.core.pictures.formats import is_truncated
from finder.core.pictures.mapped_file import MappedFile

_PEAK = """
from pathlib import Path
from finder.core.errors import SkippedPicture
from finder.core.pictures.decode import decode

def most():
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1000

decode(Path(sys.argv[1]).read_bytes(), 320)
data = Path(sys.argv[2]).read_bytes()
Path("/proc/self/clear_refs").write_text("5")
before = most()
try:
    decode(data, 320)
except SkippedPicture as skip:
    print(skip.reason, skip.detail, file=sys.stderr)
print(most() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="measured as Linux does")
@pytest.mark.parametrize("name", GREEDY)
def test_a_greedy_file_gets_little_memory(
    name: str, tmp_path: Path, samples: Path, decoders: ForkedProcesses
) -> None:
    path = tmp_path / "greedy"
    path.write_bytes(GREEDY[name]())
    plain = next(iter(sorted((samples / "birds").iterdir())))
    done = decoders.run(_PEAK, plain, path)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 150, done.stderr


# What a worker leaves to a process of its own


@pytest.mark.parametrize(
    ("data", "memory_limit"),
    [
        (run_length_bmp(), 10**12),
        (encoded(noisy(400, 300), "PNG"), 400 * 300 * 4 - 1),
        (encoded(noisy(400, 300), "WEBP"), 400 * 300 * 20),
        (encoded(noisy(400, 300), "AVIF"), 400 * 300 * 14),
        (encoded(noisy(400, 300), "HEIF"), 400 * 300 * 12),
        (encoded(noisy(400, 300), "JPEG", progressive=True), 400 * 300 * 2),
    ],
    ids=["BMP", "PNG", "WEBP", "AVIF", "HEIF", "JPEG"],
)
def test_a_file_whose_header_asks_for_much_is_costly(data: bytes, memory_limit: int) -> None:
    with pytest.raises(BudgetExceeded):
        decode(data, 320, memory_limit=memory_limit)


@pytest.mark.parametrize("name", FORMATS)
def test_what_a_worker_may_spend_is_enough_for_usual_pictures(name: str) -> None:
    data = encoded(Image.new("RGB", (2_000, 1_500)), name, **FORMATS[name])
    assert decode(data, 320, memory_limit=WORKER_MEMORY // 4).facts.width == 2_000


def test_a_strip_is_decoded_in_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    image = noisy(90, 70).convert("RGBA")
    image.putalpha(noisy(90, 70).convert("L"))
    data = encoded(image, "PNG")
    whole = decode(data, 320).image
    monkeypatch.setattr(decoding, "_BAND_PIXELS", 90 * 8)
    assert worst(decode(data, 320).image, whole) == 0


# A GIF's first frame by itself


@pytest.mark.parametrize("options", [{}, {"transparency": 3}, {"interlace": 1}, {"disposal": 2}])
def test_the_first_frame_by_itself_is_what_pillow_shows(options: dict[str, Any]) -> None:
    frames = [noisy(64, 48).quantize(16), noisy(48, 40).quantize(16)]
    more = {"save_all": True, "append_images": frames[1:], "comment": b"c" * 700}
    data = encoded(frames[0], "GIF", **more, **options)
    with Image.open(io.BytesIO(data)) as shown:
        clear = Image.new("RGBA", shown.size, "white")
        clear.alpha_composite(shown.convert("RGBA"))
    assert worst(decode(data, 320).image, clear.convert("RGB")) == 0


def test_the_larger_one_of_screen_and_frame_counts() -> None:
    whole = bytearray(encoded(noisy(4, 4), "GIF"))
    whole[6:8] = b"\x09\0"
    assert decode(bytes(whole), 320, max_pixels=9 * 4).facts.width == 9
    with pytest.raises(SkippedPicture) as skip:
        decode(gif((4, 4), (4, 5)), 320, max_pixels=19)
    assert skip.value.reason is Reason.TOO_MANY_PIXELS


# Files that are mapped


@pytest.mark.parametrize("name", FORMATS)
def test_a_mapped_file_is_the_same_picture(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = encoded(noisy(), name, **FORMATS[name])
    path = tmp_path / "picture"
    path.write_bytes(data)
    monkeypatch.setattr(reading, "MAP_ABOVE", 10)
    mapped = read_file(str(path))
    assert isinstance(mapped, MappedFile)
    assert content_id(mapped) == content_id(data)
    assert worst(decode(mapped, 320).image, decode(data, 320).image) == 0
    assert not is_truncated(mapped)
    assert mapped.count(data[:2]) == data.count(data[:2])


def sparse(path: Path, head: bytes, size: int = 1_900_000_000) -> Path:
    path.write_bytes(head)
    os.truncate(path, size)
    return path


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"\xff\xd8\xff\xe0", Reason.DAMAGED),
        (encoded(noisy(), "JPEG"), Reason.TOO_LARGE),
        (encoded(noisy(), "PNG"), Reason.TOO_LARGE),
        (b"RIFF\0\0\0\0WEBPVP8 ", Reason.TOO_MANY_PIXELS),
        (b"", Reason.NOT_A_PICTURE),
    ],
    ids=["JPEG of zeros", "JPEG and zeros", "PNG and zeros", "WebP", "zeros"],
)
def test_endless_zeros_are_refused_unread(head: bytes, reason: Reason, tmp_path: Path) -> None:
    path = sparse(tmp_path / "picture", head)
    with pytest.raises(SkippedPicture) as skip:
        decode(read_file(str(path)), 320)
    assert skip.value.reason is reason


def test_a_link_in_a_pictures_place_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "link.jpg"
    (tmp_path / "picture.jpg").write_bytes(encoded(noisy(), "JPEG"))
    path.symlink_to("picture.jpg")
    assert read_file(str(path))
    with pytest.raises(SkippedPicture) as skip:
        read_file(str(path), follow_link=False)
    assert skip.value.reason is Reason.NOT_A_PICTURE


def test_a_heic_stream_larger_than_its_file_says_is_refused_by_the_library() -> None:
    """libheif has done so since 1.23, which is why an older pillow-heif is not enough."""
    data = bytearray(encoded(noisy(640, 480), "HEIF"))
    at = data.index(b"ispe") + 8
    data[at : at + 8] = struct.pack(">II", 16, 16)
    with pytest.raises(SkippedPicture) as skip:
        decode(bytes(data), 320)
    assert "exceeds the maximum image size" in skip.value.detail
