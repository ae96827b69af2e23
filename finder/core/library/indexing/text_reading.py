"""The work on one file whose text is read: from bytes to lines."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from finder.core.errors import SkippedPicture
from finder.core.library.catalogue.tables.recognised_table import RecognisedText, TextLine
from finder.core.library.indexing.file_result import FileResult
from finder.core.library.indexing.worker import WorkerContext, WorkerOutput, is_stable
from finder.core.pictures.decode import decode, read_file
from finder.core.pictures.decode_limits import BudgetExceeded
from finder.core.pictures.mapped_file import MappedFile
from finder.core.text_recognition.text_reader import DECODE_SIDE

if TYPE_CHECKING:
    from PIL.Image import Image

    from finder.core.pictures.scan import FoundFile
    from finder.core.text_recognition.text_reader import TextReader

log = logging.getLogger(__name__)


def read_text(file: FoundFile, context: WorkerContext) -> WorkerOutput:
    """Decode a file and read the text in it, as `worker.work` embeds it: with the same limits, and
    noted in the crash journal meanwhile. A file that cannot be decoded any more has a reason, and
    no text."""
    assert context.reader is not None
    try:
        data = read_file(file.path, follow_link=False)
        if context.memory_limit is not None and isinstance(data, MappedFile):
            raise BudgetExceeded("a large file")
        picture = context.content_hash.content_id(data)
        with context.journal.holding(file.path):
            decoded = decode(data, DECODE_SIDE, context.max_pixels, context.memory_limit)
            text = text_or_failure(context.reader, decoded.image)
        result = FileResult(file, picture, text=text)
    except BudgetExceeded:
        return WorkerOutput(FileResult(file, None), needs_isolation=True)
    except SkippedPicture as skip:
        result = FileResult(file, None, reason=skip.reason, detail=skip.detail)
    return WorkerOutput(result, is_stable=is_stable(file, result.reason, context.defer_recent))


def text_or_failure(reader: TextReader, image: Image) -> RecognisedText:
    """The text of an upright RGB picture, or why it could not be read."""
    try:
        lines = tuple(TextLine(line.text, line.box) for line in reader.read(image))
    except SkippedPicture as skip:
        log.warning("text could not be read: %s", skip)
        return RecognisedText(reader.engine, reason=skip.reason)
    return RecognisedText(reader.engine, lines)
