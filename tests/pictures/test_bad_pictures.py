"""Whatever a file contains, the worst result is SkippedPicture."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import scan
from normal_user import plain_user
from picture_files import FORMATS, bad_files, encoded, noisy, png_of
from PIL import Image

from finder.core.errors import RETRIED, Reason, SkippedPicture
from finder.core.paths import samples_dir
from finder.core.pictures import file_reading as reading
from finder.core.pictures.decode import decode, read_file
from finder.core.pictures.formats import decoders, is_truncated

BAD = bad_files()


@pytest.mark.parametrize(
    ("data", "reason"), [(data, why) for _, data, why in BAD], ids=[name for name, *_ in BAD]
)
def test_a_bad_file_is_skipped_with_its_reason(data: bytes, reason: Reason, tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(data)
    with pytest.raises(SkippedPicture) as skipped:
        decode(read_file(str(path)), 320)
    assert skipped.value.reason is reason


def test_there_are_enough_kinds_of_bad_files() -> None:
    assert len({data for _, data, _ in BAD}) == len(BAD) >= 24


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_has_a_sentence_of_its_own(reason: Reason) -> None:
    assert reason.sentence().endswith(".")
    assert [r for r in Reason if r.sentence() == reason.sentence()] == [reason]


def test_temporary_reasons_are_retried() -> None:
    assert Reason.NO_PERMISSION in RETRIED
    assert not {Reason.DAMAGED, Reason.TRUNCATED, Reason.NOT_A_PICTURE, Reason.EMPTY} & RETRIED


def test_decode_refuses_empty_bytes() -> None:
    with pytest.raises(SkippedPicture) as skipped:
        decode(b"", 320)
    assert skipped.value.reason is Reason.EMPTY


@pytest.mark.parametrize("name", ["jpg", "heic"])
def test_without_the_heic_library_the_others_are_decoded(name: str) -> None:
    """In a process of its own, where the library is broken rather than missing."""
    picture = next(Path(__file__).parent.glob(f"heic/*.{name}"), None)
    code = """if True:
        import sys
        sys.modules["_pillow_heif"] = None
        from finder.core.errors import SkippedPicture
        from finder.core.pictures.decode import decode
        try:
            print(decode(open(sys.argv[1], "rb").read(), 320).facts.format)
        except SkippedPicture as skip:
            print(skip.reason)
    """
    path = picture or samples_dir() / "birds" / "scarlet-macaw.jpg"
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True)
    assert done.stdout.strip() == {"jpg": "JPEG", "heic": "needs-heif"}[name]


def test_heic_without_its_library_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(noisy(), "HEIF")
    decoders.cache_clear()
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    try:
        with pytest.raises(SkippedPicture) as skipped:
            decode(data, 320)
    finally:
        monkeypatch.undo()
        decoders.cache_clear()
    assert skipped.value.reason is Reason.NEEDS_HEIF
    assert decode(data, 320).facts.format == "HEIF"


@pytest.mark.parametrize("name", FORMATS)
def test_the_pixel_limit_is_kept_in_every_format(name: str) -> None:
    data = encoded(noisy(), name)
    with pytest.raises(SkippedPicture) as skipped:
        decode(data, 320, max_pixels=160 * 120 - 1)
    assert skipped.value.reason is Reason.TOO_MANY_PIXELS
    assert decode(data, 320, max_pixels=160 * 120).image.size == (160, 120)


def test_too_many_pixels_are_skipped_undecoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", refuse)
    with pytest.raises(SkippedPicture) as skipped:
        decode(png_of(20_000, 16_000, 1, 0, b"x"), 320)
    assert skipped.value.reason is Reason.TOO_MANY_PIXELS


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PermissionError(errno.EACCES, "no"), Reason.NO_PERMISSION),
        (FileNotFoundError(errno.ENOENT, "gone"), Reason.VANISHED),
        (OSError(errno.EIO, "Input/output error"), Reason.UNREADABLE),
        (OSError(errno.ESTALE, "Stale file handle"), Reason.UNREADABLE),
        (MemoryError(), Reason.OUT_OF_MEMORY),
    ],
)
def test_a_file_that_cannot_be_opened(
    error: Exception, reason: Reason, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise error

    (tmp_path / "x.jpg").touch()
    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(SkippedPicture) as skipped:
        read_file(str(tmp_path / "x.jpg"))
    monkeypatch.undo()
    assert skipped.value.reason is reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.EIO, "Input/output error"), Reason.UNREADABLE),
        (MemoryError(), Reason.OUT_OF_MEMORY),
    ],
)
def test_a_file_that_breaks_while_it_is_read(
    error: Exception, reason: Reason, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(b"x")

    class Broken(io.FileIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise error

    monkeypatch.setattr("builtins.open", lambda path, mode, opener: Broken(path))
    with pytest.raises(SkippedPicture) as skipped:
        read_file(str(path))
    monkeypatch.undo()
    assert skipped.value.reason is reason


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_forbidden_file_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    path.touch(mode=0)
    with plain_user(), pytest.raises(SkippedPicture) as skipped:
        read_file(str(path))
    assert skipped.value.reason is Reason.NO_PERMISSION


def test_a_vanished_file_is_skipped(tmp_path: Path) -> None:
    with pytest.raises(SkippedPicture) as skipped:
        read_file(str(tmp_path / "x.jpg"))
    assert skipped.value.reason is Reason.VANISHED


def test_a_folder_named_like_a_picture_is_walked_into_not_read(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").mkdir()
    assert list(scan(str(tmp_path))) == []
    with pytest.raises(SkippedPicture) as skipped:
        read_file(str(tmp_path / "x.jpg"))
    assert skipped.value.reason is Reason.NOT_A_PICTURE


def test_a_file_above_the_limit_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(b"12345")
    monkeypatch.setattr(reading, "MAX_BYTES", 5)
    assert read_file(str(path)) == b"12345"
    monkeypatch.setattr(reading, "MAX_BYTES", 4)
    with pytest.raises(SkippedPicture) as skipped:
        read_file(str(path))
    assert skipped.value.reason is Reason.TOO_LARGE


def test_too_little_memory_is_its_own_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise MemoryError

    data = encoded(noisy(), "PNG")
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", refuse)
    with pytest.raises(SkippedPicture) as skipped:
        decode(data, 320)
    assert skipped.value.reason is Reason.OUT_OF_MEMORY


@pytest.mark.parametrize("name", FORMATS)
def test_a_whole_file_does_not_end_early(name: str) -> None:
    assert not is_truncated(encoded(noisy(), name))


def _small_files() -> dict[str, bytes]:
    exif = Image.Exif()
    exif[0x112], exif[0x132] = 6, "2024:05:06 07:08:09"
    image = noisy(24, 16)
    files = {name: encoded(image, name) for name in FORMATS}
    files |= {f"{name} with EXIF": encoded(image, name, exif=exif) for name in ("JPEG", "PNG")}
    files |= {
        "JPEG, progressive": encoded(image, "JPEG", progressive=True),
        "TIFF, LZW": encoded(image, "TIFF", compression="tiff_lzw"),
        "TIFF, 16 bits": encoded(image.convert("I;16"), "TIFF"),
        "PNG, palette": encoded(image.convert("P"), "PNG", transparency=3),
        "WebP, lossy": encoded(image, "WEBP"),
        "GIF, transparent": encoded(image.convert("RGBA"), "GIF"),
    }
    return files


SMALL = _small_files()


@pytest.mark.parametrize("name", SMALL)
@given(data=st.data())
@settings(max_examples=40)
def test_a_mutated_file_is_decoded_or_skipped(name: str, data: st.DataObject) -> None:
    mutated = bytearray(SMALL[name])
    places = st.integers(0, len(mutated) - 1)
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=12)):
        mutated[place] = value
    end = data.draw(st.one_of(st.just(len(mutated)), st.integers(1, len(mutated))))
    try:
        decoded = decode(bytes(mutated[:end]), 8, max_pixels=1_000_000)
    except SkippedPicture as skip:
        assert skip.reason in (Reason.DAMAGED, Reason.TRUNCATED) or (
            skip.reason in (Reason.NOT_A_PICTURE, Reason.TOO_MANY_PIXELS)
        )
    else:
        assert decoded.image.mode == "RGB"


@given(st.binary(min_size=1, max_size=200))
@settings(max_examples=100)
def test_random_bytes_are_skipped(data: bytes) -> None:
    with pytest.raises(SkippedPicture):
        decode(data, 320)
