"""Processing one picture in a child process with limits of time and memory, so that a crash harms
nothing else.

`work_isolated` starts the child and reads its output: a line whenever a model starts or ends, and
at last a JSON object. `child_process_picture` runs in the child.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from finder.core.errors import Failure, Reason, SkippedPicture
from finder.core.i18n import tr
from finder.core.pictures.facts import PictureFacts
from finder.core.pictures.metadata.description import Description
from finder.core.system.memory import physical_memory
from finder.workers.child_command import PROCESS_PICTURE, limit_process
from finder.workers.child_process import ChildResult, Ending, run_child

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from finder.core.cancellation import CancelToken
    from finder.core.library.indexing.file_result import FileResult
    from finder.core.library.indexing.worker import WorkerOutput
    from finder.core.models.runtime.embedder import Embedder
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.core.pictures.content_id import ContentHash
    from finder.core.pictures.scan import FoundFile

TIME_LIMIT = 90.0
"""Seconds, loading the models included;"""
READING_TIME_LIMIT = 180.0
"""where text is read."""
MEMORY_LIMIT = 8_000_000_000
"""Bytes of address space at most; 300 megapixels take 900 MB a copy."""
_LEAST_MEMORY = 3_000_000_000
_SLOWEST_DISK = 10_000_000
"""Bytes per second; the time limit is longer for a large file, which may be on a slow network."""
_UNCAUGHT = 1
"""Python's exit code after an exception that was not caught."""
_RUNNING = "running: "
"""Begins a line with the name of the model that runs from now on; without a name, none does."""

Emit = Callable[[str], None]
"""Prints a line and flushes it."""


def work_isolated(
    home: Home, file: FoundFile, specs: Sequence[ModelSpec] | None, token: CancelToken
) -> WorkerOutput:
    """Process one file in child processes; `suspect_files` decides what follows when one fails.
    specs: None to read its text instead. Raises Cancelled after the child has ended;
    FinderError."""
    from finder.core.library.indexing.reliability.suspect_files import ChildEnd, run_in_children

    def run(failures: Mapping[str, Failure]) -> ChildEnd:
        ended = _run(home, file, specs, failures, token)
        if ended.ending is Ending.TERMINATED:
            return ChildEnd()
        lines = ended.output.splitlines()
        if ended.ending is Ending.DONE:
            return ChildEnd(_read_result(file, json.loads(lines[-1])))
        failure = _failure_of(ended, _time_limit(specs is None))
        return ChildEnd(failure=failure, model=_running_model(lines))

    return run_in_children(file, run)


def _run(
    home: Home,
    file: FoundFile,
    specs: Sequence[ModelSpec] | None,
    failures: Mapping[str, Failure],
    token: CancelToken,
) -> ChildResult:
    """failures: of models that must not run again."""
    names = None if specs is None else [spec.name for spec in specs]
    models = json.dumps([names, {m: asdict(f) for m, f in failures.items()}])
    arguments = str(home.root), file.path, models
    seconds = _time_limit(specs is None) + file.size / _SLOWEST_DISK
    return run_child(PROCESS_PICTURE, *arguments, seconds=seconds, token=token)


def _time_limit(reads_text: bool) -> float:
    return READING_TIME_LIMIT if reads_text else TIME_LIMIT


def _running_model(lines: Sequence[str]) -> str:
    """The name of the model that was running at the end; empty if none was."""
    names = [line.removeprefix(_RUNNING) for line in lines if line.startswith(_RUNNING)]
    return names[-1] if names else ""


def _failure_of(ended: ChildResult, limit: float) -> Failure:
    """Why the child has no result. limit: its seconds. Raises FinderError where neither picture nor
    model is the cause."""
    if ended.ending is Ending.TOO_SLOW:
        return Failure(Reason.TOO_SLOW, f"more than {limit:.0f} s and the time for reading it")
    if ended.ending is Ending.REPORTED_ERROR or ended.code == _UNCAUGHT:
        raise ended.failure(
            tr("A picture could not be tried on its own: {why}."),
            tr("Try again; the log in the library's folder has the details."),
        )
    return Failure(Reason.CRASHED, f"the process ended with {ended.code}")


def _read_result(file: FoundFile, table: dict[str, Any]) -> FileResult:
    import numpy as np

    from finder.core.library.indexing.file_result import FileResult
    from finder.workers.isolated_reading import text_from_json

    reason, facts = table["reason"], table["facts"]
    return FileResult(
        file,
        table["picture"],
        facts=PictureFacts(**facts) if facts else None,
        vectors={
            name: np.frombuffer(base64.b64decode(text), "<f4").astype(np.float32)
            for name, text in table["vectors"].items()
        },
        reason=Reason(reason) if reason else None,
        detail=table["detail"],
        thumbnail=base64.b64decode(table["thumbnail"]) if table["thumbnail"] else None,
        failures={name: _read_failure(entry) for name, entry in table["failures"].items()},
        text=text_from_json(table["text"]) if table["text"] else None,
        description=_read_description(table["description"]),
    )


