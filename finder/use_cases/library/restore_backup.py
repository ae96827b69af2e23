"""Restoring a backup of the catalogue."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.restore import restore
from finder.core.library.catalogue.settings import Settings, load_settings

if TYPE_CHECKING:
    from finder.core.library.catalogue.backups import Backup
    from finder.core.paths import Home


@dataclass(frozen=True)
class RestoreProgress:
    """settings: those that the backup held; None before it is restored."""

    copy: Backup
    settings: Settings | None = None


def restore_backup(home: Home, copy: Backup, holder: str) -> Generator[RestoreProgress]:
    """Replace the catalogue by a backup. It can be cancelled after the first step; after the second
    it is done. holder: who takes the writer's lock. Raises FinderError."""
    from finder.core.writer_lock import WriterLock

    with WriterLock(home, holder):
        yield RestoreProgress(copy)
        restore(home, copy)
    with closing(Catalogue(home)) as catalogue:
        settings = load_settings(catalogue)
    yield RestoreProgress(copy, settings)
