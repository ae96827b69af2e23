"""What an indexing run has done so far, from which each `Progress` is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from finder.core.errors import Reason
from finder.core.library.indexing.progress import Counts, ModelProgress, Phase, Progress, RateMeter
from finder.core.models.crops import base_name
from finder.core.pictures.scan import outermost

if TYPE_CHECKING:
    from finder.core.library.indexing.file_result import FileResult
    from finder.core.library.indexing.plan import Plan
    from finder.core.library.indexing.reliability.model_reliability import Reliability
    from finder.core.models.spec import ModelSpec


class ProgressTracker:
    """Counts the files of a run. moved: the folders that were followed to another place; counts: by
    the names of `Counts`, without the unchanged files, which the plan has; recognised: new files
    with known content, by path with their pictures."""

    def __init__(self, plan: Plan, specs: Sequence[ModelSpec], reliability: Reliability) -> None:
        self._plan = plan
        self._reliability = reliability
        self._model_seconds = {base_name(spec.name): [0.0, 0] for spec in specs}
        self._done = 0
        self._meter = RateMeter()
        self.counts = Counter[str]()
        self.moved: dict[str, str] = {}
        self.recognised: dict[str, int] = {}

    def count_done(self) -> None:
        """Count a processed file, whatever its result."""
        self._done += 1

    def count_unstable(self) -> None:
        """Count a file that is being written, and is left for the next run."""
        self.counts["unsettled"] += 1

    def count(self, result: FileResult, seconds: Mapping[str, float]) -> None:
        """A result is to be stored. seconds: what each model's extraction took."""
        for name, taken in seconds.items():
            self._model_seconds[base_name(name)][0] += taken
        for name in set(map(base_name, seconds)):
            self._model_seconds[name][1] += 1
        if result.picture is not None:
            done = self._plan.model_done
            for name in self._plan.partly.get(result.file.path, tuple(done)):
                done[name] += self._reliability.goes_on(name)
        kind, path = _kind(result), result.file.path
        self.counts[kind] += 1
        self.counts["skipped_before"] += kind == "skipped" and path in self._plan.retried
        if kind == "known" and result.picture is not None and not self._was_there(path):
            self.recognised[path] = result.picture

    def _was_there(self, path: str) -> bool:
        """Whether the file was known before: it was only touched, or a model is new."""
        return path in self._plan.changed or path in self._plan.partly

    def progress(self, phase: Phase, found: int, notes: Sequence[str]) -> Progress:
        """found: files found so far, while scanning; notes: sentences for the user."""
        plan, reliability = self._plan, self._reliability
        total = len(plan.todo)
        rate = self._meter.update(self._done) if phase is Phase.EXTRACTING else 0.0
        files = total + plan.unchanged
        return Progress(
            phase=phase,
            found=found or files,
            done=self._done,
            total=total,
            rate=rate,
            seconds_left=(total - self._done) / rate if rate > 0 else None,
            counts=Counts(unchanged=plan.unchanged, **self.counts),
            models={name: self._model_progress(name, files) for name in plan.model_done},
            offline=tuple(plan.offline),
            moved={folder: self.moved[folder] for folder in outermost(list(self.moved))},
            notes=(*notes, *reliability.notes),
            failed=reliability.failed,
            switched_off=reliability.switched_off,
        )

    def _model_progress(self, name: str, files: int) -> ModelProgress:
        seconds, pictures = self._model_seconds[name]
        speed = pictures / seconds if seconds else 0.0
        return ModelProgress(self._plan.model_done[name], files, speed)


def _kind(result: FileResult) -> str:
    """As which of `Counts` a result counts."""
    if result.reason is Reason.REMOVED:
        return "known"
    if result.picture is None:
        return "skipped"
    if result.vectors:
        return "new"
    return "failed" if result.failures else "known"
