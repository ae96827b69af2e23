"""The hidden commands, which run in child processes because they may crash."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.errors import FinderError, SkippedPicture
from finder.core.models.manifest import load_spec
from finder.core.paths import Home
from finder.workers.child_command import (
    INSPECT_MODEL,
    INSPECT_TEXT,
    MAKE_VARIANT,
    MATCH_SAMPLES,
    MODEL_MEMORY,
    PROCESS_PICTURE,
    RUN_MODEL,
    RUN_TEXT,
    TRAIN_MODEL,
    TRUNCATE_MODEL,
    TRUNCATE_TEXT,
    TRY_MODEL,
    TRY_TEXT,
    end_with_parent,
    error_line,
    limit_process,
)

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec


def run_child_command(arguments: list[str]) -> int:
    """Returns 0 for success, or 1 after printing a FinderError on stdout. The process ends with its
    parent."""
    if arguments[0] not in (RUN_MODEL, RUN_TEXT, TRAIN_MODEL):  # which read lines from stdin
        end_with_parent()
    # A file's name may contain bytes that are not valid text.
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        CHILD_COMMANDS[arguments[0]](*arguments[1:])
    except FinderError as error:
        print(error_line(error))
        return 1
    return 0


def _try_model(folder: str, sha256: str, seconds: str) -> None:
    """Load the folder's model and embed a grey picture."""
    spec = load_spec(Path(folder))
    limit_process(MODEL_MEMORY + 3 * spec.file.stat().st_size, int(seconds))
    with suppress(SkippedPicture):  # plain grey may have no feature
        _embed_grey(replace(spec, sha256=sha256))


def _embed_grey(spec: ModelSpec) -> None:
    from PIL import Image

    from finder.core.models.runtime.extractor import Extractor

    Extractor(spec).embed_image(Image.new("RGB", (spec.input.width, spec.input.height), "grey"))


def _process_picture(home: str, path: str, models: str) -> None:
    """Decode and embed one picture, and print the result."""
    from finder.workers.isolated_worker import child_process_picture

    print(child_process_picture(Home(Path(home)), path, models, partial(print, flush=True)))


def _inspect_model(*arguments: str) -> None:
    """Print what was found in a model file."""
    from finder.workers.models.model_import_process import child_inspect

    print(child_inspect(*arguments))


def _truncate_model(*arguments: str) -> None:
    """Write the chosen part of a model file into a folder."""
    from finder.workers.models.model_import_process import child_truncate

    print(child_truncate(*arguments))


def _inspect_text(*arguments: str) -> None:
    """Print what was found in the files of a text tower."""
    from finder.workers.models.text_import_process import child_inspect_text

    print(child_inspect_text(*arguments))


def _truncate_text(*arguments: str) -> None:
    """Write a text tower into a model's folder."""
    from finder.workers.models.text_import_process import child_truncate_text

    print(child_truncate_text(*arguments))


def _match_samples(*arguments: str) -> None:
    """Print, line by line, what a folder's model finds among the sample pictures."""
    from finder.workers.models.model_import_process import child_match_samples

    for line in child_match_samples(*arguments):
        print(line, flush=True)


def _run_model(folder: str, sha256: str) -> None:
    """Embed pictures with the folder's model until the parent ends."""
    from finder.workers.models.model_server import serve

    serve(folder, sha256)


def _try_text(folder: str, sha256: str, tokenizer_sha256: str, seconds: str) -> None:
    """Load the text tower of the folder's model and embed a few words."""
    from finder.workers.models.text_server import load_limited

    load_limited(folder, sha256, tokenizer_sha256, int(seconds)).features("a photo of a cat")


def _run_text(*arguments: str) -> None:
    """Embed words with the folder's model until the parent ends."""
    from finder.workers.models.text_server import serve_text

    serve_text(*arguments)


def _train_model() -> None:
    """Train what a line of stdin asks for, and print what happens, line by line."""
    from finder.train.worker import serve

    serve(partial(print, file=sys.stdout, flush=True))


def _make_variant(request: str) -> None:
    """Make the variant that the file `request` describes."""
    from finder.core.optimising.variants import make_variant
    from finder.workers.models.variant_process import read_request

    make_variant(read_request(Path(request)))


CHILD_COMMANDS: dict[str, Callable[..., None]] = {
    TRY_MODEL: _try_model,
    PROCESS_PICTURE: _process_picture,
    INSPECT_MODEL: _inspect_model,
    TRUNCATE_MODEL: _truncate_model,
    INSPECT_TEXT: _inspect_text,
    TRUNCATE_TEXT: _truncate_text,
    MAKE_VARIANT: _make_variant,
    MATCH_SAMPLES: _match_samples,
    RUN_MODEL: _run_model,
    TRY_TEXT: _try_text,
    RUN_TEXT: _run_text,
    TRAIN_MODEL: _train_model,
}
