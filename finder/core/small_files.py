"""Reading and writing the small files of a library and of models: JSON and TOML.

A library's folder may be shared or copied from elsewhere, and a model may come from a stranger: in
the place of such a file there may be a pipe that never answers, a device that never ends, or text
that is built to break a parser.
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

LARGEST: Final = 1_000_000
"""Bytes of a file that is parsed; the largest of ours take some thousands."""
LARGEST_TOML: Final = 20_000
"""Less, because the time that tomllib takes for a key with many dots grows with their square."""
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

Parsed = TypeVar("Parsed")


def read_bytes(path: Path, most: int = LARGEST) -> bytes:
    """A regular file's content. Raises OSError; ValueError if it has more than `most` bytes."""
    with open(os.open(path, _FLAGS), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(tr("{file} is not a regular file").format(file=path.name))
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(tr("{file} is larger than {n} bytes").format(file=path.name, n=most))
    return content


def read_json(path: Path) -> Any:
    """Raises OSError; ValueError for whatever is wrong with the content."""
    return _parsed(path, LARGEST, json.loads)


def read_toml(path: Path) -> dict[str, Any]:
    """Raises OSError; ValueError for whatever is wrong with the content."""
    import tomllib

    return _parsed(path, LARGEST_TOML, tomllib.loads)


def write_json(path: Path, value: object) -> None:
    """Put a file in the place of the old one, or leave that as it is. Raises OSError."""
    part = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        part.write_text(json.dumps(value, indent=1), encoding="ascii")
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _parsed(path: Path, most: int, parse: Callable[[str], Parsed]) -> Parsed:
    text = read_bytes(path, most).decode("utf-8")
    try:
        return parse(text)
    except RecursionError as error:
        raise ValueError(tr("{file} is nested too deeply").format(file=path.name)) from error
    except MemoryError as error:
        raise ValueError(tr("{file} takes too much memory").format(file=path.name)) from error
