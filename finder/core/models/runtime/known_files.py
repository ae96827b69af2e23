"""Which added models' files are trusted: made by this program from a file of the catalogue, whose
SHA-256 is known, or from one that ships. All other models are untrusted."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from finder.core.paths import Home, shipped_models_dir
from finder.core.small_files import read_json, write_json

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec

log = logging.getLogger(__name__)


def is_known(home: Home, spec: ModelSpec) -> bool:
    """Whether the model ships, or its SHA-256 is a known one (verified when it is loaded)."""
    ships = spec.file.is_relative_to(shipped_models_dir())
    return ships or not spec.has_file or spec.sha256 in _known(home)


def is_text_known(home: Home, spec: ModelSpec) -> bool:
    """The same for the files of the model's text tower, if it has one."""
    text = spec.text
    if text is None or text.file.is_relative_to(shipped_models_dir()):
        return True
    return {text.sha256, text.tokenizer_sha256} <= _known(home)


def note_known(home: Home, spec: ModelSpec) -> None:
    """Record that the program itself has made the model's file from a known one. If the record
    cannot be written, the model is treated as untrusted."""
    _note(home, [spec.sha256])


def note_text_known(home: Home, spec: ModelSpec) -> None:
    """The same for the files of the model's text tower, which may come from elsewhere."""
    if spec.text is not None:
        _note(home, [spec.text.sha256, spec.text.tokenizer_sha256])


def _note(home: Home, hashes: Sequence[str]) -> None:
    try:
        write_json(home.known_models, sorted({*_known(home), *hashes}))
    except OSError:
        log.warning("could not record that a model is known", exc_info=True)


def _known(home: Home) -> set[str]:
    try:
        recorded = read_json(home.known_models)
    except (OSError, ValueError):
        return set()
    return set(map(str, recorded)) if isinstance(recorded, list) else set()
