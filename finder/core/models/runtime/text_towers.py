"""The text towers of a process, each loaded for a first text and let go when it is idle.

A tower may take a gigabyte, and most of the time nobody types.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from finder.core.errors import FinderError
from finder.core.i18n import tr

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from finder.core.models.runtime.embedder import TextEmbedder
    from finder.core.models.spec import ModelSpec

IDLE_SECONDS: Final = 300.0
TIMER: Final = "finder-idle-words"
"""The name of the threads that wait for it."""


class TextTowers:
    """Thread-safe; several towers can be loaded at the same time. make: loads one; raises
    FinderError. idle_seconds: how long one is kept after its last use."""

    def __init__(
        self, make: Callable[[ModelSpec], TextEmbedder], idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._make = make
        self._idle_seconds = idle_seconds
        self._towers: dict[ModelSpec, KeptTower] = {}
        self._lock = threading.Lock()

    def get(self, spec: ModelSpec) -> KeptTower:
        """The model's tower, loaded. Raises FinderError if it cannot be, or there is none."""
        if spec.text is None:
            raise FinderError(
                tr("{title} does not understand words.").format(title=spec.title),
                tr("Use a picture, or another model."),
            )
        with self._lock:
            tower = self._towers.get(spec)
            if tower is None:
                tower = KeptTower(spec, self._make, self._idle_seconds)
                self._towers[spec] = tower
        tower.load()
        return tower

    def has_loaded(self, spec: ModelSpec) -> bool:
        with self._lock:
            tower = self._towers.get(spec)
        return tower is not None and tower.is_loaded

    def discard(self, model: str) -> None:
        """Let go of the towers of the models of this name."""
        with self._lock:
            gone = [self._towers.pop(spec) for spec in list(self._towers) if spec.name == model]
        for tower in gone:
            tower.release()

    def close(self) -> None:
        with self._lock:
            gone = list(self._towers.values())
            self._towers.clear()
        for tower in gone:
            tower.release()


class KeptTower:
    """A `TextEmbedder` that loads its tower again where it was let go."""

    def __init__(
        self,
        spec: ModelSpec,
        make: Callable[[ModelSpec], TextEmbedder],
        idle_seconds: float,
    ) -> None:
        self.spec = spec
        self._make = make
        self._idle_seconds = idle_seconds
        self._tower: TextEmbedder | None = None
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def __del__(self) -> None:
        self._stop_timer()

    @property
    def is_loaded(self) -> bool:
        return self._tower is not None

    def embed_text(self, text: str) -> NDArray[np.float32]:
        """Some words' vector: float32 [dimension], L2-normalised. Raises FinderError."""
        with self._lock:
            return self._loaded().embed_text(text)

    def load(self) -> None:
        """Raises FinderError."""
        with self._lock:
            self._loaded()

    def release(self) -> None:
        """Free its memory, once a text under way has been embedded."""
        with self._lock:
            self._stop_timer()
            close = getattr(self._tower, "close", None)
            self._tower = None
            if close is not None:
                close()

    def _loaded(self) -> TextEmbedder:
        """The tower, which is now kept for another while."""
        self._stop_timer()
        if self._tower is None:
            self._tower = self._make(self.spec)
        self._timer = threading.Timer(self._idle_seconds, _release, [weakref.ref(self)])
        self._timer.daemon = True  # a program that ends does not wait for it
        self._timer.name = TIMER
        self._timer.start()
        return self._tower

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _release(tower: weakref.ref[KeptTower]) -> None:
    kept = tower()
    if kept is not None:
        kept.release()
