"""One picture in a child process with limits of time and memory; a crash there harms nothing else.

`work_isolated` starts the child and reads its answer: a line for each model that is at work, and
at last one JSON object. `answer` runs in the child.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from finder.core.cancellation import CancelToken
from finder.core.errors import Failure, Reason, SkippedPicture
from finder.core.i18n import tr
from finder.core.pictures.facts import PictureFacts
from finder.workers.child_command import WORK_ALONE, limit_process
from finder.workers.child_process import Ended, Ending, run_child

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from finder.core.library.indexing.file_result import FileResult
    from finder.core.library.indexing.worker import WorkerOutput
    from finder.core.models.runtime.embedder import Embedder
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.core.pictures.content_id import ContentHash
    from finder.core.pictures.scan import FoundFile

TIME_LIMIT = 90.0
"""Seconds, loading the models included."""
MEMORY_LIMIT = 8_000_000_000
"""Bytes of address space at most; 300 megapixels take 900 MB a copy."""
_LEAST_MEMORY = 3_000_000_000
_SLOWEST_DISK = 10_000_000
"""Bytes in a second; a large file on a slow network is given the time that reading it takes."""
_BUG = 1
"""The exit code of Python where an exception was not caught."""
_AT_WORK = "at work: "
"""What a line begins with that names the model that is at work from now on, or none."""

Say = Callable[[str], None]


def work_isolated(
    home: Home, file: FoundFile, specs: Sequence[ModelSpec], stop: CancelToken
) -> WorkerOutput:
    """Try one file in child processes; `suspect_files` decides what their ends mean. Raises
    Cancelled (then the process is gone, too), FinderError."""
    from finder.core.library.indexing.suspect_files import ChildEnd, run_in_children

    def run(failures: Mapping[str, Failure]) -> ChildEnd:
        ended = _run(home, file, specs, failures, stop)
        if ended.ending is Ending.ASKED_TO_END:
            return ChildEnd()
        lines = ended.output.splitlines()
        if ended.ending is Ending.DONE:
            return ChildEnd(_result(file, json.loads(lines[-1])))
        return ChildEnd(failure=_blame(ended), model=_model_at_work(lines))

    return run_in_children(file, run)


def _run(
    home: Home,
    file: FoundFile,
    specs: Sequence[ModelSpec],
    failures: Mapping[str, Failure],
    stop: CancelToken,
) -> Ended:
    """failures: of models that are not to be tried."""
    order = json.dumps([[spec.name for spec in specs], {m: asdict(f) for m, f in failures.items()}])
    words = str(home.root), file.path, order
    seconds = TIME_LIMIT + file.size / _SLOWEST_DISK
    return run_child(WORK_ALONE, *words, seconds=seconds, stop=stop)


def _model_at_work(lines: Sequence[str]) -> str:
    """The name of the model that was at work last; empty if none was."""
    told = [line.removeprefix(_AT_WORK) for line in lines if line.startswith(_AT_WORK)]
    return told[-1] if told else ""


def _blame(ended: Ended) -> Failure:
    """Why the child has no answer. Raises FinderError where neither picture nor model is the
    cause."""
    if ended.ending is Ending.TOO_SLOW:
        return Failure(Reason.TOO_SLOW, f"more than {TIME_LIMIT:.0f} s and the time for reading it")
    if ended.ending is Ending.EXPLAINED or ended.code == _BUG:
        raise ended.failure(
            tr("A picture could not be tried on its own"),
            tr("Try again; the log in the library's folder has the details."),
        )
    return Failure(Reason.CRASHED, f"the process ended with {ended.code}")


def _result(file: FoundFile, said: dict[str, Any]) -> FileResult:
    import numpy as np

    from finder.core.library.indexing.file_result import FileResult

    reason, facts = said["reason"], said["facts"]
    return FileResult(
        file,
        said["picture"],
        facts=PictureFacts(**facts) if facts else None,
        vectors={
            name: np.frombuffer(base64.b64decode(text), "<f4").astype(np.float32)
            for name, text in said["vectors"].items()
        },
        reason=Reason(reason) if reason else None,
        detail=said["detail"],
        thumb=said["thumb"],
        failures={name: _failure(told) for name, told in said["failures"].items()},
    )


def _failure(told: dict[str, str]) -> Failure:
    return Failure(Reason(told["reason"]), told["detail"])


class _Announced:
    """An embedder that says when its model is at work: who was last, brought the process down."""

    def __init__(self, inner: Embedder, say: Say) -> None:
        self.spec = inner.spec
        self._inner = inner
        self._say = say

    def embed_image(self, image: Image.Image) -> NDArray[np.float32]:
        self._say(f"{_AT_WORK}{self.spec.name}")
        try:
            return self._inner.embed_image(image)
        finally:
            self._say(_AT_WORK)


class _Failed:
    """The embedder of a model that has failed on the picture before."""

    def __init__(self, spec: ModelSpec, failure: Failure) -> None:
        self.spec = spec
        self._failure = failure

    def embed_image(self, image: Image.Image) -> NDArray[np.float32]:
        raise SkippedPicture(self._failure.reason, self._failure.detail)


def answer(home: Home, path: str, order: str, say: Say) -> str:
    """The other side: work on the file and tell. order: JSON of the models' names, and of the
    failures of those that are not to be tried; say: tells a line at once. Raises FinderError."""
    from finder.core.library.indexing.crash_journal import CrashJournal
    from finder.core.library.indexing.embedded_ids import EmbeddedIds, EmbeddingLookup
    from finder.core.library.indexing.worker import WorkerContext, work
    from finder.core.models.registry import list_models, pick_models
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.pictures.scan import FoundFile

    limit_process(_memory_limit(), int(TIME_LIMIT))
    names, told = json.loads(order)
    failures = {name: _failure(failure) for name, failure in told.items()}
    extractors = ExtractorPool()
    specs = pick_models(list_models(home.model_dirs())[0], names)
    max_pixels, content_hash = _settings_of(home)
    with closing(EmbeddingLookup(home)) as lookup:
        context = WorkerContext(
            [
                _Failed(spec, failures[spec.name])
                if spec.name in failures
                else _Announced(extractors.get(spec), say)
                for spec in specs
            ],
            {spec.name: EmbeddedIds(lookup, spec.name) for spec in specs},
            home.thumbs,
            CrashJournal(home),
            max_pixels,
            memory_limit=None,
            content_hash=content_hash,
        )
        result = work(FoundFile(path, 0, 0), context).result
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
            "thumb": result.thumb,
            "failures": {name: asdict(failure) for name, failure in result.failures.items()},
        }
    )


def _memory_limit() -> int:
    """Three quarters of what the machine has, within reason."""
    memory = MEMORY_LIMIT
    with suppress(AttributeError, ValueError, OSError):
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * 3 // 4
    return max(_LEAST_MEMORY, min(MEMORY_LIMIT, memory))


def _settings_of(home: Home) -> tuple[int, ContentHash]:
    """The limit of pixels, and the hash of content ids."""
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.catalogue.settings import load_settings

    with closing(Catalogue(home)) as catalogue:
        return load_settings(catalogue).max_pixels, catalogue.content_hash
