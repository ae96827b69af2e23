"""The frames between a model's process and the program: a kind, and bytes. `model_child` is the
parent, `model_server` the child.

They go over lanes: one pair of connected sockets for each picture under way. The thread that sends
a picture is the one that waits for its answer, and one thread of the child waits for its pictures.
So two threads are woken for a picture; with one pipe each way, a reader and a pool it is four.
"""

from __future__ import annotations

import json
import math
import socket
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from finder.core.errors import FinderError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

READY: Final = b"r"
REFUSED: Final = b"x"
"""The model cannot be loaded: sentence and hint, as JSON."""
FAILED: Final = b"f"
"""The model failed on the picture: reason and detail, as JSON. On a text: sentence and hint."""
PICTURE: Final = b"p"
TEXT: Final = b"t"
"""In UTF-8."""
FEATURE_TYPES: Final = {b"2": "<f2", b"4": "<f4", b"8": "<f8"}
"""Kinds of frames with features, and the type of their numbers."""

_HEAD = struct.Struct("<cI")
_BUFFER_BYTES = 1 << 20
"""Enough for a whole picture, so that sending one never blocks in the middle."""
_SLICE_SECONDS = 0.25

Message = tuple[bytes, bytes | bytearray]
"""Kind and bytes of a frame."""


def new_lane() -> tuple[socket.socket, socket.socket]:
    """The parent's end, with which time limits work, and the child's. Raises OSError."""
    parent, child = socket.socketpair()
    parent.settimeout(_SLICE_SECONDS)
    for end in (parent, child):
        with suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
        if sys.platform == "win32":  # where it is a connection of TCP
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return parent, child


def hand_over(end: socket.socket, process_id: int) -> int | str:
    """What the child needs for `take_over`. Elsewhere than on Windows it inherits the socket."""
    if sys.platform == "win32":
        return end.share(process_id).hex()
    return end.fileno()


def take_over(handed: int | str) -> socket.socket:
    if sys.platform == "win32":
        return socket.fromshare(bytes.fromhex(str(handed)))
    return socket.socket(fileno=int(handed))


def send(
    lane: socket.socket, kind: bytes, content: bytes | bytearray, seconds: float = math.inf
) -> float:
    """Returns the seconds that are left. Raises TimeoutError, OSError where the other end is
    closed."""
    frame = memoryview(_HEAD.pack(kind, len(content)) + content)
    return _transfer(frame, lane.send, seconds)


def receive(lane: socket.socket, longest: int, seconds: float = math.inf) -> Message:
    """The next frame. Raises TimeoutError, EOFError or OSError where the other end is closed,
    ValueError for one that is too long."""
    head = bytearray(_HEAD.size)
    seconds = _transfer(memoryview(head), lane.recv_into, seconds)
    kind, length = _HEAD.unpack(head)
    if length > longest:
        raise ValueError(length)
    content = bytearray(length)
    _transfer(memoryview(content), lane.recv_into, seconds)
    return kind, content


def features_frame(features: NDArray[Any]) -> Message:
    """Floating-point features, of any shape, as a frame."""
    kind = str(features.dtype.itemsize).encode()
    return kind, features.astype(FEATURE_TYPES[kind]).tobytes()


def read_features(message: Message, dimension: int) -> NDArray[np.floating] | None:
    """The features [1, dimension] in a frame; None if it is another one."""
    import numpy as np

    kind, content = message
    if kind not in FEATURE_TYPES or len(content) != int(kind) * dimension:
        return None
    return np.frombuffer(content, FEATURE_TYPES[kind]).reshape(1, dimension)


def error_frame(kind: bytes, error: FinderError) -> Message:
    return kind, json.dumps([error.sentence, error.hint]).encode()


def read_error(content: bytes | bytearray) -> FinderError | None:
    """The error in a frame's bytes; None if there is none."""
    with suppress(ValueError, TypeError, RecursionError):
        sentence, hint = json.loads(content)
        return FinderError(str(sentence), str(hint))
    return None


def _transfer(rest: memoryview, step: Callable[[memoryview], int], seconds: float) -> float:
    """Time in which this whole program is suspended does not count."""
    while rest:
        if seconds <= 0:
            raise TimeoutError
        start = time.monotonic()
        with suppress(TimeoutError):
            count = step(rest)
            if not count:
                raise EOFError
            rest = rest[count:]
        seconds -= min(time.monotonic() - start, _SLICE_SECONDS)
    return seconds
