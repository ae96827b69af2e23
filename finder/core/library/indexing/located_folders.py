"""A folder of the library that the user says is somewhere else now: which of its files are there,
and how their entries follow it.

What has kept its place below the folder, its size and its time is the same file, as in every run:
only its path changes. A run over the new place recognises the others by their content.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.availability import place_of
from finder.core.pictures.scan import FileStamp, UnreadablePath, is_within, walk

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.catalogue.records import FileRecord
    from finder.core.library.writer import LibraryWriter


@dataclass(frozen=True)
class Recognised:
    """Of the files of a folder, as the library knows them, those in another folder. unchanged: at
    the same place below it, with the same size and time; likely: with the same name and size, which
    their content must confirm."""

    files: int
    unchanged: int
    likely: int

    @property
    def found(self) -> int:
        return self.unchanged + self.likely


def recognise(catalogue: Catalogue, old: str, new: str) -> Recognised:
    """Opens no file. Raises FinderError if `old` is no folder of the library or is still there, or
    `new` is not a folder."""
    _require_moved(catalogue, old, new)
    found = _files_in(new)
    names = {(os.path.basename(path), size) for path, size, _ in found}
    files = unchanged = likely = 0
    for file in catalogue.files.below(old):
        files += 1
        stamp = _stamp(file, _moved_path(file.path, old, new))
        if stamp in found:
            unchanged += 1
        elif (os.path.basename(stamp[0]), stamp[1]) in names:
            likely += 1
    return Recognised(files, unchanged, likely)


def follow_by_hand(writer: LibraryWriter, old: str, new: str) -> dict[str, str]:
    """Let the entries of unchanged files follow the folder. Returns the new place of each folder of
    the library that has moved with it: a run over `new` removes these from the library at its end
    (`index`). Raises FinderError, also if nothing in `new` was recognised."""
    catalogue = writer.catalogue
    if not recognise(catalogue, old, new).found:
        raise FinderError(
            tr("None of the pictures of {old} is in {new}.").format(old=old, new=new),
            tr("Choose the folder itself, not the one around it."),
        )
    found = _files_in(new)
    known = {path for path, _, _ in catalogue.files.stamps_below(new)}
    moved = [
        (file.path, replace(file, path=path))
        for file in catalogue.files.below(old)
        for path in [_moved_path(file.path, old, new)]
        if _stamp(file, path) in found and os.fsencode(path) not in known
    ]
    with catalogue.transaction():
        catalogue.files.remove(path for path, _ in moved)
        for _, file in moved:
            catalogue.files.put(file)
    folders = [folder for folder in catalogue.folders.paths() if is_within(folder, old)]
    return {folder: _moved_path(folder, old, new) for folder in folders if folder != new}


def _require_moved(catalogue: Catalogue, old: str, new: str) -> None:
    if old not in catalogue.folders.paths():
        raise FinderError(
            tr("{folder} is not a folder of this library.").format(folder=old),
            tr("“image-finder status” lists them."),
        )
    if not os.path.isdir(new):
        raise FinderError(
            tr("There is no folder {folder}.").format(folder=new),
            tr("Check its name, or connect the drive."),
        )
    if place_of(old, known=True) is not None:
        raise FinderError(
            tr("{folder} is still there, with files in it.").format(folder=old),
            tr("Add the other folder instead: image-finder index {new}").format(new=new),
        )


def _files_in(folder: str) -> set[FileStamp]:
    return set(_stamps(folder))


def _stamps(folder: str) -> Iterator[FileStamp]:
    for entry in walk(folder):
        if not isinstance(entry, UnreadablePath):
            yield from entry


def _moved_path(path: str, old: str, new: str) -> str:
    return os.path.normpath(new.rstrip(os.sep) + os.sep + path[len(old.rstrip(os.sep)) :])


def _stamp(file: FileRecord, path: str) -> FileStamp:
    return os.fsencode(path), file.size, file.mtime_ns
