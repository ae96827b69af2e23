"""The text towers of a process, each loaded for a first text and let go when it is idle.

A tower may take a gigabyte, and most of the time nobody types.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
        self._closed = False
        self._lock = threading.Lock()

    def get(self, spec: ModelSpec) -> KeptTower:
        """The model's tower, loaded. Raises FinderError if it cannot be, or there is none."""
        if spec.text is None:
            raise FinderError(
                tr("{title} does not understand words.").format(title=spec.title),
                tr("Use a picture, or another model."),
            )
        with self._lock:
            if self._closed:
                raise _not_in_use(spec)
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
        """Close the towers of the models of this name, as `KeptTower.close`."""
        with self._lock:
            gone = [self._towers.pop(spec) for spec in list(self._towers) if spec.name == model]
        for tower in gone:
            tower.close()

    def close(self) -> None:
        """The same for all of them; none can be had afterwards."""
        with self._lock:
            self._closed = True
            gone = list(self._towers.values())
            self._towers.clear()
        for tower in gone:
            tower.close()


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
        self._last_use = 0.0
        self._timer: threading.Timer | None = None
        self._closed = False
        self._lock = threading.Lock()

    def __del__(self) -> None:
        self._stop_timer()

    @property
    def is_loaded(self) -> bool:
        return self._tower is not None

    def embed_text(self, text: str) -> NDArray[np.float32]:
        """Some words' vector: float32 [dimension], L2-normalised. Raises FinderError."""
        with self._turn():
            try:
                return self._loaded().embed_text(text)
            finally:
                self._last_use = time.monotonic()

    def load(self) -> None:
        """Raises FinderError."""
        with self._turn():
            self._loaded()

    def close(self) -> None:
        """Free its memory for good. Never waits for a load or a text under way: whoever has asked
        for that frees it at its end."""
        self._closed = True
        self._free_if_unused()

    def let_go_if_idle(self) -> None:
        """Free its memory, or wait on if it was used meanwhile. It can be loaded again."""
        with self._turn():
            left = self._last_use + self._idle_seconds - time.monotonic()
            if self._tower is None or left <= 0:
                self._free()
            else:
                self._start_timer(left)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        try:
            with self._lock:
                yield
        finally:
            if self._closed:  # meanwhile
                self._free_if_unused()

    def _loaded(self) -> TextEmbedder:
        self._require_open()
        if self._tower is None:
            self._tower = self._make(self.spec)
            self._start_timer(self._idle_seconds)
            self._require_open()
        self._last_use = time.monotonic()
        return self._tower

    def _require_open(self) -> None:
        if self._closed:
            raise _not_in_use(self.spec)

    def _free_if_unused(self) -> None:
        if self._lock.acquire(blocking=False):
            try:
                self._free()
            finally:
                self._lock.release()

    def _free(self) -> None:
        self._stop_timer()
        close = getattr(self._tower, "close", None)
        self._tower = None
        if close is not None:
            close()

    def _start_timer(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, _let_go_if_idle, [weakref.ref(self)])
        self._timer.daemon = True  # a program that ends does not wait for it
        self._timer.name = TIMER
        self._timer.start()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _not_in_use(spec: ModelSpec) -> FinderError:
    return FinderError(tr("The model {title} is no longer in use.").format(title=spec.title))


def _let_go_if_idle(tower: weakref.ref[KeptTower]) -> None:
    kept = tower()
    if kept is not None:
        kept.let_go_if_idle()
