"""Where things are: the data that ships with the program, and the user's library."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "IMAGE_FINDER_HOME"
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
    """The one folder that holds a library; every path below it is named here."""

    root: Path

    @property
    def catalogue(self) -> Path:
        return self.root / "catalogue.sqlite"

    @property
    def vectors(self) -> Path:
        """Milvus Lite insists on a name that ends in .db."""
        return self.root / "vectors.db"

    @property
    def damaged_vectors(self) -> Path:
        """Where a damaged database is moved to."""
        return self.root / "vectors.damaged"

    @property
    def nearest(self) -> Path:
        return self.root / "nearest"

    @property
    def thumbs(self) -> Path:
        return self.root / "thumbs"

    @property
    def models(self) -> Path:
        """Models that the user added, beside those that ship."""
        return self.root / "models"

    @property
    def downloads(self) -> Path:
        """What has come of models that are being downloaded."""
        return self.root / "downloads"

    @property
    def copies(self) -> Path:
        """Copies of the catalogue."""
        return self.root / "copies"

    @property
    def crash_journal(self) -> Path:
        """The pictures that are being decoded just now."""
        return self.root / "in-hand"

    @property
    def suspects(self) -> Path:
        return self.root / "suspects.json"

    @property
    def tried(self) -> Path:
        """Which added models have passed their trial."""
        return self.root / "models-tried.json"

    @property
    def known_models(self) -> Path:
        """The SHA-256 of added models' files that the program has made of known ones."""
        return self.root / "models-known.json"

    @property
    def speeds(self) -> Path:
        """How fast models were on this computer, as measured."""
        return self.root / "models-speed.json"

    @property
    def providers(self) -> Path:
        """What computes each model best on this computer, as measured."""
        return self.root / "providers.json"

    @property
    def run(self) -> Path:
        """Sockets and the like, of use while a program runs. Private: mode 0700."""
        return self.root / "run"

    @property
    def lock(self) -> Path:
        return self.root / "library.lock"

    @property
    def log(self) -> Path:
        return self.root / "log" / "image-finder.log"

    def holds_nothing_else(self) -> bool:
        """Whether all that lies in the root belongs to the library. Raises OSError."""
        return all(name.startswith(_NAMES) for name in os.listdir(self.root))

    def model_dirs(self) -> tuple[Path, Path]:
        return shipped_models_dir(), self.models


_NAMES = (
    *("catalogue.", "vectors.d", "nearest", "thumbs", "models", "copies", "in-hand"),
    *("downloads", "suspects.", "providers.", "run", "library.lock", "log"),
)
"""How the names of what lies in a home's root begin."""


def _require_text(path: str) -> None:
    """The vector database takes only paths that are valid UTF-8; better said at once."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        from finder.core.errors import FinderError
        from finder.core.i18n import tr

        raise FinderError(
            tr("The library's folder must have a name that is valid text (UTF-8)."),
            tr("Choose another one with --home."),
        ) from None


def find_home(option: str | None = None) -> Home:
    """The library's home: the option, else IMAGE_FINDER_HOME, else the platform's data folder."""
    chosen = option or os.environ.get(HOME_VARIABLE)
    if chosen:
        _require_text(chosen)
        return Home(Path(os.path.abspath(os.path.expanduser(chosen))))
    import platformdirs

    return Home(platformdirs.user_data_path("image-finder", appauthor=False))
