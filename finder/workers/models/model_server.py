"""What a `model_child` runs: loads a model and embeds pictures until the parent ends."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from finder.core.errors import FinderError, Reason
from finder.core.models.manifest import load_spec
from finder.workers.child_command import MODEL_MEMORY, end_with_parent, limit_process
from finder.workers.models.model_frames import (
    FAILED,
    READY,
    REFUSED,
    Message,
    error_frame,
    features_frame,
    receive,
    send,
    take_over,
)

_NICE = 10

Answer = Callable[["bytes | bytearray"], Message]
"""A request's bytes to the frame that answers it; raises nothing."""


def serve(folder: str, sha256: str) -> None:
    """Answer the requests of each lane; does not return once the model is loaded. The lanes are
    named in the first line of stdin, which stays open as long as the parent lives."""
    from finder.core.models.runtime.extractor import Extractor

    lanes = open_lanes()
    with suppress(AttributeError, OSError):  # unlike for words, which somebody waits for
        os.nice(_NICE)
    try:
        spec = replace(load_spec(Path(folder)), sha256=sha256)
        limit_process(MODEL_MEMORY + 3 * spec.file.stat().st_size)
        extractor = Extractor(spec)
    except FinderError as error:
        send(lanes[0], *error_frame(REFUSED, error))
        return
    longest = 3 * spec.input.height * spec.input.width
    answer_all(lanes, longest, partial(_embed, extractor))


def open_lanes() -> list[socket.socket]:
    """In the child: the lanes; the process ends with its parent."""
    lanes = [take_over(handed) for handed in json.loads(sys.stdin.buffer.readline())]
    end_with_parent()  # also while all threads are running the model
    return lanes


def answer_all(lanes: Sequence[socket.socket], longest: int, answer: Answer) -> None:
    """Say that the model is loaded, and answer the requests of each lane; does not return. longest:
    request in bytes."""
    send(lanes[0], READY, b"")
    for lane in lanes[1:]:
        threading.Thread(target=_serve_lane, args=(lane, longest, answer), daemon=True).start()
    _serve_lane(lanes[0], longest, answer)


def _serve_lane(lane: socket.socket, longest: int, answer: Answer) -> None:
    try:
        while True:
            _, content = receive(lane, longest)
            send(lane, *answer(content))
    finally:  # the parent no longer needs this process
        os._exit(0)


def _embed(extractor: Any, pixels: bytes | bytearray) -> Message:
    import numpy as np

    from finder.core.models.preprocess import pixels_to_input

    model_input = extractor.spec.input
    try:
        image = np.frombuffer(pixels, np.uint8).reshape(model_input.height, model_input.width, 3)
        return features_frame(extractor.features(pixels_to_input(image, model_input)))
    except FinderError as error:
        why = str(error.__cause__ or error.sentence)
        return _failed(Reason.OUT_OF_MEMORY if _is_memory(why) else Reason.MODEL_ERROR, why)
    except MemoryError as error:
        return _failed(Reason.OUT_OF_MEMORY, str(error))
    except Exception as error:  # a model can raise anything
        return _failed(Reason.MODEL_ERROR, repr(error))


def _failed(reason: Reason, why: str) -> Message:
    return FAILED, json.dumps([reason, why[:500]]).encode()


def _is_memory(why: str) -> bool:
    """ONNX Runtime has no exception of its own for failed allocations."""
    return "alloc" in why.lower()
