"""The folders of models that the user added: written completely or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.manifest import MANIFEST, load_spec, manifest_text
from finder.core.paths import Home, shipped_models_dir

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec, TextSpec

_FILE = "model.onnx"
TEXT_FILE: Final = "text.onnx"
TOKENIZER_FILE: Final = "tokenizer.json"
_STALE_PATTERNS = (".*.part", ".*.removed", ".optimise-*")
_STALE_AFTER = 86_400  # seconds


def add_model(
    home: Home, spec: ModelSpec, content: bytes, beside: Mapping[str, bytes] | None = None
) -> ModelSpec:
    """Add an ONNX file and its description to this library's models; returns the installed model.
    The `file` and `sha256` of spec are ignored; the files of its text tower are copied. beside:
    more files for its folder, by name.

    Raises FinderError if a model of this name exists, if model.toml would be invalid, or if the
    folder cannot be written.
    """
    require_name_free(home, spec.name)
    remove_stale_folders(home)
    return write_new_model(home.models, spec, content, beside)


def write_new_model(
    parent: Path, spec: ModelSpec, content: bytes, beside: Mapping[str, bytes] | None = None
) -> ModelSpec:
    """Make the model's folder, with its name, in this one, completely or not at all; returns the
    model in it. Raises FinderError as `add_model` does."""
    folder = parent / spec.name
    part = parent / f".{spec.name}.{os.getpid()}.part"
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        write_model(part, spec, content, beside)
        load_spec(part)
        os.replace(part, folder)
    except OSError as error:
        if folder.exists():  # another process was faster
            raise _name_taken(spec.name) from error
        raise FinderError(
            tr("The model could not be saved in {folder}: {why}.").format(folder=folder, why=error),
            tr("Free some space, or check the folder's permissions, and try again."),
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return load_spec(folder)


def remove_model_folder(home: Home, name: str, folder: Path | None) -> None:
    """Delete an added model's folder. It is renamed to a hidden name first, which is atomic: hidden
    folders are ignored. None: only what an earlier attempt has left. Raises OSError."""
    hidden = home.models / f".{name}.removed"
    shutil.rmtree(hidden, ignore_errors=True)
    if folder is None:
        return
    if folder.is_symlink():
        folder.unlink()
        return
    with suppress(FileNotFoundError):  # another program has deleted it
        os.rename(folder, hidden)
        shutil.rmtree(hidden)


def remove_stale_folders(home: Home) -> None:
    """Delete unfinished folders that killed processes have left a day ago or earlier."""
    for pattern in _STALE_PATTERNS:
        for folder in home.models.glob(pattern):
            with suppress(OSError):
                if time.time() - folder.stat().st_mtime > _STALE_AFTER:
                    shutil.rmtree(folder, ignore_errors=True)


def require_name_free(home: Home, name: str) -> None:
    """Raises FinderError if a model of this name is installed."""
    if any((parent / name).exists() for parent in (shipped_models_dir(), home.models)):
        raise _name_taken(name)


def _name_taken(name: str) -> FinderError:
    return FinderError(
        tr("There is already a model called “{name}”.").format(name=name),
        tr("Give this one another name, or remove that one first."),
    )


def write_model(
    folder: Path, spec: ModelSpec, content: bytes, beside: Mapping[str, bytes] | None = None
) -> None:
    """Write `model.onnx`, its `model.toml` and what else is given, copy the files of its text
    tower, and sync all to the disk. Raises OSError."""
    sha256 = hashlib.sha256(content).hexdigest()
    text = copied_text(spec.text, folder) if spec.text else None
    manifest = manifest_text(replace(spec, file=folder / _FILE, sha256=sha256, text=text))
    for name, data in {**(beside or {}), _FILE: content, MANIFEST: manifest.encode()}.items():
        write_synced(folder / name, data)


def copied_text(text: TextSpec, folder: Path) -> TextSpec:
    """The text tower with copies of its files in this folder. Raises OSError."""
    copy = replace(text, file=folder / TEXT_FILE, tokenizer=folder / TOKENIZER_FILE)
    for source, target in ((text.file, copy.file), (text.tokenizer, copy.tokenizer)):
        shutil.copyfile(source, target)
        with open(target, "rb+") as file:
            os.fsync(file.fileno())
    return copy


def add_text_tower(spec: ModelSpec, text: TextSpec) -> ModelSpec:
    """Give an added model a text tower, whose files are copied; its vectors stay valid. Returns the
    model as it is now. Raises FinderError if its folder cannot be written: then it is unchanged."""
    folder = spec.file.parent
    try:
        _place_text(spec, text, folder)
    except OSError as error:
        raise FinderError(
            tr("The model could not be saved in {folder}: {why}.").format(folder=folder, why=error),
            tr("Free some space, or check the folder's permissions, and try again."),
        ) from error
    return load_spec(folder)


def _place_text(spec: ModelSpec, text: TextSpec, folder: Path) -> None:
    """Copy the files beside the folder first: what a killed process leaves there is deleted later
    (`remove_stale_folders`). Raises OSError."""
    part = folder.parent / f".{folder.name}.{os.getpid()}.part"
    placed = replace(text, file=folder / TEXT_FILE, tokenizer=folder / TOKENIZER_FILE)
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        copy = copied_text(text, part)
        shutil.move(copy.file, placed.file)
        shutil.move(copy.tokenizer, placed.tokenizer)
        write_manifest(folder, replace(spec, text=placed))
    except BaseException:
        for file in (placed.file, placed.tokenizer):
            with suppress(OSError):
                file.unlink()
        raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def write_manifest(folder: Path, spec: ModelSpec) -> None:
    """Replace a folder's `model.toml`, whole or not at all. Raises OSError."""
    part = folder / f"{MANIFEST}.{os.getpid()}.part"
    try:
        write_synced(part, manifest_text(spec).encode())
        os.replace(part, folder / MANIFEST)
    finally:
        part.unlink(missing_ok=True)


def write_synced(path: Path, data: bytes) -> None:
    """Raises OSError."""
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
