"""The embedders of a process, each created on first use."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from finder.core.models.crops import CropsEmbedder, CropsSpec, base_name
from finder.core.models.runtime.provider_names import CPU, Choice
from finder.core.models.runtime.text_towers import TextTowers

if TYPE_CHECKING:
    from finder.core.models.runtime.embedder import Embedder, TextEmbedder
    from finder.core.models.spec import ModelSpec


class ExtractorPool:
    """The embedders of this process, each created on first use and then kept.

    trial: verifies a model before it is loaded; raises FinderError. choose: returns the provider to
    compute it with. isolate: returns the embedder of a model that must not run in this process,
    None for any other. None of them is called for kinds of models that need no trial. try_text,
    isolate_text: the same for text towers.
    """

    def __init__(
        self,
        trial: Callable[[ModelSpec], None] = lambda spec: None,
        choose: Callable[[ModelSpec], Choice] = lambda spec: Choice(),
        isolate: Callable[[ModelSpec], Embedder | None] = lambda spec: None,
        try_text: Callable[[ModelSpec], None] = lambda spec: None,
        isolate_text: Callable[[ModelSpec], TextEmbedder | None] = lambda spec: None,
    ) -> None:
        self._trial = trial
        self._choose = choose
        self._isolate = isolate
        # Not a method: a cycle of references would keep the models of a pool that is given up.
        self._texts = TextTowers(partial(_make_text, try_text, isolate_text))
        self._notes: list[str] = []
        self._made: dict[ModelSpec, Embedder] = {}
        self._locks: defaultdict[ModelSpec, threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def get(self, spec: ModelSpec) -> Embedder:
        """The model's embedder; others can be loaded at the same time. Raises FinderError if it
        cannot be loaded."""
        if spec.text is not None:  # which a model may be given later
            spec = replace(spec, text=None)
        with self._lock:
            lock = self._locks[spec]
        with lock:
            if spec not in self._made:
                self._made[spec] = self._make(spec)
            return self._made[spec]

    def text(self, spec: ModelSpec) -> TextEmbedder:
        """What embeds words for the model. It is loaded now, unless it is already; after some
        minutes without use its memory is freed, and the next use loads it again. Raises
        FinderError if it cannot be loaded, or the model does not understand words."""
        return self._texts.get(spec)

    def has_text_loaded(self, spec: ModelSpec) -> bool:
        """Whether `text` returns at once."""
        return self._texts.has_loaded(spec)

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
        self._texts.discard(model)

    def close(self) -> None:
        """End the models' processes. The pool must not be used afterwards."""
        for spec in list(self._made):
            _close(self._made.pop(spec, None))
        self._texts.close()

    def notes(self) -> list[str]:
        """Sentences for the user on requested providers that are not used."""
        made = list(self._made.values())
        fallbacks = [getattr(embedder, "fallback_note", "") for embedder in made]
        return [*self._notes, *filter(None, fallbacks)]


def _make_text(
    trial: Callable[[ModelSpec], None],
    isolate: Callable[[ModelSpec], TextEmbedder | None],
    spec: ModelSpec,
) -> TextEmbedder:
    from finder.core.models.runtime.text_tower import TextTower

    trial(spec)
    return isolate(spec) or TextTower(spec)


def _close(embedder: Embedder | None) -> None:
    """Call its `close`, if it has one."""
    close = getattr(embedder, "close", None)
    if close is not None:
        close()
