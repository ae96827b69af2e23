"""Training models on labelled folders, for the window."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.jobs.training_process import TrainingProcess

if TYPE_CHECKING:
    from finder.core.cancellation import CancelToken
    from finder.core.paths import Home
    from finder.core.training.settings import Settings
    from finder.core.training.unfinished import Unfinished


@dataclass(frozen=True)
class TrainingFacts:
    """missing: packages that are not installed; unfinished: trainings that can go on, the newest
    first."""

    missing: tuple[str, ...]
    unfinished: tuple[Unfinished, ...]


class LibraryTraining:
    """They raise FinderError. `process` is called in the GUI thread, and starts nothing."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def facts(self) -> TrainingFacts:
        """What the window must know before a training (lane QUICK)."""
        from finder.core.training.settings import missing_packages
        from finder.core.training.unfinished import remove_finished, unfinished_trainings

        remove_finished(self._home)
        return TrainingFacts(tuple(missing_packages()), tuple(unfinished_trainings(self._home)))

    def forget(self, name: str) -> None:
        """Delete the state of an unfinished training (lane QUICK)."""
        from finder.core.training.run_lock import forget_training

        forget_training(self._home, name)

    def propose_name(self, folder: str, method: str) -> str:
        """A name for a new model, after the folder and the method (lane QUICK)."""
        from finder.core.models.importing.model_import import free_name_like

        name = os.path.basename(os.path.normpath(folder)) if folder else ""
        return free_name_like(self._home, f"{name}-{method}", method)

    def require_name(self, name: str) -> None:
        """Raises FinderError for one that is invalid or taken (lane QUICK)."""
        from finder.core.models.importing.model_import import require_name

        require_name(self._home, name)

    def process(self, settings: Settings, restart: bool, token: CancelToken) -> TrainingProcess:
        """restart: forget an unfinished training of this name; token: set where it is to stop."""
        from finder.core.training.messages import Request

        return TrainingProcess(Request(self._home, settings, restart), token)
