"""Where the words of a query were found, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from finder.core.i18n import tr, trn
from finder.core.library.words.name_match import Where
from finder.core.printable import printable
from finder.core.search.matches import Match

if TYPE_CHECKING:
    from finder.core.library.words.name_match import NameMatch

NAMES: Final = ":names"
"""The key of the column; no model can have this name."""
_LONGEST = 200  # characters that are shown of a long text


def as_matches(names: Iterable[NameMatch]) -> Sequence[Match]:
    """As rows of a column. Their score tells them from the rows of models."""
    return [Match(rank, name.picture, -1.0) for rank, name in enumerate(names, 1)]


def number_words(number: int, most: int) -> str:
    """How many pictures were found. most: so many were asked for; 0: all."""
    if most and number >= most:
        return trn("{n} or more pictures", "{n} or more pictures", number)
    return trn("{n} picture", "{n} pictures", number)


def place(where: Where) -> str:
    """In one word."""
    return {
        Where.NAME: tr("Name"),
        Where.FOLDER: tr("Folder"),
        Where.LABEL: tr("Label"),
        Where.CAPTION: tr("Caption"),
        Where.PICTURE: tr("Text"),
    }[where]


def card_words(found: NameMatch) -> str:
    """For a card: the place, and what is there."""
    return tr("{place}: {words}").format(place=place(found.where), words=_text(found))


def sentence(found: NameMatch) -> str:
    """For a tool tip, and for screen readers."""
    said = {
        Where.NAME: tr("Found in its name: {words}"),
        Where.FOLDER: tr("Found in the name of its folder: {words}"),
        Where.LABEL: tr("Found in its label: {words}"),
        Where.CAPTION: tr("Found in its caption: {words}"),
        Where.PICTURE: tr("Found in the text in the picture: {words}"),
    }[found.where]
    text = said.format(words=_text(found))
    return text if found.has_all else tr("{text} (not all of the words)").format(text=text)


def _text(found: NameMatch) -> str:
    text = " ".join(printable(found.words).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
