"""The window's operations on installed models (lane LIBRARY)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from finder.core.i18n import mark

if TYPE_CHECKING:
    from finder.core.cancellation import CancelToken
    from finder.core.library.model_usage import ModelUsage
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.use_cases.models.model_speed import Speed
    from finder.workers.extractor_pools import SharedExtractors

WINDOW: Final = mark("the window")
"""The holder of the writer's lock, as other processes name it in their errors."""


@dataclass(frozen=True)
class OfferedWords:
    """A model that understands words and can be downloaded. bytes: to download for it."""

    name: str
    title: str
    bytes: int


class LibraryModels:
    """The use cases, with the window's shared sessions. Methods raise FinderError."""

    def __init__(self, home: Home, extractors: SharedExtractors) -> None:
        self._home = home
        self._extractors = extractors

    def remove(self, usage: ModelUsage) -> None:
        """Remove an added model with its vectors."""
        from finder.use_cases.models.install_model import remove_installed

        remove_installed(self._home, usage, WINDOW)
        self._extractors.release(usage.name)

    def measure(self, spec: ModelSpec, token: CancelToken) -> Speed:
        """Measure how fast it is on this computer. Raises Cancelled, too."""
        from finder.use_cases.models.model_speed import measure_model

        return measure_model(self._home, spec, self._extractors.get, WINDOW, token)

    def drop_vectors(self, spec: ModelSpec) -> int:
        """Delete its vectors, so that the next indexing run computes them again. Returns their
        number."""
        from finder.use_cases.models.reindex_model import drop_vectors

        return drop_vectors(self._home, spec, self._extractors.get, WINDOW)

    def offered_words(self) -> OfferedWords | None:
        """The first model of the catalogue that understands words (lane QUICK)."""
        from finder.core.models.downloads.offers import catalogue_file, read_offers

        for offer in read_offers(catalogue_file()):
            if offer.text is not None:
                return OfferedWords(offer.spec.name, offer.spec.title, offer.size)
        return None
