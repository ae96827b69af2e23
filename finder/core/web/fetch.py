"""A picture's bytes from its web address: HTTP/1.1, one connection for each step of the way."""

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
from finder.core.pictures.formats import begins_like_a_picture
from finder.core.web.address import WebAddress, read_address, refused
from finder.core.web.connection import connect
from finder.core.web.deadline import Deadline

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_REDIRECTS = (301, 302, 303, 307, 308)
_BYTES_BY_NATURE = ("application/octet-stream", "binary/octet-stream")
_PIECE = 65_536
_LOOK_EVERY = 0.1  # seconds


@dataclass(frozen=True)
class Limits:
    """size and headers in bytes; seconds in all, for every redirect together."""

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
    """What is at an http or https address, if it begins like a picture.

    Sends no cookie and no referrer, and nothing to hosts of this computer or its network
    (unless allow_private); uses no proxy. executor: where the work is done, so that even a name
    that is looked up for ever keeps nobody longer than the limit or the stop; without one it is
    done here. Raises FinderError, Cancelled.
    """
    address = read_address(url)
    deadline = Deadline(limits.seconds, stop)
    step = partial(_fetch, address, allow_private, deadline, limits)
    (data,) = CancellableExecutor(executor, deadline).run(step)
    return data


def _fetch(address: WebAddress, allow_private: bool, deadline: Deadline, limits: Limits) -> bytes:
    for _ in range(limits.redirects + 1):
        with closing(connect(address, allow_private, deadline)) as sock:
            answer = _ask(sock, address, deadline, limits)
        if isinstance(answer, bytes):
            return answer
        address = answer
    raise refused(tr("The address redirects too many times."))


def _ask(
    sock: socket.socket, address: WebAddress, deadline: Deadline, limits: Limits
) -> bytes | WebAddress:
    """The picture, or where it is instead."""
    try:
        sock.settimeout(deadline.left())
        sock.sendall(_request(address))
        received = _Received(sock, deadline, limits.headers)
        with closing(http.client.HTTPResponse(cast("socket.socket", received))) as response:
            return _answer(response, received, address, limits)
    except (OSError, http.client.IncompleteRead) as error:
        deadline.check()
        raise FinderError(
            tr("The connection to {host} was interrupted.").format(host=address.host),
            tr("Try again."),
        ) from error
    except (http.client.HTTPException, ValueError) as error:  # a negative size of a chunk
        raise _no_web_server(address) from error


def _request(address: WebAddress) -> bytes:
    lines = (
        f"GET {address.target} HTTP/1.1",
        f"Host: {address.authority}",
        "User-Agent: image-finder",
        "Accept: image/*",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii")


class _TooMuch(Exception):
    """More was sent than there is room for."""


class _Received(io.RawIOBase):
    """What a server sends: in time, and no more bytes than there is room for.

    A socket's own timeout begins anew with every byte that drips in. `makefile` is all that
    HTTPResponse wants of a socket.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline, room: int) -> None:
        super().__init__()
        self.room = room
        self._sock = sock
        self._deadline = deadline

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        while True:
            self._deadline.check()
            self._sock.settimeout(min(_LOOK_EVERY, self._deadline.left()))
            try:
                count = self._sock.recv_into(buffer)
            except TimeoutError:
                continue
            self.room -= count
            if self.room < 0:
                raise _TooMuch
            return count


def _answer(
    response: http.client.HTTPResponse, received: _Received, address: WebAddress, limits: Limits
) -> bytes | WebAddress:
    try:
        response.begin()
    except _TooMuch as error:
        raise _no_web_server(address) from error
    location = response.getheader("Location")
    if response.status in _REDIRECTS and location:
        return address.follow(location)
    _check(response, address, limits)
    received.room = limits.size + _PIECE  # and a little for the marks between chunks
    try:
        return _body(response, limits)
    except _TooMuch as error:
        raise _too_large(limits) from error


def _check(response: http.client.HTTPResponse, address: WebAddress, limits: Limits) -> None:
    """Raises FinderError if the headers say that no picture follows."""
    if response.status != http.client.OK:
        raise _bad_status(response.status, address)
    if response.getheader("Content-Encoding", "identity").strip().lower() != "identity":
        raise refused(
            tr("{host} sends the picture compressed, although it was asked not to.").format(
                host=address.host
            )
        )
    kind = response.getheader("Content-Type", _BYTES_BY_NATURE[0]).partition(";")[0].strip().lower()
    if not kind.startswith("image/") and kind not in _BYTES_BY_NATURE:
        raise _no_picture()
    if response.length is not None and response.length > limits.size:
        raise _too_large(limits)


def _body(response: http.client.HTTPResponse, limits: Limits) -> bytes:
    announced = response.length
    data = bytearray()
    while piece := response.read(_PIECE):
        if not data and not begins_like_a_picture(piece):
            raise _no_picture()
        data += piece
        if len(data) > limits.size:
            raise _too_large(limits)
    if announced is not None and len(data) < announced:
        raise http.client.IncompleteRead(b"", announced - len(data))
    if not data:
        raise _no_picture()
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


def _no_web_server(address: WebAddress) -> FinderError:
    return refused(tr("{host} does not respond like a web server.").format(host=address.host))


def _no_picture() -> FinderError:
    return refused(tr("What is at this address is not a picture of a supported format."))


def _too_large(limits: Limits) -> FinderError:
    return refused(
        tr("The picture is larger than {n:,} MB.").format(n=limits.size // 1_000_000),
        tr("Save it in a browser, then drop the file."),
    )
