"""Which added models' files are known: made by this program from a file of the catalogue, which is
known to the last bit, or from one that ships. Any other model is a stranger's."""

from __future__ import annotations

import json
import logging
import os

from finder.core.models.spec import ModelSpec
from finder.core.paths import Home, shipped_models_dir

log = logging.getLogger(__name__)


def is_known(home: Home, spec: ModelSpec) -> bool:
    """Whether the model ships, or its SHA-256 is a known one; whoever loads it checks that."""
    ships = spec.file.is_relative_to(shipped_models_dir())
    return ships or not spec.has_file or spec.sha256 in _known(home)


def note_known(home: Home, spec: ModelSpec) -> None:
    """The program itself has made the model's file of a known one. Where the disk does not take
    the note, the model is treated as a stranger's."""
    part = home.known_models.with_suffix(f".{os.getpid()}.part")
    try:
        part.write_text(json.dumps(sorted({*_known(home), spec.sha256}), indent=1))
        os.replace(part, home.known_models)
    except OSError:
        log.warning("that a model is known could not be noted", exc_info=True)


def _known(home: Home) -> set[str]:
    try:
        kept = json.loads(home.known_models.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    return set(map(str, kept)) if isinstance(kept, list) else set()
