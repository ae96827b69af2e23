"""Checking everything that a library stores, and repairing it."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from finder.workers.deferred_imports import import_deferred

if TYPE_CHECKING:
    from finder.core.library.check.full_check import CheckProgress
    from finder.core.paths import Home


def check_library(home: Home, repair: bool) -> Generator[CheckProgress]:
    """Verify a library with all models that are installed. Raises FinderError."""
    import_deferred("finder.core.library.check.full_check")
    from finder.core.library.check.full_check import check
    from finder.core.models.registry import list_models

    yield from check(home, *list_models(home.model_dirs()), repair)
