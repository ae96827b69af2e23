"""A stranger's model computes in a process of its own, within limits of memory and of time for each
picture: whatever it does there, it fails alone. `ModelProcess` asks, `serve` is the other side.

Over the process's pipes go frames: a number that goes with a picture, a kind, and bytes.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import struct
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from finder.core.errors import Failure, FinderError, Reason, SkippedPicture
from finder.core.i18n import tr
from finder.core.temporary_folders import TemporaryFolder
from finder.workers.child_command import RUN_MODEL, child_environment, limit_process, own_command
from finder.workers.worker_pools import worker_count

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home

log = logging.getLogger(__name__)

SECONDS: Final = 20.0
"""That a model may take for one picture."""
_SECONDS_TO_START = 120.0
_SECONDS_TO_END = 2.0
_MEMORY = 4_000_000_000
"""Bytes of address space, beside three times the model's file."""
_NICE = 10
_SLICE = 0.25  # seconds
_PIPE = 1 << 20  # bytes: a whole picture, so that nobody waits in the middle of one

_HEAD = struct.Struct("<IcI")
_READY, _REFUSED, _FAILED, _PICTURE = b"r", b"x", b"f", b"p"
_FEATURES = {b"2": "<f2", b"4": "<f4", b"8": "<f8"}
"""By the kind of a frame, the type of the numbers in it."""
_LONGEST_TEXT = 20_000

_Said = tuple[bytes, bytes]
"""Kind and bytes of a frame."""


class ModelProcesses:
    """Call it with a model that is about to be loaded: gives its embedder in a process of its own,
    or None for a model that needs none. Raises FinderError if it cannot be loaded there."""

    def __init__(self, home: Home, seconds: float = SECONDS) -> None:
        self._home = home
        self._seconds = seconds

    def __call__(self, spec: ModelSpec) -> ModelProcess | None:
        from finder.core.models.runtime.known_files import is_known

        return None if is_known(self._home, spec) else ModelProcess(spec, self._seconds)


class ModelProcess:
    """An `Embedder` whose model runs in another process, which ends with this object or with this
    process. From several threads at a time, as many as there are cores.

    A picture over which the process dies, or is too slow, is this model's failure; the process is
    begun anew. Where several were being computed, each is computed again alone: only the one that
    is to blame fails again.
    """

    def __init__(self, spec: ModelSpec, seconds: float = SECONDS) -> None:
        """seconds: for each picture. Raises FinderError if the model cannot be loaded."""
        self.spec = spec
        self._seconds = seconds
        self._turns = _Turns(worker_count())
        self._starting = threading.Lock()
        self._running: list[_Child] = []
        self._closed = False
        weakref.finalize(self, _kill_all, self._running)
        self._child()

    def close(self) -> None:
        """End the process; it is gone when this returns. The model cannot be asked any more."""
        self._closed = True
        for child in list(self._running):
            child.kill()
            child.wait()

    @property
    def process_id(self) -> int:
        """Of the process that computes now, or was the last to do so."""
        return self._running[-1].process.pid

    def embed_image(self, image: Image.Image) -> NDArray[np.float32]:
        """An RGB image's embedding: float32 [dimension], L2-normalised. Raises SkippedPicture,
        FinderError if the model cannot be loaded (any more)."""
        from finder.core.models.preprocess import to_input
        from finder.core.models.runtime.embedder import normalised

        made: NDArray[np.float32] = normalised(self._features(to_input(image, self.spec.input)))[0]
        return made

    def _features(self, batch: NDArray[Any]) -> NDArray[np.floating]:
        with self._turns.shared():
            made, is_certain = self._ask(batch)
        if isinstance(made, Failure) and not is_certain:
            with self._turns.alone():
                made, _ = self._ask(batch)
        if isinstance(made, Failure):
            raise SkippedPicture(made.reason, made.detail)
        return made

    def _ask(self, batch: NDArray[Any]) -> tuple[NDArray[np.floating] | Failure, bool]:
        """Features, or why there are none; and whether it is certain that this picture is to blame,
        and none that is computed at the same time."""
        child = self._child()
        answer = child.ask(batch)
        if not _waited(answer, self._seconds):
            child.kill()
            return Failure(Reason.TOO_SLOW, f"more than {self._seconds:.0f} s"), True
        said = answer.result()
        if said is None:
            return _death(child.process.returncode), False
        made = self._read(*said)
        is_certain = not (isinstance(made, Failure) and made.reason is Reason.OUT_OF_MEMORY)
        return made, is_certain

    def _read(self, kind: bytes, said: bytes) -> NDArray[np.floating] | Failure:
        import numpy as np

        if kind in _FEATURES:
            features = np.frombuffer(said, _FEATURES[kind])
            if len(features) == self.spec.dimension:
                return features.reshape(1, -1)
        with suppress(ValueError):
            reason, detail = json.loads(said)
            return Failure(Reason(reason), str(detail))
        return Failure(Reason.MODEL_ERROR, "an answer that is none")

    def _child(self) -> _Child:
        """The process, begun anew if it has ended. Raises FinderError."""
        with self._starting:
            if self._closed:
                raise FinderError(
                    tr("The model {title} is no longer in use.").format(title=self.spec.title)
                )
            if not self._running or self._running[-1].is_over:
                self._running[:] = [_Child(self.spec)]
                if self._closed:  # meanwhile
                    self._running[0].kill()
                self._require_ready(self._running[0])
            return self._running[0]

    def _require_ready(self, child: _Child) -> None:
        if not _waited(child.ready, _SECONDS_TO_START):
            child.kill()
        kind, said = child.ready.result() or (b"", b"")
        if kind == _READY:
            return
        child.kill()
        with suppress(ValueError):
            sentence, hint = json.loads(said)
            raise FinderError(str(sentence), str(hint))
        raise FinderError(
            tr("The model {title} could not be started in a process of its own.").format(
                title=self.spec.title
            ),
            tr("Switch it off, or remove it."),
        )


