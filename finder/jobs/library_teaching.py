"""Teaching a model labels of the library's pictures, for the window."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from finder.jobs.library_models import WINDOW

if TYPE_CHECKING:
    from finder.core.cancellation import CancelToken
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.use_cases.evaluation.labelled_vectors import LabelSource
    from finder.use_cases.evaluation.measuring_steps import Step
    from finder.use_cases.evaluation.teach_model import Taught

_NAMELESS: Final = "taught"


class LibraryTeaching:
    """Methods are called in lanes, never in the GUI thread. They raise FinderError."""

    def __init__(self, home: Home, extractors: Callable[[], ExtractorPool]) -> None:
        self._home = home
        self._extractors = extractors

    def teach(
        self,
        source: LabelSource,
        name: str,
        bases: Sequence[ModelSpec],
        methods: Sequence[str],
        seed: int,
        stop: CancelToken,
    ) -> Generator[Step | Taught]:
        """Teach a new model (lane LIBRARY, since new pictures are indexed and vectors are stored).
        methods: names of `Method`s to choose from. The last value is what was taught. Raises
        Cancelled, too."""
        from finder.core.library.indexing.index_run import require_folder
        from finder.core.teaching.heads import Method
        from finder.use_cases.evaluation.teach_model import TeachingWish, teach_model

        source = replace(source, folders=tuple(map(require_folder, source.folders)))
        wish = TeachingWish(name, tuple(bases), tuple(map(Method, methods)), seed)
        yield (
            yield from teach_model(self._home, self._extractors, WINDOW, source, wish, stop=stop)
        )

    def propose_name(self, source: LabelSource) -> str:
        """A name for a new model, after the folder or file that labels come from (lane QUICK)."""
        from finder.core.models.importing.model_import import free_name_like

        text = ""
        if source.table is not None:
            text = source.table.stem
        elif source.folders:
            text = os.path.basename(os.path.normpath(source.folders[0]))
        return free_name_like(self._home, text, _NAMELESS)

    def require_name(self, name: str) -> None:
        """Raises FinderError for one that is invalid or taken (lane QUICK)."""
        from finder.core.models.importing.model_import import require_name

        require_name(self._home, name)

    def require_bases(self, bases: Sequence[ModelSpec]) -> None:
        """Raises FinderError where they cannot become one model (lane QUICK)."""
        from finder.core.teaching.taught_graph import require_teachable

        require_teachable(bases)
