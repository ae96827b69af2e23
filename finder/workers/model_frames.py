"""The frames that go over the pipes of a model's process: a number that belongs to a picture, a
kind, and bytes. `model_process` is the parent, `model_server` the child.
"""

from __future__ import annotations

import struct
from typing import IO, Final

READY: Final = b"r"
REFUSED: Final = b"x"
"""The model cannot be loaded: sentence and hint, as JSON."""
FAILED: Final = b"f"
"""The model failed on the picture: reason and detail, as JSON."""
PICTURE: Final = b"p"
FEATURE_TYPES: Final = {b"2": "<f2", b"4": "<f4", b"8": "<f8"}
"""Kinds of frames with features, and the type of their numbers."""

_HEAD = struct.Struct("<IcI")

Message = tuple[bytes, bytes]
"""Kind and bytes of a frame."""


def send(pipe: IO[bytes], number: int, kind: bytes, content: bytes | memoryview) -> None:
    """Raises OSError, ValueError where the pipe is closed."""
    pipe.write(_HEAD.pack(number, kind, len(content)))
    pipe.write(content)
    pipe.flush()


def receive(pipe: IO[bytes], longest: int) -> tuple[int, bytes, bytes]:
    """The next frame: number, kind, bytes. Raises EOFError, ValueError for one that is too long."""
    number, kind, length = _HEAD.unpack(_read_exactly(pipe, _HEAD.size))
    if length > longest:
        raise ValueError(length)
    return number, kind, _read_exactly(pipe, length)


def _read_exactly(pipe: IO[bytes], length: int) -> bytes:
    content = pipe.read(length)
    if len(content) < length:
        raise EOFError
    return content
