"""The work on one file: from bytes to embeddings."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from finder.core.errors import Failure, FinderError, Reason, SkippedPicture
from finder.core.library.indexing.file_result import FileResult
from finder.core.library.indexing.stored_picture import (
    StoredPicture,
    StoredPictures,
    no_stored_pictures,
)
from finder.core.limits import MAX_PIXELS, WORKER_MEMORY
from finder.core.models.crops import is_crops
from finder.core.pictures.content_id import ContentHash
from finder.core.pictures.decode import DecodedPicture, decode, read_description, read_file
from finder.core.pictures.decode_limits import BudgetExceeded
from finder.core.pictures.mapped_file import Bytes, MappedFile
from finder.core.pictures.scan import is_within_any
from finder.core.pictures.thumbnails import encode_thumbnail

if TYPE_CHECKING:
    from finder.core.library.indexing.embedded_ids import EmbeddedIds
    from finder.core.library.indexing.reliability.crash_journal import CrashJournal
    from finder.core.library.thumbnail_store import ThumbnailStore
    from finder.core.models.runtime.embedder import Embedder
    from finder.core.pictures.scan import FoundFile
    from finder.core.text_recognition.text_reader import TextReader

RECENT = 2.0
"""Seconds after the last write in which a file is probably still being written."""


@dataclass(frozen=True)
class WorkerContext:
    """What the workers of a run share. embedded_ids: for each model the pictures that it has
    already; defer_recent: faults of a recently modified file are ignored, and it is left for
    another run; memory_limit: bytes that one picture may take, None in a process of its own;
    removed: pictures that the user removed from the library; with_crops_in: the folders whose
    pictures have crops; stored: pictures that other machines have embedded, as far as they were
    asked for (`look_ahead`); reader: for text in pictures (`text_reading`)."""

    extractors: Sequence[Embedder]
    embedded_ids: Mapping[str, EmbeddedIds]
    thumbnails: ThumbnailStore
    journal: CrashJournal
    max_pixels: int = MAX_PIXELS
    defer_recent: bool = False
    memory_limit: int | None = WORKER_MEMORY
    content_hash: ContentHash = ContentHash.BLAKE3
    removed: frozenset[int] = frozenset()
    with_crops_in: tuple[str, ...] = ()
    stored: StoredPictures = field(default_factory=no_stored_pictures)
    reader: TextReader | None = None

    def wanted(self, path: str) -> Sequence[Embedder]:
        """The models for a picture of this file: with companions for crops in some folders only."""
        if is_within_any(path, self.with_crops_in):
            return self.extractors
        return [e for e in self.extractors if not is_crops(e.spec.name)]

    def missing(self, picture: int, path: str) -> list[Embedder]:
        """Those of these models that have not tried the picture."""
        return [
            extractor
            for extractor in self.wanted(path)
            if not self.embedded_ids[extractor.spec.name].was_tried(picture)
        ]


@dataclass(frozen=True)
class WorkerOutput:
    """A file's result, and the seconds that each model's extraction took. is_stable: the file is as
    the scan found it; otherwise it is just being written, and the result is to be discarded.
    needs_isolation: nothing was done, because the file needs a process of its own."""

    result: FileResult
    seconds: dict[str, float] = field(default_factory=dict)
    is_stable: bool = True
    needs_isolation: bool = False


def work(file: FoundFile, context: WorkerContext) -> WorkerOutput:
    """Read, decode and embed one file. A picture that all models have tried is not decoded."""
    output = _work(file, context)
    if output.needs_isolation:
        return output
    stable = is_stable(file, output.result.reason, context.defer_recent)
    return replace(output, is_stable=stable)


def _work(file: FoundFile, context: WorkerContext) -> WorkerOutput:
    try:
        data = read_file(file.path, follow_link=False)
        if context.memory_limit is not None and isinstance(data, MappedFile):
            raise BudgetExceeded("a large file")
        picture = context.content_hash.content_id(data)
        if picture in context.removed:
            return WorkerOutput(FileResult(file, picture).as_removed())
        missing = context.missing(picture, file.path)
        if not missing:
            return WorkerOutput(_described(FileResult(file, picture), data, context))
        stored = _stored(picture, missing, context)
        is_new = len(missing) == len(context.wanted(file.path))
        needs_thumbnail = is_new or not context.thumbnails.contains(picture)
        if stored.facts is not None and len(stored.vectors) == len(missing):
            thumbnail = stored.thumbnail if needs_thumbnail else None
            result = FileResult(file, picture, stored.facts, dict(stored.vectors))
            result = replace(result, thumbnail=thumbnail)
            return WorkerOutput(_described(result, data, context))
        with context.journal.holding(file.path):
            output, image = _extract(file, picture, data, missing, context, stored.vectors)
            if not needs_thumbnail:
                return output
            thumbnail = encode_thumbnail(image)
        return replace(output, result=replace(output.result, thumbnail=thumbnail))
    except BudgetExceeded:
        return WorkerOutput(FileResult(file, None), needs_isolation=True)
    except SkippedPicture as skip:
        return WorkerOutput(FileResult(file, None, reason=skip.reason, detail=skip.detail))


def _described(result: FileResult, data: Bytes, context: WorkerContext) -> FileResult:
    """With what the metadata says of a picture that is not decoded."""
    with context.journal.holding(result.file.path):
        return replace(result, description=read_description(data, context.memory_limit))


def _stored(picture: int, missing: Sequence[Embedder], context: WorkerContext) -> StoredPicture:
    """What other machines have of the picture, with the vectors of these models only."""
    stored = context.stored.peek(picture)
    if stored is None:
        return StoredPicture({})
    names = {extractor.spec.name for extractor in missing}
    return replace(stored, vectors={n: v for n, v in stored.vectors.items() if n in names})


def content_id_to_embed(file: FoundFile, context: WorkerContext) -> int | None:
    """The content id of the file's picture; None where nothing is to be embedded, or the file
    cannot be read, or is for a process of its own."""
    try:
        data = read_file(file.path, follow_link=False)
    except (BudgetExceeded, SkippedPicture):
        return None
    if isinstance(data, MappedFile):
        return None
    picture = context.content_hash.content_id(data)
    is_wanted = picture not in context.removed and context.missing(picture, file.path)
    return picture if is_wanted else None


def is_stable(file: FoundFile, reason: Reason | None, defer_recent: bool) -> bool:
    """Whether the file is still as the scan found it. defer_recent: a file with a fault must also
    have been unchanged for a while: a copy in progress may be slow."""
    try:
        facts = os.stat(file.path, follow_symlinks=False)
    except OSError:
        return not defer_recent
    if (facts.st_size, facts.st_mtime_ns) != (file.size, file.mtime_ns):
        return False
    recent = 0 <= time.time_ns() - facts.st_mtime_ns < RECENT * 1e9
    return not (defer_recent and reason is not None and recent)


def _extract(
    file: FoundFile,
    picture: int,
    data: Bytes,
    extractors: Sequence[Embedder],
    context: WorkerContext,
    known: Mapping[str, NDArray[np.float32]],
) -> tuple[WorkerOutput, Image]:
    """The picture's vectors, and the image that they were made from. A model that fails does not
    affect the others. known: vectors that need not be made, by model."""
    decoded: dict[int, DecodedPicture] = {}
    vectors = dict(known)
    failures: dict[str, Failure] = {}
    seconds: dict[str, float] = {}
    for extractor in [e for e in extractors if e.spec.name not in known] or extractors[:1]:
        name, side = extractor.spec.name, extractor.spec.decode_side
        if side not in decoded:
            decoded[side] = decode(data, side, context.max_pixels, context.memory_limit)
        if name in known:
            continue
        started = time.perf_counter()
        embedding = embedded_or_failure(extractor, decoded[side].image)
        if isinstance(embedding, Failure):
            failures[name] = embedding
        else:
            vectors[name] = embedding
            seconds[name] = time.perf_counter() - started
    any_decode = next(iter(decoded.values()))
    result = FileResult(file, picture, any_decode.facts, vectors, failures=failures)
    result = replace(result, description=any_decode.description)
    return WorkerOutput(result, seconds), any_decode.image


def embedded_or_failure(extractor: Embedder, image: Image) -> NDArray[np.float32] | Failure:
    """The image's embedding, float32 [dimension], or why this model has none."""
    try:
        return extractor.embed_image(image)
    except SkippedPicture as skip:
        return Failure(skip.reason, skip.detail)
    except FinderError as error:
        return Failure(Reason.MODEL_ERROR, error.sentence)
