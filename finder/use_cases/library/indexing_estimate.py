"""An estimate of the work of indexing: the files to read, and the time that each model would take,
measured on a few of these files.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.errors import FinderError, SkippedPicture
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.indexing.reliability.crash_journal import CrashJournal, CrashSuspects
from finder.core.models.crops import base_name, is_crops
from finder.use_cases.library.library_overview import max_pixels_of
from finder.workers.worker_pools import worker_count

if TYPE_CHECKING:
    from finder.core.models.runtime.embedder import Embedder
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home

_MEASURED_PICTURES = 6


@dataclass(frozen=True)
class Survey:
    """The estimated work of indexing folders. files: to read; seconds: by model's name, the time
    that it alone would take, with the crops of some folders (empty if there was too little to
    measure)."""

    folders: tuple[str, ...]
    files: int
    seconds: dict[str, float]


def survey_folders(
    home: Home,
    extractors: Callable[[], ExtractorPool],
    holder: str,
    folders: Sequence[str],
    specs: Sequence[ModelSpec],
    large: int,
    with_crops: Sequence[str] = (),
) -> Generator[Survey | None]:
    """Count the files that have work to be done; where there are more than `large`, measure each
    model on a few of them. The last value is the survey, the others are None.

    holder: who takes the writer's lock while it is measured. with_crops: folders that are about to
    have crops, beside those that have. Raises FinderError where another process writes.
    """
    from finder.core.library.crop_folders import companions_for, crop_folders
    from finder.core.library.indexing.plan import Plan
    from finder.core.pictures.scan import is_within_any, outermost

    with closing(Catalogue(home)) as catalogue:
        inside = (*crop_folders(catalogue), *with_crops)
        every = companions_for(specs, folders, inside)
        plan = Plan(catalogue, every, with_crops_in=inside)
        for folder in outermost(folders):
            for _ in plan.scan(folder):
                yield None
    files = [file.path for file in plan.todo]
    seconds = {spec.name: 0.0 for spec in specs if len(files) > large}
    if len(files) > large:
        probes = files[:: max(1, len(files) // _MEASURED_PICTURES)][:_MEASURED_PICTURES]
        per_picture = _seconds_per_picture(home, probes, every, extractors(), holder)
        cropped = sum(is_within_any(path, inside) for path in files) if every != list(specs) else 0
        for name, taken in per_picture.items():
            number = cropped if is_crops(name) else len(files)
            seconds[base_name(name)] += taken * number / worker_count()
    yield Survey(tuple(folders), len(files), seconds)


def _seconds_per_picture(
    home: Home,
    paths: Sequence[str],
    specs: Sequence[ModelSpec],
    extractors: ExtractorPool,
    holder: str,
) -> dict[str, float]:
    """Seconds of one core that each model alone takes for a picture, by its name.

    Pictures that are being decoded are written to the crash journal, as in an indexing run: one
    that crashes the process must not do so again at the next attempt.
    """
    from finder.core.writer_lock import WriterLock

    with WriterLock(home, holder):
        suspects = CrashSuspects(home).paths
        safe = [path for path in paths if path not in suspects]
        with CrashJournal(home) as journal:
            return _measure(safe, specs, extractors, max_pixels_of(home), journal)


def _measure(
    paths: Iterable[str],
    specs: Sequence[ModelSpec],
    extractors: ExtractorPool,
    max_pixels: int,
    journal: CrashJournal,
) -> dict[str, float]:
    from finder.core.library.indexing.worker import embedded_or_failure
    from finder.core.pictures.decode import decode, read_file

    decoding = 0.0
    extracting = dict.fromkeys((spec.name for spec in specs), 0.0)
    usable = _usable(specs, extractors)
    sides = {spec.decode_side for spec in specs}
    measured = 0
    for path in paths:
        try:
            began = time.perf_counter()
            data = read_file(path)
            with journal.holding(path):
                images = {side: decode(data, side, max_pixels) for side in sides}
                decoding += (time.perf_counter() - began) / len(images)
                for extractor in usable:
                    spec = extractor.spec
                    began = time.perf_counter()
                    embedded_or_failure(extractor, images[spec.decode_side].image)
                    extracting[spec.name] += time.perf_counter() - began
            measured += 1
        except SkippedPicture:
            continue
    return {name: (decoding + spent) / max(1, measured) for name, spent in extracting.items()}


def _usable(specs: Iterable[ModelSpec], extractors: ExtractorPool) -> list[Embedder]:
    """The embedders of the models that can be loaded. The indexing run leaves out the others, too,
    with the reason."""
    loaded = []
    for spec in specs:
        with suppress(FinderError):
            loaded.append(extractors.get(spec))
    return loaded
