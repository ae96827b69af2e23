"""How much memory there is, and that this process may use what indexing needs."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Final

from finder.core.errors import FinderError
from finder.core.i18n import tr

MIN_ADDRESS_SPACE: Final = 3_000_000_000
"""Bytes of address space. Most of it is never used: libraries, a stack and a heap for each thread.
Measured with one model and two cores: below 2.1 GB threads cannot start; with a large model native
code aborts the process below 2.5 GB, which Python cannot catch."""


def physical_memory() -> int | None:
    """Bytes that this computer has; None where the system does not say."""
    with suppress(AttributeError, ValueError, OSError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def require_address_space() -> None:
    """Raise FinderError if a limit (`ulimit -v`) is below what indexing needs."""
    if sys.platform == "win32":
        return
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY or limit >= MIN_ADDRESS_SPACE:
        return
    raise FinderError(
        tr(
            "This process may use {limit:.1f} GB of address space; indexing needs {n:.0f} GB."
        ).format(limit=limit / 1e9, n=MIN_ADDRESS_SPACE / 1e9),
        tr("Raise the limit, for example with “ulimit -v unlimited”, and start again."),
    )
