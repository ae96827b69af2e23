"""What a `model_child` runs: loads a model and embeds pictures until the parent ends."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finder.core.errors import FinderError, Reason
from finder.core.models.manifest import load_spec
from finder.workers.child_command import end_with_parent, limit_process
from finder.workers.models.model_frames import (
    FAILED,
    FEATURE_TYPES,
    READY,
    REFUSED,
    Message,
    receive,
    send,
    take_over,
)

if TYPE_CHECKING:
    from finder.core.models.spec import InputSpec

_MEMORY = 4_000_000_000
"""Bytes of address space, in addition to three times the model's file."""
_NICE = 10


def serve(folder: str, sha256: str) -> None:
    """Answer the requests of each lane; does not return once the model is loaded. The lanes are
    named in the first line of stdin, which stays open as long as the parent lives."""
    from finder.core.models.runtime.extractor import Extractor

    lanes = [take_over(handed) for handed in json.loads(sys.stdin.buffer.readline())]
    end_with_parent()  # also while all threads are running the model
    with suppress(AttributeError, OSError):
        os.nice(_NICE)
    try:
        spec = replace(load_spec(Path(folder)), sha256=sha256)
        limit_process(_MEMORY + 3 * spec.file.stat().st_size)
        extractor = Extractor(spec)
    except FinderError as error:
        send(lanes[0], REFUSED, json.dumps([error.sentence, error.hint]).encode())
        return
    send(lanes[0], READY, b"")
    for lane in lanes[1:]:
        threading.Thread(target=_answer, args=(extractor, lane), daemon=True).start()
    _answer(extractor, lanes[0])


def _answer(extractor: Any, lane: socket.socket) -> None:
    longest = _picture_bytes(extractor.spec.input)
    try:
        while True:
            _, pixels = receive(lane, longest)
            send(lane, *_embed(extractor, pixels))
    finally:  # the parent no longer needs this process
        os._exit(0)


def _picture_bytes(model_input: InputSpec) -> int:
    return 3 * model_input.height * model_input.width


def _embed(extractor: Any, pixels: bytes | bytearray) -> Message:
    import numpy as np

    from finder.core.models.preprocess import pixels_to_input

    model_input = extractor.spec.input
    try:
        image = np.frombuffer(pixels, np.uint8).reshape(model_input.height, model_input.width, 3)
        features = extractor.features(pixels_to_input(image, model_input))
        kind = str(features.dtype.itemsize).encode()
        return kind, features.astype(FEATURE_TYPES[kind]).tobytes()
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
