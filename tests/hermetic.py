"""What a test run must not inherit: variables, time zone, locale, signals.

The program depends on all of these. A test that is about one of them sets it itself.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIXES = ("IMAGE_FINDER_", "LC_", "QT_", "XDG_")
_NAMES = {
    *("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"),
    *("DISPLAY", "WAYLAND_DISPLAY", "SESSION_MANAGER", "DBUS_SESSION_BUS_ADDRESS"),
    *("LANG", "LANGUAGE", "TZ", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"),
    *("OMP_NUM_THREADS", "ORT_LOGGING_LEVEL"),
}
_PYTHON_KEPT = {
    *("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONPLATLIBDIR"),
    *("PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE"),
}
"""Where Python and its packages are; the other variables change how Python behaves."""
_FIXED = {
    "QT_QPA_PLATFORM": "offscreen",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "OPENBLAS_NUM_THREADS": "1",  # numpy's other threads wait for 0.1 s of processor time each
}
_ENDING = ("SIGINT", "SIGHUP", "SIGTERM")


def clear_environment() -> None:
    """Remove or fix the variables, for this process and those that it starts."""
    for name in list(os.environ):
        is_python = name.startswith("PYTHON") and name not in _PYTHON_KEPT
        if is_python or name.startswith(_PREFIXES) or name in _NAMES or name.lower() in _NAMES:
            del os.environ[name]
    os.environ.update(_FIXED)
    if hasattr(time, "tzset"):
        time.tzset()


def use_home(folder: Path) -> None:
    """Use this as the home folder of this process and those that it starts."""
    folder.mkdir(exist_ok=True)
    os.environ["HOME"] = os.environ["USERPROFILE"] = str(folder)


@contextmanager
def default_signals() -> Iterator[None]:
    """Inside, no signal that ends a program is ignored by inheritance (`nohup make test`, a job in
    the background).

    A handler that does nothing replaces the ignoring: this process ignores the signal as before,
    and the processes that it starts have the default, since no handler survives `exec`.
    """
    before = {}
    for name in _ENDING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            before[number] = signal.signal(number, lambda *_: None)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {getattr(signal, name) for name in _ENDING})
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
