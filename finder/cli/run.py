"""Running one subcommand: signals, errors, exit code."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

from finder.cli.output.output import say
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.opening import catalogue_failed
from finder.core.log import start_log, stop_log
from finder.core.system.find_home import find_home
from finder.core.temporary_folders import clear_temporary_folders
from finder.workers.shutdown import ending_signals

if TYPE_CHECKING:
    from finder.core.paths import Home

log = logging.getLogger(__name__)


def run_command(options: argparse.Namespace) -> int:
    """Run one parsed subcommand. Returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        with _interruptible():
            return _run_in(find_home(options.home), options)
    except FinderError as error:
        return _fail(error)
    except KeyboardInterrupt:
        with suppress(OSError):  # a terminal that was closed
            say(tr("Stopped. Finished work is kept."))
        return 1
    except BrokenPipeError:  # the reader (head, less) has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        log.exception("an operation of the system failed")
        return _fail(_system_error(error))
    finally:
        stop_log()


def _system_error(error: OSError) -> FinderError:
    why = ": ".join(str(part) for part in (error.strerror or error, error.filename) if part)
    return FinderError(
        tr("The operating system reported an error: {why}.").format(why=why),
        tr("Check the permissions and the free space there, then try again."),
    )


def _run_in(home: Home, options: argparse.Namespace) -> int:
    if home.root.is_dir() or options.command == "index":
        start_log(home)
    clear_temporary_folders()
    if home.store_settings.exists() and sys.stdin is not None and sys.stdin.isatty():
        _ask_for_passwords()
    try:
        options.handler(home, options)
    except sqlite3.Error as error:
        log.exception("the catalogue failed")
        raise catalogue_failed(home, error) from error
    sys.stdout.flush()
    return 0


def _ask_for_passwords() -> None:
    """Of a server that the library is on, where no keyring has it."""
    from getpass import getpass

    from finder.core.library.server.credentials import ask_with

    question = tr("Password of {user} on {server}: ")
    ask_with(lambda server: getpass(question.format(user=server.user, server=server.shown)))


def _fail(error: FinderError) -> int:
    say(tr("image-finder: {error}").format(error=error))
    return 1


@contextmanager
def _interruptible() -> Iterator[None]:
    """Within the context, the first termination signal raises KeyboardInterrupt. Later ones are
    ignored, so that everything can be stored and closed; a second Ctrl+C ends the process at
    once."""
    numbers = ending_signals()
    before: dict[signal.Signals, Any] = {}

    def interrupt(number: int, frame: FrameType | None) -> None:
        before.clear()
        for ending in numbers:
            signal.signal(ending, signal.SIG_DFL if ending is signal.SIGINT else signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in numbers:
        before[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
