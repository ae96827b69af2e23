"""Downloads a picture from its web address, over HTTP/1.1 with one connection for each redirect."""

from __future__ import annotations

import http.client
import io
import socket
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, cast

from finder.core.cancellation import CancellableExecutor, CancelToken
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.pictures.formats import has_picture_signature
from finder.core.web.address import WebAddress, read_address, refused
from finder.core.web.connection import connect
from finder.core.web.deadline import Deadline

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_REDIRECTS = (301, 302, 303, 307, 308)
_BINARY_TYPES = ("application/octet-stream", "binary/octet-stream")
_CHUNK = 65_536
_POLL_INTERVAL = 0.1  # seconds


@dataclass(frozen=True)
class Limits:
    """size, headers: bytes. seconds: for the whole download, including redirects."""

    size: int = 50_000_000
    seconds: float = 10.0
    redirects: int = 5
    headers: int = 65_536


LIMITS: Final = Limits()


def fetch_picture(
    url: str,
    allow_private: bool = False,
    stop: CancelToken | None = None,
    executor: Executor | None = None,
    limits: Limits = LIMITS,
) -> bytes:
    """Download the picture at an http or https address.

    Sends no cookie and no referrer, connects to no host on this computer or its network (unless
    allow_private), and uses no proxy. executor: runs the download, so that even a name look-up that
    never returns delays the caller only until the time limit or the cancellation; without one the
    download runs in the calling thread. Raises FinderError, Cancelled.
    """
    address = read_address(url)
    deadline = Deadline(limits.seconds, stop)
    step = partial(_fetch, address, allow_private, deadline, limits)
    (data,) = CancellableExecutor(executor, deadline).run(step)
    return data


def _fetch(address: WebAddress, allow_private: bool, deadline: Deadline, limits: Limits) -> bytes:
    for _ in range(limits.redirects + 1):
        with closing(connect(address, allow_private, deadline)) as sock:
            result = _request(sock, address, deadline, limits)
        if isinstance(result, bytes):
            return result
        address = result
    raise refused(tr("The address redirects too many times."))


def _request(
    sock: socket.socket, address: WebAddress, deadline: Deadline, limits: Limits
) -> bytes | WebAddress:
    """The picture, or the address that the server redirects to."""
    try:
        sock.settimeout(deadline.left())
        sock.sendall(_request_head(address))
        reader = _LimitedReader(sock, deadline, limits.headers)
        with closing(http.client.HTTPResponse(cast("socket.socket", reader))) as response:
            return _read_response(response, reader, address, limits)
    except (OSError, http.client.IncompleteRead) as error:
        deadline.check()
        raise FinderError(
            tr("The connection to {host} was interrupted.").format(host=address.host),
            tr("Try again."),
        ) from error
    except (http.client.HTTPException, ValueError) as error:  # a negative size of a chunk
        raise _not_http(address) from error


def _request_head(address: WebAddress) -> bytes:
    lines = (
        f"GET {address.target} HTTP/1.1",
        f"Host: {address.authority}",
        "User-Agent: image-finder",
        "Accept: image/*",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii")


class _LimitExceeded(Exception):
    """The server has sent more bytes than allowed."""


class _LimitedReader(io.RawIOBase):
    """Reads from a socket until a deadline, and at most `remaining` bytes.

    A socket's own timeout starts again with every byte that arrives. `makefile` is the only method
    of a socket that HTTPResponse calls.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline, remaining: int) -> None:
        super().__init__()
        self.remaining = remaining
        self._sock = sock
        self._deadline = deadline

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        while True:
            self._deadline.check()
            self._sock.settimeout(min(_POLL_INTERVAL, self._deadline.left()))
            try:
                count = self._sock.recv_into(buffer)
            except TimeoutError:
                continue
            self.remaining -= count
            if self.remaining < 0:
                raise _LimitExceeded
            return count


def _read_response(
    response: http.client.HTTPResponse, reader: _LimitedReader, address: WebAddress, limits: Limits
) -> bytes | WebAddress:
    try:
        response.begin()
    except _LimitExceeded as error:
        raise _not_http(address) from error
    location = response.getheader("Location")
    if response.status in _REDIRECTS and location:
        return address.follow(location)
    _check_headers(response, address, limits)
    reader.remaining = limits.size + _CHUNK  # some more, for the headers of chunks
    try:
        return _body(response, limits)
    except _LimitExceeded as error:
        raise _too_large(limits) from error


def _check_headers(response: http.client.HTTPResponse, address: WebAddress, limits: Limits) -> None:
    """Raise FinderError if the headers announce something other than a picture."""
    if response.status != http.client.OK:
        raise _bad_status(response.status, address)
    if response.getheader("Content-Encoding", "identity").strip().lower() != "identity":
        raise refused(
            tr("{host} sends the picture compressed, although it was asked not to.").format(
                host=address.host
            )
        )
    kind = response.getheader("Content-Type", _BINARY_TYPES[0]).partition(";")[0].strip().lower()
    if not kind.startswith("image/") and kind not in _BINARY_TYPES:
        raise _not_a_picture()
    if response.length is not None and response.length > limits.size:
        raise _too_large(limits)


def _body(response: http.client.HTTPResponse, limits: Limits) -> bytes:
    announced = response.length
    data = bytearray()
    while chunk := response.read(_CHUNK):
        if not data and not has_picture_signature(chunk):
            raise _not_a_picture()
        data += chunk
        if len(data) > limits.size:
            raise _too_large(limits)
    if announced is not None and len(data) < announced:
        raise http.client.IncompleteRead(b"", announced - len(data))
    if not data:
        raise _not_a_picture()
    return bytes(data)


def _bad_status(status: int, address: WebAddress) -> FinderError:
    facts = {"host": address.host, "status": status}
    if status in (404, 410):
        return refused(tr("{host} has no picture at this address ({status}).").format(**facts))
    if status in (401, 403, 451):
        return refused(tr("{host} refuses access to this picture ({status}).").format(**facts))
    if status == 429 or status >= 500:
        return FinderError(
            tr("{host} is not available now ({status}).").format(**facts), tr("Try again later.")
        )
    return refused(tr("{host} did not return a picture ({status}).").format(**facts))


def _not_http(address: WebAddress) -> FinderError:
    return refused(tr("{host} does not respond like a web server.").format(host=address.host))


def _not_a_picture() -> FinderError:
    return refused(tr("What is at this address is not a picture of a supported format."))


def _too_large(limits: Limits) -> FinderError:
    return refused(
        tr("The picture is larger than {n:,} MB.").format(n=limits.size // 1_000_000),
        tr("Save it in a browser, then drop the file."),
    )
