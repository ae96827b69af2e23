"""Reads of which only the newest counts, such as a check of a name while it is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from finder.jobs.task_runner import Lane, Task, TaskRunner

Value = TypeVar("Value")


class NewestTasks:
    """In the lane QUICK: one for each key."""

    def __init__(self, task_runner: TaskRunner) -> None:
        self._task_runner = task_runner
        self._tasks: dict[str, Task] = {}

    def call(
        self,
        key: str,
        function: Callable[[], Value],
        show: Callable[[Value], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        """Instead of the one before."""
        before = self._tasks.get(key)
        if before is not None:
            before.drop()
        self._tasks[key] = self._task_runner.call(Lane.QUICK, function, show, failed)

    def drop(self) -> None:
        """None of them counts any more."""
        for task in self._tasks.values():
            task.drop()
        self._tasks.clear()
