"""The text that was recognised in pictures, line by line."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.library.catalogue.records import below, reason_of
from finder.core.library.catalogue.schema import row_crc
from finder.core.pictures.scan import FoundFile
from finder.core.pictures.transform import Box

if TYPE_CHECKING:
    from finder.core.errors import Reason


@dataclass(frozen=True)
class TextLine:
    """box: in the upright picture."""

    text: str
    box: Box


@dataclass(frozen=True)
class RecognisedText:
    """engine: the name and version of what recognised it; lines: none where there is no text;
    reason: why it could not be read, so that the engine does not try again."""

    engine: str
    lines: tuple[TextLine, ...] = ()
    reason: Reason | None = None

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True)
class TextCounts:
    """Numbers of pictures. looked_at: by any engine, with those that failed."""

    looked_at: int = 0
    with_text: int = 0
    failed: int = 0


class RecognisedTextTable:
    """One text for each picture. A method that changes something does not commit."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def put(self, picture: int, recognised: RecognisedText) -> None:
        """Store the text of a picture of the library, in place of an earlier one."""
        reason = None if recognised.reason is None else str(recognised.reason)
        text, lines = _storable(recognised.text), _as_json(recognised.lines)
        row = picture, recognised.engine, text, lines, reason
        self._db.execute(
            "INSERT INTO recognised_text VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " engine = excluded.engine, text = excluded.text, lines = excluded.lines,"
            " reason = excluded.reason, crc = excluded.crc",
            (*row, row_crc(*row)),
        )

    def get(self, pictures: Iterable[int]) -> dict[int, RecognisedText]:
        """The texts of those of the pictures that have been looked at."""
        found = {}
        query = "SELECT engine, lines, reason FROM recognised_text WHERE picture = ?"
        for picture in dict.fromkeys(pictures):
            for engine, lines, reason in self._db.execute(query, (picture,)):
                why = reason_of(reason) if reason else None
                found[picture] = RecognisedText(engine, _lines(lines), why)
        return found

    def missing_below(self, folder: str, engine: str) -> dict[int, FoundFile]:
        """The pictures with a file in the folder that this engine has not looked at, each with the
        first of its files there."""
        if self._has_all(engine):
            return {}
        where, bounds = below(folder)
        rows = self._db.execute(
            f"SELECT picture, MIN(path), size, mtime_ns FROM file WHERE {where}"
            " AND picture NOT NULL AND NOT EXISTS (SELECT 1 FROM recognised_text r"
            " WHERE r.picture = file.picture AND r.engine = ?) GROUP BY picture",
            (*bounds, engine),
        )
        return {
            picture: FoundFile(os.fsdecode(path), size, mtime_ns)
            for picture, path, size, mtime_ns in rows
        }

    def _has_all(self, engine: str) -> bool:
        """Whether nothing is missing anywhere, which the numbers tell without looking at each."""
        query = (
            "SELECT (SELECT COUNT(*) FROM recognised_text WHERE engine = ?)"
            " = (SELECT COUNT(*) FROM picture)"
        )
        return bool(self._db.execute(query, (engine,)).fetchone()[0])

    def counts(self) -> TextCounts:
        """How many pictures have been looked at, have text, and could not be read."""
        query = (
            "SELECT (SELECT COUNT(*) FROM recognised_text),"
            " (SELECT COUNT(*) FROM recognised_text WHERE text != ''),"
            " (SELECT COUNT(*) FROM recognised_text WHERE reason IS NOT NULL)"
        )
        return TextCounts(*self._db.execute(query).fetchone())

    def count(self) -> int:
        """How many pictures have been looked at."""
        return self.counts().looked_at

    def remove(self, pictures: Iterable[int]) -> None:
        """The pictures may be looked at again."""
        self._db.executemany(
            "DELETE FROM recognised_text WHERE picture = ?", ((p,) for p in pictures)
        )

    def remove_failed(self) -> None:
        """What could not be read may be tried again."""
        self._db.execute("DELETE FROM recognised_text WHERE reason IS NOT NULL")

    def clear(self) -> None:
        """Remove all texts."""
        self._db.execute("DELETE FROM recognised_text")


def _storable(text: str) -> str:
    """Without half characters (surrogates), which are no text to SQLite."""
    return text.encode(errors="replace").decode()


def _as_json(lines: Iterable[TextLine]) -> str:
    rows = (
        [_storable(line.text), line.box.left, line.box.top, line.box.right, line.box.bottom]
        for line in lines
    )
    return json.dumps(list(rows), ensure_ascii=False)


def _lines(text: str) -> tuple[TextLine, ...]:
    """None of a row that is damaged: a check finds it."""
    with suppress(ValueError, TypeError):
        return tuple(TextLine(str(words), Box(*box)) for words, *box in json.loads(text))
    return ()
