"""The child of `model_process`: loads a model and embeds pictures until the parent ends."""

from __future__ import annotations

import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from finder.core.errors import FinderError, Reason
from finder.core.models.manifest import load_spec
from finder.core.models.spec import InputSpec
from finder.workers.child_command import limit_process
from finder.workers.model_frames import (
    FAILED,
    FEATURE_TYPES,
    READY,
    REFUSED,
    Message,
    receive,
    send,
)

_MEMORY = 4_000_000_000
"""Bytes of address space, in addition to three times the model's file."""
_NICE = 10


def serve(folder: str, sha256: str, threads: int) -> None:
    """Answer requests until stdin is closed; does not return once the model is loaded."""
    from finder.core.models.runtime.extractor import Extractor

    requests, responses = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    with suppress(AttributeError, OSError):
        os.nice(_NICE)
    try:
        spec = replace(load_spec(Path(folder)), sha256=sha256)
        limit_process(_MEMORY + 3 * spec.file.stat().st_size)
        extractor = Extractor(spec)
    except FinderError as error:
        send(responses, 0, REFUSED, json.dumps([error.sentence, error.hint]).encode())
        return
    send(responses, 0, READY, b"")
    writing = threading.Lock()

    def respond(number: int, pixels: bytes) -> None:
        kind, content = _embed(extractor, pixels)
        try:
            with writing:
                send(responses, number, kind, content)
        except OSError:  # the parent has ended
            os._exit(0)

    pool = ThreadPoolExecutor(threads)
    with suppress(EOFError, ValueError):
        while True:
            number, _, pixels = receive(requests, _picture_bytes(spec.input))
            pool.submit(respond, number, pixels)
    os._exit(0)  # also while a model is running


def _picture_bytes(model_input: InputSpec) -> int:
    return 3 * model_input.height * model_input.width


def _embed(extractor: Any, pixels: bytes) -> Message:
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
