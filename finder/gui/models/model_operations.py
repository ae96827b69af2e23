"""What the models dialog writes to the library: removing, indexing again, measuring."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from finder.core.cancellation import CancelToken
from finder.core.i18n import tr
from finder.gui.common.library_run import waiting_text
from finder.jobs.task_runner import Lane, Task, TaskRunner

if TYPE_CHECKING:
    from finder.core.library.model_usage import ModelUsage
    from finder.core.models.spec import ModelSpec
    from finder.gui.models.model_activities import ModelActivities
    from finder.jobs.workspace import Workspace
    from finder.use_cases.models.model_speed import Speed


class ModelOperations(QObject):
    """Signals: model_removed(ModelUsage); index_requested(name), once its vectors are deleted."""

    model_removed = Signal(object)
    index_requested = Signal(str)

    def __init__(
        self,
        task_runner: TaskRunner,
        workspace: Workspace,
        activities: ModelActivities,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._task_runner = task_runner
        self._workspace = workspace
        self._activities = activities
        self._measuring: dict[str, Task] = {}

    # Removing, indexing again

    def remove(self, usage: ModelUsage) -> None:
        """Remove an added model with its vectors."""
        self._activities.begin(usage.name, waiting_text(self._task_runner) or tr("Removing …"))
        self._task_runner.call(
            Lane.LIBRARY,
            partial(self._workspace.models.remove, usage),
            lambda _: self._removed(usage),
            partial(self._activities.fail, usage.name),
        )

    def _removed(self, usage: ModelUsage) -> None:
        self.model_removed.emit(usage)
        self._activities.end(usage.name)

    def index_again(self, spec: ModelSpec) -> None:
        """Delete a model's vectors, then request an index run that makes them again."""
        self._activities.begin(
            spec.name, waiting_text(self._task_runner) or tr("Deleting its vectors …")
        )
        self._task_runner.call(
            Lane.LIBRARY,
            partial(self._workspace.models.drop_vectors, spec),
            lambda _: self._vectors_deleted(spec),
            partial(self._activities.fail, spec.name),
        )

    def _vectors_deleted(self, spec: ModelSpec) -> None:
        self._activities.end(spec.name)
        self.index_requested.emit(spec.name)

    # Measuring

    def measure(self, spec: ModelSpec) -> None:
        """Measure a model's speed on the sample pictures, and save it."""
        name, stop = spec.name, CancelToken()
        text = tr("Measuring on the sample pictures, for about 5 seconds …")
        self._activities.begin(name, waiting_text(self._task_runner) or text, can_cancel=True)
        self._measuring[name] = self._task_runner.call(
            Lane.LIBRARY,
            partial(self._workspace.models.measure, spec, stop),
            partial(self._measured, name),
            partial(self._measuring_failed, name),
            stop,
        )

    def _measured(self, name: str, speed: Speed) -> None:
        del self._measuring[name]
        self._activities.end(name)

    def _measuring_failed(self, name: str, error: BaseException) -> None:
        del self._measuring[name]
        self._activities.fail(name, error)

    def stop_measuring(self, name: str) -> None:
        task = self._measuring.pop(name, None)
        if task is not None:
            task.drop()
            self._activities.end(name)

    def stop_all_measuring(self) -> None:
        for name in list(self._measuring):
            self.stop_measuring(name)
