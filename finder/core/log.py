"""The log file: rotated, below the library's home, without picture contents, and nowhere else."""

from __future__ import annotations

import logging
from contextlib import suppress

from finder.core.paths import Home

NAME = "finder"


class LogFile(logging.Handler):
    """Opens the home's log file with the first record: most runs have nothing to say."""

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
            with suppress(OSError):  # a full disk: what could not be written is lost
                self._file.close()
        super().close()


def start_log(home: Home) -> None:
    """Log the program's own messages to the home's log file; silently without where it cannot."""
    logger = logging.getLogger(NAME)
    if any(isinstance(h, LogFile) for h in logger.handlers):
        return
    logger.addHandler(LogFile(home))
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logging.raiseExceptions = False  # a full disk would be told to the terminal, line after line


def stop_log() -> None:
    """Close the log file and forget it (the exit half of `start_log`)."""
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
