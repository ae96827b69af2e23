"""Obstacles where the library needs one of its folders or files: a file in the place of a folder,
a folder in that of a file, or a broken link.

It may be the user's, so it is renamed, never deleted. A link may lead to a drive that is not
plugged in just now: only a repair that the user asked for renames it.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.check.findings import Finding, repairable

if TYPE_CHECKING:
    from finder.core.paths import Home

log = logging.getLogger(__name__)


def obstacles(home: Home) -> list[Path]:
    """The paths of the library's folders and files that something else occupies."""
    folders = (home.nearest, home.backups, home.run)
    found = [path for path in folders if is_obstacle(path)]
    file = home.thumbnails
    return [*found, file] if os.path.lexists(file) and not file.is_file() else found


def is_obstacle(path: Path) -> bool:
    """Whether something that is not a folder has the path of one."""
    return os.path.lexists(path) and not path.is_dir()


def clear_obstacles(home: Home) -> list[str]:
    """Rename what is where the library needs a folder or a file. The writer's lock must be held.

    Returns a sentence on each. Raises FinderError for a broken link, or if renaming fails.
    """
    found = obstacles(home)
    for path in found:
        if path.is_symlink():
            raise FinderError(_sentence(path), _hint(path))
    return [_moved(path, rename_obstacle(path)) for path in found]


def require_no_obstacle(path: Path) -> None:
    """Raise FinderError if something that is not a folder has this path."""
    if is_obstacle(path):
        raise FinderError(_sentence(path), _hint(path))


def check_obstacles(home: Home, repair: bool) -> list[Finding]:
    """The full check of them; a repair renames links, too. Raises FinderError."""
    findings = []
    for path in obstacles(home):
        sentence = _moved(path, rename_obstacle(path)) if repair else _sentence(path)
        findings.append(repairable(sentence, PLACE, path.name, done=repair))
    return findings


PLACE = "place"
"""The subject of the findings of `check_obstacles`, with the folder's name."""


def rename_obstacle(path: Path) -> Path:
    """Rename it within its folder; returns the new path. Raises FinderError."""
    target, number = path.with_name(f"{path.name}.moved-aside"), 2
    while os.path.lexists(target):
        target = path.with_name(f"{path.name}.moved-aside-{number}")
        number += 1
    try:
        path.rename(target)
    except OSError as error:
        raise FinderError(
            tr("{path} cannot be moved aside: {why}.").format(
                path=path, why=error.strerror or error
            ),
            tr("Move it yourself: the library needs this place."),
        ) from error
    log.warning("%s was in the way and was renamed to %s", path, target)
    return target


def _sentence(path: Path) -> str:
    if path.is_symlink():
        return tr("{path} is a broken link, in the place of a part of the library.").format(
            path=path
        )
    if path.is_dir():
        return tr("{path} is a folder; the library needs a file there.").format(path=path)
    return tr("{path} is a file; the library needs a folder there.").format(path=path)


def _hint(path: Path) -> str:
    if path.is_symlink():
        return tr(
            "Connect the drive that it points to, or let “image-finder check --repair” move it "
            "aside."
        )
    return tr("“image-finder check --repair” moves it aside.")


def _moved(path: Path, target: Path) -> str:
    return tr("{path} was in the library's way; it was moved to {name}, next to it.").format(
        path=path, name=target.name
    )
