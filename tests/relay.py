"""A TCP relay on this computer: what comes to its port goes to another address, and back."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self

Address = tuple[str, int]
HOST = "127.0.0.1"
CHUNK = 1 << 16
"""Bytes that are forwarded at once, at most."""
_CONNECT = 5.0
"""Seconds to wait for the other address."""


class Relay:
    """Forwards until it is closed. Its threads have ended then.

    target: where to. listener: a socket that listens already; without one, a free port. accepted:
    how many connections there have been.
    """

    def __init__(self, target: Address, listener: socket.socket | None = None) -> None:
        self._target = target
        self._listener = listener or listening()
        self.port: int = self._listener.getsockname()[1]
        self.accepted = 0
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._accepting = self._accept()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def address(self) -> Address:
        return HOST, self.port

    @property
    def uri(self) -> str:
        return f"http://{HOST}:{self.port}"

    def cut(self) -> None:
        """End all present connections."""
        with self._lock:
            for present in self._sockets:
                end(present)

    def close(self) -> None:
        self._stop_listening()
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> threading.Thread:
        thread = threading.Thread(target=self._accept_all, args=(self._listener,), name="relay")
        thread.start()
        return thread

    def _accept_all(self, listener: socket.socket) -> None:
        with suppress(OSError):  # it listens no more
            while True:
                client, _ = listener.accept()
                self.accepted += 1
                self._threads = [thread for thread in self._threads if thread.is_alive()]
                serving = threading.Thread(target=self._serve, args=(client,), name="relayed")
                self._threads.append(serving)
                self._keep(client)  # from now on a cut ends it
                serving.start()

    def _stop_listening(self) -> None:
        end(self._listener)
        self._accepting.join()

    def _serve(self, client: socket.socket) -> None:
        server = None
        try:
            server = socket.create_connection(self._target, _CONNECT)
            server.settimeout(None)
            self._keep(server)
            for connected in (client, server):
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._carry(client, server)
        except OSError:  # nobody there, or cut
            pass
        finally:
            self._drop(client)
            if server is not None:
                self._drop(server)

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        """Forward both ways until one of them ends."""
        asking = threading.Thread(target=self._requests, args=(client, server), name="requests")
        asking.start()
        try:
            with suppress(OSError):
                self._answers(client, server)
        finally:
            end(client)
            end(server)
            asking.join()

    def _requests(self, client: socket.socket, server: socket.socket) -> None:
        try:
            with suppress(OSError):
                while data := client.recv(CHUNK):
                    self._pass_on(data, server)
        finally:
            end(client)
            end(server)

    def _pass_on(self, data: bytes, server: socket.socket) -> None:
        server.sendall(data)

    def _answers(self, client: socket.socket, server: socket.socket) -> None:
        while data := server.recv(CHUNK):
            client.sendall(data)

    def _keep(self, opened: socket.socket) -> None:
        with self._lock:
            self._sockets.add(opened)

    def _drop(self, opened: socket.socket) -> None:
        with self._lock:
            self._sockets.discard(opened)
            opened.close()


def listening(port: int = 0, backlog: int = 128) -> socket.socket:
    """A socket on this computer. backlog: with −1 it has the port, but does not listen yet."""
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((HOST, port))
    if backlog >= 0:
        opened.listen(backlog)
    return opened


def end(opened: socket.socket) -> None:
    """End it, also for a thread that waits for it, if it has not ended yet."""
    with suppress(OSError):
        opened.shutdown(socket.SHUT_RDWR)
