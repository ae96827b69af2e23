"""No code from the current folder, nor from any that depends on it: it may hold a stranger's files,
and a module or a program among them would be run with the user's rights.

Imports nothing that Python has not loaded by itself by then, not even `annotations`: until the
import path is clean, any import may find its module in the current folder.
"""

import os
import sys

SEARCHED = (
    *("PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONPYCACHEPREFIX"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"),
    *("DYLD_FRAMEWORK_PATH", "DYLD_FALLBACK_FRAMEWORK_PATH"),
    *("QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH", "LIBHEIF_PLUGIN_PATH"),
)
"""Environment variables that list folders in which code is looked for. An empty or relative entry
means the current folder, or one below it."""

_PROGRAM = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
"""The folder that holds the program's package, spelt as the import path has it."""


def leave_out_current_folder() -> None:
    """Take the current folder out of all places where this process, and those that it starts, look
    for code. To be called before anything else is imported.

    The current folder stays on the import path where the program itself lies in it (a checkout).
    """
    sys.path[:] = _import_path()
    if sys.pycache_prefix and not os.path.isabs(sys.pycache_prefix):
        sys.pycache_prefix = None
    given = dict(os.environ)
    for name, value in without_relative(given).items():
        if value != given[name]:
            os.environ[name] = value
    for name in given.keys() - without_relative(given).keys():
        del os.environ[name]


def without_relative(environment: dict[str, str]) -> dict[str, str]:
    """The environment with absolute entries only in its search paths; without those that have none
    left."""
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
    asked = "" if sys.flags.ignore_environment else os.environ.get("PYTHONPATH", "")
    relative = {_absolute(entry) for entry in asked.split(os.pathsep) if not _is_absolute(entry)}
    relative -= {_PROGRAM, os.path.dirname(os.__file__)}
    if asked:  # set but empty, it adds nothing
        path = [entry for entry in path if entry not in relative]
    path = [entry for entry in path if entry]
    return path if _PROGRAM in path else [_PROGRAM, *path]


def _is_absolute(entry: str) -> bool:
    return os.path.isabs(entry.strip('"'))  # Windows takes quoted ones


def _absolute(entry: str) -> str:
    """The absolute path; the entry itself where the current folder is gone."""
    try:
        return os.path.abspath(entry)
    except OSError:
        return entry
