"""The hidden command `_try-model`: run an added model once, where it can do no harm."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from finder.core.errors import FinderError, SkippedPicture
from finder.core.models.spec import ModelSpec, load_spec

_MEMORY = 4_000_000_000
"""Bytes of address space beside three times the model's file."""


def try_model(words: list[str]) -> int:
    """FOLDER SHA256 SECONDS: load the folder's model and let it look at a grey picture.

    Gives 0 if that went well, else 1 with a sentence on stdout; or the system ends the process.
    """
    folder, sha256, seconds = words
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    try:
        spec = load_spec(Path(folder))
        _limit(spec.file, int(seconds))
        _look_at_grey(replace(spec, sha256=sha256))
    except SkippedPicture:  # nothing to describe in plain grey
        return 0
    except FinderError as error:
        print(error.sentence)
        return 1
    return 0


def _look_at_grey(spec: ModelSpec) -> None:
    from PIL import Image

    from finder.core.models.extract import Extractor

    Extractor(spec).embed_image(Image.new("RGB", (spec.input.width, spec.input.height), "grey"))


def _limit(file: Path, seconds: int) -> None:
    """Processor time and memory; Windows knows no such limits."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        memory = _MEMORY + 3 * file.stat().st_size
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
