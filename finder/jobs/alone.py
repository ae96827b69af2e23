"""One picture in a child process, within limits of time and memory: if that one dies, nothing else
does. `work_alone` asks, `answer` is what the child answers: one JSON object.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from finder.core.errors import Reason
from finder.core.pictures.facts import PictureFacts
from finder.core.stop import Stop
from finder.core.text import tr
from finder.jobs.child import WORK_ALONE, limit_process
from finder.jobs.processes import Ended, Ending, run_child

if TYPE_CHECKING:
    from finder.core.library.outcome import Outcome
    from finder.core.library.worker import Worked
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.core.pictures.identity import ContentHash
    from finder.core.pictures.scan import FoundFile

TIME_LIMIT = 90.0
"""Seconds, loading the models included."""
MEMORY_LIMIT = 8_000_000_000
"""Bytes of address space at most; 300 megapixels take 900 MB a copy."""
_LEAST_MEMORY = 3_000_000_000
_BUG = 1
"""The exit code of Python where an exception was not caught."""


def work_alone(home: Home, file: FoundFile, specs: Sequence[ModelSpec], stop: Stop) -> Worked:
    """What becomes of one file. Raises Stopped (then the process is gone, too), FinderError."""
    from finder.core.library.outcome import Outcome
    from finder.core.library.worker import Worked

    words = str(home.root), file.path, *(spec.name for spec in specs)
    ended = run_child(WORK_ALONE, *words, seconds=TIME_LIMIT, stop=stop)
    if ended.ending is Ending.ASKED_TO_END:  # the picture is not to blame
        return Worked(Outcome(file, None, reason=Reason.CRASHED), settled=False)
    if ended.ending is not Ending.DONE:
        reason, detail = _blame(ended)
        return Worked(Outcome(file, None, reason=reason, detail=detail))
    outcome = _outcome(file, json.loads(ended.output))
    if outcome.reason is Reason.OUT_OF_MEMORY:
        # The others have no limit to save them.
        return Worked(Outcome(file, None, reason=Reason.CRASHED, detail=outcome.detail))
    return Worked(outcome)


def _blame(ended: Ended) -> tuple[Reason, str]:
    """Why there is nothing, and more about that. Raises FinderError where the picture is not the
    cause."""
    if ended.ending is Ending.TOO_SLOW:
        return Reason.TOO_SLOW, f"more than {TIME_LIMIT:.0f} s"
    if ended.ending is Ending.EXPLAINED or ended.code == _BUG:
        raise ended.failure(
            tr("A picture could not be tried on its own"),
            tr("Try again; the log in the library's folder has the details."),
        )
    return Reason.CRASHED, tr("the process ended with {n}").format(n=ended.code)


def _outcome(file: FoundFile, said: dict[str, Any]) -> Outcome:
    import numpy as np

    from finder.core.library.outcome import Outcome

    reason, facts = said["reason"], said["facts"]
    return Outcome(
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
    )


def answer(home: Home, path: str, models: Sequence[str]) -> str:
    """In the child: work on the file. Raises FinderError."""
    from finder.core.library.in_hand import InHand
    from finder.core.library.known import KnownIds, Lookup
    from finder.core.library.worker import Tools, work
    from finder.core.models.extract import Extractors
    from finder.core.models.spec import list_models, pick_models
    from finder.core.pictures.scan import FoundFile

    limit_process(_memory_limit(), int(TIME_LIMIT))
    extractors = Extractors()
    specs = pick_models(list_models(home.model_dirs())[0], models)
    with closing(Lookup(home)) as lookup:
        max_pixels, content_hash = _settings_of(home)
        tools = Tools(
            [extractors.get(spec) for spec in specs],
            {spec.name: KnownIds(lookup, spec.name) for spec in specs},
            home.thumbs,
            InHand(home),
            max_pixels,
            content_hash=content_hash,
        )
        outcome = work(FoundFile(path, 0, 0), tools).outcome
    told = {
        "picture": outcome.picture,
        "facts": asdict(outcome.facts) if outcome.facts else None,
        "vectors": {
            name: base64.b64encode(vector.astype("<f4").tobytes()).decode()
            for name, vector in outcome.vectors.items()
        },
        "reason": outcome.reason,
        "detail": outcome.detail,
        "thumb": outcome.thumb,
    }
    return json.dumps(told)


def _memory_limit() -> int:
    """Three quarters of what the machine has, within reason."""
    memory = MEMORY_LIMIT
    with suppress(AttributeError, ValueError, OSError):
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * 3 // 4
    return max(_LEAST_MEMORY, min(MEMORY_LIMIT, memory))


def _settings_of(home: Home) -> tuple[int, ContentHash]:
    """The limit of pixels, and the hash of content ids."""
    from finder.core.library.catalogue import Catalogue
    from finder.core.settings import load_settings

    with closing(Catalogue(home)) as catalogue:
        return load_settings(catalogue).max_pixels, catalogue.content_hash
