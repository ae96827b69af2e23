"""The log file: rotated, below the library's home, without picture contents."""

from __future__ import annotations

import logging
import logging.handlers

from finder.core.paths import Home

NAME = "finder"


def start_log(home: Home) -> None:
    """Log the program's own messages to the home's log file; silently without where it cannot."""
    logger = logging.getLogger(NAME)
    if any(isinstance(h, logging.handlers.RotatingFileHandler) for h in logger.handlers):
        return
    try:
        home.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        home.log.parent.mkdir(exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            home.log, maxBytes=1_000_000, backupCount=3, encoding="utf-8", errors="replace"
        )
    except OSError:
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False


def stop_log() -> None:
    """Close the log file and forget it (the exit half of `start_log`)."""
    logger = logging.getLogger(NAME)
    for handler in list(logger.handlers):
        if isinstance(handler, logging.handlers.RotatingFileHandler):
            logger.removeHandler(handler)
            handler.close()
