"""A library's check and its copies, as steps for the door; where there is no window yet, too."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.library.catalogue import Catalogue
from finder.core.library.copies import Copy, restore
from finder.core.paths import Home
from finder.core.settings import Settings, load_settings
from finder.core.text import mark
from finder.jobs.quiet import load_quietly

if TYPE_CHECKING:
    from finder.core.library.check import CheckLook


@dataclass(frozen=True)
class RestoreLook:
    """settings: those that were brought back; None while it has only begun."""

    copy: Copy
    settings: Settings | None = None


def check_library(home: Home, repair: bool) -> Generator[CheckLook]:
    """Verify a library with all models that are installed (lane LIBRARY). Raises FinderError."""
    load_quietly("finder.core.library.check")
    from finder.core.library.check import check
    from finder.core.models.spec import list_models

    yield from check(home, *list_models(home.model_dirs()), repair)


def restore_copy(home: Home, copy: Copy) -> Generator[RestoreLook]:
    """Make a copy the catalogue again (lane LIBRARY). It can be cancelled until it has begun; then
    it is done whole. Raises FinderError."""
    from finder.core.lock import WriterLock

    with WriterLock(home, mark("the window")):
        yield RestoreLook(copy)
        restore(home, copy)
    with closing(Catalogue(home)) as catalogue:
        settings = load_settings(catalogue)
    yield RestoreLook(copy, settings)
