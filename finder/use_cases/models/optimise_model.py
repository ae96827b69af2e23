"""Making faster or smaller variants of a model, and comparing them with it."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.core.optimising.report import OptimisationProgress, VariantMeasurement
    from finder.core.paths import Home


class VariantTrial:
    """Variants of one model in a temporary folder. They run on the CPU, which they are made for."""

    def __init__(self, home: Home, spec: ModelSpec, folder: Path) -> None:
        self._home = home
        self._spec = spec
        self._folder = folder

    def compare(self, precisions: Sequence[str], pictures: int) -> Generator[OptimisationProgress]:
        """Make the variants and compare them on this many pictures; the last value has the report.
        precisions: if empty, all that are possible. Raises FinderError."""
        from finder.core.models.runtime.extractor import Extractor
        from finder.core.models.runtime.known_files import is_known
        from finder.core.optimising.optimisation import OptimisationRequest, optimise
        from finder.workers.models.model_process import ModelProcess
        from finder.workers.models.model_trial import ModelTrials
        from finder.workers.models.variant_process import make_in_child
        from finder.workers.worker_pools import query_pool, worker_count

        if self._spec.has_file:
            ModelTrials(self._home)(self._spec)
        # The variants of a model from an unknown source are just as unknown.
        open_model = Extractor if is_known(self._home, self._spec) else ModelProcess
        request = OptimisationRequest(self._spec, tuple(precisions), pictures)
        with query_pool() as pool:
            yield from optimise(
                self._home, request, self._folder, make_in_child, pool, worker_count(), open_model
            )

    def keep(self, variants: Iterable[VariantMeasurement]) -> list[ModelSpec]:
        """Add these variants to the library's models. Raises FinderError."""
        from finder.core.models.runtime.known_files import is_known, note_known
        from finder.core.optimising.variants import keep_variant

        kept = [keep_variant(self._home, measured.spec) for measured in variants]
        for variant in kept if is_known(self._home, self._spec) else ():
            note_known(self._home, variant)
        return kept


@contextmanager
def variant_trial(home: Home, spec: ModelSpec) -> Iterator[VariantTrial]:
    """What was not kept is deleted at the end. Raises FinderError."""
    from finder.core.optimising.variants import variant_workspace

    with variant_workspace(home) as folder:
        yield VariantTrial(home, spec, folder)
