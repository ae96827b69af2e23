"""One picture in a process of its own, within limits of time and memory: if that one dies, nothing
else does. `work_alone` asks, `answer` is what the other process says: one JSON object.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from finder.core.errors import FinderError, Reason
from finder.core.pictures.facts import PictureFacts
from finder.core.stop import Stop
from finder.core.text import tr
from finder.jobs.child import WORK_ALONE, limit_process, own_command

if TYPE_CHECKING:
    from finder.core.library.outcome import Outcome
    from finder.core.library.worker import Worked
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.core.pictures.scan import FoundFile

TIME_LIMIT = 90.0
"""Seconds, loading the models included."""
MEMORY_LIMIT = 8_000_000_000
"""Bytes of address space at most; 300 megapixels take 900 MB a copy."""
_LEAST_MEMORY = 3_000_000_000
_SLOWEST_DISK = 10_000_000
"""Bytes in a second; a large file on a slow network is given the time that reading it takes."""
_LOOK_EVERY = 0.05


_POLITE = {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", None)}


class _Ended(Exception):
    """Somebody has told the process to end; the picture is not to blame."""


def work_alone(home: Home, file: FoundFile, specs: Sequence[ModelSpec], stop: Stop) -> Worked:
    """What becomes of one file. Raises Stopped (then the process is gone, too), FinderError."""
    from finder.core.library.outcome import Outcome
    from finder.core.library.worker import Worked, is_settled

    try:
        said, reason, detail = _ask(home, file, specs, stop)
    except _Ended:
        return Worked(Outcome(file, None, reason=Reason.CRASHED), settled=False)
    outcome = _outcome(file, json.loads(said)) if reason is None else None
    if outcome is not None and outcome.reason is Reason.OUT_OF_MEMORY:
        reason, detail = Reason.CRASHED, outcome.detail  # the others have no limit to save them
    if outcome is None or reason is not None:
        outcome = Outcome(file, None, reason=reason, detail=detail)
    return Worked(outcome, settled=is_settled(file, outcome.reason, patient=False))


def _ask(
    home: Home, file: FoundFile, specs: Sequence[ModelSpec], stop: Stop
) -> tuple[str, Reason | None, str]:
    """(what the process said, why there is nothing, more about that)."""
    models = [spec.name for spec in specs]
    most = TIME_LIMIT + file.size / _SLOWEST_DISK
    process = subprocess.Popen(
        own_command(WORK_ALONE, str(home.root), file.path, *models),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        start_new_session=True,  # a Ctrl+C is for us
    )
    with process:
        try:
            waited = 0.0
            while True:
                stop.check()
                with suppress(subprocess.TimeoutExpired):
                    said, _ = process.communicate(timeout=_LOOK_EVERY)
                    break
                waited += _LOOK_EVERY
                if waited >= most:
                    return "", Reason.TOO_SLOW, f"more than {most:.0f} s"
        finally:
            process.kill()
    if -process.returncode in _POLITE:
        raise _Ended
    if process.returncode == 1:
        raise FinderError(said.strip() or tr("A picture could not be tried."))
    if process.returncode:
        return "", Reason.CRASHED, tr("the process ended with {n}").format(n=process.returncode)
    return said, None, ""


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
    """The other side: work on the file and tell. Raises FinderError."""
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
        tools = Tools(
            [extractors.get(spec) for spec in specs],
            {spec.name: KnownIds(lookup, spec.name) for spec in specs},
            home.thumbs,
            InHand(home),
            _max_pixels(home),
            spare=None,
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


def _max_pixels(home: Home) -> int:
    from finder.core.library.catalogue import Catalogue
    from finder.core.settings import load_settings

    with closing(Catalogue(home)) as catalogue:
        return load_settings(catalogue).max_pixels
