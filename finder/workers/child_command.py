"""Hidden commands of this program, run in child processes so that a file from an unknown source can
do no harm.

`workers.child_process` starts them, `cli.child_commands` carries them out.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import finder
from finder.core.errors import FinderError
from finder.core.import_path import without_relative
from finder.core.library.server.credentials import VARIABLE

TRY_MODEL: Final = "_try-model"
PROCESS_PICTURE: Final = "_process-picture"
INSPECT_MODEL: Final = "_inspect-model"
TRUNCATE_MODEL: Final = "_truncate-model"
INSPECT_TEXT: Final = "_inspect-text"
TRUNCATE_TEXT: Final = "_truncate-text"
MAKE_VARIANT: Final = "_make-variant"
MATCH_SAMPLES: Final = "_match-samples"
RUN_MODEL: Final = "_run-model"
TRY_TEXT: Final = "_try-text"
RUN_TEXT: Final = "_run-text"
TRAIN_MODEL: Final = "_train-model"

MODEL_MEMORY: Final = 4_000_000_000
"""Bytes of address space of a process that runs a model, in addition to three times its file."""
_ERROR_PREFIX = "failed: "
"""Begins the line in which a child reports its error; results are JSON and never begin so."""
_PYTHON_VARIABLES = (
    *("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONNOUSERSITE", "PYTHONPLATLIBDIR"),
    *("PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE"),
)
"""Where Python and the user's packages are. Other variables change how Python behaves, for example
by waiting for input at the end (PYTHONINSPECT), and are not passed on."""
_LONGEST_ORDER = 1_000_000  # bytes
_GRACE_SECONDS = 5
"""Of processor time between SIGXCPU and SIGKILL for a process that is over its limit."""


def own_command(*arguments: str) -> list[str]:
    """The command line that starts this program with these arguments; also in a frozen
    bundle.

    The program is named by its path, and -P keeps the current folder off the import path: nothing
    is imported from there. -I is not used, because packages from `pip install --user` would be
    missing with it.
    """
    if getattr(sys, "frozen", False):
        return [sys.executable, *arguments]
    flags = ["-P", "-X", f"utf8={sys.flags.utf8_mode}"]
    flags += ["-E"] if sys.flags.ignore_environment else []
    flags += ["-s"] if sys.flags.no_user_site else []
    program = os.path.join(os.path.dirname(os.path.abspath(finder.__file__)), "__main__.py")
    return [sys.executable, *flags, program, *arguments]


def child_environment(temp: Path) -> dict[str, str]:
    """The environment of a child process: without the secret of a server. temp: its folder for
    temporary files."""
    kept = {
        name: value
        for name, value in without_relative(dict(os.environ)).items()
        if name in _PYTHON_VARIABLES or not name.startswith(("PYTHON", VARIABLE))
    }
    return kept | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temp))


def limit_process(memory: int, seconds: int | None = None) -> None:
    """Limit this process. memory: bytes of address space; seconds: of processor time, None: no
    limit. Core dumps are disabled. Windows has no such limits."""
    with suppress(ImportError):
        import resource

        limits = [(resource.RLIMIT_CORE, 0, 0), (resource.RLIMIT_AS, memory, memory)]
        if seconds is not None:  # SIGXCPU, then SIGKILL
            limits.append((resource.RLIMIT_CPU, seconds, seconds + _GRACE_SECONDS))
        for kind, soft, hard in limits:
            with suppress(ValueError, OSError):
                resource.setrlimit(kind, (soft, hard))


def end_with_parent(heard: Callable[[str], None] | None = None) -> None:
    """In a child: end this process, and all that it has started, when the parent ends.

    The parent holds the other end of stdin open; the system closes it however the parent ends.
    (PR_SET_PDEATHSIG on Linux is sent when the parent's thread ends, which is too early.)
    heard: called with each line of the parent, in a thread of its own.
    """
    threading.Thread(
        target=_wait_for_parent, args=(heard,), name="finder-parent", daemon=True
    ).start()


def _wait_for_parent(heard: Callable[[str], None] | None) -> None:
    with suppress(OSError), open(0, "rb", buffering=0, closefd=False) as lines:
        while line := lines.readline(_LONGEST_ORDER):
            if heard is not None:
                heard(line.decode("utf-8", "replace").rstrip("\r\n"))
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def error_line(error: FinderError) -> str:
    """In a child: the line to print before it exits with 1."""
    return _ERROR_PREFIX + json.dumps([error.sentence, error.hint])


def read_error_line(line: str) -> FinderError | None:
    """In the parent: the error, if the line is one of `error_line`."""
    if not line.startswith(_ERROR_PREFIX):
        return None
    try:
        parts: Sequence[object] = json.loads(line.removeprefix(_ERROR_PREFIX))
        sentence, hint = map(str, parts)
    except (ValueError, TypeError, RecursionError):
        return None
    return FinderError(sentence, hint)
