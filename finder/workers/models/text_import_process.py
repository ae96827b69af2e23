"""Importing words for a model: its text tower and tokenizer, from an unknown source, are inspected
and written in child processes, with limits.

Functions `child_…` run in the child and return what it prints, as JSON.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.temporary_folders import TemporaryFolder
from finder.workers.child_command import INSPECT_TEXT, TRUNCATE_TEXT
from finder.workers.models.model_import_process import limit_for, run_about

if TYPE_CHECKING:
    from finder.core.cancellation import CancelToken
    from finder.core.models.importing.text_inspection import TextChoice, TextRequest
    from finder.core.models.spec import ModelSpec


def inspect_text_in_child(request: TextRequest, token: CancelToken | None = None) -> TextChoice:
    """`text_inspection.inspect_text` in a child process. Raises FinderError, Cancelled."""
    from finder.core.models.importing.text_inspection import TextChoice

    output = run_about(request.file, token, INSPECT_TEXT, _as_json(request))
    files = {"file": request.file, "tokenizer": request.tokenizer}
    return TextChoice(**json.loads(output) | files)


def make_text_in_child(choice: TextChoice, folder: Path, token: CancelToken | None = None) -> None:
    """`text_import.make_text_tower` in a child process. Raises FinderError, Cancelled."""
    run_about(choice.file, token, TRUNCATE_TEXT, os.path.abspath(folder), _as_json(choice))


@contextmanager
def with_text(
    spec: ModelSpec, choice: TextChoice, token: CancelToken | None = None
) -> Iterator[ModelSpec]:
    """A copy of an installed model that has the text tower, in a folder that is deleted at the end
    of the context. Raises FinderError, Cancelled."""
    from finder.core.models.manifest import load_spec
    from finder.core.models.model_folders import write_manifest

    with TemporaryFolder() as parent:
        folder = parent / spec.name
        try:
            folder.mkdir()
            shutil.copyfile(spec.file, folder / spec.file.name)
            write_manifest(folder, replace(spec, file=folder / spec.file.name))
        except OSError as error:
            raise FinderError(
                tr("{title} cannot be copied to try its words: {why}.").format(
                    title=spec.title, why=error.strerror or error
                ),
                tr("Free some space, and try again."),
            ) from error
        make_text_in_child(choice, folder, token)
        yield load_spec(folder)


def child_inspect_text(file: str, seconds: str, request_json: str) -> str:
    from finder.core.models.importing.text_inspection import TextRequest, inspect_text

    limit_for(Path(file), int(seconds))
    found = inspect_text(TextRequest(**_with_paths(json.loads(request_json))))
    return _as_json(found)


def child_truncate_text(file: str, seconds: str, folder: str, choice_json: str) -> str:
    from finder.core.models.importing.text_import import make_text_tower
    from finder.core.models.importing.text_inspection import TextChoice

    limit_for(Path(file), int(seconds))
    make_text_tower(TextChoice(**_with_paths(json.loads(choice_json))), Path(folder))
    return "null"


def _as_json(values: TextRequest | TextChoice) -> str:
    files = {"file": values.file, "tokenizer": values.tokenizer}
    table = asdict(values) | {key: os.path.abspath(file) for key, file in files.items()}
    return json.dumps(table)


def _with_paths(table: dict[str, Any]) -> dict[str, Any]:
    return table | {key: Path(table[key]) for key in ("file", "tokenizer")}
