"""The same library from a terminal. Results on stdout, everything else on stderr; no Qt.

Exit codes: 0 done, 1 the user's or the world's fault (one sentence), 2 wrong usage.
"""

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
from finder.core.log import start_log, stop_log
from finder.core.paths import find_home
from finder.core.text import tr

log = logging.getLogger(__name__)


def run_command(options: argparse.Namespace) -> int:
    """Run one parsed subcommand. Gives the exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    before = signal.signal(signal.SIGTERM, _as_interrupt)
    home = find_home(options.home)
    if home.root.is_dir() or options.command == "index":
        start_log(home)
    try:
        COMMANDS[options.command](home, options)
        sys.stdout.flush()
        return 0
    except FinderError as error:
        say(tr("image-finder: {error}").format(error=error))
        return 1
    except KeyboardInterrupt:
        say(tr("Stopped. What was finished is kept."))
        return 1
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (OSError, sqlite3.Error) as error:
        log.exception("the system refused")
        say(tr("image-finder: The disk or the system refused: {why}.").format(why=error))
        return 1
    finally:
        stop_log()
        signal.signal(signal.SIGTERM, before)


def _as_interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
