"""The log file: in the library's home, rotated, without picture contents."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finder.core.paths import Home

NAME = "finder"


class LogFile(logging.Handler):
    """A handler that opens the log file with the first record, because most runs log nothing."""

    def __init__(self, home: Home) -> None:
        super().__init__()
        self._home = home
        self._file: logging.Handler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if self._file is None:
            self._file = _open(self._home)
        self._file.handle(record)

    def close(self) -> None:
        if self._file is not None:
            with suppress(OSError):  # a full disk: the last records are lost
                self._file.close()
        super().close()


def start_log(home: Home) -> None:
    """Log the program's messages to the home's log file, or nowhere if it cannot be written."""
    logger = logging.getLogger(NAME)
    if any(isinstance(h, LogFile) for h in logger.handlers):
        return
    logger.addHandler(LogFile(home))
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logging.raiseExceptions = (
        False  # else a full disk would be reported on the terminal for every record
    )


def stop_log() -> None:
    """Close the log file (the counterpart of `start_log`)."""
    logger = logging.getLogger(NAME)
    for handler in list(logger.handlers):
        if isinstance(handler, LogFile):
            logger.removeHandler(handler)
            handler.close()
    logging.raiseExceptions = True


def _open(home: Home) -> logging.Handler:
    from logging.handlers import RotatingFileHandler

    try:
        home.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        home.log.parent.mkdir(exist_ok=True)
        file = RotatingFileHandler(
            home.log, maxBytes=1_000_000, backupCount=3, encoding="utf-8", errors="replace"
        )
    except OSError:
        return logging.NullHandler()
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    return file
