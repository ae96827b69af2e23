"""What there is to do: the folders as they are now against the catalogue. Opens no picture."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping, Sequence

import numpy as np

from finder.core.errors import RETRIED
from finder.core.library.catalogue import Catalogue, KnownFile
from finder.core.library.known import KnownIds
from finder.core.models.spec import ModelSpec
from finder.core.pictures.scan import FoundFile, FoundTrouble, is_within, scan

_SCAN_STEP = 500


class Plan:
    """Filled by `look_at`, folder by folder.

    todo: files to work on; partly: those of them whose picture some of the models have already;
    unchanged: how many are as they were; gone: known paths that are no more; troubles: what
    could not be looked at (what is known there is kept); offline: folders that are away;
    model_done: how many files each model is done with.
    """

    def __init__(self, catalogue: Catalogue, embedded: Mapping[str, KnownIds]) -> None:
        self._catalogue = catalogue
        self._embedded = embedded
        self.todo: list[FoundFile] = []
        self.partly: set[str] = set()
        self.unchanged = 0
        self.gone: list[str] = []
        self.troubles: list[FoundTrouble] = []
        self.offline: list[str] = []
        self.model_done = dict.fromkeys(embedded, 0)

    def look_at(self, folder: str) -> Generator[int]:
        """Walk one folder; yields now and then how many files were found."""
        known = {file.path: file for file in self._catalogue.files_below(folder)}
        kept_below: list[str] = []
        found = 0
        yield found
        for entry in scan(folder):
            if isinstance(entry, FoundTrouble):
                self._note_trouble(entry, folder, kept_below)
                known.pop(entry.path, None)
                continue
            self._sort_in(entry, known.pop(entry.path, None))
            found += 1
            if found % _SCAN_STEP == 0:
                yield found
        if known and not found and folder not in self.offline:
            # A mount point without its drive is an empty folder. Whoever really emptied it can
            # take it out of the library.
            self.offline.append(folder)
        if folder not in self.offline:
            self.gone.extend(p for p in known if not any(is_within(p, k) for k in kept_below))
        yield found

    def _note_trouble(self, trouble: FoundTrouble, folder: str, kept_below: list[str]) -> None:
        if trouble.is_folder:
            kept_below.append(trouble.path)
        if trouble.path == folder:
            self.offline.append(folder)
        else:
            self.troubles.append(trouble)

    def _sort_in(self, file: FoundFile, known: KnownFile | None) -> None:
        if known is None or (known.size, known.mtime_ns) != (file.size, file.mtime_ns):
            self.todo.append(file)
        elif known.picture is not None:
            self._sort_in_picture(file, known.picture)
        elif known.reason in RETRIED:
            self.todo.append(file)
        else:
            self.unchanged += 1

    def _sort_in_picture(self, file: FoundFile, picture: int) -> None:
        having = [name for name, ids in self._embedded.items() if picture in ids]
        for name in having:
            self.model_done[name] += 1
        if len(having) == len(self._embedded):
            self.unchanged += 1
        else:
            self.todo.append(file)
            self.partly.add(file.path)


def outermost(folders: Sequence[str]) -> list[str]:
    """The folders' absolute paths, without those that lie inside another one of them."""
    absolute = sorted({os.path.abspath(folder) for folder in folders})
    return [
        folder
        for folder in absolute
        if not any(folder != other and is_within(folder, other) for other in absolute)
    ]


def embedded_by(catalogue: Catalogue, specs: Sequence[ModelSpec]) -> dict[str, KnownIds]:
    """For each model the pictures that it, in just this version, has embedded."""
    states = catalogue.model_states()
    embedded = {}
    for spec in specs:
        current = spec.name in states and states[spec.name].fits(spec)
        ids = catalogue.embeddings(spec.name)[:, 0] if current else np.zeros(0, np.int64)
        embedded[spec.name] = KnownIds(ids)
    return embedded
