"""A large file whose SHA-256 is known: from one server after the other, in as many sittings as it
takes. What has come is kept in a part; nothing is given before all of it was checked.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Generator
from concurrent.futures import Executor, Future, wait
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.permissions import make_private
from finder.core.web.http_response import (
    PATIENCE,
    ConnectionLost,
    HttpResponse,
    OutOfRange,
    ServerError,
    Timeouts,
    ask,
    host_of,
)
from finder.core.web.partial_file import PartialFile
from finder.core.web.remote_file import DownloadProgress, RemoteFile, Stage

Value = TypeVar("Value")

_LOOK_EVERY = 0.1  # seconds
_SITTINGS = 4
"""How often one server is asked for the rest, as long as something comes each time."""
_CHECKED_AT_ONCE = 4_194_304  # bytes
_SPARE = 50_000_000
"""Bytes that must be left on the disk."""


Steps = Generator[DownloadProgress, None, Value]


def download(
    wanted: RemoteFile,
    folder: Path,
    executor: Executor | None = None,
    patience: Timeouts = PATIENCE,
) -> Steps[bytes]:
    """Load the file, going on with what the folder has of it; gives its bytes, checked.

    Cancelling is closing the generator: the part is kept. executor: where it is waited for servers,
    so that every step comes within 0.1 s; without one it is waited here. Raises FinderError.
    """
    try:
        make_private(folder)
        lock = FileLock(folder / "lock", thread_local=False)
        with lock.acquire(timeout=0):
            return (yield from _Download(wanted, folder, executor, patience).run())
    except Timeout:
        raise FinderError(
            tr("Another model is being downloaded now."), tr("Wait until that has finished.")
        ) from None
    except OSError as error:
        raise FinderError(
            tr("The download cannot be saved: {why}.").format(why=error.strerror or error),
            tr(
                "Check the free space and the permissions of {folder}; what was downloaded is kept."
            ).format(folder=folder),
        ) from error


def checked(
    path: Path, sha256: str, most: int, show: Callable[[int, int], DownloadProgress]
) -> Steps[bytes | None]:
    """The file's bytes if they have this SHA-256. Raises OSError."""
    size = path.stat().st_size
    if size > most:
        return None
    yield show(0, size)
    content = path.read_bytes()
    digest = hashlib.sha256()
    view = memoryview(content)
    for at in range(0, len(view), _CHECKED_AT_ONCE):
        digest.update(view[at : at + _CHECKED_AT_ONCE])
        yield show(min(at + _CHECKED_AT_ONCE, size), size)
    return content if digest.hexdigest() == sha256 else None


def waited(
    executor: Executor | None, step: Callable[[], Value], now: DownloadProgress
) -> Steps[Value]:
    """What the step gives. With an executor it is done there, and `now` is told meanwhile."""
    if executor is None:
        return step()
    future = executor.submit(step)
    yield from _until_done(future, now)
    return future.result()


def _until_done(future: Future[Value], now: DownloadProgress) -> Steps[None]:
    while not wait([future], _LOOK_EVERY).done:
        yield now


