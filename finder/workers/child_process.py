"""Running a hidden command in a child process: with a limit of time, isolated, and to be stopped.

Everything that starts a child does so here. It gets a working folder of its own, which is empty and
is removed with it, an environment without what could make it load foreign code, and a session of
its own, so that Ctrl+C reaches this process only. It ends when this process ends, however that is.
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
from finder.workers.child_command import child_environment, own_command, read_explanation

_LOOK_EVERY = 0.05  # seconds
_LONGEST_LINE = 16_000_000  # bytes
_MOST_OUTPUT = 64_000_000  # bytes
_MOST_LOGGED = 2_000  # characters
_WAIT = 5.0
"""Seconds for a process that was killed; one that waits for a disk may take long."""
_ASKED_TO_END = {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", None)}
_OUT_OF_TIME = getattr(signal, "SIGXCPU", None)

log = logging.getLogger(__name__)


class Ending(Enum):
    """How a child process has ended, unless it was stopped by us."""

    DONE = auto()
    EXPLAINED = auto()  # it failed, and has said why
    CRASHED = auto()
    TOO_SLOW = auto()
    ASKED_TO_END = auto()  # by a signal from elsewhere


_WHY = {
    Ending.CRASHED: mark("it crashed, or ran out of memory"),
    Ending.TOO_SLOW: mark("it took too long"),
    Ending.ASKED_TO_END: mark("another program ended it"),
}


@dataclass(frozen=True)
class Ended:
    """A child's end. output: what it printed, of what was not taken by `lines`; code: its exit
    code, or the negative number of the signal that ended it; error: what it said itself, if it
    could explain its failure."""

    ending: Ending
    code: int
    output: str = ""
    error: FinderError | None = None

    def failure(self, what: str, hint: str) -> FinderError:
        """The error to raise: the child's own, else `what` with the reason. what: the beginning of
        a sentence, “x.onnx could not be examined”."""
        if self.error is not None:
            return FinderError(self.error.sentence, self.error.hint or hint)
        return FinderError(f"{what}: {tr(_WHY[self.ending])}.", hint)


class ChildProcess:
    """A hidden command on its way; leaving the context kills what is left of it.

    words: the command and its arguments, paths absolute; seconds: how long it may take, by the
    clock; within: where its working folder is made, the system's temporary folder by default.
    Raises FinderError where no process can be started. The methods raise Stopped.
    """

    def __init__(
        self,
        *words: str,
        seconds: float,
        stop: CancelToken | None = None,
        within: Path | None = None,
    ) -> None:
        self._name = words[0]
        self._stop = stop or CancelToken()
        self._end = time.monotonic() + seconds
        self._late = self._silent = self._gone = False
        self._error: FinderError | None = None
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()
        self._logged: deque[bytes] = deque(maxlen=20)
        try:
            self._folder = TemporaryFolder(within)
        except OSError as error:
            raise _not_started(error) from error
        try:
            self._process = _start(words, self._folder.path)
        except OSError as error:
            self._folder.close()
            raise _not_started(error) from error
        self._readers = [
            _reading(self._process.stdout, self._lines.put),
            _reading(self._process.stderr, self._log),
        ]

    def __enter__(self) -> ChildProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_WAIT)
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        for reader in self._readers:
            reader.join(_WAIT)
        self._folder.close()

    def lines(self) -> Iterator[str]:
        """What it prints, line by line, as it comes; ends when it does, or when its time is up."""
        while (line := self._next()) is not None:
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            error = read_explanation(text)
            if error is None:
                yield text
            else:
                self._error = error

    def newest_lines(self) -> Iterator[str]:
        """Like `lines`, without those that were followed by another one before they were taken."""
        newest: str | None = None
        for newest in self.lines():
            if self._lines.empty():
                yield newest
                newest = None
        if newest is not None:
            yield newest

    def ended(self) -> Ended:
        """Wait for its end."""
        output = "\n".join(self.lines())
        while not self._late and self._process.poll() is None:
            self._look()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_LOOK_EVERY)
        self._kill()
        try:
            code = self._process.wait(_WAIT)
        except subprocess.TimeoutExpired:  # killed, but the system has not ended it yet
            code = 1
        ending = self._ending(code)
        if ending is not Ending.DONE:
            self._readers[1].join(_WAIT)
            logged = b"".join(self._logged).decode("utf-8", "replace")[-_MOST_LOGGED:]
            log.info("%s ended with %s (%s): %s", self._name, code, ending.name, logged)
        error = self._error if ending is Ending.EXPLAINED else None
        return Ended(ending, code, output, error)

    def _ending(self, code: int) -> Ending:
        if self._late or -code == _OUT_OF_TIME:
            return Ending.TOO_SLOW
        if code == 0:
            return Ending.DONE
        if -code in _ASKED_TO_END:
            return Ending.ASKED_TO_END
        return Ending.EXPLAINED if code == 1 and self._error is not None else Ending.CRASHED

    def _next(self) -> bytes | None:
        """The next line; None at the end."""
        while not (self._late or self._silent):
            self._look()
            with suppress(Empty):
                line = self._lines.get(timeout=_LOOK_EVERY)
                self._silent = line is None
                return line
            if self._process.poll() is not None:
                self._kill()  # what it has started may still hold its output open
        return None

    def _look(self) -> None:
        self._stop.check()
        if time.monotonic() > self._end:
            self._late = True
            self._kill()

    def _kill(self) -> None:
        """The process, and all that it has started (on Windows, only itself)."""
        if self._gone:  # its number may be somebody else's by now
            return
        self._gone = self._process.poll() is not None
        if sys.platform == "win32":
            self._process.kill()
        else:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _log(self, line: bytes | None) -> None:
        if line is not None:
            self._logged.append(line[-_MOST_LOGGED:])


def run_child(
    *words: str, seconds: float, stop: CancelToken | None = None, within: Path | None = None
) -> Ended:
    """Run a hidden command to its end. Arguments and errors as of `ChildProcess`."""
    with ChildProcess(*words, seconds=seconds, stop=stop, within=within) as child:
        return child.ended()


def _start(words: tuple[str, ...], folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        own_command(*words),
        stdin=subprocess.PIPE,  # closed when this process ends: the child watches it
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=child_environment(folder),
        start_new_session=True,
    )


def _reading(stream: IO[bytes] | None, take: Callable[[bytes | None], None]) -> threading.Thread:
    """A thread that takes the stream's lines, and None at the end. A child that prints without end
    finds its output closed."""

    def read() -> None:
        assert stream is not None
        taken = 0
        with stream, suppress(OSError):
            while taken < _MOST_OUTPUT and (line := stream.readline(_LONGEST_LINE)):
                taken += len(line)
                take(line)
        take(None)

    thread = threading.Thread(target=read, name="finder-child", daemon=True)
    thread.start()
    return thread


def _not_started(error: OSError) -> FinderError:
    return FinderError(
        tr("Another process could not be started: {why}.").format(why=error.strerror or error),
        tr("Close other programs or free some space, and try again."),
    )
