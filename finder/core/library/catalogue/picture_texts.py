"""The texts that a picture is found by: of its files' names and folders, of its metadata, and in
the picture itself.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from finder.core.library.catalogue.path_parts import split_path
from finder.core.library.catalogue.records import machine_of
from finder.core.library.catalogue.word_folding import BREAK, folded_words

MAX_PLACES = 200
"""Files of one picture by whose names it is found."""
_MAX_RECOGNISED = 20_000  # characters

_SEPARATORS = re.compile(r"[/\\]")
_JOINED = f" {BREAK} "


@dataclass(frozen=True)
class PictureTexts:
    """names: of its files; folders: of each, the names of the folders around it, from the library's
    own on, beginning with that; recognised: the lines of text in it."""

    names: tuple[str, ...] = ()
    folders: tuple[tuple[str, ...], ...] = ()
    labels: tuple[str, ...] = ()
    caption: str = ""
    recognised: tuple[str, ...] = ()

    @property
    def folded(self) -> tuple[str, str, str, str, str]:
        """The words of names, folders, labels, caption and recognised text, for the index."""
        return (
            _words(dict.fromkeys(self.names)),
            _of_folders(self.folders),
            _words(self.labels),
            _words([self.caption]),
            " ".join(folded_words("\n".join(self.recognised)[:_MAX_RECOGNISED])),
        )


def read_texts(
    db: sqlite3.Connection, picture: int, paths: Sequence[bytes], library: Sequence[str]
) -> PictureTexts:
    """Of a picture with these files. library: its folders."""
    known = [split_path(os.fsdecode(path)) for path in paths[:MAX_PLACES]]
    rows = db.execute(_DESCRIBED, {"picture": picture})
    caption, labels, recognised = rows.fetchone()
    return PictureTexts(
        names=tuple(name for _, name in known),
        folders=tuple(folder_names(folder, library) for folder in dict(known)),
        labels=tuple(_strings(labels)),
        caption=caption or "",
        recognised=tuple((recognised or "").splitlines()),
    )


_DESCRIBED = (
    "SELECT (SELECT caption FROM description WHERE picture = :picture),"
    " (SELECT labels FROM description WHERE picture = :picture),"
    " (SELECT text FROM recognised_text WHERE picture = :picture)"
)


def folder_names(folder: str, library: Sequence[str]) -> tuple[str, ...]:
    """The names in a folder's path, from the library's folder on that it is in; of a folder of
    another machine all of them."""
    around = [one for one in library if folder == one or folder.startswith(_inside(one))]
    if not around:
        machine = machine_of(folder)
        return _names(folder[len(machine) + 1 :] if machine else folder)
    outermost = min(around, key=len)
    return _names(os.path.basename(outermost) + os.sep + folder[len(outermost) :])


def _inside(folder: str) -> str:
    return folder.rstrip(os.sep) + os.sep


def _names(path: str) -> tuple[str, ...]:
    names = _SEPARATORS.split(path) if os.sep == "\\" or "/" not in path else path.split("/")
    return tuple(name for name in names if name and not name.endswith(":"))


def _strings(text: str | None) -> list[str]:
    """Of a JSON list; none of one that is damaged."""
    with suppress(ValueError):
        found = json.loads(text or "[]")
        if isinstance(found, list):
            return [one for one in found if isinstance(one, str)]
    return []


@lru_cache(maxsize=8_192)
def _of_folders(folders: tuple[tuple[str, ...], ...]) -> str:
    """Many pictures are in the same."""
    return _words(dict.fromkeys(name for names in folders for name in names))


def _words(texts: Iterable[str]) -> str:
    return _JOINED.join(" ".join(words) for text in texts if (words := folded_words(text)))
