"""Reading the text of one picture in a child process: the part of `isolated_worker` for that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from finder.core.errors import Failure, Reason, SkippedPicture

if TYPE_CHECKING:
    from PIL import Image

    from finder.core.library.catalogue.tables.recognised_table import RecognisedText
    from finder.core.library.indexing.file_result import FileResult
    from finder.core.paths import Home
    from finder.core.pictures.content_id import ContentHash
    from finder.core.text_recognition.read_line import ReadLine
    from finder.core.text_recognition.text_reader import TextReader

READER: Final = "text in pictures"
"""Stands for the name of a model where it is said what is running, or has failed."""


class _Announced:
    """A reader that says when it starts and ends."""

    def __init__(self, inner: TextReader, say_running: Callable[[str], None]) -> None:
        self.engine = inner.engine
        self._inner = inner
        self._say_running = say_running

    def read(self, image: Image.Image) -> tuple[ReadLine, ...]:
        self._say_running(READER)
        try:
            return self._inner.read(image)
        finally:
            self._say_running("")


class _Failed:
    """The reader, after it has ended an earlier child."""

    def __init__(self, engine: str, failure: Failure) -> None:
        self.engine = engine
        self._failure = failure

    def read(self, image: Image.Image) -> tuple[ReadLine, ...]:
        raise SkippedPicture(self._failure.reason, self._failure.detail)


def child_read_text(
    home: Home,
    path: str,
    failures: Mapping[str, Failure],
    max_pixels: int,
    content_hash: ContentHash,
    say_running: Callable[[str], None],
) -> FileResult:
    """In the child. failures: of READER in an earlier child; say_running: is passed READER before
    it reads, and "" when it has. Raises FinderError."""
    from finder.core.library.indexing.reliability.crash_journal import CrashJournal
    from finder.core.library.indexing.text_reading import read_text
    from finder.core.library.indexing.worker import WorkerContext
    from finder.core.library.thumbnail_store import ThumbnailStore
    from finder.core.pictures.scan import FoundFile
    from finder.core.text_recognition.text_reader import engine_name, open_reader

    failed = failures.get(READER)
    reader = _Failed(engine_name(), failed) if failed else _Announced(open_reader(), say_running)
    with closing(ThumbnailStore(home)) as thumbnails:
        context = WorkerContext(
            (),
            {},
            thumbnails,
            CrashJournal(home),
            max_pixels,
            memory_limit=None,
            content_hash=content_hash,
            reader=reader,
        )
        return read_text(FoundFile(path, 0, 0), context).result


def text_as_json(text: RecognisedText | None) -> dict[str, Any] | None:
    if text is None:
        return None
    boxes = [(line.box.left, line.box.top, line.box.right, line.box.bottom) for line in text.lines]
    lines = [(line.text, *box) for line, box in zip(text.lines, boxes, strict=True)]
    return {"engine": text.engine, "lines": lines, "reason": text.reason}


def text_from_json(table: dict[str, Any]) -> RecognisedText:
    from finder.core.library.catalogue.tables.recognised_table import RecognisedText, TextLine
    from finder.core.pictures.transform import Box

    lines = tuple(TextLine(text, Box(*box)) for text, *box in table["lines"])
    reason = table["reason"]
    return RecognisedText(table["engine"], lines, Reason(reason) if reason else None)
