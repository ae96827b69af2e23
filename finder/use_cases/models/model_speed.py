"""How many pictures a second a model embeds on this computer: measured on request, then stored."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.cancellation import CancelToken
from finder.core.errors import FinderError, SkippedPicture
from finder.core.i18n import tr
from finder.core.limits import MAX_PIXELS
from finder.core.pictures.samples import sample_pictures
from finder.core.small_files import read_json, write_json
from finder.core.writer_lock import WriterLock
from finder.workers.worker_pools import worker_count

if TYPE_CHECKING:
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home

_SECONDS = 2.0
"""For each of the two measurements, or as long as one picture takes."""


@dataclass(frozen=True)
class Speed:
    """Pictures a second, from the file to the vector: one after the other, and on all cores."""

    single: float
    all_cores: float
    cores: int


def measure_model(
    home: Home,
    spec: ModelSpec,
    extractors: Callable[[], ExtractorPool],
    holder: str,
    token: CancelToken | None = None,
) -> Speed:
    """Measure a model on the sample pictures, and store the result if there is a library. `holder`
    takes the writer's lock meanwhile: an indexing run would slow down both.

    Raises FinderError, LibraryBusyError where another process writes to the library; Cancelled.
    """
    paths = sample_pictures()
    if not paths:
        raise FinderError(
            tr("The sample pictures are not installed."), tr("Install Image Finder again.")
        )
    has_library = home.root.is_dir()
    with WriterLock(home, holder) if has_library else nullcontext():
        try:
            speed = measure(spec, extractors(), paths, token)
        except SkippedPicture as error:
            raise FinderError(
                tr("{title} cannot be measured. {why}").format(
                    title=spec.title, why=error.reason.sentence()
                ),
                tr("It was tried on the sample pictures; other pictures may work."),
            ) from error
        if has_library:
            with suppress(OSError):  # the result is shown in any case
                store_speed(home, spec.sha256, speed)
    return speed


def measure(
    spec: ModelSpec,
    extractors: ExtractorPool,
    paths: Sequence[Path],
    token: CancelToken | None = None,
    seconds: float = _SECONDS,
) -> Speed:
    """Read, decode and embed these pictures again and again. Raises FinderError, SkippedPicture
    where one of them cannot be used; Cancelled."""
    from finder.core.pictures.decode import decode, read_file

    token = token or CancelToken()
    embedder = extractors.get(spec)

    def embed(path: Path) -> None:
        token.check()
        embedder.embed_image(decode(read_file(str(path)), spec.decode_side, MAX_PIXELS).image)

    embed(paths[0])  # the first one is slower
    cores = worker_count()
    return Speed(_rate(embed, paths, 1, seconds), _rate(embed, paths, cores, seconds), cores)


def _rate(
    embed: Callable[[Path], None], paths: Sequence[Path], workers: int, seconds: float
) -> float:
    """Pictures per second, with this many workers for this many seconds."""
    began = time.perf_counter()

    def work(first: int) -> int:
        number = 0
        for path in cycle([*paths[first:], *paths[:first]]):
            embed(path)
            number += 1
            if time.perf_counter() - began >= seconds:
                break
        return number

    with ThreadPoolExecutor(workers, "finder-speed") as pool:
        firsts = [number * len(paths) // workers for number in range(workers)]
        embedded = sum(pool.map(work, firsts))
    return embedded / (time.perf_counter() - began)


def stored_speeds(home: Home) -> dict[str, Speed]:
    """Stored results by the SHA-256 of the model's file, without those of a computer with another
    number of cores."""
    try:
        stored = read_json(home.speeds)
    except (OSError, ValueError):  # none yet, or unreadable: measured again
        return {}
    entries = stored.items() if isinstance(stored, dict) else ()
    speeds = {sha256: _speed_of(entry) for sha256, entry in entries}
    return {sha256: speed for sha256, speed in speeds.items() if speed is not None}


def _speed_of(entry: object) -> Speed | None:
    """None unless it was measured on as many cores as there are."""
    if not isinstance(entry, list) or len(entry) != 3:
        return None
    is_valid = all(type(number) in (int, float) for number in entry)
    return Speed(*entry) if is_valid and entry[2] == worker_count() else None


def store_speed(home: Home, sha256: str, speed: Speed) -> None:
    """Raises OSError."""
    speeds = {**stored_speeds(home), sha256: speed}
    table = {key: [s.single, s.all_cores, s.cores] for key, s in speeds.items()}
    write_json(home.speeds, table)
