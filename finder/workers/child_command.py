"""Hidden commands of this program, run in child processes, where a stranger's file can do no harm.

Started by `workers.child_process` only, carried out by `cli.child_commands`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import finder
from finder.core.errors import FinderError
from finder.core.import_path import without_relative

TRY_MODEL: Final = "_try-model"
WORK_ALONE: Final = "_work-alone"
EXAMINE_MODEL: Final = "_examine-model"
CUT_MODEL: Final = "_cut-model"
MAKE_VARIANT: Final = "_make-variant"
LOOK_AT_SAMPLES: Final = "_look-at-samples"
RUN_MODEL: Final = "_run-model"

_EXPLANATION = "failed: "
"""How the line begins with which a child explains why it failed; answers are JSON and never do."""
_PYTHON_VARIABLES = (
    *("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONNOUSERSITE", "PYTHONPLATLIBDIR"),
    *("PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE"),
)
"""Those that say where Python and the user's packages are. Others change how Python behaves, for
example by waiting for input at the end (PYTHONINSPECT), and are not passed on."""
_GRACE = 5
"""Seconds of processor time between the signal that a process is over its limit and its end."""


def own_command(*words: str) -> list[str]:
    """The command line of this program with these words, as a bundle, too.

    The program is named by its path, and -P keeps the current folder off the import path: neither
    the program nor anything it imports is looked for there. Not -I, with which packages from
    `pip install --user` would be missing.
    """
    if getattr(sys, "frozen", False):
        return [sys.executable, *words]
    flags = ["-P", "-X", f"utf8={sys.flags.utf8_mode}"]
    flags += ["-E"] if sys.flags.ignore_environment else []
    flags += ["-s"] if sys.flags.no_user_site else []
    program = os.path.join(os.path.dirname(os.path.abspath(finder.__file__)), "__main__.py")
    return [sys.executable, *flags, program, *words]


def child_environment(temp: Path) -> dict[str, str]:
    """What a child process gets of this one's environment. temp: where it makes temporary files."""
    kept = {
        name: value
        for name, value in without_relative(dict(os.environ)).items()
        if name in _PYTHON_VARIABLES or not name.startswith("PYTHON")
    }
    return kept | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temp))


def limit_process(memory: int, seconds: int | None = None) -> None:
    """From now on, this process may take so many bytes of address space and seconds of processor
    time (None: any), and leaves no dump when it crashes. Windows knows no such limits."""
    with suppress(ImportError):
        import resource

        limits = [(resource.RLIMIT_CORE, 0, 0), (resource.RLIMIT_AS, memory, memory)]
        if seconds is not None:  # SIGXCPU, then SIGKILL
            limits.append((resource.RLIMIT_CPU, seconds, seconds + _GRACE))
        for kind, most, end in limits:
            with suppress(ValueError, OSError):
                resource.setrlimit(kind, (most, end))


def end_with_parent() -> None:
    """In a child: end, with all that this process has started, as soon as the parent is gone.

    The parent holds the other end of stdin open; the system closes it however the parent ends.
    (Linux could send a signal instead, but does so when the thread ends that started the child.)
    """
    threading.Thread(target=_await_end, name="finder-parent", daemon=True).start()


def _await_end() -> None:
    with suppress(OSError):
        while os.read(0, 4_096):
            pass
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def explanation(error: FinderError) -> str:
    """In a child: the line to print, before it ends with 1, if it failed for a known reason."""
    return _EXPLANATION + json.dumps([error.sentence, error.hint])


def read_explanation(line: str) -> FinderError | None:
    """In the parent: the reason, if the line is one that `explanation` has made."""
    if not line.startswith(_EXPLANATION):
        return None
    try:
        told: Sequence[object] = json.loads(line.removeprefix(_EXPLANATION))
        sentence, hint = map(str, told)
    except (ValueError, TypeError, RecursionError):
        return None
    return FinderError(sentence, hint)
