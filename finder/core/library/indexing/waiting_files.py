"""How many files a run has left when it is stopped. The catalogue keeps it, so that the user can be
told, and offered to go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from finder.core.pictures.scan import is_within, is_within_any

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue

_KEY = "waiting files"


class WaitingFiles:
    """Counts the files that a run over these folders (none inside another one) has still to do."""

    def __init__(self, catalogue: Catalogue, folders: Sequence[str]) -> None:
        """catalogue: for writing; it must not be used by another thread meanwhile."""
        self._catalogue = catalogue
        self._folders = folders
        self._left = Counter[str]()

    def begin(self, paths: Iterable[str]) -> None:
        """These files are to be done. Stored at once: the process may be killed."""
        self._left = Counter(map(self._folder_of, paths))
        self._store()

    def count_done(self, path: str) -> None:
        self._left[self._folder_of(path)] -= 1

    def stop(self) -> None:
        """The run ends before it is done."""
        self._store()

    def finish(self) -> None:
        """The run is done with every file that it could read."""
        self._left.clear()
        self._store()

    def _folder_of(self, path: str) -> str:
        return next(folder for folder in self._folders if is_within(path, folder))

    def _store(self) -> None:
        before = waiting_files(self._catalogue)
        others = {
            folder: number
            for folder, number in before.items()
            if not is_within_any(folder, self._folders)
        }
        after = {**others, **+self._left}
        if after != before:
            with self._catalogue.transaction():
                self._catalogue.settings.put(_KEY, after)


def waiting_files(catalogue: Catalogue) -> dict[str, int]:
    """For each folder of the library with files that wait, how many; for a folder inside another
    one, the outer one may tell."""
    kept = catalogue.settings.get(_KEY, {})
    folders = set(catalogue.folders.paths())
    return {folder: int(number) for folder, number in kept.items() if folder in folders}
