"""The first run of a model that the user added: in a process of its own, with limits.

A model is a program from a stranger. It may loop for ever or ask for all memory, and then it is
that process that ends. Models that ship are not tried; one that has passed is not tried again.
"""

from __future__ import annotations

import logging
import signal
import threading
from typing import TYPE_CHECKING

from finder import __version__
from finder.core.errors import FinderError
from finder.core.models.tried import note_trials, passed_trials
from finder.core.paths import Home, shipped_models_dir
from finder.core.text import tr
from finder.jobs.child import TRY_MODEL, own_command

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec

log = logging.getLogger(__name__)

_SECONDS = 30
_CPU_LIMIT = getattr(signal, "SIGXCPU", None)


class ModelTrials:
    """Call it with a model that is about to be loaded: raises FinderError if it does not pass.

    seconds: of processor time that its first run may take, and half of what it may take in all.
    """

    def __init__(self, home: Home, seconds: int = _SECONDS) -> None:
        self._home = home
        self._seconds = seconds
        self._lock = threading.Lock()

    def __call__(self, spec: ModelSpec) -> None:
        if spec.file.is_relative_to(shipped_models_dir()):
            return
        with self._lock:
            passed = passed_trials(self._home)
            key = _key(spec)
            if key not in passed:
                self._try(spec)
                note_trials(self._home, [*passed, key])

    def _try(self, spec: ModelSpec) -> None:
        import subprocess

        words = TRY_MODEL, str(spec.file.parent), spec.sha256, str(self._seconds)
        try:
            done = subprocess.run(
                own_command(*words),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=2 * self._seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise self._too_slow(spec) from error
        if done.returncode == 0:
            return
        log.warning("a model's trial ended with %s: %s", done.returncode, done.stderr[-2_000:])
        sentence = done.stdout.strip()
        if done.returncode == 1 and sentence:
            raise FinderError(sentence, _hint())
        if _CPU_LIMIT in (-done.returncode, None) or done.returncode == -signal.SIGKILL:
            raise self._too_slow(spec)
        raise FinderError(
            tr("The model {title} made its trial run crash.").format(title=spec.title), _hint()
        )

    def _too_slow(self, spec: ModelSpec) -> FinderError:
        return FinderError(
            tr("The model {title} took more than {n} seconds for one picture.").format(
                title=spec.title, n=self._seconds
            ),
            _hint(),
        )


def _key(spec: ModelSpec) -> str:
    """What a trial depends on: the model's bytes, what it is given, and this program."""
    size = f"{spec.input.layout} {spec.input.height} {spec.input.width}"
    return f"{spec.sha256} {size} {spec.output} {__version__}"


def _hint() -> str:
    return tr("Switch it off, or remove its folder.")
