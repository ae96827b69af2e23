"""The work of a run: compares the folders with the catalogue. Opens no picture."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from finder.core.library.crop_folders import crops_below
from finder.core.models.crops import base_name, is_crops
from finder.core.pictures.scan import FileStamp, FoundFile, UnreadablePath, is_within, walk
from finder.core.system.mounts import mounted_inside

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.indexing.shard import Shard
    from finder.core.models.spec import ModelSpec

DRIVES = "drives inside folders"
_SCAN_STEP = 500
_MANY_FILES = 5_000


class Plan:
    """Filled by `scan`, folder by folder.

    todo: files to work on; partly: those of them that are unchanged, with the models that have not
    embedded them, or not their crops; changed: those that are known with another size or time;
    retried: those that were skipped; unchanged: how many files need no work; gone: known paths that
    do not exist any more; unreadable: what could not be read (its entries are kept); offline:
    folders that are missing or empty; drives: for each folder, where other drives were mounted
    inside it; model_done: how many files each model has finished, with their crops.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        specs: Sequence[ModelSpec],
        shard: Shard | None = None,
        with_crops_in: Sequence[str] = (),
    ) -> None:
        """specs: the models, with their companions (`models.crops`) where crops are wanted. shard:
        only this share of the new files; the others are left to other machines. with_crops_in: the
        folders with crops."""
        self._shard = shard
        self._with_crops_in = with_crops_in
        self._catalogue = catalogue
        self._specs = specs
        self.todo: list[FoundFile] = []
        self.partly: dict[str, tuple[str, ...]] = {}
        self.changed: set[str] = set()
        self.retried: set[str] = set()
        self.unchanged = 0
        self.gone: list[str] = []
        self.unreadable: list[UnreadablePath] = []
        self.offline: list[str] = []
        self.drives: dict[str, list[str]] = dict(catalogue.settings.get(DRIVES, {}))
        self.model_done = {base_name(spec.name): 0 for spec in specs}

    def scan(self, folder: str) -> Generator[int]:
        """Compare one folder; yields now and then how many files were found."""
        known = self._catalogue.files.stamps_below(folder)
        kept_below = self._drives_away(folder)
        found: list[list[FileStamp]] = []
        fresh: set[FileStamp] = set()
        number = yielded = 0
        yield 0
        for entry in walk(folder):
            if isinstance(entry, UnreadablePath):
                self._add_unreadable(entry, folder, kept_below)
                continue
            found.append(entry)
            number += len(entry)
            if not known.issuperset(entry):  # for most folders that is all
                fresh.update(set(entry) - known)
            if number - yielded >= _SCAN_STEP:
                yielded = number
                yield number
        others = self._others(folder, known, fresh)
        if others:
            found = [[file for file in entry if file not in others] for entry in found]
            fresh -= others
            number -= len(others)
        if number - len(fresh) < len(known):
            lost, new = _paths(known.difference(*found)), _paths(fresh)
            self.changed.update(map(os.fsdecode, lost & new))
            self._add_gone(folder, lost - new, kept_below, bool(number))
        self._sort(folder, found, number, fresh)
        yield number

    def _others(self, folder: str, known: set[FileStamp], fresh: set[FileStamp]) -> set[FileStamp]:
        """The new files of other machines' shares. What this machine has indexed stays its own."""
        if self._shard is None:
            return set()
        mine = _paths(known)
        return {
            file for file in fresh if file[0] not in mine and not self._shard.takes(file[0], folder)
        }

    def _drives_away(self, folder: str) -> list[str]:
        """Where another drive was mounted inside the folder, and is not now: an empty folder there
        does not mean that its pictures were deleted."""
        mounted = mounted_inside(folder)
        seen = self.drives.get(folder, [])
        if mounted or seen:
            self.drives[folder] = sorted({*seen, *mounted})
        return [drive for drive in seen if drive not in mounted]

    def _add_unreadable(
        self, unreadable: UnreadablePath, folder: str, kept_below: list[str]
    ) -> None:
        kept_below.append(unreadable.path)
        if unreadable.path == folder:
            self.offline.append(folder)
        else:
            self.unreadable.append(unreadable)

    def _add_gone(
        self, folder: str, lost: set[bytes], kept_below: list[str], any_found: bool
    ) -> None:
        gone = [
            path
            for path in sorted(map(os.fsdecode, lost))
            if not any(is_within(path, kept) for kept in kept_below)
        ]
        self.offline.extend(
            drive
            for drive in self.drives.get(folder, ())
            if drive in kept_below and any(is_within(os.fsdecode(path), drive) for path in lost)
        )
        if gone and not any_found and folder not in self.offline:
            # A mount point without its drive is an empty folder. A user who really emptied it can
            # take it out of the library.
            self.offline.append(folder)
        if folder not in self.offline:
            self.gone.extend(gone)

    def _sort(
        self, folder: str, found: list[list[FileStamp]], number: int, fresh: set[FileStamp]
    ) -> None:
        """Work is needed for new and changed files, and for those that a model has not embedded or
        that are to be retried."""
        skipped, again = self._catalogue.files.skipped_below(folder)
        lacking = {name: set[bytes]() for name in self.model_done}
        for spec in self._specs:
            lacking[base_name(spec.name)] |= self._lacking(folder, spec, number > _MANY_FILES)
        partly = set().union(*lacking.values())
        special = {
            seen[0]: seen
            for seen in chain.from_iterable(found if skipped or partly else ())
            if seen[0] in skipped or seen[0] in partly
            if seen not in fresh
        }
        pictures = number - len(fresh) - len(skipped & special.keys())
        for name, paths in lacking.items():
            self.model_done[name] += pictures - len(paths & special.keys())
        todo = fresh.union(special[path] for path in (again | partly) & special.keys())
        for path in partly & special.keys():
            names = tuple(name for name, paths in lacking.items() if path in paths)
            self.partly[os.fsdecode(path)] = names
        self.retried.update(os.fsdecode(path) for path in skipped if path in again)
        self.unchanged += number - len(todo)
        self.todo.extend(FoundFile(os.fsdecode(path), *facts) for path, *facts in sorted(todo))

    def _lacking(self, folder: str, spec: ModelSpec, many: bool) -> set[bytes]:
        lacking = self._catalogue.files.lacking_below
        if not is_crops(spec.name):
            return lacking(folder, spec, many)
        inside = crops_below(folder, self._with_crops_in)
        return set[bytes]().union(*(lacking(one, spec, many) for one in inside))


def _paths(seen: Iterable[FileStamp]) -> set[bytes]:
    return {path for path, _, _ in seen}
