"""How each model fares in an indexing run: one that fails on most pictures is switched off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from finder.core.errors import FinderError, Reason
from finder.core.i18n import tr
from finder.core.library.catalogue.failure_table import fails_mostly
from finder.core.library.catalogue.settings import switch_off
from finder.core.library.indexing.file_result import FileResult
from finder.core.library.writer import LibraryWriter
from finder.core.models.registry import list_models
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec

MOST_ENDS = 5
"""So often a model may crash or take too long in a run, each time at a cost of seconds;"""
RARELY = 20
"""more often only if that is less than once in so many pictures."""


class Reliability:
    """Counts what each model of a run made of its pictures. left: the models that go on;
    switched_off: names of those that were given up, once `settle` has noted them; notes: a sentence
    for each that does not go on."""

    def __init__(self, writer: LibraryWriter, specs: Sequence[ModelSpec]) -> None:
        self._writer = writer
        self._titles = {spec.name: spec.title for spec in specs}
        self._made = Counter[str]()
        self._failed = Counter[str]()
        self._ended = Counter[str]()
        self._given_up: dict[str, str] = {}
        self._not_loaded: dict[str, str] = {}
        self.left = list(specs)
        self.switched_off: tuple[str, ...] = ()

    @property
    def failed(self) -> dict[str, int]:
        """By the title of each model that has failed: on how many pictures of this run."""
        return {self._titles[name]: number for name, number in self._failed.items()}

    @property
    def notes(self) -> tuple[str, ...]:
        return (*self._not_loaded.values(), *self._given_up.values())

    def goes_on(self, name: str) -> bool:
        return any(spec.name == name for spec in self.left)

    def load(self, extractors: ExtractorPool) -> None:
        """Load the models. One that cannot be loaded is left out of this run. Raises FinderError
        where that is so with all."""
        for spec in list(self.left):
            try:
                extractors.get(spec)
            except FinderError as error:
                if len(self.left) == 1:
                    raise
                self._not_loaded[spec.name] = str(error)
                self.left.remove(spec)

    def note(self, outcome: FileResult) -> None:
        """Count what became of a file."""
        self._made.update(outcome.vectors.keys())
        self._failed.update(outcome.failures.keys())
        for name, failure in outcome.failures.items():
            failed = self._failed[name]
            tried = self._made[name] + failed
            self._judge(name, tried, failed)
            self._ended[name] += failure.reason in (Reason.CRASHED, Reason.TOO_SLOW)
            ended = self._ended[name]
            if ended >= MOST_ENDS and ended * RARELY > tried:
                why = tr("{title} crashed or took too long on {ended} of {tried} pictures.")
                title = self._titles[name]
                self._give_up(name, why.format(title=title, ended=ended, tried=tried))

    def _give_up(self, name: str, why: str) -> None:
        """Do without the model from now on; why: a whole sentence."""
        if self.goes_on(name):
            off = tr("It is switched off for new pictures.")
            self._given_up[name] = f"{why} {off}"
            self.left = [spec for spec in self.left if spec.name != name]

    def settle(self) -> None:
        """Switch off the models that were given up, and those whose failures of many small runs
        come to as much. Nobody else may use the catalogue meanwhile."""
        catalogue = self._writer.catalogue
        made, failed = catalogue.embeddings.counts(), catalogue.failures.counts()
        for name, failed_now in self._failed.items():
            if failed_now > self._made[name]:
                all_failed = failed.get(name, 0)
                self._judge(name, made.get(name, 0) + all_failed, all_failed)
        new = [name for name in self._given_up if name not in self.switched_off]
        if new:
            installed, _ = list_models(self._writer.home.model_dirs())
            with catalogue.transaction():
                for name in new:
                    switch_off(catalogue, name, installed)
            self.switched_off += tuple(new)

    def _judge(self, name: str, tried: int, failed: int) -> None:
        if fails_mostly(tried, failed):
            why = tr("{title} failed on {failed} of {tried} pictures.")
            self._give_up(name, why.format(title=self._titles[name], failed=failed, tried=tried))
