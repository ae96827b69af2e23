"""Files that crash or block a decoder: how a run finds them and gets past them.

The procedure, step by step:

1.  **Noted.** Before a worker decodes a picture, it writes its path into a slot of the crash
    journal, a small file that outlives the process, and clears the slot afterwards
    (`crash_journal.CrashJournal`, in `worker.work`).
2.  **Crashed.** A decoder that takes the whole process down leaves its path in the journal. The
    next run takes the paths over as suspects (`crash_journal.CrashSuspects`), and with them the
    files that the catalogue has as crashed and that have changed since. `SuspectFiles.select` picks
    them out before any worker sees them.
3.  **Blocked.** A decoder cannot be interrupted. One that takes longer than
    `Executors.decode_timeout` (60 s) loses its thread: the thread is abandoned, new ones take over
    (`dispatch.Dispatcher`), and the file waits for step 5. This proves nothing against the file:
    perhaps the whole computer was suspended. An abandoned thread keeps its picture in memory, so
    with `MAX_ABANDONED_THREADS` of them all further files wait for step 5.
4.  **Too costly.** A worker that finds a file above 64 MB, or a picture that would take more memory
    than `WorkerContext.memory_limit`, raises `BudgetExceeded`: the file waits for step 5, too.
5.  **Isolated.** Suspects are tried before all other files, the rest after them, one at a time:
    `IsolatedTrial` runs `Executors.run_isolated` (`workers.isolated_worker`), a child process with
    limits of time and memory.
6.  **Judged.** What the end of the child means is decided in `run_in_children`. If it died while
    a model was at work, the model has failed on this picture, and another child continues with
    the other models. Otherwise the picture is skipped as crashed or too slow. A child that was
    asked to end (a shutdown) proves nothing.
7.  **Stored.** The result is stored like any other (`batch_storage`): a file that was skipped this
    way is not tried again until it changes; one that had been read before, and has not changed,
    keeps its picture, and the models that were to embed it have failed on it.
8.  **Cleared.** Only then the path leaves the list of suspects. Paths on an offline drive stay.

A model that crashes or takes too long on many pictures is switched off (`model_reliability`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from finder.core.cancellation import CancelToken
from finder.core.errors import Failure, Reason
from finder.core.library.availability import place_of
from finder.core.library.indexing.file_result import FileResult
from finder.core.library.indexing.reliability.crash_journal import CrashSuspects
from finder.core.library.indexing.worker import WorkerOutput, is_stable
from finder.core.pictures.scan import FoundFile, is_within_any

if TYPE_CHECKING:
    from finder.core.library.indexing.executors import Executors
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home

MAX_ABANDONED_THREADS = 4
"""Threads that may be left blocked in a decoder, each with its picture in memory."""


class SuspectFiles:
    """The suspects that an indexing run found when it began. The writer's lock must be held."""

    def __init__(self, home: Home) -> None:
        self._listed = CrashSuspects(home)

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(self._listed.paths)

    def select(self, files: Iterable[FoundFile], crashed: Collection[str]) -> list[FoundFile]:
        """Those of the files that are to be isolated from the start. crashed: paths that the
        catalogue has as crashed."""
        suspects = self._listed.paths.union(crashed)
        return [file for file in files if file.path in suspects]

    def clear(self, path: str) -> None:
        """The file's result is stored."""
        self._listed.clear([path])

    def clear_finished(
        self, remaining: Collection[str], folders: Sequence[str], offline: Sequence[str]
    ) -> None:
        """Clear the suspects below the run's folders that are stored or deleted. remaining: paths
        that are still to be worked on. Files on an offline drive stay suspects."""
        self._listed.clear(
            path
            for path in self._listed.paths.difference(remaining)
            if is_within_any(path, folders)
            and not is_within_any(path, offline)
            and place_of(os.path.dirname(path), known=True) is not None
        )


class AbandonedThreads:
    """The threads that a run has left blocked in a decoder."""

    def __init__(self) -> None:
        self._blocked: list[Future[WorkerOutput]] = []

    def add(self, blocked: Iterable[Future[WorkerOutput]]) -> None:
        self._blocked.extend(blocked)

    @property
    def are_too_many(self) -> bool:
        """Whether no other thread may be risked now."""
        return sum(not future.done() for future in self._blocked) >= MAX_ABANDONED_THREADS


class IsolatedTrial:
    """One file in a process of its own. A context manager; leaving it early ends the process."""

    def __init__(
        self, executors: Executors, home: Home, file: FoundFile, specs: Sequence[ModelSpec] | None
    ) -> None:
        """specs: as for `RunIsolated`."""
        self._stop = CancelToken()
        self._future = executors.extracting.submit(
            executors.run_isolated, home, file, specs, self._stop
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()

    def is_done(self, seconds: float) -> bool:
        """Whether it has ended, after at most this many seconds."""
        wait([self._future], seconds)
        return self._future.done()

    def output(self) -> WorkerOutput:
        """The result. Raises FinderError if neither picture nor model is the cause."""
        return self._future.result()


@dataclass(frozen=True)
class ChildEnd:
    """How a child process ended that tried one file. result: what it has computed; else failure:
    why it died, and model: which model was at work then, empty for none (it was decoding). With
    neither result nor failure, it was asked to end."""

    result: FileResult | None = None
    failure: Failure | None = None
    model: str = ""


def run_in_children(
    file: FoundFile, run_child: Callable[[Mapping[str, Failure]], ChildEnd]
) -> WorkerOutput:
    """Try a file in child processes until its result is certain (step 6). run_child: starts one;
    given the failures of models that are not to be tried any more."""
    failures: dict[str, Failure] = {}
    while True:
        end = run_child(failures)
        if end.result is not None:
            return _if_stable(file, _without_memory_limit(end.result))
        if end.failure is None:  # the picture is not the cause
            return WorkerOutput(FileResult(file, None, reason=Reason.CRASHED), is_stable=False)
        if not end.model:
            failure = end.failure
            return _if_stable(
                file, FileResult(file, None, reason=failure.reason, detail=failure.detail)
            )
        failures[end.model] = end.failure


def _if_stable(file: FoundFile, result: FileResult) -> WorkerOutput:
    """The result counts only if the file is still what it was when it was found."""
    return WorkerOutput(result, is_stable=is_stable(file, result.reason, defer_recent=False))


def _without_memory_limit(result: FileResult) -> FileResult:
    """The child has a memory limit; without one, such a decoder would take all memory there is."""
    if result.reason is Reason.OUT_OF_MEMORY:
        return replace(result, reason=Reason.CRASHED)
    return result
