"""The hidden commands, which run in child processes: what they do may end them at any moment."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from finder.core.errors import FinderError, SkippedPicture
from finder.core.models.manifest import load_spec
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.workers.child_command import (
    CUT_MODEL,
    EXAMINE_MODEL,
    LOOK_AT_SAMPLES,
    MAKE_VARIANT,
    RUN_MODEL,
    TRY_MODEL,
    WORK_ALONE,
    end_with_parent,
    explanation,
    limit_process,
)

_MEMORY = 4_000_000_000
"""Bytes of address space beside three times the model's file."""


def run_child_command(words: list[str]) -> int:
    """Gives 0 if it went well, 1 with an explanation on stdout if it failed for a known reason; or
    the system ends the process. The process ends with the one that started it."""
    if words[0] != RUN_MODEL:  # which reads its requests from stdin, and ends with it
        end_with_parent()
    # A file's name may have bytes that are no text.
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        CHILD_COMMANDS[words[0]](*words[1:])
    except FinderError as error:
        print(explanation(error))
        return 1
    return 0


def _try_model(folder: str, sha256: str, seconds: str) -> None:
    """Load the folder's model and let it look at a grey picture."""
    spec = load_spec(Path(folder))
    limit_process(_MEMORY + 3 * spec.file.stat().st_size, int(seconds))
    with suppress(SkippedPicture):  # nothing to describe in plain grey
        _look_at_grey(replace(spec, sha256=sha256))


def _look_at_grey(spec: ModelSpec) -> None:
    from PIL import Image

    from finder.core.models.runtime.extractor import Extractor

    Extractor(spec).embed_image(Image.new("RGB", (spec.input.width, spec.input.height), "grey"))


def _work_alone(home: str, path: str, order: str) -> None:
    """Take a picture all the way, and say what became of it."""
    from finder.workers.isolated_worker import answer

    print(answer(Home(Path(home)), path, order, partial(print, flush=True)))


def _examine_model(*words: str) -> None:
    """Say what can be made of a model file."""
    from finder.workers.model_import_process import answer_examine

    print(answer_examine(*words))


def _cut_model(*words: str) -> None:
    """Write what was chosen of a model file into a folder."""
    from finder.workers.model_import_process import answer_cut

    print(answer_cut(*words))


def _look_at_samples(*words: str) -> None:
    """Say, line by line, what a folder's model finds among the sample pictures."""
    from finder.workers.model_import_process import answer_look

    for line in answer_look(*words):
        print(line, flush=True)


def _run_model(folder: str, sha256: str, threads: str) -> None:
    """Compute pictures with the folder's model until nobody asks any more."""
    from finder.workers.model_process import serve

    serve(folder, sha256, int(threads))


def _make_variant(order: str) -> None:
    """Make what the order, a file, asks for."""
    from finder.core.optimising.variants import make_variant
    from finder.workers.variant_process import read_order

    make_variant(read_order(Path(order)))


CHILD_COMMANDS: dict[str, Callable[..., None]] = {
    TRY_MODEL: _try_model,
    WORK_ALONE: _work_alone,
    EXAMINE_MODEL: _examine_model,
    CUT_MODEL: _cut_model,
    MAKE_VARIANT: _make_variant,
    LOOK_AT_SAMPLES: _look_at_samples,
    RUN_MODEL: _run_model,
}
