"""A picture's caption and labels from its metadata: EXIF, IPTC, XMP, and PNG's texts.

Nothing in a file can make this fail or take long: what is too long, damaged or unreadable counts as
missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from PIL import ExifTags, Image

from finder.core.pictures.headers.format_headers import MAX_EXIF_BYTES
from finder.core.pictures.metadata.description import NOTHING, Description, make_description
from finder.core.pictures.metadata.iptc import decoded, read_iptc
from finder.core.pictures.metadata.xmp import read_xmp

_Texts = Mapping[str, list[str]]

_XP_TITLE, _XP_COMMENT, _XP_KEYWORDS, _XP_SUBJECT = 0x9C9B, 0x9C9C, 0x9C9E, 0x9C9F
_IPTC_IN_TIFF = 33723
_IPTC_IN_PHOTOSHOP = 0x0404
_PNG_TEXTS = {"title": "title", "headline": "headline", "caption": "description"} | {
    "description": "description",
    "subject": "description",
    "keywords": "keywords",
}
_MAX_TEXT_BYTES = 100_000
_IN_CAPTION = ("title", "headline", "description")


def describe(image: Image.Image) -> Description:
    """image: opened; it need not be loaded."""
    found: list[_Texts] = []
    for read in (_xmp, _iptc, _exif, _png):
        try:
            found.append(read(image))
        except Exception:  # damaged metadata can raise anything
            continue
    if not any(found):
        return NOTHING
    texts = [text for name in _IN_CAPTION for one in found for text in one.get(name, ())]
    labels = [label for one in found for label in _labels(one)]
    return make_description(texts, labels)


def _labels(texts: _Texts) -> Iterator[str]:
    yield from texts.get("subject", ())
    for path in texts.get("hierarchicalSubject", ()):  # “places|Vietnam|Hanoi”
        yield from path.split("|")
    for several in texts.get("keywords", ()):
        yield from several.replace(",", ";").split(";")


def _xmp(image: Image.Image) -> _Texts:
    packet = image.info.get("xmp")
    if isinstance(packet, str):
        packet = packet.encode()
    return read_xmp(packet) if isinstance(packet, bytes) else {}


def _iptc(image: Image.Image) -> _Texts:
    parts = image.info.get("photoshop")
    data = parts.get(_IPTC_IN_PHOTOSHOP) if isinstance(parts, dict) else None
    if data is None and image.format == "TIFF":
        data = image.getexif().get(_IPTC_IN_TIFF)
    return read_iptc(data) if isinstance(data, bytes) else {}


def _exif(image: Image.Image) -> _Texts:
    block = image.info.get("exif") or b""
    if len(block) > MAX_EXIF_BYTES or (image.format == "PNG" and not block):
        return {}  # for a PNG without, Pillow would decode it
    exif = image.getexif()
    inner = exif.get_ifd(ExifTags.IFD.Exif)
    found = {
        "title": [_utf_16(exif.get(_XP_TITLE))],
        "description": [
            _ascii(exif.get(ExifTags.Base.ImageDescription)),
            _utf_16(exif.get(_XP_SUBJECT)),
            _utf_16(exif.get(_XP_COMMENT)),
            _user_comment(inner.get(ExifTags.Base.UserComment)),
        ],
        "keywords": [_utf_16(exif.get(_XP_KEYWORDS))],
    }
    return {name: [text for text in texts if text] for name, texts in found.items()}


def _png(image: Image.Image) -> _Texts:
    if image.format != "PNG":
        return {}
    found: dict[str, list[str]] = {}
    for key, value in image.info.items():
        name = _PNG_TEXTS.get(str(key).lower())
        if name and isinstance(value, str) and len(value) <= _MAX_TEXT_BYTES:
            found.setdefault(name, []).append(_repaired(value))
    return found


# Encodings


def _ascii(value: Any) -> str:
    """Of EXIF's type ASCII, which many programs fill with UTF-8."""
    if isinstance(value, str):
        return _repaired(value)
    return decoded(value) if _is_short(value) else ""


def _repaired(text: str) -> str:
    """UTF-8 that was read as Latin-1."""
    try:
        return text[:_MAX_TEXT_BYTES].encode("latin-1").decode()
    except UnicodeError:
        return text[:_MAX_TEXT_BYTES]


def _utf_16(value: Any) -> str:
    """Of the tags that Windows writes."""
    data: bytes = bytes(value[:_MAX_TEXT_BYTES]) if isinstance(value, bytes | tuple) else b""
    return data.decode("utf-16-le", "replace").split("\0")[0]


def _user_comment(value: Any) -> str:
    """EXIF 2.32, 4.6.5 D: the first eight bytes name the encoding."""
    if isinstance(value, str):
        return _repaired(value)
    if not _is_short(value):
        return ""
    kind, text = value[:8].rstrip(b"\0 "), value[8:]
    if kind == b"UNICODE":
        return _utf_16_of_either_order(text)
    if kind == b"JIS":
        return text.decode("iso2022_jp", "replace")
    return decoded(text if kind in (b"ASCII", b"") else value)


def _utf_16_of_either_order(data: bytes) -> str:
    """Programs write it in the order of the file, of the processor, or with a mark."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    little = data[: len(data) // 2 * 2]
    zeros_behind = little[1::2].count(0) >= little[::2].count(0)
    return little.decode("utf-16-le" if zeros_behind else "utf-16-be", "replace")


def _is_short(value: Any) -> TypeGuard[bytes]:
    return isinstance(value, bytes) and len(value) <= _MAX_TEXT_BYTES