def _read_description(entry: dict[str, Any] | None) -> Description | None:
    return Description(entry["caption"], tuple(entry["labels"])) if entry else None


def _read_failure(entry: dict[str, str]) -> Failure:
    return Failure(Reason(entry["reason"]), entry["detail"])


class _Announced:
    """An embedder that prints when its model starts and ends: if the process dies in between, that
    model has crashed it."""

    def __init__(self, inner: Embedder, emit: Emit) -> None:
        self.spec = inner.spec
        self._inner = inner
        self._emit = emit

    def embed_image(self, image: Image.Image) -> NDArray[np.float32]:
        self._emit(f"{_RUNNING}{self.spec.name}")
        try:
            return self._inner.embed_image(image)
        finally:
            self._emit(_RUNNING)


class _Failed:
    """The embedder of a model that has failed on the picture in an earlier child."""

    def __init__(self, spec: ModelSpec, failure: Failure) -> None:
        self.spec = spec
        self._failure = failure

    def embed_image(self, image: Image.Image) -> NDArray[np.float32]:
        raise SkippedPicture(self._failure.reason, self._failure.detail)


def child_process_picture(home: Home, path: str, models: str, emit: Emit) -> str:
    """In the child: process the file; the result as JSON. models: JSON of the models' names, and of
    the failures of those that must not run again. Raises FinderError."""
    from finder.core.library.indexing.embedded_ids import EmbeddedIds, EmbeddingLookup
    from finder.core.library.indexing.reliability.crash_journal import CrashJournal
    from finder.core.library.indexing.worker import WorkerContext, work
    from finder.core.library.thumbnail_store import ThumbnailStore
    from finder.core.models.crops import with_crops
    from finder.core.models.registry import list_models, pick_models
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.pictures.scan import FoundFile
    from finder.workers.isolated_reading import child_read_text

    names, entries = json.loads(models)
    limit_process(_memory_limit(), int(_time_limit(names is None)))
    failures = {name: _read_failure(entry) for name, entry in entries.items()}
    max_pixels, content_hash, with_crops_in = _settings_of(home)
    if names is None:

        def say_running(name: str) -> None:
            emit(f"{_RUNNING}{name}")

        result = child_read_text(home, path, failures, max_pixels, content_hash, say_running)
        return _as_json(result)
    extractors = ExtractorPool()
    specs = pick_models(with_crops(list_models(home.model_dirs())[0]), names)
    with (
        closing(EmbeddingLookup(home)) as lookup,
        closing(ThumbnailStore(home)) as thumbnails,
    ):
        context = WorkerContext(
            [
                _Failed(spec, failures[spec.name])
                if spec.name in failures
                else _Announced(extractors.get(spec), emit)
                for spec in specs
            ],
            {spec.name: EmbeddedIds(lookup, spec.name) for spec in specs},
            thumbnails,
            CrashJournal(home),
            max_pixels,
            memory_limit=None,
            content_hash=content_hash,
            with_crops_in=with_crops_in,
        )
        result = work(FoundFile(path, 0, 0), context).result
    return _as_json(result)


def _as_json(result: FileResult) -> str:
    from finder.workers.isolated_reading import text_as_json

    return json.dumps(
        {
            "picture": result.picture,
            "facts": asdict(result.facts) if result.facts else None,
            "vectors": {
                name: base64.b64encode(vector.astype("<f4").tobytes()).decode()
                for name, vector in result.vectors.items()
            },
            "reason": result.reason,
            "detail": result.detail,
            "thumbnail": base64.b64encode(result.thumbnail or b"").decode(),
            "failures": {name: asdict(failure) for name, failure in result.failures.items()},
            "text": text_as_json(result.text),
            "description": asdict(result.description) if result.description else None,
        }
    )


def _memory_limit() -> int:
    """Bytes: three quarters of the machine's memory, within limits."""
    memory = physical_memory()
    part = MEMORY_LIMIT if memory is None else memory * 3 // 4
    return max(_LEAST_MEMORY, min(MEMORY_LIMIT, part))


def _settings_of(home: Home) -> tuple[int, ContentHash, tuple[str, ...]]:
    """The library's limit of pixels, its hash of contents, and its folders with crops."""
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.catalogue.settings import load_settings
    from finder.core.library.crop_folders import crop_folders

    with closing(Catalogue(home)) as catalogue:
        max_pixels = load_settings(catalogue).max_pixels
        return max_pixels, catalogue.content_hash, crop_folders(catalogue)
