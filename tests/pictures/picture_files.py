"""Picture files made for the tests, good and bad. All are made from numbers, the same each time."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from finder.core.errors import Reason
from finder.core.pictures.formats import decoders

Bytes = NDArray[np.uint8]

# Pillow's name of each format, and what makes it keep colours closely.
FORMATS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 98, "subsampling": 0},
    "PNG": {},
    "WEBP": {"lossless": True},
    "GIF": {},
    "BMP": {},
    "TIFF": {},
    "AVIF": {"quality": 98, "subsampling": "4:4:4"},
    "HEIF": {"quality": 98, "chroma": 444},
}


def encoded(image: Image.Image, name: str, **options: Any) -> bytes:
    decoders()  # has the HEIF encoder registered, too
    buffer = io.BytesIO()
    image.save(buffer, name, **options)
    return buffer.getvalue()


def smooth(width: int, height: int) -> Image.Image:
    """Red grows to the right, green downwards: no two corners are alike."""
    across = np.linspace(0, 255, width)[None, :].repeat(height, 0)
    down = np.linspace(0, 255, height)[:, None].repeat(width, 1)
    return Image.fromarray(np.stack([across, down, 255 - across], -1).round().astype(np.uint8))


def blocks() -> Image.Image:
    """96 × 64 pixels, 24 greys in blocks of 16 × 16: upright in one position only."""
    greys = np.arange(24, dtype=np.uint8).reshape(4, 6) * 10
    return Image.fromarray(greys.repeat(16, 0).repeat(16, 1)).convert("RGB")


def noisy(width: int = 160, height: int = 120) -> Image.Image:
    noise = np.random.default_rng(0).integers(-20, 20, (height, width, 3))
    return Image.fromarray(np.clip(pixels(smooth(width, height)) + noise, 0, 255).astype(np.uint8))


def pixels(image: Image.Image) -> NDArray[np.int64]:
    return np.asarray(image).astype(np.int64)


def worst(image: Image.Image, reference: Image.Image) -> int:
    """The largest difference of any channel of any pixel."""
    assert image.size == reference.size
    return int(np.abs(pixels(image) - pixels(reference)).max())


def png(rows: NDArray[Any], depth: int, colour: int, transparent: bytes = b"") -> bytes:
    """A PNG by hand (ISO/IEC 15948): what Pillow cannot write, or should not."""
    height, width = rows.shape[:2]
    scanlines = b"".join(b"\0" + row.tobytes() for row in rows)
    return png_of(width, height, depth, colour, zlib.compress(scanlines), transparent)


def png_of(
    width: int, height: int, depth: int, colour: int, stream: bytes, transparent: bytes = b""
) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"tRNS", transparent) if transparent else b"",
            _chunk(b"IDAT", stream) if stream else b"",
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def truncated_files() -> dict[str, bytes]:
    """Every format, broken off in its header, in its first half and near its end."""
    cut = {}
    for name in FORMATS:
        whole = encoded(noisy(), name)
        for part in (0.02, 0.3, 0.9):
            cut[f"{name} cut at {part:.0%}"] = whole[: int(len(whole) * part)]
    return cut


def bad_files() -> list[tuple[str, bytes, Reason]]:
    """(what is wrong, the bytes, the reason it must be skipped for)."""
    return [
        ("empty", b"", Reason.EMPTY),
        *[(name, data, Reason.TRUNCATED) for name, data in truncated_files().items()],
        *[(name, data, Reason.TRUNCATED) for name, data in _heads().items()],
        *[(name, data, Reason.DAMAGED) for name, data in _damaged().items()],
        *[(name, data, Reason.TOO_MANY_PIXELS) for name, data in _absurd().items()],
        *[(name, data, Reason.NOT_A_PICTURE) for name, data in _foreign().items()],
    ]


def _heads() -> dict[str, bytes]:
    jpeg, gif, avif = (encoded(noisy(), name) for name in ("JPEG", "GIF", "AVIF"))
    tiff, bmp = encoded(noisy(), "TIFF"), encoded(noisy(), "BMP")
    return {
        "JPEG, header only": jpeg[:20],
        "JPEG, three bytes": jpeg[:3],
        "JPEG, progressive, half": encoded(noisy(), "JPEG", progressive=True)[:2000],
        "PNG, signature only": encoded(noisy(), "PNG")[:8],
        "GIF, header only": gif[:6],
        "GIF, no frame": gif[:13],
        "WebP, lossless, half": encoded(noisy(), "WEBP", lossless=True)[:5000],
        "AVIF, first box cut": avif[:20],
        "TIFF, directory beyond the end": tiff[:4] + struct.pack("<I", 0xFFFFFFF0) + tiff[8:],
        "TIFF, LZW, half": encoded(noisy(), "TIFF", compression="tiff_lzw")[:10_000],
        "BMP, ten times as high as it is": bmp[:22] + struct.pack("<i", 1200) + bmp[26:],
    }


def _damaged() -> dict[str, bytes]:
    noise = np.random.default_rng(1).bytes(5000)
    jpeg, whole, gif, tiff, bmp, webp, avif = (
        encoded(noisy(), name) for name in ("JPEG", "PNG", "GIF", "TIFF", "BMP", "WEBP", "AVIF")
    )
    tables, frame, codes = (jpeg.index(mark) for mark in (b"\xff\xdb", b"\xff\xc0", b"\xff\xc4"))
    media = avif.index(b"mdat") + 4
    return {
        "JPEG, broken code tables": jpeg[: codes + 5] + b"\xff" * 16 + jpeg[codes + 21 :],
        "JPEG, no size": jpeg[: frame + 5] + bytes(4) + jpeg[frame + 9 :],
        "JPEG, no quantisation tables": jpeg[:tables] + jpeg[frame:],
        "PNG, broken CRC of its header": whole[:29] + bytes([whole[29] ^ 255]) + whole[30:],
        "PNG, broken stream": png_of(32, 32, 8, 2, b"this is no zlib stream " * 10),
        "PNG, no stream": png_of(32, 32, 8, 2, b""),
        "PNG, no width": png_of(0, 10, 8, 2, zlib.compress(bytes(100))),
        "PNG, unknown depth": png_of(10, 10, 7, 2, zlib.compress(bytes(100))),
        "GIF, no frame but an end": b"GIF89a" + struct.pack("<HHBBB", 9, 9, 0, 0, 0) + b";",
        "GIF, broken codes": gif[:789] + bytes([200]) + noise + b";",
        "TIFF, directory amid the pixels": tiff[:4] + struct.pack("<I", 1001) + tiff[8:],
        "BMP, 19 bits a pixel": bmp[:28] + b"\x13\0" + bmp[30:],
        "WebP, no chunk": b"RIFF" + struct.pack("<I", 4) + b"WEBP",
        "WebP, scrambled": webp[:40] + (noise * 20)[: len(webp) - 40],
        "AVIF, scrambled": avif[:media] + (noise * 20)[: len(avif) - media],
    }


def _absurd() -> dict[str, bytes]:
    """Headers of more pixels than are allowed; what follows is short."""
    jpeg, gif, bmp = (encoded(noisy(), name) for name in ("JPEG", "GIF", "BMP"))
    frame = jpeg.index(b"\xff\xc0")
    stream = zlib.compress(bytes(100))
    return {
        "PNG, 100,000 × 100,000": png_of(100_000, 100_000, 8, 2, stream),
        "PNG, 320 million bits": png_of(20_000, 16_000, 1, 0, stream),
        "JPEG, 65,500 × 65,500": jpeg[: frame + 5] + b"\xff\xdc\xff\xdc" + jpeg[frame + 9 :],
        "GIF, 65,535 × 65,535": gif[:6] + b"\xff\xff\xff\xff" + gif[10:],
        "BMP, 100,000 × 100,000": bmp[:18] + struct.pack("<ii", 100_000, 100_000) + bmp[26:],
    }


def _foreign() -> dict[str, bytes]:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.jpg", encoded(noisy(), "JPEG"))
    psd = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, 10, 10, 8, 3) + bytes(14) + bytes(300)
    return {
        "text": b"This is no picture.\n" * 20,
        "HTML": b"<!DOCTYPE html><html><body>404</body></html>",
        "SVG": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9"/>',
        "random bytes": np.random.default_rng(2).bytes(5000),
        "zero bytes": bytes(5000),
        "a zip": archive.getvalue(),
        "PSD": psd,
        "WAV": b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt " + bytes(28),
        "MP4": b"\0\0\0\x18ftypisom\0\0\2\0isommp41\0\0\0\x10mdat" + bytes(8),
        **{name: encoded(noisy(), name) for name in ("PDF", "EPS", "PPM", "TGA", "PCX", "ICO")},
    }
