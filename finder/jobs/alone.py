"""One picture in a process of its own, within limits of time and memory: if that dies, nothing else
does. Both sides of it: `work_alone` asks, `main` answers on stdout, as one JSON object.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from finder.core.errors import FinderError, Reason
from finder.core.pictures.facts import PictureFacts
from finder.core.stop import Stop
from finder.core.text import tr

if TYPE_CHECKING:
    from finder.core.library.worker import Worked
    from finder.core.library.writer import Outcome
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.core.pictures.scan import FoundFile

TIME_LIMIT = 90.0
"""Seconds, loading the models included."""
MEMORY_LIMIT = 8_000_000_000
"""Bytes of address space at most; 300 megapixels take 900 MB a copy."""
_LEAST_MEMORY = 3_000_000_000
_LOOK_EVERY = 0.05
COMMAND = "_work-alone"


def work_alone(home: Home, file: FoundFile, specs: Sequence[ModelSpec], stop: Stop) -> Worked:
    """What becomes of one file. Raises Stopped (then the process is gone, too), FinderError."""
    from finder.core.library.worker import Worked
    from finder.core.library.writer import Outcome

    said, reason, detail = _ask(home, file, specs, stop)
    outcome = _outcome(file, json.loads(said)) if reason is None else None
    if outcome is not None and outcome.reason is Reason.OUT_OF_MEMORY:
        reason, detail = Reason.CRASHED, outcome.detail  # the others have no limit to save them
    if outcome is None or reason is not None:
        outcome = Outcome(file, None, reason=reason, detail=detail)
    return Worked(outcome)


def _ask(
    home: Home, file: FoundFile, specs: Sequence[ModelSpec], stop: Stop
) -> tuple[str, Reason | None, str]:
    """(what the process said, why there is nothing, more about that)."""
    models = [word for spec in specs for word in ("--model", spec.name)]
    begin = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "finder"]
    process = subprocess.Popen(
        [*begin, COMMAND, "--home", str(home.root), *models, "--", file.path],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            waited = 0.0
            while True:
                stop.check()
                with suppress(subprocess.TimeoutExpired):
                    said, complaint = process.communicate(timeout=_LOOK_EVERY)
                    break
                waited += _LOOK_EVERY
                if waited >= TIME_LIMIT:
                    return "", Reason.TOO_SLOW, f"more than {TIME_LIMIT:.0f} s"
        finally:
            process.kill()
    if process.returncode == 1:
        raise FinderError(complaint.strip() or tr("A picture could not be tried."))
    if process.returncode:
        return "", Reason.CRASHED, tr("the process ended with {n}").format(n=process.returncode)
    return said, None, ""


def _outcome(file: FoundFile, said: dict[str, Any]) -> Outcome:
    import numpy as np

    from finder.core.library.writer import Outcome

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


def main(home: Home, path: str, models: Sequence[str]) -> None:
    """The other side: work on the file and tell. Raises FinderError."""
    from finder.core.library.in_hand import InHand
    from finder.core.library.known import KnownIds, Lookup
    from finder.core.library.worker import Tools, work
    from finder.core.models.extract import Extractors
    from finder.core.models.spec import list_models, pick_models
    from finder.core.pictures.scan import FoundFile

    _limit()
    extractors = Extractors()
    specs = pick_models(list_models(home.model_dirs())[0], models)
    with closing(Lookup(home)) as lookup:
        tools = Tools(
            [extractors.get(spec) for spec in specs],
            {spec.name: KnownIds(lookup, spec.name) for spec in specs},
            home.thumbs,
            InHand(home),
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
    sys.stdout.write(json.dumps(told))


def _limit() -> None:
    """Where the system can: no more memory than a picture may need, no dump of a crash."""
    with suppress(ImportError):
        import resource

        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        room = max(_LEAST_MEMORY, min(MEMORY_LIMIT, memory * 3 // 4))
        for kind, most in ((resource.RLIMIT_AS, room), (resource.RLIMIT_CORE, 0)):
            with suppress(ValueError, OSError):
                resource.setrlimit(kind, (most, most))
