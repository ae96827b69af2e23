"""How many pictures a second a model takes on this computer: measured when asked for, then kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

from finder.core.cancellation import CancelToken
from finder.core.errors import FinderError, SkippedPicture
from finder.core.i18n import tr
from finder.core.limits import MAX_PIXELS
from finder.core.paths import Home, samples_dir
from finder.core.small_files import read_json, write_json
from finder.core.writer_lock import WriterLock
from finder.workers.worker_pools import worker_count

if TYPE_CHECKING:
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec

_SECONDS = 2.0
"""For each of the two measurements, or as long as one picture takes."""


@dataclass(frozen=True)
class Speed:
    """Pictures a second, from the file to the vector: one after the other, and on all cores."""

    single: float
    all_cores: float
    cores: int


def measure_and_keep(
    home: Home,
    spec: ModelSpec,
    extractors: ExtractorPool,
    who: str,
    stop: CancelToken | None = None,
) -> Speed:
    """Measure a model on the sample pictures, and keep the numbers if there is a library. The
    writer's lock is held meanwhile, by `who`: a run that indexes would slow down both.

    Raises FinderError, LibraryBusyError where somebody writes to the library; Cancelled.
    """
    paths = sorted(map(str, samples_dir().rglob("*.jpg")))
    if not paths:
        raise FinderError(
            tr("The sample pictures are not installed."), tr("Install Image Finder again.")
        )
    has_library = home.root.is_dir()
    with WriterLock(home, who) if has_library else nullcontext():
        try:
            speed = measure(spec, extractors, paths, stop)
        except SkippedPicture as error:
            raise FinderError(
                tr("{title} cannot be measured. {why}").format(
                    title=spec.title, why=error.reason.sentence()
                ),
                tr("It was tried on the sample pictures; other pictures may work."),
            ) from error
        if has_library:
            with suppress(OSError):  # it is shown all the same
                keep_speed(home, spec.sha256, speed)
    return speed


def measure(
    spec: ModelSpec,
    extractors: ExtractorPool,
    paths: Sequence[str],
    stop: CancelToken | None = None,
    seconds: float = _SECONDS,
) -> Speed:
    """Read, decode and embed these pictures again and again. Raises FinderError, SkippedPicture
    where one of them cannot be used; Cancelled."""
    from finder.core.pictures.decode import decode, read_file

    stop = stop or CancelToken()
    embedder = extractors.get(spec)

    def take(path: str) -> None:
        stop.check()
        embedder.embed_image(decode(read_file(path), spec.decode_side, MAX_PIXELS).image)

    take(paths[0])  # the first one is slower
    cores = worker_count()
    return Speed(_rate(take, paths, 1, seconds), _rate(take, paths, cores, seconds), cores)


def _rate(take: Callable[[str], None], paths: Sequence[str], workers: int, seconds: float) -> float:
    began = time.perf_counter()

    def work(first: int) -> int:
        taken = 0
        for path in cycle([*paths[first:], *paths[:first]]):
            take(path)
            taken += 1
            if time.perf_counter() - began >= seconds:
                break
        return taken

    with ThreadPoolExecutor(workers, "finder-speed") as pool:
        firsts = [number * len(paths) // workers for number in range(workers)]
        taken = sum(pool.map(work, firsts))
    return taken / (time.perf_counter() - began)


def kept_speeds(home: Home) -> dict[str, Speed]:
    """What was measured, by the SHA-256 of the model's file; nothing of a computer with another
    number of cores."""
    try:
        kept = read_json(home.speeds)
    except (OSError, ValueError):  # none, or to be measured again
        return {}
    entries = kept.items() if isinstance(kept, dict) else ()
    speeds = {sha256: _speed_of(entry) for sha256, entry in entries}
    return {sha256: speed for sha256, speed in speeds.items() if speed is not None}


def _speed_of(entry: object) -> Speed | None:
    """None unless it was measured on as many cores as there are."""
    if not isinstance(entry, list) or len(entry) != 3:
        return None
    is_sound = all(type(number) in (int, float) for number in entry)
    return Speed(*entry) if is_sound and entry[2] == worker_count() else None


def keep_speed(home: Home, sha256: str, speed: Speed) -> None:
    """Raises OSError."""
    kept = {**kept_speeds(home), sha256: speed}
    table = {key: [s.single, s.all_cores, s.cores] for key, s in kept.items()}
    write_json(home.speeds, table)
