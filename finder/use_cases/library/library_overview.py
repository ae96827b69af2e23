"""An overview of a library, the files that it could not use, and its settings."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.folded_text import by_folder
from finder.core.library.catalogue.settings import load_settings, put_settings
from finder.core.library.catalogue.tables.recognised_table import TextCounts
from finder.core.library.crop_folders import crop_folders
from finder.core.library.indexing.waiting_files import waiting_files
from finder.core.library.server.server_counts import embedded_counts
from finder.core.pictures.scan import is_within_any, outermost

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import FileRecord, FolderState
    from finder.core.library.catalogue.tables.failure_table import FailedFile
    from finder.core.models.registry import BrokenModel
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home


@dataclass(frozen=True)
class Overview:
    """An overview of the library. indexed: number of pictures by the name of each model; failed:
    for each model that could not embed some pictures, how many; pictures: different ones; files:
    that show them; removed: pictures that the user removed; waiting: for folders whose indexing was
    stopped, how many files are left; mapped: where folders of other machines are here; is_snapshot:
    the disk is full or read-only, and the library can only be read; with_crops: the folders for
    which the user has asked for crops; reads_text: indexing also reads text in pictures; text: what
    was read."""

    folders: tuple[FolderState, ...] = ()
    models: tuple[ModelSpec, ...] = ()
    broken: tuple[BrokenModel, ...] = ()
    indexed: dict[str, int] | None = None
    pictures: int = 0
    skipped: int = 0
    is_snapshot: bool = False
    failed: Mapping[str, int] = field(default_factory=dict)
    removed: int = 0
    files: int = 0
    waiting: Mapping[str, int] = field(default_factory=dict)
    mapped: tuple[str, ...] = ()
    reads_text: bool = False
    text: TextCounts = field(default_factory=TextCounts)
    with_crops: tuple[str, ...] = ()

    @property
    def copies(self) -> int:
        """Files that show the same picture as another file."""
        return self.files - self.pictures

    def skipped_here(self, offline: Collection[str]) -> int:
        """The skipped files that are in no offline folder. offline: paths of folders."""
        outer = outermost([folder.path for folder in self.folders if folder.path in offline])
        away = sum(folder.skipped for folder in self.folders if folder.path in outer)
        return self.skipped - away

    def has_crops(self, folder: str) -> bool:
        """Whether the pictures of a folder have crops: of it, or of one around it."""
        return is_within_any(folder, self.with_crops)

    def indexed_by(self, name: str) -> int:
        return (self.indexed or {}).get(name, 0)


def library_overview(home: Home) -> Overview:
    """Raises FinderError where the catalogue cannot be opened; a new one is made if there is
    none."""
    from finder.core.models.registry import list_models

    specs, broken = list_models(home.model_dirs())
    with closing(Catalogue(home)) as catalogue:
        return Overview(
            tuple(catalogue.folders.states()),
            tuple(specs),
            tuple(broken),
            embedded_counts(catalogue, specs),
            catalogue.pictures.count(),
            catalogue.files.skipped_count(),
            catalogue.is_snapshot,
            catalogue.failures.counts(),
            catalogue.removed.count(),
            files=catalogue.files.shown_count(),
            waiting=waiting_files(catalogue),
            mapped=tuple(catalogue.here.mappings.values()),
            reads_text=load_settings(catalogue).text_in_pictures,
            text=catalogue.recognised_text.counts(),
            with_crops=crop_folders(catalogue),
        )


def skipped_files(home: Home) -> tuple[list[FileRecord], list[FailedFile]]:
    """The files that were skipped, and those whose picture a model could not embed: by folder,
    then by name."""
    with closing(Catalogue(home)) as catalogue:
        skipped, failed = catalogue.files.skipped(), catalogue.failures.files()
    skipped.sort(key=lambda file: by_folder(file.path))
    failed.sort(key=lambda file: by_folder(file.path))
    return skipped, failed


def change_settings(home: Home, changes: Mapping[str, Any]) -> None:
    """Store these settings and keep the others as they are, whoever set them. Does nothing where
    the library can only be read (see `Overview.is_snapshot`)."""
    with closing(Catalogue(home)) as catalogue:
        if catalogue.is_snapshot:
            return
        before = load_settings(catalogue)
        if replace(before, **changes) != before:
            with catalogue.transaction():
                put_settings(catalogue, **changes)


def max_pixels_of(home: Home) -> int:
    """The library's limit: larger pictures are skipped."""
    with closing(Catalogue(home)) as catalogue:
        return load_settings(catalogue).max_pixels
