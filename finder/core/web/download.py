"""Downloads a large file whose SHA-256 is known, and resumes unfinished downloads.

The servers are tried one after the other. The bytes downloaded so far are kept in a `PartialFile`;
nothing is returned before the whole file was verified.
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
from finder.core.system.permissions import make_private
from finder.core.web.http_response import (
    DEFAULT_TIMEOUTS,
    ConnectionLost,
    HttpResponse,
    OutOfRange,
    ServerError,
    Timeouts,
    host_of,
    open_url,
)
from finder.core.web.partial_file import PartialFile
from finder.core.web.remote_file import DownloadProgress, RemoteFile, Stage

Value = TypeVar("Value")

_POLL_INTERVAL = 0.1  # seconds
_MAX_REQUESTS = 4
"""Requests to one server, as long as each of them brings more bytes."""
_HASH_CHUNK = 4_194_304  # bytes
_DISK_RESERVE = 50_000_000
"""Bytes that must remain free on the disk."""


Steps = Generator[DownloadProgress, None, Value]


def download(
    file: RemoteFile,
    folder: Path,
    executor: Executor | None = None,
    timeouts: Timeouts = DEFAULT_TIMEOUTS,
) -> Steps[bytes]:
    """Download a file, continuing an unfinished download in the folder; returns its verified bytes.

    Closing the generator cancels; the partial file is kept. executor: runs the steps that wait for
    servers, so that the generator yields at least every 0.1 s; without one it blocks. Raises
    FinderError.
    """
    try:
        make_private(folder)
        lock = FileLock(folder / "lock", thread_local=False)
        with lock.acquire(timeout=0):
            return (yield from _Download(file, folder, executor, timeouts).run())
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


def read_verified(
    path: Path, sha256: str, max_size: int, progress: Callable[[int, int], DownloadProgress]
) -> Steps[bytes | None]:
    """The file's bytes; None if it is larger than max_size or has another SHA-256. Raises
    OSError."""
    size = path.stat().st_size
    if size > max_size:
        return None
    yield progress(0, size)
    content = path.read_bytes()
    digest = hashlib.sha256()
    view = memoryview(content)
    for start in range(0, len(view), _HASH_CHUNK):
        digest.update(view[start : start + _HASH_CHUNK])
        yield progress(min(start + _HASH_CHUNK, size), size)
    return content if digest.hexdigest() == sha256 else None


def run_step(
    executor: Executor | None, step: Callable[[], Value], progress: DownloadProgress
) -> Steps[Value]:
    """The step's result. With an executor the step runs there, and `progress` is yielded
    meanwhile."""
    if executor is None:
        return step()
    future = executor.submit(step)
    yield from _until_done(future, progress)
    return future.result()


def _until_done(future: Future[Value], progress: DownloadProgress) -> Steps[None]:
    while not wait([future], _POLL_INTERVAL).done:
        yield progress


class _Download:
    """The download of one file."""

    def __init__(
        self, file: RemoteFile, folder: Path, executor: Executor | None, timeouts: Timeouts
    ) -> None:
        self._file = file
        self._folder = folder
        self._executor = executor
        self._timeouts = timeouts
        self._partial = PartialFile(folder, file.sha256)
        self._progress = DownloadProgress(Stage.CONNECTING, "", self._partial.size, file.size)
        self._pending_read: Future[bytes] | None = None

    def run(self) -> Steps[bytes]:
        if self._partial.size and self._file.size in (None, self._partial.size):
            content = yield from self._verify()
            if content is not None:
                return content
        if self._partial.size >= self._file.max_size:
            self._partial.remove()
        self._require_space()
        errors: list[ServerError] = []
        for url in self._file.urls:
            try:
                return (yield from self._from_server(url))
            except ServerError as error:
                errors.append(error)
        sentences = dict.fromkeys(error.sentence for error in errors)
        raise FinderError(" ".join(sentences), errors[-1].hint) from errors[-1]

    def _from_server(self, url: str) -> Steps[bytes]:
        """The whole file from one server. If the result of several requests is wrong, the file is
        downloaded once more from its beginning."""
        requests, restarted = 0, False
        while True:
            requests += 1
            before = self._partial.size
            try:
                start = yield from self._load_rest(url)
            except OutOfRange:
                if restarted or not before:
                    raise
                self._partial.remove()
                restarted = True
                continue
            except ConnectionLost:
                if self._partial.size <= before or requests >= _MAX_REQUESTS:
                    raise
                continue
            content = yield from self._verify()
            if content is not None:
                return content
            self._partial.remove()
            if restarted or not start:
                raise _wrong_file(host_of(url))
            restarted = True

    def _load_rest(self, url: str) -> Steps[int]:
        """Download what is missing. Returns the first byte's position in the response."""
        host = host_of(url)
        self._progress = DownloadProgress(
            Stage.CONNECTING, host, self._partial.size, self._file.size
        )
        yield self._progress
        response = yield from self._request(url)
        try:
            total = self._check_total(response)
            self._partial.save_source(url, response.validator)
            yield from self._append(response, total)
        finally:
            self._after_pending_read(response.close)
        if total is not None and self._progress.done < total:
            raise ConnectionLost(
                tr("The connection to {host} was interrupted.").format(host=host),
                tr("Try again later; what was downloaded is kept."),
            )
        return response.start

    def _append(self, response: HttpResponse, total: int | None) -> Steps[None]:
        with open(self._partial.path, "r+b" if response.start else "wb") as partial:
            partial.seek(response.start)
            partial.truncate()
            self._progress = DownloadProgress(Stage.LOADING, response.host, response.start, total)
            while chunk := (yield from self._read(response)):
                if self._progress.done + len(chunk) > (total or self._file.max_size):
                    self._partial.remove()
                    raise _wrong_file(response.host)
                partial.write(chunk)
                self._progress = replace(self._progress, done=self._progress.done + len(chunk))
                yield self._progress

    def _verify(self) -> Steps[bytes | None]:
        def progress(done: int, total: int) -> DownloadProgress:
            return replace(self._progress, stage=Stage.CHECKING, done=done, total=total)

        max_size = self._file.size or self._file.max_size
        return (yield from read_verified(self._partial.path, self._file.sha256, max_size, progress))

    def _request(self, url: str) -> Steps[HttpResponse]:
        start = self._partial.size

        def step() -> HttpResponse:
            return open_url(url, start, self._partial.validator(url), self._timeouts)

        if self._executor is None:
            return step()
        future = self._executor.submit(step)
        try:
            yield from _until_done(future, self._progress)
        except GeneratorExit:
            future.cancel()
            future.add_done_callback(_close_response)
            raise
        return future.result()

    def _read(self, response: HttpResponse) -> Steps[bytes]:
        if self._executor is None:
            return response.read()
        self._pending_read = self._executor.submit(response.read)
        yield from _until_done(self._pending_read, self._progress)
        return self._pending_read.result()

    def _after_pending_read(self, action: Callable[[], None]) -> None:
        """Run it now, or when the read in progress has returned: closing would wait for it."""
        if self._pending_read is None:
            action()
        else:
            self._pending_read.add_done_callback(lambda _: action())

    def _check_total(self, response: HttpResponse) -> int | None:
        """The length of the whole file, if known. Raises ServerError if it is not the expected
        one."""
        size, announced = self._file.size, response.total
        if announced is not None and (
            announced != size if size else announced > self._file.max_size
        ):
            raise _wrong_file(response.host)
        return announced or size

    def _require_space(self) -> None:
        """For the missing bytes, and for the model that is made from the file."""
        size = self._file.size or self._file.max_size
        needed = 2 * size - self._partial.size + _DISK_RESERVE
        free = shutil.disk_usage(self._folder).free
        if free < needed:
            raise FinderError(
                tr("{title} needs {n} MB on the library's disk; {free} MB are free.").format(
                    title=self._file.title, n=needed // 1_000_000, free=free // 1_000_000
                ),
                tr("Free some space and try again."),
            )


def _wrong_file(host: str) -> ServerError:
    return ServerError(
        tr("The file from {host} is not the one that the catalogue describes.").format(host=host),
        tr("A network that requires you to sign in may be the cause. The download was discarded."),
    )


def _close_response(future: Future[HttpResponse]) -> None:
    if not future.cancelled() and future.exception() is None:
        future.result().close()
