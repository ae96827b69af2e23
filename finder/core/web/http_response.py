"""One request for a large file, or for what is left of it, to a server that the catalogue names.

Other rules than for a picture's link (`fetch`): the address comes with the program, so it may be
reached through the proxies that the system names; the file may be large, so there is no limit on
the time in all, but one on silence.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
import urllib.request
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus, client
from typing import IO, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from finder.core.errors import FinderError
from finder.core.i18n import tr

_PIECE = 262_144
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_NOT_SATISFIABLE = 416
_WEB = ("http", "https")


@dataclass(frozen=True)
class Timeouts:
    """seconds of silence that end a connection, in which at least `least` bytes must come."""

    seconds: float = 30.0
    least: int = 30_000


PATIENCE: Final = Timeouts()


class ServerError(FinderError):
    """This server does not give the file; another one may."""


class ConnectionLost(ServerError):
    """It was on its way: asked again, the same server may give the rest."""


class OutOfRange(ServerError):
    """The server's file is not as long as what is here of it."""


class HttpResponse:
    """A server's answer: the file's bytes from `start` on; total: the whole file's length, None if
    the server does not say; validator: what the header `If-Range` takes to ask for the rest of just
    this file, may be empty. Raises ServerError where it is no such answer.
    """

    def __init__(self, response: client.HTTPResponse, asked_from: int, patience: Timeouts):
        self.host = host_of(response.url)
        self.validator = _validator(response.headers)
        self._response = response
        self._patience = patience
        self._since = time.monotonic()
        self._came = 0
        coding = response.headers.get("Content-Encoding", "identity")
        page = response.headers.get_content_type() == "text/html"
        if page or coding.strip().lower() != "identity":
            raise _not_usable(self.host)
        self.start, self.total = 0, response.length
        if response.status == HTTPStatus.PARTIAL_CONTENT:
            self.start, self.total = _range(response, asked_from, self.host)

    def read(self) -> bytes:
        """The next piece; empty at the end. Raises ConnectionLost."""
        try:
            piece = self._response.read1(_PIECE)
        except (OSError, client.HTTPException, ValueError) as error:
            raise _broken_off(self.host, error) from error
        self._came += len(piece)
        now = time.monotonic()
        if piece and now - self._since > self._patience.seconds:
            if self._came < self._patience.least:
                raise _stalled(self.host)
            self._since, self._came = now, 0
        return piece

    def close(self) -> None:
        self._response.close()


def ask(url: str, start: int, validator: str, patience: Timeouts = PATIENCE) -> HttpResponse:
    """Ask for a file from byte `start` on; the server may begin at 0 all the same, and will if the
    file is not the one that the validator stands for. Raises ServerError.
    """
    asked = {"User-Agent": "image-finder", "Accept": "*/*", "Accept-Encoding": "identity"}
    if start:
        asked["Range"] = f"bytes={start}-"
        if validator:
            asked["If-Range"] = validator
    request = urllib.request.Request(url, headers=asked)
    opener = urllib.request.build_opener(_Redirects)
    host = host_of(url)
    try:
        response = opener.open(request, timeout=patience.seconds)
    except HTTPError as error:
        error.close()
        if urlsplit(error.url).scheme not in _WEB:
            raise _not_safe(host) from error
        raise _refusal(host_of(error.url), error.code) from error
    except URLError as error:
        raise _unreachable(host, error.reason) from error
    except OSError as error:
        raise _broken_off(host, error) from error
    except (client.HTTPException, ValueError) as error:
        raise ServerError(
            tr("{host} does not respond like a web server.").format(host=host), _another_way()
        ) from error
    try:
        return HttpResponse(response, start, patience)
    except BaseException:
        response.close()
        raise


def host_of(url: str) -> str:
    """As sentences name it."""
    return urlsplit(url).hostname or ""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """A few, to the web only, and never from an encrypted connection to an open one."""

    max_redirections = 5

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        fp.close()  # whatever comes with a redirect would be read to its end otherwise
        scheme = urlsplit(newurl).scheme
        if scheme not in _WEB or (req.type == "https" and scheme == "http"):
            raise _not_safe(host_of(req.full_url))
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _validator(headers: Message) -> str:
    """RFC 9110, 13.1.5: a weak entity tag is none."""
    tag = headers.get("ETag", "").strip()
    return tag if tag.startswith('"') else headers.get("Last-Modified", "").strip()


def _range(response: client.HTTPResponse, asked_from: int, host: str) -> tuple[int, int]:
    """Where the bytes begin, and how long the whole file is."""
    found = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
    if found is None or int(found[1]) != asked_from:
        raise _not_usable(host)
    return asked_from, int(found[3])


def _refusal(host: str, code: int) -> ServerError:
    """For a status that is no success."""
    if code == _NOT_SATISFIABLE:
        return OutOfRange(tr("The file on {host} has changed.").format(host=host), _another_way())
    if 300 <= code < 400:
        sentence = tr("{host} redirects too many times.")
    elif code in (401, 403, 451):
        sentence = tr("{host} refuses access to the file (error {code}).")
    elif code in (404, 410):
        sentence = tr("{host} no longer has the file (error {code}).")
    elif code == 407:
        sentence = tr("The proxy requires a user name and a password (error {code}).")
    elif code == 429:
        sentence = tr("{host} has received too many requests (error {code}).")
    else:
        sentence = tr("{host} reports an internal error (error {code}).")
    return ServerError(sentence.format(host=host, code=code), _another_way())


def _not_safe(host: str) -> ServerError:
    return ServerError(
        tr("{host} redirects to an address that is not safe to follow.").format(host=host),
        _another_way(),
    )


def _unreachable(host: str, why: object) -> ServerError:
    if isinstance(why, socket.gaierror):
        return ServerError(tr("{host} was not found.").format(host=host), _check_connection())
    if isinstance(why, ssl.SSLCertVerificationError):
        sentence = tr("The identity of {host} could not be verified: {why}.")
        return ServerError(sentence.format(host=host, why=why.verify_message), _another_way())
    if isinstance(why, ssl.SSLError):
        sentence = tr("A secure connection to {host} cannot be made.")
        return ServerError(sentence.format(host=host), _check_connection())
    if isinstance(why, TimeoutError):
        why = tr("it does not respond")
    elif isinstance(why, OSError):
        why = why.strerror or why
    return ServerError(
        tr("{host} cannot be reached: {why}.").format(host=host, why=why), _check_connection()
    )


def _broken_off(host: str, error: Exception) -> ConnectionLost:
    if isinstance(error, TimeoutError):
        return _stalled(host)
    return ConnectionLost(
        tr("The connection to {host} was interrupted.").format(host=host), _check_connection()
    )


def _stalled(host: str) -> ConnectionLost:
    return ConnectionLost(
        tr("{host} has stopped sending data.").format(host=host), _check_connection()
    )


def _not_usable(host: str) -> ServerError:
    return ServerError(
        tr("{host} sent something other than the file.").format(host=host),
        tr("A network that requires you to sign in may be the cause: open a page in a browser."),
    )


def _check_connection() -> str:
    return tr(
        "Check the internet connection and the proxy, then try again; what was downloaded is kept."
    )


def _another_way() -> str:
    return tr("Try again later, or get the file another way and choose it from your disk.")
