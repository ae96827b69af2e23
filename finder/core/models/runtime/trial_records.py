"""Which added models have passed their trial: a note for each, which begins with the SHA-256 of
the model's file."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from finder.core.paths import Home
from finder.core.small_files import read_json, write_json

log = logging.getLogger(__name__)


def passed_trials(home: Home) -> list[str]:
    try:
        kept = read_json(home.tried)
    except (OSError, ValueError):  # nothing was tried yet, or it is tried again
        return []
    return [key for key in kept if isinstance(key, str)] if isinstance(kept, list) else []


def note_trials(home: Home, passed: Sequence[str]) -> None:
    """A disk that does not take it costs another trial, and nothing else."""
    try:
        home.root.mkdir(parents=True, exist_ok=True)
        write_json(home.tried, list(passed))
    except OSError:
        log.warning("that a model has passed could not be noted", exc_info=True)


def forget_trials(home: Home, sha256: str) -> None:
    """The model is gone."""
    passed = passed_trials(home)
    left = [key for key in passed if not key.startswith(sha256)]
    if left != passed:
        note_trials(home, left)
