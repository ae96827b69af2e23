"""One process that runs a model, `model_server` or `text_server`, and the lanes to it
(`model_frames`)."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from finder.core.temporary_folders import TemporaryFolder
from finder.workers.child_command import child_environment, own_command
from finder.workers.models.model_frames import Message, hand_over, new_lane, receive, send

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from finder.core.models.spec import ModelSpec

_START_SECONDS = 120.0
_KILL_SECONDS = 2.0
_LONGEST_TEXT = 20_000  # bytes


class ModelChild:
    """One process, its lanes, and the thread that waits for its end."""

    def __init__(self, spec: ModelSpec, command: Sequence[str], at_once: int) -> None:
        """command: the hidden command that it carries out, with its arguments; at_once: number of
        pictures or texts, one per lane."""
        self._longest_response = max(_LONGEST_TEXT, 8 * spec.dimension)
        self._folder = TemporaryFolder()
        lanes = [new_lane() for _ in range(at_once)]
        self._free = [parent for parent, _ in lanes]
        ends = [child for _, child in lanes]
        try:
            self.process = _start(command, ends, self._folder.path)
        except OSError:
            for lane in self._free:
                lane.close()
            self._folder.close()
            raise
        finally:
            for end in ends:
                end.close()
        assert self.process.stdin is not None
        self._stdin = self.process.stdin
        self.has_ended = False
        self._lock = threading.Lock()
        self._watcher = threading.Thread(
            target=self._wait_for_end, name=f"model-{spec.name}", daemon=True
        )
        self._watcher.start()

    def first_message(self) -> Message:
        """Whether the model is loaded. Raises as `request`."""
        with self._lane() as lane:
            return receive(lane, self._longest_response, _START_SECONDS)

    def request(self, kind: bytes, content: bytes, seconds: float) -> Message:
        """Have a picture of the model's size or a text embedded. The process is killed where that
        raises TimeoutError; EOFError, OSError or ValueError: it has ended, or has sent nonsense."""
        with self._lane() as lane:
            left = send(lane, kind, content, seconds)
            return receive(lane, self._longest_response, left)

    @contextmanager
    def _lane(self) -> Iterator[socket.socket]:
        with self._lock:
            if self.has_ended or not self._free:  # it was killed
                raise EOFError
            lane = self._free.pop(0)
        is_usable = False
        try:
            yield lane
            is_usable = True
        finally:
            with self._lock:
                is_usable = is_usable and not self.has_ended
                if is_usable:
                    self._free.insert(0, lane)
            if not is_usable:  # the rest of an answer must not be taken for the next one
                self.kill()
                lane.close()

    def kill(self) -> None:
        """The watcher cleans up."""
        self.process.kill()

    def wait(self) -> None:
        """Wait until it has ended, but not long: the system may be unable to end it."""
        self._watcher.join(_KILL_SECONDS)

    def _wait_for_end(self) -> None:
        self.process.wait()
        with self._lock:
            self.has_ended = True
            free, self._free = self._free, []
        for lane in free:  # the thread that uses a lane closes it
            lane.close()
        with suppress(OSError):
            self._stdin.close()
        self._folder.close()


def _start(
    command: Sequence[str], ends: Sequence[socket.socket], folder: Path
) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        own_command(*command),
        stdin=subprocess.PIPE,  # closed when this process ends: the child watches it
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=child_environment(folder),
        start_new_session=True,  # Ctrl+C ends only the parent
        pass_fds=() if sys.platform == "win32" else [end.fileno() for end in ends],
    )
    assert process.stdin is not None
    with suppress(OSError):  # it has ended already
        handed = [hand_over(end, process.pid) for end in ends]
        process.stdin.write(json.dumps(handed).encode() + b"\n")
        process.stdin.flush()
    return process
