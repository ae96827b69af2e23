"""Paths of the data that ships with the program, and of the files of a library."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def _shipped(name: str) -> Path:
    """A data folder: inside the installed package, or beside it in a checkout."""
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def resources_dir() -> Path:
    return _shipped("resources")


def shipped_models_dir() -> Path:
    return _shipped("models")


def samples_dir() -> Path:
    return resources_dir() / "samples"


@dataclass(frozen=True)
class Home:
    """The folder that holds a library. Every path below it is defined here."""

    root: Path

    @property
    def catalogue(self) -> Path:
        return self.root / "catalogue.sqlite"

    @property
    def vectors(self) -> Path:
        """Milvus Lite requires a name that ends in .db."""
        return self.root / "vectors.db"

    @property
    def damaged_vectors(self) -> Path:
        """Where a damaged vector database is moved."""
        return self.root / "vectors.damaged"

    @property
    def store_settings(self) -> Path:
        """Where the vectors are, if not here."""
        return self.root / "store.json"

    @property
    def nearest(self) -> Path:
        """One memory-mapped matrix of vectors for each model."""
        return self.root / "nearest"

    @property
    def thumbnails(self) -> Path:
        return self.root / "thumbnails.sqlite"

    @property
    def local_features(self) -> Path:
        """A cache of the local features of pictures."""
        return self.root / "local-features.sqlite"

    @property
    def thumbs(self) -> Path:
        """The thumbnails of earlier versions, a file for each picture."""
        return self.root / "thumbs"

    @property
    def models(self) -> Path:
        """Models that the user added, beside those that ship."""
        return self.root / "models"

    @property
    def downloads(self) -> Path:
        """Unfinished downloads of models."""
        return self.root / "downloads"

    @property
    def trainings(self) -> Path:
        """Trainings of models that are not finished, a folder each."""
        return self.root / "trainings"

    @property
    def backups(self) -> Path:
        """Backups of the catalogue."""
        return self.root / "copies"

    @property
    def crash_journal(self) -> Path:
        """The pictures that are being decoded: after a crash, the suspects."""
        return self.root / "in-hand"

    @property
    def suspects(self) -> Path:
        """The pictures that were being decoded when a process crashed."""
        return self.root / "suspects.json"

    @property
    def tried(self) -> Path:
        """Which added models have passed their trial run."""
        return self.root / "models-tried.json"

    @property
    def known_models(self) -> Path:
        """SHA-256 of the model files that this program has derived from known ones."""
        return self.root / "models-known.json"

    @property
    def speeds(self) -> Path:
        """The measured speed of each model on this computer."""
        return self.root / "models-speed.json"

    @property
    def providers(self) -> Path:
        """The fastest provider for each model on this computer, as measured."""
        return self.root / "providers.json"

    @property
    def recent(self) -> Path:
        """The last queries of the window, a file each. Private: mode 0700."""
        return self.root / "recent"

    @property
    def run(self) -> Path:
        """Sockets and locks of running programs. Private: mode 0700."""
        return self.root / "run"

    @property
    def lock(self) -> Path:
        return self.root / "library.lock"

    @property
    def log(self) -> Path:
        return self.root / "log" / "image-finder.log"

    def holds_nothing_else(self) -> bool:
        """Whether the folder contains nothing but the library. Raises OSError."""
        return all(name.startswith(_OWN_NAMES) for name in os.listdir(self.root))

    def model_dirs(self) -> tuple[Path, Path]:
        return shipped_models_dir(), self.models


_OWN_NAMES = (
    *("catalogue.", "vectors.d", "nearest", "thumb", "models", "copies", "in-hand", "trainings"),
    *("downloads", "suspects.", "providers.", "recent", "run", "library.lock", "log", "store."),
    "local-features.",
)
"""Prefixes of the names of a library's own files and folders."""
