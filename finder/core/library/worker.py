"""What one worker does with one file: all the way from bytes to embeddings, in one go."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from finder.core.errors import SkippedPicture
from finder.core.library.in_hand import InHand
from finder.core.library.known import KnownIds
from finder.core.library.writer import Outcome, cannot_write
from finder.core.limits import MAX_PIXELS
from finder.core.models.extract import Extractor
from finder.core.pictures.decode import DecodedPicture, decode, read_file
from finder.core.pictures.identity import content_id
from finder.core.pictures.scan import FoundFile
from finder.core.pictures.thumbs import save_thumb, thumb_path


@dataclass(frozen=True)
class Tools:
    """What the workers of a run share. embedded: for each model the pictures it has already."""

    extractors: Sequence[Extractor]
    embedded: Mapping[str, KnownIds]
    thumbs: Path
    in_hand: InHand
    max_pixels: int = MAX_PIXELS


@dataclass(frozen=True)
class Worked:
    """A file's outcome, and the seconds that each model's extraction took."""

    outcome: Outcome
    seconds: dict[str, float] = field(default_factory=dict)


def work(file: FoundFile, tools: Tools) -> Worked:
    """Take one file all the way. A picture whose vectors are all known is not decoded.

    Raises FinderError where the library's disk does not take the thumbnail.
    """
    try:
        data = read_file(file.path)
        picture = content_id(data)
        missing = [e for e in tools.extractors if picture not in tools.embedded[e.spec.name]]
        if not missing:
            return Worked(Outcome(file, picture))
        with tools.in_hand.holding(file.path):
            worked, image = _extract(file, picture, data, missing, tools.max_pixels)
            is_new = len(missing) == len(tools.extractors)
            if not is_new and thumb_path(tools.thumbs, picture).exists():
                return worked
            thumb = _save(tools.thumbs, picture, image)
        return replace(worked, outcome=replace(worked.outcome, thumb=thumb))
    except SkippedPicture as skip:
        return Worked(Outcome(file, None, reason=skip.reason, detail=skip.detail))


def _extract(
    file: FoundFile,
    picture: int,
    data: bytes,
    extractors: Sequence[Extractor],
    max_pixels: int,
) -> tuple[Worked, Image]:
    """The picture's vectors, and the decode that they were made from."""
    decoded: dict[int, DecodedPicture] = {}
    vectors: dict[str, NDArray[np.float32]] = {}
    seconds: dict[str, float] = {}
    for extractor in extractors:
        side = extractor.spec.decode_side
        if side not in decoded:
            decoded[side] = decode(data, side, max_pixels)
        began = time.perf_counter()
        vectors[extractor.spec.name] = extractor.embed_image(decoded[side].image)
        seconds[extractor.spec.name] = time.perf_counter() - began
    any_decode = next(iter(decoded.values()))
    worked = Worked(Outcome(file, picture, any_decode.facts, vectors), seconds)
    return worked, any_decode.image


def _save(thumbs: Path, picture: int, image: Image) -> int:
    try:
        return save_thumb(thumbs, picture, image)
    except OSError as error:
        raise cannot_write(error) from error
