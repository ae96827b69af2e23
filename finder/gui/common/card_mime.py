"""A card as the data of a drag: a file for others, a picture of the library for this program."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QUrl

from finder.gui.common.formatting import record_name

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord

_FORMAT = "application/x-image-finder-picture"


@dataclass(frozen=True)
class DraggedCard:
    """A picture of the library of this window."""

    picture: int
    name: str


def card_mime(record: PictureRecord) -> QMimeData:
    """Other programs get the file, if it is here; so does this program with another library."""
    mime = QMimeData()
    here = [path for path in record.paths if path not in record.missing]
    if here:
        mime.setUrls([QUrl.fromLocalFile(here[0])])
    text = f"{_token()}\n{record.id}\n{record_name(record)}"
    mime.setData(_FORMAT, text.encode("utf-8", "surrogateescape"))
    return mime


def card_in(mime: QMimeData) -> DraggedCard | None:
    """The card of this program that is dragged, if it is one."""
    if not mime.hasFormat(_FORMAT):
        return None
    text = bytes(mime.data(_FORMAT).data()).decode("utf-8", "surrogateescape")
    token, _, rest = text.partition("\n")
    picture, _, name = rest.partition("\n")
    return DraggedCard(int(picture), name) if token == _token() else None


@cache
def _token() -> str:
    """Tells the cards of this process from those of others."""
    return secrets.token_hex(8)
