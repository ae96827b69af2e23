"""Which folder is the library's home."""

from __future__ import annotations

import os
from pathlib import Path

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.paths import Home

HOME_VARIABLE = "IMAGE_FINDER_HOME"


def find_home(option: str | None = None) -> Home:
    """The library's home: the option, else IMAGE_FINDER_HOME, else the platform's data folder.

    Raises FinderError for a path that is not valid UTF-8, which the vector database cannot use.
    """
    chosen = option or os.environ.get(HOME_VARIABLE)
    if chosen:
        _require_utf8(chosen)
        return Home(Path(os.path.abspath(os.path.expanduser(chosen))))
    import platformdirs

    return Home(platformdirs.user_data_path("image-finder", appauthor=False))


def _require_utf8(path: str) -> None:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        raise FinderError(
            tr("The library's folder must have a name that is valid text (UTF-8)."),
            tr("Choose another one with --home."),
        ) from None
