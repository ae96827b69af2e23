"""The supported picture formats: file extensions, decoders, signatures."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from finder.core.pictures.mapped_file import Bytes

EXTENSIONS: Final = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".gif": "GIF",
    ".bmp": "BMP",
    ".dib": "BMP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".avif": "AVIF",
    ".heic": "HEIF",
    ".heif": "HEIF",
}
"""File extension (lower case) to the decoder's name. The extension only decides whether a file is
read; its content decides which decoder is used."""

_PILLOW_FORMATS: Final = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "AVIF")
_PLUGINS: Final = ("Jpeg", "Mpo", "Png", "WebP", "Gif", "Bmp", "Tiff", "Avif")
"""Pillow's modules that register these decoders; `Image.init` would import 30 more, in 16 ms."""


@cache
def decoders() -> tuple[str, ...]:
    """Pillow's names of the formats that may be decoded; HEIF only if pillow-heif can be loaded."""
    from PIL import Image

    for plugin in _PLUGINS:
        import_module(f"PIL.{plugin}ImagePlugin")
    names: list[str] = [name for name in _PILLOW_FORMATS if name in Image.OPEN]
    with suppress(ImportError):
        from pillow_heif import register_heif_opener

        register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
        names.append("HEIF")
    return tuple(names)


def is_heif(head: bytes) -> bool:
    """Whether the first 12 bytes are those of an ISO base media file with a HEIF brand
    (ISO/IEC 23008-12)."""
    return head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS


HEIF_BRANDS: Final = (
    *(b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"),
    *(b"mif1", b"msf1"),
)
"""The same brands that pillow-heif accepts."""


def has_picture_signature(data: bytes) -> bool:
    """Whether the first bytes are those of a supported format."""
    return (
        data.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8", *_TIFF))
        or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")
        or (data[:2] == b"BM" and data[6:10] == bytes(4))
        or is_heif(data[:12])
        or (data[4:8] == b"ftyp" and data[8:12] in (b"avif", b"avis"))
    )


_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def is_truncated(data: Bytes) -> bool:
    """Whether the end of a picture file is missing, according to its own headers.

    Only used to explain a failure (an interrupted download or other damage): some truncated files
    can still be decoded.
    """
    head = data[:8]
    if head.startswith(b"\xff\xd8"):
        return data.find(b"\xff\xd9") < 0
    if head.startswith(b"\x89PNG"):
        return data.find(b"IEND") < 0
    if head.startswith(b"GIF8"):
        return not data[-_GIF_PADDING:].rstrip(b"\0").endswith(b";")
    if head.startswith(b"BM"):
        return len(data) < int.from_bytes(data[2:6], "little")
    if head.startswith(b"RIFF"):
        return len(data) < 8 + int.from_bytes(data[4:8], "little")
    if head.startswith((b"II*", b"MM\0*")):
        return len(data) <= int.from_bytes(data[4:8], "little" if data[:1] == b"I" else "big")
    return data[4:8] == b"ftyp" and _is_box_truncated(data)


_GIF_PADDING = 65_536


def _is_box_truncated(data: Bytes) -> bool:
    """ISO/IEC 14496-12, 4.2: a size of 0 extends to the end, 1 is followed by a 64-bit size."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size < 8:
            return len(data) - at < 8
        at += size
    return at > len(data)
