"""Where the folders of other machines are on this one, as on a network share."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.records import machine_of
from finder.core.library.server.folder_scope import NOT_SHARED, Here, inside, mapped_folders

if TYPE_CHECKING:
    from finder.core.paths import Home


def path_here(path: str, mappings: Mapping[str, str]) -> str:
    """The path on this machine of a file "MACHINE:PATH", by the innermost folder that it is in; the
    same path if there is none.

    mappings: folders as "MACHINE:FOLDER", and where they are here.
    """
    machine, _, there = path.partition(":")
    for folder in mapped_folders(mappings):
        if folder.machine == machine and there.startswith(folder.prefix):
            parts = _parts(there.removeprefix(folder.prefix), folder.separator)
            return path if parts is None else os.path.join(folder.here, *parts)
    return path


def paths_there(path: str, mappings: Mapping[str, str]) -> list[str]:
    """The other way: the paths "MACHINE:PATH" of the files that a path on this machine may be."""
    found = []
    for folder in mapped_folders(mappings):
        if path.startswith(inside(folder.here)):
            names = path.removeprefix(inside(folder.here)).split(os.sep)
            there = f"{folder.machine}:{folder.prefix}{folder.separator.join(names)}"
            if path_here(there, mappings) == path:  # not, if a folder inside is elsewhere
                found.append(there)
    return found


def _parts(rest: str, separator: str) -> list[str] | None:
    """The names in a path below a folder; None if it tries to leave it."""
    parts = [part for part in re.split(r"[/\\]" if separator == "\\" else "/", rest) if part]
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


def here_of(home: Home) -> Here:
    """This machine, as far as it is known, with no folder offline."""
    if not home.store_settings.exists():
        return NOT_SHARED
    from finder.core.library.server.store_settings import read_store_settings

    try:
        settings = read_store_settings(home)
    except FinderError:  # whoever needs the store says so
        return NOT_SHARED
    return Here(settings.machine, mappings=dict(settings.mappings))
