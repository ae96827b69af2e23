"""Running a model from an unknown source in a process of its own, with limits of memory and of time
for each picture: whatever it does there, nothing else fails. `kept_child` is that process as seen
from here, `model_server` what runs in it.
"""

from __future__ import annotations

import json
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from finder.core.errors import Failure, Reason, SkippedPicture
from finder.workers.child_command import RUN_MODEL
from finder.workers.models.kept_child import KeptChild
from finder.workers.models.model_frames import PICTURE, Message, read_features
from finder.workers.worker_pools import worker_count

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home

log = logging.getLogger(__name__)

SECONDS: Final = 20.0
"""Time limit for one picture."""


class ModelProcesses:
    """Call it with a model that is about to be loaded: returns its embedder in a process of its
    own; None for a model from a known source. Raises FinderError if it cannot be loaded there."""

    def __init__(self, home: Home, seconds: float = SECONDS) -> None:
        self._home = home
        self._seconds = seconds

    def __call__(self, spec: ModelSpec) -> ModelProcess | None:
        from finder.core.models.runtime.known_files import is_known

        return None if is_known(self._home, spec) else ModelProcess(spec, self._seconds)


class ModelProcess:
    """An `Embedder` whose model runs in another process, which ends with this object or with this
    process. Safe to use from several threads at a time; as many pictures as there are cores are
    embedded at once.

    If the process crashes, or is too slow for a picture, that is the model's failure on it, and a
    new process is started. Where several pictures were being embedded, each is tried again alone,
    to find the one that caused the crash.
    """

    def __init__(self, spec: ModelSpec, seconds: float = SECONDS) -> None:
        """seconds: for each picture. Raises FinderError if the model cannot be loaded."""
        self.spec = spec
        self._seconds = seconds
        at_once = worker_count()
        self._slots = _Slots(at_once)
        command = RUN_MODEL, str(spec.file.parent), spec.sha256
        self._child = KeptChild(spec, command, at_once)

    def close(self) -> None:
        """End the process, and wait for that. The model cannot be used afterwards."""
        self._child.close()

    @property
    def process_id(self) -> int:
        """Of the newest child."""
        return self._child.process_id

    def embed_image(self, image: Image.Image) -> NDArray[np.float32]:
        """An RGB image's embedding: float32 [dimension], L2-normalised. Raises SkippedPicture,
        FinderError if the model cannot be loaded (again)."""
        from finder.core.models.preprocess import resized
        from finder.core.models.runtime.embedder import normalised

        features = self._features(resized(image, self.spec.input).tobytes())
        vector: NDArray[np.float32] = normalised(features)[0]
        return vector

    def _features(self, pixels: bytes) -> NDArray[np.floating]:
        """pixels: 8 bits each, [H, W, 3], a quarter of the bytes of the model's input."""
        with self._slots.shared():
            features, is_certain = self._request(pixels)
        if isinstance(features, Failure) and not is_certain:
            with self._slots.alone():
                features, _ = self._request(pixels)
        if isinstance(features, Failure):
            raise SkippedPicture(features.reason, features.detail)
        return features

    def _request(self, pixels: bytes) -> tuple[NDArray[np.floating] | Failure, bool]:
        """Features, or why there are none; and whether this picture is certainly the cause, rather
        than another one that is embedded at the same time."""
        child = self._child.get()
        try:
            message = child.request(PICTURE, pixels, self._seconds)
        except TimeoutError:
            return Failure(Reason.TOO_SLOW, f"more than {self._seconds:.0f} s"), True
        except (EOFError, OSError, ValueError):
            child.wait()
            return _crash(child.process.returncode), False
        features = self._read(message)
        is_memory = isinstance(features, Failure) and features.reason is Reason.OUT_OF_MEMORY
        return features, not is_memory

    def _read(self, message: Message) -> NDArray[np.floating] | Failure:
        features = read_features(message, self.spec.dimension)
        if features is not None:
            return features
        with suppress(ValueError):
            reason, detail = json.loads(message[1])
            return Failure(Reason(reason), str(detail))
        return Failure(Reason.MODEL_ERROR, "invalid response")


def _crash(code: int | None) -> Failure:
    """The failure of a process that ended by itself. The system kills processes where memory runs
    out."""
    is_memory = code == -getattr(signal, "SIGKILL", 0)
    reason = Reason.OUT_OF_MEMORY if is_memory else Reason.CRASHED
    return Failure(reason, f"the process ended with exit code {code}")


class _Slots:
    """A limited number of pictures at a time, or one alone."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._taken = 0
        self._waiting_alone = 0
        self._changed = threading.Condition()

    @contextmanager
    def shared(self) -> Iterator[None]:
        with self._take(lambda: self._taken < self._number and not self._waiting_alone, 1):
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._changed:
            self._waiting_alone += 1
        try:
            with self._take(lambda: self._taken == 0, self._number):
                yield
        finally:
            with self._changed:
                self._waiting_alone -= 1
                self._changed.notify_all()

    @contextmanager
    def _take(self, is_free: Callable[[], bool], slots: int) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(is_free)
            self._taken += slots
        try:
            yield
        finally:
            with self._changed:
                self._taken -= slots
                self._changed.notify_all()
