"""Where the folders of other machines are on this one, as on a network share."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.records import machine_of

if TYPE_CHECKING:
    from finder.core.paths import Home


def path_here(path: str, mappings: Mapping[str, str]) -> str:
    """The path on this machine of a file "MACHINE:PATH", by the longest folder that it is in; the
    same path if there is none.

    mappings: folders as "MACHINE:FOLDER", and where they are here.
    """
    for folder in sorted(mappings, key=len, reverse=True):
        parts = _below(path, folder)
        if parts is not None:
            return os.path.join(mappings[folder], *parts)
    return path


def _below(path: str, folder: str) -> list[str] | None:
    """The parts of the path below the folder; None if it is not in it, or tries to leave it."""
    folder = folder.rstrip("/\\")
    rest = path.removeprefix(folder)
    if rest == path or rest[:1] not in ("/", "\\"):
        return None
    separators = r"[/\\]" if re.match(r"[^:]*:([A-Za-z]:|\\\\)", folder) else "/"
    parts = [part for part in re.split(separators, rest) if part]
    outside = {os.sep, ":"} if os.sep == "\\" else {os.sep}  # "D:" would be another drive
    leaves = any(part == ".." or outside & set(part) for part in parts)
    return None if leaves else parts


def add_mapping(mappings: Mapping[str, str], folder: str, here: str) -> dict[str, str]:
    """The mappings with one more. Raises FinderError: `folder` names no machine, or there is no
    folder `here`."""
    if not machine_of(folder) or not re.search(r"[/\\]", folder):
        raise FinderError(
            tr("“{folder}” is no folder of another machine.").format(folder=folder),
            tr("Write its machine and path, as nas-2:/mnt/photos."),
        )
    here = os.path.abspath(os.path.expanduser(here))
    if not os.path.isdir(here):
        raise FinderError(
            tr("There is no folder {folder}.").format(folder=here),
            tr("Check its name, or connect the drive."),
        )
    return {**mappings, folder.rstrip("/\\"): here}


def places_here(home: Home) -> Callable[[str], str]:
    """Gives the path here of each path of the library, as far as it is known."""
    if not home.store_settings.exists():
        return _same
    from finder.core.library.server.store_settings import read_store_settings

    try:
        mappings = dict(read_store_settings(home).mappings)
    except FinderError:  # whoever needs the store says so
        mappings = {}
    if not mappings:
        return _same
    return lambda path: path_here(path, mappings) if machine_of(path) else path


def _same(path: str) -> str:
    return path