class _Download:
    """One file on its way."""

    def __init__(
        self, wanted: RemoteFile, folder: Path, executor: Executor | None, patience: Timeouts
    ) -> None:
        self._wanted = wanted
        self._folder = folder
        self._executor = executor
        self._patience = patience
        self._part = PartialFile(folder, wanted.sha256)
        self._now = DownloadProgress(Stage.CONNECTING, "", self._part.size, wanted.size)
        self._waited: Future[bytes] | None = None

    def run(self) -> Steps[bytes]:
        if self._part.size and self._wanted.size in (None, self._part.size):
            content = yield from self._checked()
            if content is not None:
                return content
        if self._part.size >= self._wanted.most:
            self._part.remove()
        self._require_space()
        troubles: list[ServerError] = []
        for url in self._wanted.urls:
            try:
                return (yield from self._from(url))
            except ServerError as trouble:
                troubles.append(trouble)
        sentences = dict.fromkeys(trouble.sentence for trouble in troubles)
        raise FinderError(" ".join(sentences), troubles[-1].hint) from troubles[-1]

    def _from(self, url: str) -> Steps[bytes]:
        """All from one server. A wrong file that was put together from several sittings is loaded
        once more in one."""
        sittings, anew = 0, False
        while True:
            sittings += 1
            before = self._part.size
            try:
                began = yield from self._sit(url)
            except OutOfRange:
                if anew or not before:
                    raise
                self._part.remove()
                anew = True
                continue
            except ConnectionLost:
                if self._part.size <= before or sittings >= _SITTINGS:
                    raise
                continue
            content = yield from self._checked()
            if content is not None:
                return content
            self._part.remove()
            if anew or not began:
                raise self._wrong(host_of(url))
            anew = True

    def _sit(self, url: str) -> Steps[int]:
        """Load what is missing. Gives the byte that the server began with."""
        host = host_of(url)
        self._now = DownloadProgress(Stage.CONNECTING, host, self._part.size, self._wanted.size)
        yield self._now
        answer = yield from self._ask(url)
        try:
            total = self._require_right_size(answer)
            self._part.note(url, answer.validator)
            with open(self._part.path, "r+b" if answer.start else "wb") as file:
                file.seek(answer.start)
                file.truncate()
                self._now = DownloadProgress(Stage.LOADING, host, answer.start, total)
                while piece := (yield from self._read(answer)):
                    if self._now.done + len(piece) > (total or self._wanted.most):
                        self._part.remove()
                        raise self._wrong(host)
                    file.write(piece)
                    self._now = replace(self._now, done=self._now.done + len(piece))
                    yield self._now
        finally:
            self._when_idle(answer.close)
        if total is not None and self._now.done < total:
            raise ConnectionLost(
                tr("The connection to {host} was interrupted.").format(host=host),
                tr("Try again later; what was downloaded is kept."),
            )
        return answer.start

    def _checked(self) -> Steps[bytes | None]:
        def show(done: int, total: int) -> DownloadProgress:
            return replace(self._now, stage=Stage.CHECKING, done=done, total=total)

        most = self._wanted.size or self._wanted.most
        return (yield from checked(self._part.path, self._wanted.sha256, most, show))

    # Waiting for the server

    def _ask(self, url: str) -> Steps[HttpResponse]:
        start = self._part.size

        def step() -> HttpResponse:
            return ask(url, start, self._part.validator(url), self._patience)

        if self._executor is None:
            return step()
        future = self._executor.submit(step)
        try:
            yield from _until_done(future, self._now)
        except GeneratorExit:
            future.cancel()
            future.add_done_callback(_close_answer)
            raise
        return future.result()

    def _read(self, answer: HttpResponse) -> Steps[bytes]:
        if self._executor is None:
            return answer.read()
        self._waited = self._executor.submit(answer.read)
        yield from _until_done(self._waited, self._now)
        return self._waited.result()

    def _when_idle(self, act: Callable[[], None]) -> None:
        """Now, or when the read that is under way has come back: closing would wait for it."""
        if self._waited is None:
            act()
        else:
            self._waited.add_done_callback(lambda _: act())

    # What is refused

    def _require_right_size(self, answer: HttpResponse) -> int | None:
        """The whole file's length, if anybody knows it."""
        size, told = self._wanted.size, answer.total
        if told is not None and (told != size if size else told > self._wanted.most):
            raise self._wrong(answer.host)
        return told or size

    def _wrong(self, host: str) -> ServerError:
        return ServerError(
            tr("The file from {host} is not the one that the catalogue describes.").format(
                host=host
            ),
            tr(
                "A network that requires you to sign in may be the cause. The download was "
                "discarded."
            ),
        )

    def _require_space(self) -> None:
        """For what is missing, and for the model that is made of it."""
        needed = 2 * (self._wanted.size or self._wanted.most) - self._part.size + _SPARE
        free = shutil.disk_usage(self._folder).free
        if free < needed:
            raise FinderError(
                tr("{title} needs {n} MB on the library's disk; {free} MB are free.").format(
                    title=self._wanted.title, n=needed // 1_000_000, free=free // 1_000_000
                ),
                tr("Free some space and try again."),
            )


def _close_answer(future: Future[HttpResponse]) -> None:
    if not future.cancelled() and future.exception() is None:
        future.result().close()
