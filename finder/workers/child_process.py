"""Running a hidden command in a child process: with a time limit, isolated, and cancellable.

A child gets an empty working folder of its own, which is deleted afterwards, an environment without
variables that could make it load foreign code, and a session of its own, so that Ctrl+C reaches
this process only. It ends when this process ends, whatever the reason.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO

from finder.core.cancellation import CancelToken
from finder.core.errors import FinderError
from finder.core.i18n import mark, tr
from finder.core.temporary_folders import TemporaryFolder
from finder.workers.child_command import child_environment, own_command, read_error_line

_POLL_SECONDS = 0.05
_LONGEST_LINE = 16_000_000  # bytes
_MOST_OUTPUT = 64_000_000  # bytes
_MOST_LOGGED = 2_000  # characters
_KILL_SECONDS = 5.0
"""How long to wait for a process that was killed; one that waits for a disk may take long."""
_ENDING_SIGNALS = {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", None)}
_CPU_LIMIT_SIGNAL = getattr(signal, "SIGXCPU", None)

log = logging.getLogger(__name__)


class Ending(Enum):
    """How a child process has ended, unless it was cancelled."""

    DONE = auto()
    REPORTED_ERROR = auto()  # it printed its error
    CRASHED = auto()
    TOO_SLOW = auto()
    TERMINATED = auto()  # by a signal from another program


_WHY = {
    Ending.CRASHED: mark("it crashed, or ran out of memory"),
    Ending.TOO_SLOW: mark("it took too long"),
    Ending.TERMINATED: mark("another program ended it"),
}


@dataclass(frozen=True)
class ChildResult:
    """How a child ended. output: what it printed and `lines` has not yielded; code: its exit code,
    or the negative number of the signal that ended it; error: the one that it reported."""

    ending: Ending
    code: int
    output: str = ""
    error: FinderError | None = None

    def failure(self, sentence: str, hint: str, **values: object) -> FinderError:
        """The error to raise: the child's own, else this sentence. sentence: with {why} for how the
        child ended, such as “{file} could not be examined: {why}.”, and with these values."""
        if self.error is not None:
            return FinderError(self.error.sentence, self.error.hint or hint)
        return FinderError(sentence.format(why=tr(_WHY[self.ending]), **values), hint)


class ChildProcess:
    """A running hidden command; the end of the context kills it with all that it has started.

    arguments: the command and its arguments, paths absolute; seconds: time limit, by the clock;
    within: where its working folder is made, the system's temporary folder by default;
    most_output: bytes that it may print, 64 MB by default; is_low: at a low priority on Windows;
    elsewhere a process lowers its own. Raises FinderError where no process can
    be started. The methods raise Cancelled, but for `send`, `wait` and `last_lines`.
    """

    def __init__(
        self,
        *arguments: str,
        seconds: float,
        token: CancelToken | None = None,
        within: Path | None = None,
        most_output: float | None = None,
        is_low: bool = False,
    ) -> None:
        self._name = arguments[0]
        self._token = token or CancelToken()
        self._deadline = time.monotonic() + seconds
        self._is_late = self._at_eof = self._is_killed = False
        self._error: FinderError | None = None
        self._sending = threading.Lock()
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()
        self._logged: deque[bytes] = deque(maxlen=20)
        try:
            self._folder = TemporaryFolder(within)
        except OSError as error:
            raise _not_started(error) from error
        try:
            self._process = _start(arguments, self._folder.path, is_low)
        except OSError as error:
            self._folder.close()
            raise _not_started(error) from error
        most = _MOST_OUTPUT if most_output is None else most_output
        self._readers = [
            _start_reader(self._process.stdout, self._lines.put, most),
            _start_reader(self._process.stderr, self._log, most),
        ]

    def __enter__(self) -> ChildProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_KILL_SECONDS)
        if self._process.stdin is not None:
            with self._sending, suppress(OSError):
                self._process.stdin.close()
        for reader in self._readers:
            reader.join(_KILL_SECONDS)
        self._folder.close()

    def send(self, line: str) -> None:
        """Write a short line to its standard input, from any thread; nothing once it has ended."""
        assert self._process.stdin is not None
        with self._sending, suppress(OSError, ValueError):
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()

    def wait(self, seconds: float) -> None:
        """Wait at most so long until it has ended, whether it was cancelled or not."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def lines(self) -> Iterator[str]:
        """What it prints, line by line, until it ends or its time is up."""
        return self._texts(self._next_line)

    def last_lines(self) -> Iterator[str]:
        """End it, if it has not ended; what it has printed until then and `lines` has not yielded,
        whether it was cancelled or not."""
        self._kill()
        self._readers[0].join(_KILL_SECONDS)
        return self._texts(self._waiting_line)

    def _texts(self, next_line: Callable[[], bytes | None]) -> Iterator[str]:
        while (line := next_line()) is not None:
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            error = read_error_line(text)
            if error is None:
                yield text
            else:
                self._error = error

    def newest_lines(self) -> Iterator[str]:
        """Like `lines`, but where several lines have arrived, only the newest of them."""
        newest: str | None = None
        for newest in self.lines():
            if self._lines.empty():
                yield newest
                newest = None
        if newest is not None:
            yield newest

    def result(self) -> ChildResult:
        """Wait until it ends."""
        output = "\n".join(self.lines())
        while not self._is_late and self._process.poll() is None:
            self._check_limits()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_POLL_SECONDS)
        self._kill()
        try:
            code = self._process.wait(_KILL_SECONDS)
        except subprocess.TimeoutExpired:  # killed, but the system has not ended it yet
            code = 1
        ending = self._ending(code)
        if ending is not Ending.DONE:
            self._readers[1].join(_KILL_SECONDS)
            logged = b"".join(self._logged).decode("utf-8", "replace")[-_MOST_LOGGED:]
            log.info("%s ended with %s (%s): %s", self._name, code, ending.name, logged)
        error = self._error if ending is Ending.REPORTED_ERROR else None
        return ChildResult(ending, code, output, error)

    def _ending(self, code: int) -> Ending:
        if self._is_late or -code == _CPU_LIMIT_SIGNAL:
            return Ending.TOO_SLOW
        if code == 0:
            return Ending.DONE
        if -code in _ENDING_SIGNALS:
            return Ending.TERMINATED
        return Ending.REPORTED_ERROR if code == 1 and self._error is not None else Ending.CRASHED

    def _next_line(self) -> bytes | None:
        """None at the end."""
        while not (self._is_late or self._at_eof):
            self._check_limits()
            with suppress(Empty):
                line = self._lines.get(timeout=_POLL_SECONDS)
                self._at_eof = line is None
                return line
            if self._process.poll() is not None:
                self._kill()  # processes that it started may still hold its output open
        return None

    def _waiting_line(self) -> bytes | None:
        """None at the end, and if no line has arrived."""
        with suppress(Empty):
            return self._lines.get_nowait()
        return None

    def _check_limits(self) -> None:
        self._token.check()
        if time.monotonic() > self._deadline:
            self._is_late = True
            self._kill()

    def _kill(self) -> None:
        """Kill the process and all that it has started (on Windows, only itself)."""
        if self._is_killed:  # the system may have given its number to another process
            return
        self._is_killed = self._process.poll() is not None
        if sys.platform == "win32":
            self._process.kill()
        else:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _log(self, line: bytes | None) -> None:
        if line is not None:
            self._logged.append(line[-_MOST_LOGGED:])


