"""The added models that have passed their trial: a key for each, which begins with the SHA-256 of
the model's file."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from finder.core.small_files import read_json, write_json

if TYPE_CHECKING:
    from finder.core.paths import Home

log = logging.getLogger(__name__)


def passed_trials(home: Home) -> list[str]:
    try:
        recorded = read_json(home.tried)
    except (OSError, ValueError):  # none yet, or unreadable: then the trials are repeated
        return []
    return [key for key in recorded if isinstance(key, str)] if isinstance(recorded, list) else []


def note_trials(home: Home, passed: Sequence[str]) -> None:
    """Write errors are only logged: the trial is repeated then."""
    try:
        home.root.mkdir(parents=True, exist_ok=True)
        write_json(home.tried, list(passed))
    except OSError:
        log.warning("could not record that a model has passed its trial", exc_info=True)


def forget_trials(home: Home, sha256: str) -> None:
    """Of a model that was removed."""
    passed = passed_trials(home)
    left = [key for key in passed if not key.startswith(sha256)]
    if left != passed:
        note_trials(home, left)
