"""The trial of a model that the user added: its first run, in a child process with limits.

A model from an unknown source may loop for ever or use up all memory; then only the child ends.
Models that ship are not tried, and one that has passed is not tried again.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from finder import __version__
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.runtime.known_files import is_text_known
from finder.core.models.runtime.trial_records import note_trials, passed_trials
from finder.core.paths import Home, shipped_models_dir
from finder.workers.child_command import TRY_MODEL, TRY_TEXT
from finder.workers.child_process import Ending, run_child

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec

_SECONDS = 30


class ModelTrials:
    """Call it with a model that is about to be loaded: raises FinderError if it does not pass.

    seconds: of processor time for the trial; by the clock it may take twice as long.
    """

    def __init__(self, home: Home, seconds: int = _SECONDS) -> None:
        self._home = home
        self._seconds = seconds
        self._lock = threading.Lock()

    def __call__(self, spec: ModelSpec) -> None:
        command = TRY_MODEL, os.path.abspath(spec.file.parent), spec.sha256
        sentence = tr("The model {title} took more than {n} seconds for one picture.")
        self._pass(spec, _key(spec), command, sentence)

    def try_text(self, spec: ModelSpec) -> None:
        """The same for the model's text tower, which embeds a few words; one from a known source is
        not tried."""
        assert spec.text is not None
        if is_text_known(self._home, spec):
            return
        hashes = spec.text.sha256, spec.text.tokenizer_sha256
        command = TRY_TEXT, os.path.abspath(spec.file.parent), *hashes
        sentence = tr("The model {title} took more than {n} seconds for a few words.")
        self._pass(spec, _text_key(spec), command, sentence)

    def _pass(self, spec: ModelSpec, key: str, command: Sequence[str], too_slow: str) -> None:
        """Try it, unless it is known to pass. too_slow: the error's sentence."""
        if spec.file.is_relative_to(shipped_models_dir()):
            return
        with self._lock:
            passed = passed_trials(self._home)
            if key not in passed:
                self._try(spec, command, too_slow)
                note_trials(self._home, [*passed, key])

    def _try(self, spec: ModelSpec, command: Sequence[str], too_slow: str) -> None:
        result = run_child(*command, str(self._seconds), seconds=2 * self._seconds)
        if result.ending is Ending.TOO_SLOW:
            raise FinderError(too_slow.format(title=spec.title, n=self._seconds), _hint())
        if result.ending is not Ending.DONE:
            sentence = tr("The trial run of the model {title} failed: {why}.")
            raise result.failure(sentence, _hint(), title=spec.title)


def _key(spec: ModelSpec) -> str:
    """What the outcome depends on: the model's bytes, its input, and this program's version."""
    size = f"{spec.input.layout} {spec.input.height} {spec.input.width}"
    return f"{spec.sha256} {size} {spec.output} {__version__}"


def _text_key(spec: ModelSpec) -> str:
    """The same for the text tower. It begins with the model's hash as well: when the model is
    removed, both are forgotten."""
    text = spec.text
    assert text is not None
    rules = f"{text.length} {text.input} {text.mask} {text.dtype} {text.output}"
    return f"{spec.sha256} {text.sha256} {text.tokenizer_sha256} {rules} {__version__}"


def _hint() -> str:
    return tr("Switch it off, or remove its folder.")