def run_child(
    *arguments: str,
    seconds: float,
    token: CancelToken | None = None,
    within: Path | None = None,
) -> ChildResult:
    """Run a hidden command to its end. Arguments and errors as of `ChildProcess`."""
    with ChildProcess(*arguments, seconds=seconds, token=token, within=within) as child:
        return child.result()


def _start(arguments: tuple[str, ...], folder: Path, is_low: bool) -> subprocess.Popen[bytes]:
    low: int = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)  # only on Windows
    return subprocess.Popen(
        own_command(*arguments),
        stdin=subprocess.PIPE,  # closed when this process ends: the child watches it
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=child_environment(folder),
        start_new_session=True,
        creationflags=low if is_low else 0,
    )


def _start_reader(
    stream: IO[bytes] | None, handle: Callable[[bytes | None], None], most: float
) -> threading.Thread:
    """A thread that calls `handle` with each line, and with None at the end. The stream is closed
    after a limit, for a child that never stops printing."""

    def read() -> None:
        assert stream is not None
        size = 0
        with stream, suppress(OSError):
            while size < most and (line := stream.readline(_LONGEST_LINE)):
                size += len(line)
                handle(line)
        handle(None)

    thread = threading.Thread(target=read, name="finder-child", daemon=True)
    thread.start()
    return thread


def _not_started(error: OSError) -> FinderError:
    return FinderError(
        tr("Another process could not be started: {why}.").format(why=error.strerror or error),
        tr("Close other programs or free some space, and try again."),
    )
