"""Which models index new pictures: the user's choice, kept in the settings."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from finder.core.library.catalogue.settings import indexing_models, without_model
from finder.jobs.task_runner import Lane, TaskRunner

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.jobs.workspace import Workspace


class IndexingModels(QObject):
    """names: the chosen models; None: all but the baselines, future ones included.

    Signal: changed, when other models index new pictures from now on.
    """

    changed = Signal()

    def __init__(
        self,
        names: Sequence[str] | None,
        task_runner: TaskRunner,
        workspace: Workspace,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._task_runner = task_runner
        self._workspace = workspace
        self.names = None if names is None else tuple(names)
        self.installed: Sequence[ModelSpec] = ()

    def specs(self) -> list[ModelSpec]:
        """Those of the installed models that index new pictures."""
        return indexing_models(self.names, self.installed)

    def choose(self, names: Sequence[str]) -> None:
        """The user's choice; it is saved."""
        default = [spec.name for spec in indexing_models(None, self.installed)]
        self.names = None if sorted(names) == sorted(default) else tuple(names)
        self._task_runner.call(Lane.QUICK, partial(self._workspace.save, {"models_on": self.names}))
        self.changed.emit()

    def forget(self, name: str) -> None:
        """Call when a model was removed, also from the saved settings."""
        self.names = tuple(kept for kept in self.names or () if kept != name) or None

    def switch_off(self, names: Sequence[str]) -> None:
        """Call when an indexing run has switched these off and saved that."""
        if not names:
            return
        for name in names:
            self.names = without_model(self.names, name, self.installed)
        self.changed.emit()
