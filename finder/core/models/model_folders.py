"""The folders of models that the user added: written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.manifest import MANIFEST, load_spec, manifest_text
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home, shipped_models_dir

_FILE = "model.onnx"
_LEFT_BEHIND = (".*.part", ".*.removed", ".optimise-*")
_OLD = 86_400  # seconds


def add_model(home: Home, spec: ModelSpec, content: bytes) -> ModelSpec:
    """Keep an ONNX file and what is known of it as a model of this library; returns it as it can
    be used from now on. Of spec, `file` and `sha256` are not looked at.

    Raises FinderError where a model of this name is there already, where model.toml would be
    refused, or where the folder cannot be written.
    """
    require_free(home, spec.name)
    clear_left_behind(home)
    return write_new_model(home.models, spec, content)


def write_new_model(parent: Path, spec: ModelSpec, content: bytes) -> ModelSpec:
    """Make the model's folder, with its name, in this one: whole or not at all; returns the model
    as it is there. Raises FinderError as `add_model` does."""
    folder = parent / spec.name
    part = parent / f".{spec.name}.{os.getpid()}.part"
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        write_model(part, spec, content)
        load_spec(part)
        os.replace(part, folder)
    except OSError as error:
        if folder.exists():  # another program was faster
            raise _taken(spec.name) from error
        raise FinderError(
            tr("The model could not be saved in {folder}: {why}.").format(folder=folder, why=error),
            tr("Free some space, or check the folder's permissions, and try again."),
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return load_spec(folder)


def clear_left_behind(home: Home) -> None:
    """Delete what processes that were killed have left among the models a day ago or earlier."""
    for pattern in _LEFT_BEHIND:
        for folder in home.models.glob(pattern):
            with suppress(OSError):
                if time.time() - folder.stat().st_mtime > _OLD:
                    shutil.rmtree(folder, ignore_errors=True)


def require_free(home: Home, name: str) -> None:
    """Raises FinderError where a model of this name is installed."""
    if any((parent / name).exists() for parent in (shipped_models_dir(), home.models)):
        raise _taken(name)


def _taken(name: str) -> FinderError:
    return FinderError(
        tr("There is already a model called “{name}”.").format(name=name),
        tr("Give this one another name, or remove that one first."),
    )


def write_model(folder: Path, spec: ModelSpec, content: bytes) -> None:
    """`model.onnx` and its `model.toml`, on the disk when it returns. Raises OSError."""
    sha256 = hashlib.sha256(content).hexdigest()
    manifest = manifest_text(replace(spec, file=folder / _FILE, sha256=sha256))
    for name, data in ((_FILE, content), (MANIFEST, manifest.encode())):
        with open(folder / name, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
