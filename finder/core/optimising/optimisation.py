"""Makes a model's variants and compares them on the user's own pictures: a plain generator that
may be closed at any `yield`. Nothing is added to the library (`variants.keep_variant` does that).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Executor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.cancellation import CancelToken
from finder.core.errors import FinderError
from finder.core.i18n import mark, tr
from finder.core.library.indexing.reliability.crash_journal import CrashJournal
from finder.core.models.manifest import load_spec
from finder.core.models.runtime.extractor import Extractor
from finder.core.optimising.comparison import Comparison
from finder.core.optimising.comparison_pictures import COMPARISON_PICTURES, choose_pictures
from finder.core.optimising.precision import variant_of
from finder.core.optimising.report import OptimisationProgress
from finder.core.optimising.variants import VariantRequest, possible_precisions
from finder.core.writer_lock import WriterLock

if TYPE_CHECKING:
    from finder.core.models.runtime.embedder import Embedder
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home

_POLL_SECONDS = 0.1

MakeVariant = Callable[[VariantRequest, CancelToken], None]
"""Makes a variant in a process of its own; raises FinderError, Cancelled."""


@dataclass(frozen=True)
class OptimisationRequest:
    """precisions: of the variants; empty: all that are possible. pictures: how many to compare
    on."""

    spec: ModelSpec
    precisions: tuple[str, ...] = ()
    pictures: int = COMPARISON_PICTURES


def optimise(
    home: Home,
    request: OptimisationRequest,
    parent: Path,
    make: MakeVariant,
    executor: Executor,
    threads: int,
    open_model: Callable[[ModelSpec], Embedder] = Extractor,
) -> Generator[OptimisationProgress]:
    """Make the variants' folders below `parent` (see `variant_workspace`), and compare.

    executor: with this many threads; open_model: makes each model's embedder. Raises FinderError if
    no variant can be made, or another process writes to the library.
    """
    precisions, notes = possible_precisions(home, request.spec, request.precisions)
    _require_any(precisions, notes)
    with WriterLock(home, mark("a comparison of models")):
        pictures = choose_pictures(home, request.pictures)
        variants = []
        for precision in precisions:
            variant = VariantRequest(
                request.spec, precision, pictures.calibration, pictures.max_pixels, parent
            )
            try:
                yield from _make(variant, make, executor)
            except FinderError as error:  # another precision may be possible
                notes.append(error.sentence)
                continue
            variants.append(load_spec(parent / variant_of(request.spec, precision).name))
        _require_any(variants, notes)
        with CrashJournal(home) as journal:
            embedders = [open_model(spec) for spec in (request.spec, *variants)]
            comparison = Comparison(embedders, pictures, journal)
            yield from comparison.compare()
        yield from comparison.measure_throughput(executor, threads)
    report = comparison.report(threads, tuple(notes))
    yield OptimisationProgress(tr("Measuring the speed"), report=report)


def _require_any(what: Sequence[object], notes: Sequence[str]) -> None:
    if not what:
        hint = tr("Remove the existing variant, or choose another one.")
        raise FinderError(" ".join(notes), hint)


def _make(
    request: VariantRequest, make: MakeVariant, executor: Executor
) -> Generator[OptimisationProgress]:
    stop = CancelToken()
    future = executor.submit(make, request, stop)
    try:
        while not future.done():
            yield OptimisationProgress(tr("Creating {name}").format(name=request.precision))
            wait([future], _POLL_SECONDS)
    finally:
        stop.set()
        wait([future])  # then its process has ended, and nothing is written any more
    future.result()
