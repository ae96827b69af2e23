"""How reliable each model is in a run: one that fails on most pictures is switched off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from finder.core.errors import FinderError, Reason
from finder.core.i18n import tr
from finder.core.library.catalogue import settings
from finder.core.library.catalogue.tables.failure_table import fails_mostly
from finder.core.models.crops import base_name, is_crops, title_of
from finder.core.models.registry import list_models

if TYPE_CHECKING:
    from finder.core.library.indexing.file_result import FileResult
    from finder.core.library.writer import LibraryWriter
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec

MAX_CRASHES = 5
"""How often a model may crash or take too long in a run, which costs seconds each time;"""
PICTURES_PER_CRASH = 20
"""more often only if that is less than once in this many pictures."""


class Reliability:
    """Counts the successes and failures of each model of a run. left: the models that are still
    used; switched_off: names of those that were stopped, once `switch_off` has stored that; notes:
    a sentence for each model that is no longer used. Crops count for themselves: a model that fails
    on them still embeds whole pictures; but without a model there are no crops for it."""

    def __init__(self, writer: LibraryWriter, specs: Sequence[ModelSpec]) -> None:
        self._writer = writer
        titles = {spec.name: spec.title for spec in specs}
        self._titles = {spec.name: title_of(spec.name, titles) for spec in specs}
        self._embedded = Counter[str]()
        self._failed = Counter[str]()
        self._crashed = Counter[str]()
        self._stopped: dict[str, str] = {}
        self._not_loaded: dict[str, str] = {}
        self.left = list(specs)
        self.switched_off: tuple[str, ...] = ()

    @property
    def failed(self) -> dict[str, int]:
        """By the title of each model that has failed: on how many pictures of this run."""
        return {self._titles[name]: number for name, number in self._failed.items()}

    @property
    def notes(self) -> tuple[str, ...]:
        return (*self._not_loaded.values(), *self._stopped.values())

    def goes_on(self, name: str) -> bool:
        return any(spec.name == name for spec in self.left)

    def load(self, extractors: ExtractorPool) -> None:
        """Load the models. One that cannot be loaded is left out of this run. Raises FinderError
        if none can be loaded."""
        for spec in list(self.left):
            if spec not in self.left:
                continue
            try:
                extractors.get(spec)
            except FinderError as error:
                self._leave_out(spec.name)
                if not self.left:
                    raise
                self._not_loaded[spec.name] = str(error)

    def count(self, result: FileResult) -> None:
        """Count a file's result."""
        self._embedded.update(result.vectors.keys())
        self._failed.update(result.failures.keys())
        for name, failure in result.failures.items():
            failed = self._failed[name]
            tried = self._embedded[name] + failed
            self._judge(name, tried, failed)
            self._crashed[name] += failure.reason in (Reason.CRASHED, Reason.TOO_SLOW)
            crashed = self._crashed[name]
            if crashed >= MAX_CRASHES and crashed * PICTURES_PER_CRASH > tried:
                note = tr(
                    "{title} crashed or took too long on {ended} of {tried} pictures. It is "
                    "switched off for new pictures."
                )
                if is_crops(name):
                    note = tr(
                        "{title} crashed or took too long on {ended} of {tried} pictures. This run "
                        "makes no more of them."
                    )
                title = self._titles[name]
                self._stop(name, note.format(title=title, ended=crashed, tried=tried))

    def _stop(self, name: str, note: str) -> None:
        """Continue without the model; note: for the user."""
        if self.goes_on(name):
            self._stopped[name] = note
            self._leave_out(name)

    def _leave_out(self, name: str) -> None:
        self.left = [one for one in self.left if name not in (one.name, base_name(one.name))]

    def switch_off(self) -> None:
        """Store that the stopped models are off, and those whose failures of many small runs add up
        to as much. No other thread may use the catalogue meanwhile."""
        catalogue = self._writer.catalogue
        embedded, failed = catalogue.embeddings.counts(), catalogue.failures.counts()
        for name, failed_now in self._failed.items():
            if failed_now > self._embedded[name]:
                all_failed = failed.get(name, 0)
                self._judge(name, embedded.get(name, 0) + all_failed, all_failed)
        stopped = [name for name in self._stopped if not is_crops(name)]
        new = [name for name in stopped if name not in self.switched_off]
        if new:
            installed, _ = list_models(self._writer.home.model_dirs())
            with catalogue.transaction():
                for name in new:
                    settings.switch_off(catalogue, name, installed)
            self.switched_off += tuple(new)

    def _judge(self, name: str, tried: int, failed: int) -> None:
        if fails_mostly(tried, failed):
            note = tr(
                "{title} failed on {failed} of {tried} pictures. It is switched off for new "
                "pictures."
            )
            if is_crops(name):
                note = tr(
                    "{title} failed on {failed} of {tried} pictures. This run makes no more of "
                    "them."
                )
            self._stop(name, note.format(title=self._titles[name], failed=failed, tried=tried))
