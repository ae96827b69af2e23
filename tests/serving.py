"""A small web server on this computer, for tests of downloads."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 16
"""Begins like a picture, which is all that a download looks at."""


class Site:
    """pages: path to page. seen: each request's line and headers, as they came; ending: set when
    a page that takes long must end."""

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, Page] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.ending = threading.Event()
        self._server = _Server(host, self)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.socket.getsockname()[1]
        name = f"[{host}]" if ":" in host else host
        self.root = f"{'https' if tls else 'http'}://{name}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def asked(self) -> list[str]:
        """The paths, in the order of the requests."""
        return [line.split()[1] for line, _ in self.seen]

    def close(self) -> None:
        self.ending.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    @property
    def site(self) -> Site:
        assert isinstance(self.server, _Server)
        return self.server.site

    def do_GET(self) -> None:
        self.site.seen.append((self.requestline, dict(self.headers.items())))
        page = self.site.pages.get(self.path, answer(b"no such page", "text/html", 404))
        self.close_connection = True
        with suppress(OSError):  # who asked may go before all is sent
            if isinstance(page, bytes):
                self.wfile.write(page)
            else:
                page(self)

    def log_message(self, format: str, *args: object) -> None:
        """Keep silent."""


Page = bytes | Callable[[Handler], None]
"""All that is sent for a request, headers and all; or what sends it, piece by piece."""


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, host: str, site: Site) -> None:
        self.site = site
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, 0), Handler)

    def server_bind(self) -> None:
        """Without looking up this computer's name, which may take seconds."""
        self.socket.bind(self.server_address)


@contextmanager
def serving(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    site = Site(host, tls)
    try:
        yield site
    finally:
        site.close()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def headers(*lines: str, status: int = 200) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status} So", *lines, "", "")).encode()


def answer(body: bytes = PICTURE, kind: str = "image/png", status: int = 200) -> bytes:
    """A complete, correct answer."""
    about = (f"Content-Type: {kind}", f"Content-Length: {len(body)}")
    return headers(*about, status=status) + body


def redirect(location: str, status: int = 302) -> bytes:
    return headers(f"Location: {location}", "Content-Length: 0", status=status)


def dripping(begin: bytes, drop: bytes = b"x") -> Page:
    """Sends the beginning, then a drop every 20 ms."""

    def drip(handler: Handler) -> None:
        handler.wfile.write(begin)
        while not handler.site.ending.wait(0.02):
            handler.wfile.write(drop)

    return drip


def resetting(begin: bytes) -> Page:
    """Sends the beginning, then tears the connection down."""

    def reset(handler: Handler) -> None:
        handler.wfile.write(begin)
        at_once = struct.pack("ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        handler.rfile.close()
        handler.connection.close()

    return reset


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy, whatever this computer's own settings are."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
