"""Keeps code in the current folder from being loaded: the folder may contain files from an unknown
source, and a module or program among them would run with the user's rights.

Imports only what Python itself has already loaded, not even `annotations`: until the import path is
clean, any import may find its module in the current folder.
"""

import os
import sys

SEARCHED = (
    *("PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONPYCACHEPREFIX"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"),
    *("DYLD_FRAMEWORK_PATH", "DYLD_FALLBACK_FRAMEWORK_PATH"),
    *("QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH", "LIBHEIF_PLUGIN_PATH"),
)
"""Environment variables that list folders with code. An empty or relative entry means the current
folder, or one relative to it."""

_PROGRAM = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
"""The folder that contains the program's package, as spelled in the import path."""


def leave_out_current_folder() -> None:
    """Remove the current folder from all search paths for code, of this process and those it
    starts. Call it before anything else is imported.

    The current folder stays on the import path if the program itself is in it (a checkout).
    """
    sys.path[:] = _import_path()
    if sys.pycache_prefix and not os.path.isabs(sys.pycache_prefix):
        sys.pycache_prefix = None
    before = dict(os.environ)
    for name, value in without_relative(before).items():
        if value != before[name]:
            os.environ[name] = value
    for name in before.keys() - without_relative(before).keys():
        del os.environ[name]


def without_relative(environment: dict[str, str]) -> dict[str, str]:
    """The environment with only absolute entries in its search paths; empty ones are removed."""
    cleaned = dict(environment)
    for name in SEARCHED:
        if name in cleaned:
            cleaned[name] = os.pathsep.join(filter(_is_absolute, cleaned[name].split(os.pathsep)))
            if not cleaned[name]:
                del cleaned[name]
    return cleaned


def _import_path() -> list[str]:
    path = list(sys.path)
    here = _absolute("")
    if path and not sys.flags.safe_path and path[0] in ("", here):  # from `python -m`
        del path[0]
    python_path = "" if sys.flags.ignore_environment else os.environ.get("PYTHONPATH", "")
    relative = {
        _absolute(entry) for entry in python_path.split(os.pathsep) if not _is_absolute(entry)
    }
    relative -= {_PROGRAM, os.path.dirname(os.__file__)}
    if python_path:  # set but empty, it adds nothing
        path = [entry for entry in path if entry not in relative]
    path = [entry for entry in path if entry]
    return path if _PROGRAM in path else [_PROGRAM, *path]


def _is_absolute(entry: str) -> bool:
    return os.path.isabs(entry.strip('"'))  # Windows accepts quoted entries


def _absolute(entry: str) -> str:
    """The absolute path; the entry itself if the current folder was deleted."""
    try:
        return os.path.abspath(entry)
    except OSError:
        return entry
