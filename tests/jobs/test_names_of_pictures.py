"""Pictures of a library for the window."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from stored_files import Picture, Place, store

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.picture_filter import Availability, Filter
from finder.core.paths import Home
from finder.jobs.library_pictures import LibraryPictures
from finder.workers.worker_pools import FolderChecks


def test_names_keep_to_the_filter_for_files_that_can_be_opened_here(
    home: Home, tmp_path: Path
) -> None:
    here, away = tmp_path / "here", tmp_path / "away"
    here.mkdir()
    (here / "beach.jpg").touch()
    store(
        home,
        [
            Picture(1, [Place(str(here / "beach.jpg"))]),
            Picture(2, [Place(str(away / "beach.jpg"))]),
        ],
    )
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        catalogue.folders.add(str(here))
        catalogue.folders.add(str(away))
    pictures = LibraryPictures(home, FolderChecks())

    def named(available: Availability | None) -> set[int]:
        matches = pictures.with_words("beach", 9, Filter(available=available))
        return {match.picture.id for match in matches}

    assert named(None) == {1, 2}
    assert named(Availability.HERE) == {1}
    assert named(Availability.ELSEWHERE) == {2}