def _waited(answer: Future[_Said | None], seconds: float) -> bool:
    """Whether the answer came in time. While all of the program is stopped, little time counts."""
    waited = 0.0
    while waited < seconds:
        step = min(_SLICE, seconds - waited)
        try:
            answer.result(step)
            return True
        except NotYet:
            waited += step
    return False


def _death(code: int) -> Failure:
    """Why a process ended that nobody here has ended: the system does so where memory runs out."""
    is_memory = code == -getattr(signal, "SIGKILL", 0)
    reason = Reason.OUT_OF_MEMORY if is_memory else Reason.CRASHED
    return Failure(reason, tr("its process ended with exit code {n}").format(n=code))


def _kill_all(children: list[_Child]) -> None:
    for child in list(children):
        child.kill()


class _Turns:
    """So many pictures at a time, or one alone."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0
        self._wanted_alone = 0
        self._changed = threading.Condition()

    @contextmanager
    def shared(self) -> Iterator[None]:
        with self._turn(lambda: self._taken < self._most and not self._wanted_alone, 1):
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._changed:
            self._wanted_alone += 1
        try:
            with self._turn(lambda: self._taken == 0, self._most):
                yield
        finally:
            with self._changed:
                self._wanted_alone -= 1
                self._changed.notify_all()

    @contextmanager
    def _turn(self, is_free: Callable[[], bool], places: int) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(is_free)
            self._taken += places
        try:
            yield
        finally:
            with self._changed:
                self._taken -= places
                self._changed.notify_all()


class _Child:
    """One process, and the thread that hears it. An answer of None: it has ended before."""

    def __init__(self, spec: ModelSpec) -> None:
        words = RUN_MODEL, str(spec.file.parent), spec.sha256, str(worker_count())
        self._folder = TemporaryFolder()
        self.process = subprocess.Popen(
            own_command(*words),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder.path,
            env=child_environment(self._folder.path),
            start_new_session=True,  # a Ctrl+C is for us
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._to, self._from = self.process.stdin, self.process.stdout
        _widen(self._to)
        self.is_over = False
        self.ready: Future[_Said | None] = Future()
        self._longest = max(_LONGEST_TEXT, 8 * spec.dimension)
        self._waiting: dict[int, Future[_Said | None]] = {0: self.ready}
        self._number = 0
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._listener = threading.Thread(
            target=self._listen, name=f"model-{spec.name}", daemon=True
        )
        self._listener.start()

    def ask(self, batch: NDArray[Any]) -> Future[_Said | None]:
        """The answer to a picture, once it is there."""
        answer: Future[_Said | None] = Future()
        with self._lock:
            if self.is_over:
                answer.set_result(None)
                return answer
            self._number = number = self._number % 0xFFFFFFFF + 1
            self._waiting[number] = answer
        try:
            with self._writing:
                _send(self._to, number, _PICTURE, batch.data.cast("B"))
        except (OSError, ValueError):  # it has ended, or its pipe was closed just now
            self.kill()
        return answer

    def kill(self) -> None:
        """The thread that hears it sees to the rest."""
        self.process.kill()

    def wait(self) -> None:
        """Until it has ended; a process that the system cannot end is not waited for long."""
        self._listener.join(_SECONDS_TO_END)

    def _listen(self) -> None:
        with suppress(OSError, ValueError, EOFError):
            while True:
                number, kind, said = _receive(self._from, self._longest)
                answer = self._waiting.pop(number, None)
                if answer is not None:
                    answer.set_result((kind, said))
        self.process.kill()
        self.process.wait()
        with self._lock:
            self.is_over = True
            left = list(self._waiting.values())
            self._waiting.clear()
        for answer in left:
            answer.set_result(None)
        for pipe in (self._to, self._from):
            with suppress(OSError):
                pipe.close()
        self._folder.close()


def _send(pipe: IO[bytes], number: int, kind: bytes, said: bytes | memoryview) -> None:
    pipe.write(_HEAD.pack(number, kind, len(said)))
    pipe.write(said)
    pipe.flush()


def _receive(pipe: IO[bytes], longest: int) -> tuple[int, bytes, bytes]:
    """The next frame. Raises EOFError, ValueError for one that is too long."""
    number, kind, length = _HEAD.unpack(_exactly(pipe, _HEAD.size))
    if length > longest:
        raise ValueError(length)
    return number, kind, _exactly(pipe, length)


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    said = pipe.read(length)
    if len(said) < length:
        raise EOFError
    return said


def _widen(pipe: IO[bytes]) -> None:
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE)


# The other process


def serve(folder: str, sha256: str, threads: int) -> None:
    """Answer until nobody asks any more, or the process that began this one is gone."""
    from finder.core.models.manifest import load_spec
    from finder.core.models.runtime.extractor import Extractor

    pipe, out = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    with suppress(AttributeError, OSError):
        os.nice(_NICE)
    try:
        spec = replace(load_spec(Path(folder)), sha256=sha256)
        limit_process(_MEMORY + 3 * spec.file.stat().st_size)
        extractor = Extractor(spec)
    except FinderError as error:
        _send(out, 0, _REFUSED, json.dumps([error.sentence, error.hint]).encode())
        return
    _send(out, 0, _READY, b"")
    writing = threading.Lock()

    def answer(number: int, said: bytes) -> None:
        kind, told = _answer(extractor, said)
        try:
            with writing:
                _send(out, number, kind, told)
        except OSError:  # nobody hears it
            os._exit(0)

    pool = ThreadPoolExecutor(threads)
    with suppress(EOFError, ValueError):
        while True:
            number, _, said = _receive(pipe, _longest_picture(spec))
            pool.submit(answer, number, said)
    os._exit(0)  # also while a model is at work


def _longest_picture(spec: ModelSpec) -> int:
    return 3 * spec.input.height * spec.input.width * 4


def _answer(extractor: Any, said: bytes) -> _Said:
    import numpy as np

    given = extractor.spec.input
    size = (given.height, given.width)
    shape = (1, 3, *size) if given.layout == "NCHW" else (1, *size, 3)
    try:
        features = extractor.features(np.frombuffer(said, given.dtype).reshape(shape))
        kind = str(features.dtype.itemsize).encode()
        return kind, features.astype(_FEATURES[kind]).tobytes()
    except FinderError as error:
        why = str(error.__cause__ or error.sentence)
        return _failed(Reason.OUT_OF_MEMORY if _is_memory(why) else Reason.MODEL_ERROR, why)
    except MemoryError as error:
        return _failed(Reason.OUT_OF_MEMORY, str(error))
    except Exception as error:
        return _failed(Reason.MODEL_ERROR, repr(error))


def _failed(reason: Reason, why: str) -> _Said:
    return _FAILED, json.dumps([reason, why[:500]]).encode()


def _is_memory(why: str) -> bool:
    """ONNX Runtime has no class of its own for it."""
    return "alloc" in why.lower()
