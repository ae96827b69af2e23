"""A picture that was found by words: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.pictures.transform import Box


class Where(StrEnum):
    """Where words were found; PICTURE: in the text that was recognised in it. In the order of the
    results."""

    NAME = "name"
    FOLDER = "folder"
    LABEL = "label"
    CAPTION = "caption"
    PICTURE = "picture"


@dataclass(frozen=True)
class NameMatch:
    """A picture that has the words of a query.

    where: the last of the places, in their order, that is needed for all of its words; words: the
    text there, to be shown; boxes: of a text in the picture, its lines with the words; has_all:
    whether every word of the query was found, apart from those like “the” and “with”.
    """

    picture: PictureRecord
    where: Where
    words: str
    boxes: tuple[Box, ...] = ()
    has_all: bool = True
