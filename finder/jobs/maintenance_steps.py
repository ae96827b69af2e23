"""A library's check and its copies, as steps for the door; where there is no window yet, too."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.i18n import mark
from finder.core.library.catalogue.backups import Backup
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.restore import restore
from finder.core.library.catalogue.settings import Settings, load_settings
from finder.core.paths import Home
from finder.workers.deferred_imports import import_deferred

if TYPE_CHECKING:
    from finder.core.library.check.full_check import CheckProgress


@dataclass(frozen=True)
class RestoreProgress:
    """settings: those that were brought back; None while it has only begun."""

    copy: Backup
    settings: Settings | None = None


def check_library(home: Home, repair: bool) -> Generator[CheckProgress]:
    """Verify a library with all models that are installed (lane LIBRARY). Raises FinderError."""
    import_deferred("finder.core.library.check.full_check")
    from finder.core.library.check.full_check import check
    from finder.core.models.registry import list_models

    yield from check(home, *list_models(home.model_dirs()), repair)


def restore_copy(home: Home, copy: Backup) -> Generator[RestoreProgress]:
    """Make a copy the catalogue again (lane LIBRARY). It can be cancelled until it has begun; then
    it is done whole. Raises FinderError."""
    from finder.core.writer_lock import WriterLock

    with WriterLock(home, mark("the window")):
        yield RestoreProgress(copy)
        restore(home, copy)
    with closing(Catalogue(home)) as catalogue:
        settings = load_settings(catalogue)
    yield RestoreProgress(copy, settings)
