"""Reads and writes the small JSON and TOML files of libraries and models.

A library may be shared or copied, and a model may come from an unknown source. So such a file may
be a pipe that never responds, an endless device, or text made to break a parser.
"""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from finder.core.i18n import tr

MAX_BYTES: Final = 1_000_000
"""Size limit of JSON files; the largest real ones have a few thousand bytes."""
MAX_TOML_BYTES: Final = 20_000
"""Lower, because tomllib takes quadratic time for a key with many dots."""
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

Parsed = TypeVar("Parsed")


def read_bytes(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """The content of a regular file. Raises OSError; ValueError if it exceeds `max_bytes`."""
    with open(os.open(path, _FLAGS), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(tr("{file} is not a regular file").format(file=path.name))
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise ValueError(tr("{file} is larger than {n} bytes").format(file=path.name, n=max_bytes))
    return content


def read_json(path: Path) -> Any:
    """Raises OSError; ValueError for any fault of the content."""
    return _parse(path, MAX_BYTES, json.loads)


def read_toml(path: Path) -> dict[str, Any]:
    """Raises OSError; ValueError for any fault of the content."""
    import tomllib

    return _parse(path, MAX_TOML_BYTES, tomllib.loads)


def write_json(path: Path, value: object) -> None:
    """Write a file atomically: after an error the old one is unchanged. Raises OSError."""
    part = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        part.write_text(json.dumps(value, indent=1), encoding="ascii")
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _parse(path: Path, max_bytes: int, parse: Callable[[str], Parsed]) -> Parsed:
    text = read_bytes(path, max_bytes).decode("utf-8")
    try:
        return parse(text)
    except RecursionError as error:
        raise ValueError(tr("{file} is nested too deeply").format(file=path.name)) from error
    except MemoryError as error:
        raise ValueError(tr("{file} takes too much memory").format(file=path.name)) from error
