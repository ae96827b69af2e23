"""The text that was recognised in pictures, line by line."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from finder.core.library.catalogue.records import LOCAL_PATH
from finder.core.library.catalogue.schema import row_crc
from finder.core.pictures.transform import Box


@dataclass(frozen=True)
class TextLine:
    """box: in the upright picture."""

    text: str
    box: Box


@dataclass(frozen=True)
class RecognisedText:
    """engine: the name and version of what recognised it; lines: none where there is no text."""

    engine: str
    lines: tuple[TextLine, ...] = ()

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


class RecognisedTextTable:
    """One text for each picture. A method that changes something does not commit."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def put(self, picture: int, recognised: RecognisedText) -> None:
        """Store the text of a picture of the library, in place of an earlier one."""
        row = picture, recognised.engine, _storable(recognised.text), _as_json(recognised.lines)
        self._db.execute(
            "INSERT INTO recognised_text VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " engine = excluded.engine, text = excluded.text, lines = excluded.lines,"
            " crc = excluded.crc",
            (*row, row_crc(*row)),
        )

    def get(self, pictures: Iterable[int]) -> dict[int, RecognisedText]:
        """The texts of those of the pictures that have been looked at."""
        found = {}
        query = "SELECT engine, lines FROM recognised_text WHERE picture = ?"
        for picture in dict.fromkeys(pictures):
            for engine, lines in self._db.execute(query, (picture,)):
                found[picture] = RecognisedText(engine, _lines(lines))
        return found

    def missing(self, engine: str) -> list[int]:
        """The pictures with a file on this machine that this engine has not looked at."""
        rows = self._db.execute(
            f"SELECT DISTINCT picture FROM file WHERE {LOCAL_PATH.format(path='path')}"
            " AND picture NOT NULL AND NOT EXISTS (SELECT 1 FROM recognised_text r"
            " WHERE r.picture = file.picture AND r.engine = ?) ORDER BY picture",
            (engine,),
        )
        return [picture for (picture,) in rows]

    def count(self) -> int:
        """How many pictures have been looked at."""
        (count,) = self._db.execute("SELECT COUNT(*) FROM recognised_text").fetchone()
        return int(count)

    def remove(self, pictures: Iterable[int]) -> None:
        """The pictures may be looked at again."""
        self._db.executemany(
            "DELETE FROM recognised_text WHERE picture = ?", ((p,) for p in pictures)
        )

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
