"""One subcommand from beginning to end: what it must have, what may go wrong, its exit code."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sqlite3
import sys
from types import FrameType

from finder.cli.commands import COMMANDS
from finder.cli.printing import say
from finder.core.errors import FinderError
from finder.core.library.opening import catalogue_failed
from finder.core.log import start_log, stop_log
from finder.core.paths import Home, find_home
from finder.core.text import tr

log = logging.getLogger(__name__)


def run_command(options: argparse.Namespace) -> int:
    """Run one parsed subcommand. Gives the exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    before = signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        home = find_home(options.home)
        return _run_in(home, options)
    except FinderError as error:
        return _fail(error)
    except KeyboardInterrupt:
        say(tr("Stopped. What was finished is kept."))
        return 1
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        log.exception("the system refused")
        return _fail(FinderError(tr("The disk or the system refused: {why}.").format(why=error)))
    finally:
        stop_log()
        signal.signal(signal.SIGTERM, before)


def _run_in(home: Home, options: argparse.Namespace) -> int:
    if home.root.is_dir() or options.command == "index":
        start_log(home)
    try:
        COMMANDS[options.command](home, options)
    except sqlite3.Error as error:
        log.exception("the catalogue failed")
        raise catalogue_failed(home, error) from error
    sys.stdout.flush()
    return 0


def _fail(error: FinderError) -> int:
    say(tr("image-finder: {error}").format(error=error))
    return 1


def _as_interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
