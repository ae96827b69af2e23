"""The program calling itself: hidden commands that run in a process of their own, where a file from
a stranger can do no harm. Begun by `jobs` only, answered by `cli.hidden`.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Final

TRY_MODEL: Final = "_try-model"
WORK_ALONE: Final = "_work-alone"
EXAMINE_MODEL: Final = "_examine-model"
CUT_MODEL: Final = "_cut-model"
MAKE_VARIANT: Final = "_make-variant"
LOOK_AT_SAMPLES: Final = "_look-at-samples"
RUN_MODEL: Final = "_run-model"


def own_command(*words: str) -> list[str]:
    """The command line of this program with these words, as a bundle, too."""
    begin = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "finder"]
    return [*begin, *words]


def limit_process(memory: int, seconds: int | None = None) -> None:
    """From now on, this process may take so many bytes of address space and seconds of processor
    time (None: any), and leaves no dump when it crashes. Windows knows no such limits."""
    with suppress(ImportError):
        import resource

        for kind, most in (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_CPU, seconds),
            (resource.RLIMIT_AS, memory),
        ):
            if most is None:
                continue
            with suppress(ValueError, OSError):
                resource.setrlimit(kind, (most, most))
