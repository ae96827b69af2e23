"""A relay in front of a real server that makes the faults of a network and of a server."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass

from relay import CHUNK, Address, Relay, listening


@dataclass(eq=False)
class _Limit:
    """Bytes of answers that a connection may still have; one object for each `cut_after`."""

    bytes: int


class FaultRelay(Relay):
    """Forwards faultlessly until it is told otherwise; `restore` makes it faultless again. A fault
    concerns present and new connections; delay and cut_after may go together."""

    def __init__(self, target: Address, listener: socket.socket | None = None) -> None:
        self._flowing = threading.Event()
        self._flowing.set()
        self._closing = threading.Event()
        self._delay = 0.0
        self._limit: _Limit | None = None
        self._refusing = False
        super().__init__(target, listener)

    def refuse(self) -> None:
        """As a server that has ended: present connections are cut, new ones are refused."""
        if not self._refusing:
            self._refusing = True
            self._stop_listening()
            self._listener.close()
            self._listener = listening(self.port, -1)  # nobody else gets the port meanwhile
        self.cut()

    def hang(self) -> None:
        """Accept connections and take requests, forward nothing; what has come is forwarded after
        `restore`."""
        self._flowing.clear()

    def delay(self, seconds: float) -> None:
        """Hold each piece of an answer for so long, together with what comes meanwhile. An answer
        that comes at once is late by so much, or twice that where a connection begins."""
        self._delay = seconds

    def cut_after(self, bytes: int) -> None:
        """Cut each connection after so many bytes of answers from now on."""
        self._limit = _Limit(bytes)

    def restore(self) -> None:
        """No more faults."""
        self._delay, self._limit = 0.0, None
        self._flowing.set()
        if self._refusing:
            self._refusing = False
            self._listener.listen()
            self._accepting = self._accept()

    def close(self) -> None:
        self._closing.set()
        self._flowing.set()
        super().close()

    def _pass_on(self, data: bytes, server: socket.socket) -> None:
        self._flowing.wait()
        if not self._closing.is_set():  # what was held is lost
            super()._pass_on(data, server)

    def _answers(self, client: socket.socket, server: socket.socket) -> None:
        limit, left = None, 0
        while data := server.recv(CHUNK):
            self._flowing.wait()
            if self._closing.is_set():
                return
            if self._delay:
                self._closing.wait(self._delay)
                data += _come(server)
            if self._limit is not limit:
                limit = self._limit
                left = limit.bytes if limit else 0
            if limit is None:
                client.sendall(data)
                continue
            client.sendall(data[:left])
            left -= len(data)
            if left <= 0:
                return


def _come(server: socket.socket) -> bytes:
    """What has come and was not read yet."""
    pieces = []
    with suppress(BlockingIOError):
        while piece := server.recv(CHUNK, socket.MSG_DONTWAIT):
            pieces.append(piece)
    return b"".join(pieces)
