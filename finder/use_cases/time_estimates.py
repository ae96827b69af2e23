"""How long each model takes for a picture on this machine, judged by a few of the user's own."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from finder.core.errors import FinderError, SkippedPicture
from finder.core.i18n import mark
from finder.core.library.indexing.crash_journal import CrashJournal, CrashSuspects
from finder.core.paths import Home
from finder.core.writer_lock import WriterLock

if TYPE_CHECKING:
    from finder.core.models.runtime.embedder import Embedder
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec


def seconds_each(
    home: Home,
    paths: Sequence[str],
    specs: Sequence[ModelSpec],
    extractors: ExtractorPool,
    max_pixels: int,
) -> dict[str, float]:
    """Seconds of one core that each model alone takes for a picture, by its name.

    Pictures in hand are noted as an indexing run notes them: one that brings the process down must
    not do it again at the next attempt. Raises FinderError where another process indexes.
    """
    with WriterLock(home, mark("the window")):
        innocent = [path for path in paths if path not in CrashSuspects(home).paths]
        with CrashJournal(home) as in_hand:
            return _measure(innocent, specs, extractors, max_pixels, in_hand)


def _measure(
    paths: Iterable[str],
    specs: Sequence[ModelSpec],
    extractors: ExtractorPool,
    max_pixels: int,
    in_hand: CrashJournal,
) -> dict[str, float]:
    from finder.core.library.indexing.worker import embedded_or_failure
    from finder.core.pictures.decode import decode, read_file

    reading = 0.0
    extracting = dict.fromkeys((spec.name for spec in specs), 0.0)
    usable = _usable(specs, extractors)
    sides = {spec.decode_side for spec in specs}
    measured = 0
    for path in paths:
        try:
            began = time.perf_counter()
            data = read_file(path)
            with in_hand.holding(path):
                images = {side: decode(data, side, max_pixels) for side in sides}
                reading += (time.perf_counter() - began) / len(images)
                for extractor in usable:
                    spec = extractor.spec
                    began = time.perf_counter()
                    embedded_or_failure(extractor, images[spec.decode_side].image)
                    extracting[spec.name] += time.perf_counter() - began
            measured += 1
        except SkippedPicture:
            continue
    return {name: (reading + spent) / max(1, measured) for name, spent in extracting.items()}


def _usable(specs: Iterable[ModelSpec], extractors: ExtractorPool) -> list[Embedder]:
    """Without the models that cannot be loaded: the run leaves them out, and says why."""
    made = []
    for spec in specs:
        with suppress(FinderError):
            made.append(extractors.get(spec))
    return made
