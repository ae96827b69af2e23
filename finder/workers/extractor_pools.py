"""The models' sessions as the program opens them: every added model has passed a trial, each is
computed by the provider that was chosen, and those from unknown sources in a process of their own.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from finder.workers.models.model_process import ModelProcesses
from finder.workers.models.model_trial import ModelTrials
from finder.workers.models.text_process import text_process
from finder.workers.provider_choice import ModelProviders

if TYPE_CHECKING:
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.paths import Home


def open_extractors(home: Home) -> ExtractorPool:
    """No model is loaded before it is asked for. Imports ONNX Runtime."""
    from finder.core.models.runtime.pool import ExtractorPool

    trials = ModelTrials(home)
    providers, processes = ModelProviders(home), ModelProcesses(home)
    return ExtractorPool(trials, providers, processes, trials.try_text, text_process)


class SharedExtractors:
    """One pool for all that runs in this process, opened at the first use. Thread-safe."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._pool: ExtractorPool | None = None

    def get(self) -> ExtractorPool:
        with self._lock:
            if self._pool is None:
                self._pool = open_extractors(self._home)
            return self._pool

    def release(self, model: str) -> None:
        """Close the sessions of a model that was removed: each may take hundreds of megabytes."""
        with self._lock:
            if self._pool is not None:
                self._pool.discard(model)

    def close(self) -> None:
        """End the models' processes. No model may be used any more."""
        with self._lock:
            if self._pool is not None:
                self._pool.close()
