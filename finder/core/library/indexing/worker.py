"""What one worker does with one file: all the way from bytes to embeddings, in one go."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from finder.core.errors import Failure, FinderError, Reason, SkippedPicture
from finder.core.library.batch_storage import cannot_write
from finder.core.library.indexing.crash_journal import CrashJournal
from finder.core.library.indexing.embedded_ids import EmbeddedIds
from finder.core.library.indexing.file_result import FileResult
from finder.core.limits import MAX_PIXELS, WORKER_MEMORY
from finder.core.models.runtime.embedder import Embedder
from finder.core.pictures.content_id import ContentHash
from finder.core.pictures.decode import DecodedPicture, decode, read_file
from finder.core.pictures.decode_limits import BudgetExceeded
from finder.core.pictures.mapped_file import Bytes, MappedFile
from finder.core.pictures.scan import FoundFile
from finder.core.pictures.thumbnails import save_thumbnail, thumbnail_path

YOUNG = 2.0
"""Seconds after the last write in which a file may well be written further."""


@dataclass(frozen=True)
class WorkerContext:
    """What the workers of a run share. embedded: for each model the pictures it has already;
    patient: a fault of a file that was written just now does not count yet; spare: bytes that one
    picture may take, None in a process that is there for this picture only."""

    extractors: Sequence[Embedder]
    embedded: Mapping[str, EmbeddedIds]
    thumbs: Path
    in_hand: CrashJournal
    max_pixels: int = MAX_PIXELS
    patient: bool = False
    spare: int | None = WORKER_MEMORY
    content_hash: ContentHash = ContentHash.BLAKE3


@dataclass(frozen=True)
class WorkerOutput:
    """A file's outcome, and the seconds that each model's extraction took. settled: the file is
    as the scan saw it; else somebody is just writing it, and the outcome is worth nothing.
    costly: nothing was done, because the file needs a process to itself."""

    outcome: FileResult
    seconds: dict[str, float] = field(default_factory=dict)
    settled: bool = True
    costly: bool = False


def work(file: FoundFile, tools: WorkerContext) -> WorkerOutput:
    """Take one file all the way. A picture that all models have tried is not decoded.

    Raises FinderError where the library's disk does not take the thumbnail.
    """
    worked = _work(file, tools)
    if worked.costly:
        return worked
    return replace(worked, settled=is_settled(file, worked.outcome.reason, tools.patient))


def _work(file: FoundFile, tools: WorkerContext) -> WorkerOutput:
    try:
        data = read_file(file.path, follow_link=False)
        if tools.spare is not None and isinstance(data, MappedFile):
            raise BudgetExceeded("a large file")
        picture = tools.content_hash.content_id(data)
        missing = [
            e for e in tools.extractors if not tools.embedded[e.spec.name].was_tried(picture)
        ]
        if not missing:
            return WorkerOutput(FileResult(file, picture))
        with tools.in_hand.holding(file.path):
            worked, image = _extract(file, picture, data, missing, tools)
            is_new = len(missing) == len(tools.extractors)
            if not is_new and thumbnail_path(tools.thumbs, picture).exists():
                return worked
            thumb = _save(tools.thumbs, picture, image)
        return replace(worked, outcome=replace(worked.outcome, thumb=thumb))
    except BudgetExceeded:
        return WorkerOutput(FileResult(file, None), costly=True)
    except SkippedPicture as skip:
        return WorkerOutput(FileResult(file, None, reason=skip.reason, detail=skip.detail))


def is_settled(file: FoundFile, reason: Reason | None, patient: bool) -> bool:
    """Whether the file is still as the scan saw it; for the patient, if it has a fault, also
    whether it has been so for a while: a copy in progress may be slow."""
    try:
        facts = os.stat(file.path, follow_symlinks=False)
    except OSError:
        return not patient
    if (facts.st_size, facts.st_mtime_ns) != (file.size, file.mtime_ns):
        return False
    young = 0 <= time.time_ns() - facts.st_mtime_ns < YOUNG * 1e9
    return not (patient and reason is not None and young)


def _extract(
    file: FoundFile,
    picture: int,
    data: Bytes,
    extractors: Sequence[Embedder],
    tools: WorkerContext,
) -> tuple[WorkerOutput, Image]:
    """The picture's vectors, and the decode that they were made from. A model that fails leaves
    the others theirs."""
    decoded: dict[int, DecodedPicture] = {}
    vectors: dict[str, NDArray[np.float32]] = {}
    failures: dict[str, Failure] = {}
    seconds: dict[str, float] = {}
    for extractor in extractors:
        name, side = extractor.spec.name, extractor.spec.decode_side
        if side not in decoded:
            decoded[side] = decode(data, side, tools.max_pixels, tools.spare)
        began = time.perf_counter()
        made = embedded_or_failure(extractor, decoded[side].image)
        if isinstance(made, Failure):
            failures[name] = made
        else:
            vectors[name] = made
            seconds[name] = time.perf_counter() - began
    any_decode = next(iter(decoded.values()))
    outcome = FileResult(file, picture, any_decode.facts, vectors, failures=failures)
    return WorkerOutput(outcome, seconds), any_decode.image


def embedded_or_failure(extractor: Embedder, image: Image) -> NDArray[np.float32] | Failure:
    """The image's embedding, float32 [dimension], or why this model has none."""
    try:
        return extractor.embed_image(image)
    except SkippedPicture as skip:
        return Failure(skip.reason, skip.detail)
    except FinderError as error:
        return Failure(Reason.MODEL_ERROR, error.sentence)


def _save(thumbs: Path, picture: int, image: Image) -> int:
    try:
        return save_thumbnail(thumbs, picture, image)
    except OSError as error:
        raise cannot_write(error) from error
