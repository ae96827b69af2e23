"""Folders of the library that were moved to another place.

A folder on a drive that is not plugged in is gone, too, and must be kept even if the library has a
copy of it. So the library keeps which drive each folder is on: only where that very drive is
mounted and the folder is missing, it was moved or deleted.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from finder.core.library.crop_folders import move_crops
from finder.core.pictures.scan import is_within, is_within_any
from finder.core.system.mounts import drive_of, is_network_mount

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.indexing.plan import Plan
    from finder.core.library.writer import LibraryWriter

FOLDER_DRIVES = "drives of folders"
"""The setting with `drive_of` each folder when it was last seen."""
_NEARLY_ALL = 0.9
_SAMPLE = 50
"""Files that are searched for first: most missing folders are just offline, and may be large."""

Drives = dict[str, list[str]]


@dataclass(frozen=True)
class Scanned:
    """What a run has just scanned. folders: those that exist, with all below them; fresh: files
    that the run has indexed; gone: known files below the folders that do not exist any more."""

    folders: Sequence[str]
    fresh: Collection[str]
    gone: Collection[str]


def note_drives(writer: LibraryWriter, folders: Iterable[str]) -> None:
    """Keep which drives these folders are on, if that is not known: so that they are followed even
    if the run is stopped."""
    drives: Drives = writer.catalogue.settings.get(FOLDER_DRIVES, {})
    found = {folder: drive_of(folder) for folder in folders if folder not in drives}
    writer.put_setting(FOLDER_DRIVES, drives | {f: drive for f, drive in found.items() if drive})


def follow_moved(
    writer: LibraryWriter, plan: Plan, folders: Sequence[str], located: Mapping[str, str]
) -> dict[str, str]:
    """Remove moved folders from the library at the end of a run over `folders`: they are below one
    of these now. located: those that the user says have moved. Returns the new place of each.
    Raises FinderError."""
    catalogue = writer.catalogue
    existing = [
        folder
        for folder in catalogue.folders.paths()
        if is_within_any(folder, folders) and not is_within_any(folder, plan.offline)
        if os.path.isdir(folder)
    ]
    drives = _known_drives(catalogue, existing)
    scanned = Scanned(existing, {file.path for file in plan.todo}, set(plan.gone))
    moved = moved_folders(catalogue, scanned, drives) | dict(located)
    for folder, new in moved.items():
        with catalogue.transaction():
            move_crops(catalogue, folder, new)
        writer.removals.forget_folder(folder)
        plan.drives.pop(folder, None)
        drives.pop(folder, None)
    plan.offline = [folder for folder in plan.offline if folder not in moved]
    writer.put_setting(FOLDER_DRIVES, drives)
    return moved


def moved_folders(
    catalogue: Catalogue, scanned: Scanned, drives: Mapping[str, list[str]]
) -> dict[str, str]:
    """For each folder of the library that was moved, where it is now. drives: of each folder,
    when it was last seen."""
    reachable = [drives[folder] for folder in scanned.folders if folder in drives]
    found = {}
    for folder in catalogue.folders.paths():
        drive = drives.get(folder)
        if folder not in scanned.folders and drive and _is_gone(folder, drive, reachable):
            new = _new_place(catalogue, folder, scanned)
            if new is not None:
                found[folder] = new
    return found


def _known_drives(catalogue: Catalogue, folders: Iterable[str]) -> Drives:
    """For each folder of the library its drive: as it is now for these folders, which exist; as it
    was before for others."""
    before: Drives = catalogue.settings.get(FOLDER_DRIVES, {})
    listed = catalogue.folders.paths()
    now = {folder: drive_of(folder) for folder in folders}
    drives = {folder: now.get(folder) or before.get(folder) for folder in listed}
    return {folder: drive for folder, drive in drives.items() if drive}


def _is_gone(folder: str, drive: list[str], reachable: Collection[list[str]]) -> bool:
    """Whether a folder is missing although its drive is mounted. reachable: drives that have
    answered; other network drives are not asked, since that may take long."""
    if drive not in reachable and is_network_mount(drive[0]):
        return False
    if os.path.lexists(folder):
        return False
    above = os.path.dirname(folder)
    while not os.path.lexists(above) and above != os.path.dirname(above):
        above = os.path.dirname(above)
    return drive_of(above) == drive  # None for a broken link


def _new_place(catalogue: Catalogue, folder: str, scanned: Scanned) -> str | None:
    """The folder that has nearly all of a gone folder's pictures now; None if there is none."""
    places = _places_elsewhere(catalogue, folder, scanned)
    sample = list(islice(places, _SAMPLE))
    if 2 * sum(map(bool, sample)) <= len(sample):
        return None
    fresh, known = Counter[str](), Counter[str]()
    files = found = 0
    for at in (*sample, *places):
        files += 1
        found += bool(at)
        for path, place in at.items():
            (fresh if path in scanned.fresh else known)[place] += 1
    if found < _NEARLY_ALL * files:
        return None
    new, times = (fresh or known).most_common(1)[0]
    if 2 * times > found:
        return new
    return max((at for at in scanned.folders if is_within(new, at)), key=len)


def _places_elsewhere(
    catalogue: Catalogue, folder: str, scanned: Scanned
) -> Iterator[dict[str, str]]:
    """For each picture file of a missing folder: the files with the same picture now, each with the
    folder that has replaced the missing one, if the file has kept its path below it, otherwise with
    the file's own folder."""
    for path, others in catalogue.files.places_outside(folder):
        below = path[len(folder.rstrip(os.sep)) :]
        yield {
            other: (other.removesuffix(below) or os.sep)
            if other.endswith(below)
            else os.path.dirname(other)
            for other in others
            if other not in scanned.gone and is_within_any(other, scanned.folders)
        }
