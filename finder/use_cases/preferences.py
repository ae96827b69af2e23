"""What the preferences show of a library, and the settings that are more than a stored value."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import Settings, keep_max_megapixels, load_settings

if TYPE_CHECKING:
    from finder.core.paths import Home


@dataclass(frozen=True)
class LibrarySize:
    """Bytes on the disk: of the whole folder, and of its large parts."""

    whole: int
    thumbnails: int
    vectors: int
    models: int


def current_settings(home: Home) -> Settings:
    """The stored settings, which other programs may have changed."""
    with closing(Catalogue(home)) as catalogue:
        return load_settings(catalogue)


def library_size(home: Home) -> LibrarySize:
    """What cannot be read counts nothing. May take long on a slow drive."""
    return LibrarySize(
        _bytes_of(home.root),
        _bytes_of(home.thumbnails) + _bytes_of(home.thumbs) + _bytes_of(home.local_features),
        _bytes_of(home.vectors) + _bytes_of(home.nearest),
        _bytes_of(home.models) + _bytes_of(home.downloads),
    )


def available_providers(home: Home) -> list[str]:
    """The execution providers of this computer, by the names that users choose from."""
    from finder.workers.provider_choice import ModelProviders

    return ModelProviders(home).available()


def set_max_megapixels(home: Home, megapixels: int, holder: str) -> None:
    """Set another limit; the next run tries again what was too large for the old one. Raises
    FinderError, also where another process writes."""
    from finder.core.library.writer import LibraryWriter

    with LibraryWriter(home, holder) as writer:
        keep_max_megapixels(writer.catalogue, megapixels)


def _bytes_of(path: Path) -> int:
    """Of a file, or of all files below a folder; links are not followed."""
    if not path.is_dir():
        return _file_bytes(path)
    return sum(
        _file_bytes(os.path.join(folder, name))
        for folder, _, names in os.walk(path)
        for name in names
    )


def _file_bytes(path: os.PathLike[str] | str) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:
        return 0  # not there, or a running writer has just deleted it
