"""Making the text tower of a model folder from inspected files and the user's decisions."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.importing.model_reader import read_model
from finder.core.models.importing.text_inspection import text_part
from finder.core.models.manifest import load_spec
from finder.core.models.model_folders import (
    TEXT_FILE,
    TOKENIZER_FILE,
    write_manifest,
    write_synced,
)
from finder.core.models.spec import TextSpec

if TYPE_CHECKING:
    from finder.core.models.importing.text_inspection import TextChoice


def make_text_tower(choice: TextChoice, folder: Path) -> None:
    """Write the text tower, its tokenizer and the part `[text]` into the model folder. Raises
    FinderError if the tower does not fit the model there, OSError if the folder cannot be
    written."""
    from finder.core.models.runtime.tokenizer import tokenizer_content

    spec = load_spec(folder)
    require_same_space(spec.dimension, choice.dimension)
    part = text_part(read_model(choice.file), choice.output)
    inputs = [value.name for value in part.graph.input]
    content, tokenizer = part.SerializeToString(), tokenizer_content(choice.tokenizer)
    del part  # hundreds of megabytes
    write_synced(folder / TEXT_FILE, content)
    write_synced(folder / TOKENIZER_FILE, tokenizer)
    text = TextSpec(
        file=folder / TEXT_FILE,
        sha256=hashlib.sha256(content).hexdigest(),
        tokenizer=folder / TOKENIZER_FILE,
        tokenizer_sha256=hashlib.sha256(tokenizer).hexdigest(),
        length=choice.length,
        input=choice.input,
        output=choice.output,
        cleaning=choice.cleaning,
        pad=choice.pad,
        end=choice.end,
        mask=choice.mask if choice.mask in inputs else "",
        dtype=choice.dtype,
        scale=choice.scale,
        bias=choice.bias,
    )
    write_manifest(folder, replace(spec, text=text))


def require_same_space(pictures: int, texts: int) -> None:
    """Raises FinderError if vectors of pictures and of texts differ in length."""
    if pictures != texts:
        raise FinderError(
            tr("The text tower gives {n} numbers, and the picture tower {m}.").format(
                n=texts, m=pictures
            ),
            tr("They do not belong together: take both from the same model."),
        )
