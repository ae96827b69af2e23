"""Reads the MIME data of a drop or of the clipboard; no file is opened here."""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QImage

from finder.core.i18n import tr
from finder.core.search.query.query_spec import LONGEST_TEXT
from finder.gui.common.card_mime import DraggedCard, card_in

_ENCODED = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "image/tiff")


class Use(Enum):
    """What a dropped picture is for: to search for it, or as an example beside the query."""

    SEARCH = auto()
    MORE = auto()
    LESS = auto()


@dataclass(frozen=True)
class DropData:
    """One of: a card of this window, local paths, an image, an image file's bytes, a picture's web
    address, words to search for; or an error, a sentence on why there is none."""

    card: DraggedCard | None = None
    paths: tuple[str, ...] = ()
    image: QImage | None = None
    data: bytes = b""
    url: str = ""
    words: str = ""
    error: str = ""


def read_mime(mime: QMimeData) -> DropData:
    """A card of this window first, then local files, image data (from a browser), `data:` URLs,
    paths as text; a link or words only if there is nothing else."""
    card = card_in(mime)
    if card is not None:
        return DropData(card=card)
    paths = local_paths(mime)
    if paths:
        return DropData(paths=paths)
    kind = _encoded_kind(mime)
    if kind:
        return DropData(data=bytes(mime.data(kind).data()))
    if mime.hasImage():
        image = mime.imageData()
        if isinstance(image, QImage) and not image.isNull():
            return DropData(image=image)
    found = read_text(first_text(mime))
    return read_words(mime) if found.words else found


def read_words(mime: QMimeData) -> DropData:
    """All of a text in one line, of a long one the beginning. An address that leads to no picture
    is not meant as words."""
    words = "" if mime.hasUrls() else " ".join(mime.text()[:LONGEST_TEXT].split())
    return DropData(words=words) if words else _nothing()


def local_paths(mime: QMimeData) -> tuple[str, ...]:
    return tuple(url.toLocalFile() for url in mime.urls() if url.isLocalFile())


def has_pixels(mime: QMimeData) -> bool:
    """Whether there is image data; it is not fetched from the other program."""
    return mime.hasImage() or _encoded_kind(mime) != ""


def first_text(mime: QMimeData) -> str:
    """The first address, or the first line of a text."""
    urls = [bytes(url.toEncoded().data()).decode() for url in mime.urls()]
    texts = urls or mime.text().strip().splitlines()[:1]
    return texts[0].strip() if texts else ""


def _encoded_kind(mime: QMimeData) -> str:
    return next((kind for kind in _ENCODED if mime.hasFormat(kind)), "")


def read_text(text: str) -> DropData:
    """A path, a link or a `data:` URL; words, if it is none of them."""
    if text.startswith("data:"):
        data = data_url_bytes(text)
        if data:
            return DropData(data=data)
        return DropData(error=tr("The dropped address does not lead to a picture."))
    if text.startswith("file:"):
        return DropData(paths=(QUrl(text).toLocalFile(),))
    if text.lower().startswith(("http://", "https://")) and len(text.split()) == 1:
        return DropData(url=text)
    unquoted = text.strip("\"'")
    if unquoted.startswith("~") or os.path.isabs(unquoted):
        return DropData(paths=(unquoted,))
    is_other_address = "://" in text and len(text.split()) == 1
    if text.strip() and not is_other_address:
        return DropData(words=" ".join(text.split()))
    return _nothing()


def _nothing() -> DropData:
    return DropData(error=tr("There is no picture in what was dropped or pasted."))


def data_url_bytes(url: str) -> bytes:
    """The bytes of a `data:` URL (RFC 2397) of an image type; empty if it is not one."""
    head, comma, body = url.removeprefix("data:").partition(",")
    if not comma or not head.lower().startswith("image/"):
        return b""
    raw = unquote_to_bytes(body)
    if not head.lower().endswith(";base64"):
        return raw
    try:
        return base64.b64decode(b"".join(raw.split()), validate=True)
    except binascii.Error:
        return b""
