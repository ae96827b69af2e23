"""What a `model_child` runs for words: loads a model's text tower and embeds texts until the parent
ends."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from finder.core.errors import FinderError, first_line
from finder.core.i18n import tr
from finder.core.models.runtime.session_errors import failed_on_words
from finder.workers.child_command import MODEL_MEMORY, limit_process
from finder.workers.models.model_frames import (
    FAILED,
    REFUSED,
    Message,
    error_frame,
    features_frame,
    send,
)
from finder.workers.models.model_server import answer_all, open_lanes

if TYPE_CHECKING:
    from finder.core.models.runtime.text_tower import TextTower

LONGEST_TEXT: Final = 20_000
"""In bytes; what is behind that is ignored."""


def serve_text(folder: str, sha256: str, tokenizer_sha256: str) -> None:
    """As `model_server.serve`."""
    lanes = open_lanes()
    try:
        tower = load_limited(folder, sha256, tokenizer_sha256)
    except FinderError as error:
        send(lanes[0], *error_frame(REFUSED, error))
        return
    answer_all(lanes, LONGEST_TEXT, partial(_embed, tower))


def load_limited(
    folder: str, sha256: str, tokenizer_sha256: str, seconds: int | None = None
) -> TextTower:
    """Limit this process, and load the text tower of the folder's model; its files must have these
    hashes. seconds: of processor time. Raises FinderError."""
    from dataclasses import replace

    from finder.core.models.manifest import load_spec
    from finder.core.models.runtime.text_tower import TextTower

    spec = load_spec(Path(folder))
    if spec.text is None:
        raise FinderError(tr("{title} does not understand words.").format(title=spec.title))
    limit_process(MODEL_MEMORY + 3 * spec.text.file.stat().st_size, seconds)
    text = replace(spec.text, sha256=sha256, tokenizer_sha256=tokenizer_sha256)
    return TextTower(replace(spec, text=text))


def _embed(tower: TextTower, content: bytes | bytearray) -> Message:
    try:
        return features_frame(tower.features(content.decode("utf-8", "replace")))
    except FinderError as error:
        return error_frame(FAILED, error)
    except Exception as error:  # a model or a tokenizer can raise anything
        return error_frame(FAILED, failed_on_words(tower.spec, first_line(error)[:500]))
