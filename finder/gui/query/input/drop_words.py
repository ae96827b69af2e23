"""What dropping does, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.i18n import tr, trn
from finder.core.search.query.query_spec import MOST_QUERY_PICTURES
from finder.gui.query.input.drop_data import Use

if TYPE_CHECKING:
    from finder.gui.query.input.dragged import Dragged

_LONGEST = 60  # characters of dropped words


@dataclass(frozen=True)
class DropWords:
    """lines: what it does, too, and what should be known before."""

    icon: str
    title: str
    lines: tuple[str, ...] = ()
    is_usable: bool = True

    @property
    def spoken(self) -> str:
        """For screen readers."""
        return "\n".join((self.title, *self.lines))


def drop_words(dragged: Dragged, use: Use, query_pictures: int = 0) -> DropWords:
    """dragged: it is known. query_pictures: of the query that is shown, if one is."""
    if not dragged.is_usable:
        text = tr("Only pictures, words, folders and models can be dropped here")
        return DropWords("circle-alert", text, is_usable=False)
    before = 0 if use is Use.SEARCH else query_pictures
    if before + dragged.pictures > MOST_QUERY_PICTURES:
        text = tr("A search can have {n} pictures at most").format(n=MOST_QUERY_PICTURES)
        return DropWords("circle-alert", text, is_usable=False)
    done = _deeds(dragged, use, query_pictures > 0)
    (icon, title), more = done[0], tuple(text for _, text in done[1:])
    return DropWords(icon, title, (*more, *_remarks(dragged)))


def _deeds(dragged: Dragged, use: Use, has_query: bool) -> list[tuple[str, str]]:
    """Icons and texts; what is looked at most first."""
    kinds, done = dragged.kinds, []
    if dragged.words:
        done.append(("search", tr("Search for “{words}”").format(words=_short(dragged.words))))
    if dragged.pictures:
        done.append(_picture_deed(dragged, use, has_query))
    if kinds.folders:
        text = trn("Add this folder", "Add these {n} folders", len(kinds.folders))
        done.append(("folder-plus", text))
    if kinds.models:
        done.append(("layers", _model_deed((*kinds.models, *kinds.others))))
    return done


def _model_deed(paths: Sequence[str]) -> str:
    from finder.use_cases.models.word_files import sort_model_files

    files = sort_model_files(paths)
    if files.words and not files.left_out:
        return tr("Import this model with its words")
    return trn("Import this model", "Import the first of these {n} models", 1 + files.left_out)


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1].rstrip() + "…"


def _picture_deed(dragged: Dragged, use: Use, has_query: bool) -> tuple[str, str]:
    number = dragged.pictures
    if use is Use.MORE:
        return "thumbs-up", trn("More like this", "More like these {n} pictures", number)
    if use is Use.LESS:
        return "thumbs-down", trn("Less like this", "Less like these {n} pictures", number)
    if number > 1:
        return "scan-search", trn(
            "Search for this picture", "Search for these {n} pictures together", number
        )
    if dragged.link:
        return "download", tr("Download this picture and search for it")
    text = tr("Search for this instead") if has_query else tr("Search for this picture")
    return "scan-search", text


def _remarks(dragged: Dragged) -> list[str]:
    remarks = []
    if dragged.link:
        remarks.append(tr("You are asked before it is downloaded."))
    left_out = len(dragged.kinds.others)
    if left_out and not dragged.kinds.models:  # a model's weights may be among them
        remarks.append(
            trn("{n} other file is left out.", "{n} other files are left out.", left_out)
        )
    return remarks
