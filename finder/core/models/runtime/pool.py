"""The embedders of a process, each created on first use."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

from finder.core.models.crops import CropsEmbedder, CropsSpec, base_name
from finder.core.models.runtime.provider_names import CPU, Choice

if TYPE_CHECKING:
    from finder.core.models.runtime.embedder import Embedder
    from finder.core.models.spec import ModelSpec


class ExtractorPool:
    """The embedders of this process, each created on first use and then kept.

    trial: verifies a model before it is loaded; raises FinderError. choose: returns the provider to
    compute it with. isolate: returns the embedder of a model that must not run in this process,
    None for any other. None of them is called for kinds of models that need no trial.
    """

    def __init__(
        self,
        trial: Callable[[ModelSpec], None] = lambda spec: None,
        choose: Callable[[ModelSpec], Choice] = lambda spec: Choice(),
        isolate: Callable[[ModelSpec], Embedder | None] = lambda spec: None,
    ) -> None:
        self._trial = trial
        self._choose = choose
        self._isolate = isolate
        self._notes: list[str] = []
        self._made: dict[ModelSpec, Embedder] = {}
        self._locks: defaultdict[ModelSpec, threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def get(self, spec: ModelSpec) -> Embedder:
        """The model's embedder; others can be loaded at the same time. Raises FinderError if it
        cannot be loaded."""
        with self._lock:
            lock = self._locks[spec]
        with lock:
            if spec not in self._made:
                self._made[spec] = self._make(spec)
            return self._made[spec]

    def _make(self, spec: ModelSpec) -> Embedder:
        if isinstance(spec, CropsSpec):
            return CropsEmbedder(spec, self.get(spec.base))
        if not spec.traits.needs_trial:
            return spec.traits.make_embedder(spec, CPU)
        self._trial(spec)
        return self._isolate(spec) or self._make_here(spec)

    def _make_here(self, spec: ModelSpec) -> Embedder:
        """The model computed in this process."""
        choice = self._choose(spec)
        embedder = spec.traits.make_embedder(spec, choice.provider)
        if choice.note:
            self._notes.append(choice.note)
        return embedder

    def discard(self, model: str) -> None:
        """Close and forget the embedders of the models of this name, also for crops."""
        for spec in [spec for spec in list(self._made) if base_name(spec.name) == model]:
            _close(self._made.pop(spec, None))

    def close(self) -> None:
        """End the models' processes. The pool must not be used afterwards."""
        for spec in list(self._made):
            _close(self._made.pop(spec, None))

    def notes(self) -> list[str]:
        """Sentences for the user on requested providers that are not used."""
        made = list(self._made.values())
        fallbacks = [getattr(embedder, "fallback_note", "") for embedder in made]
        return [*self._notes, *filter(None, fallbacks)]


def _close(embedder: Embedder | None) -> None:
    """Call its `close`, if it has one."""
    close = getattr(embedder, "close", None)
    if close is not None:
        close()
