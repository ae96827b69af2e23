"""One request for a large file, or for the rest of it, to a server that the catalogue of models
names.

The rules differ from those for a picture's link (`fetch`). The address comes with the program, so
the system's proxies may be used. The file may be large, so not the total time is limited but the
time without data.
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

_CHUNK = 262_144
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_NOT_SATISFIABLE = 416
_WEB = ("http", "https")


@dataclass(frozen=True)
class Timeouts:
    """A connection ends after `seconds` without data, or if fewer than `min_bytes` arrive in that
    time."""

    seconds: float = 30.0
    min_bytes: int = 30_000


DEFAULT_TIMEOUTS: Final = Timeouts()


class ServerError(FinderError):
    """This server does not deliver the file; another one may."""


class ConnectionLost(ServerError):
    """The connection ended early; the same server may deliver the rest on the next request."""


class OutOfRange(ServerError):
    """The server's file is shorter than the part that was already downloaded."""


class HttpResponse:
    """A server's response: the file's bytes from `start` on. total: the length of the whole file,
    None if unknown. validator: the value for the header `If-Range` of a later request for the rest
    of this same file; may be empty. Raises ServerError for any other response.
    """

    def __init__(self, response: client.HTTPResponse, requested_start: int, timeouts: Timeouts):
        self.host = host_of(response.url)
        self.validator = _validator(response.headers)
        self._response = response
        self._timeouts = timeouts
        self._window_start = time.monotonic()
        self._window_bytes = 0
        encoding = response.headers.get("Content-Encoding", "identity")
        page = response.headers.get_content_type() == "text/html"
        if page or encoding.strip().lower() != "identity":
            raise _unexpected_content(self.host)
        self.start, self.total = 0, response.length
        if response.status == HTTPStatus.PARTIAL_CONTENT:
            self.start, self.total = _range(response, requested_start, self.host)

    def read(self) -> bytes:
        """The next bytes; empty at the end. Raises ConnectionLost."""
        try:
            chunk = self._response.read1(_CHUNK)
        except (OSError, client.HTTPException, ValueError) as error:
            raise _interrupted(self.host, error) from error
        self._window_bytes += len(chunk)
        now = time.monotonic()
        if chunk and now - self._window_start > self._timeouts.seconds:
            if self._window_bytes < self._timeouts.min_bytes:
                raise _stalled(self.host)
            self._window_start, self._window_bytes = now, 0
        return chunk

    def close(self) -> None:
        self._response.close()


def open_url(
    url: str, start: int, validator: str, timeouts: Timeouts = DEFAULT_TIMEOUTS
) -> HttpResponse:
    """Request a file from byte `start` on. The server may still begin at 0, and does if its file no
    longer matches the validator. Raises ServerError.
    """
    headers = {"User-Agent": "image-finder", "Accept": "*/*", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
        if validator:
            headers["If-Range"] = validator
    request = urllib.request.Request(url, headers=headers)
    opener = urllib.request.build_opener(_Redirects)
    host = host_of(url)
    try:
        response = opener.open(request, timeout=timeouts.seconds)
    except HTTPError as error:
        error.close()
        if urlsplit(error.url).scheme not in _WEB:
            raise _unsafe_redirect(host) from error
        raise _status_error(host_of(error.url), error.code) from error
    except URLError as error:
        raise _unreachable(host, error.reason) from error
    except OSError as error:
        raise _interrupted(host, error) from error
    except (client.HTTPException, ValueError) as error:
        raise ServerError(
            tr("{host} does not respond like a web server.").format(host=host), _other_source_hint()
        ) from error
    try:
        return HttpResponse(response, start, timeouts)
    except BaseException:
        response.close()
        raise


def host_of(url: str) -> str:
    """The host name, for messages."""
    return urlsplit(url).hostname or ""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows at most five redirects, to http and https only, and never from https to http."""

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
        fp.close()  # otherwise the body of the redirect would be read to its end
        scheme = urlsplit(newurl).scheme
        if scheme not in _WEB or (req.type == "https" and scheme == "http"):
            raise _unsafe_redirect(host_of(req.full_url))
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _validator(headers: Message) -> str:
    """RFC 9110, 13.1.5: a weak entity tag cannot be used as a validator."""
    tag = headers.get("ETag", "").strip()
    return tag if tag.startswith('"') else headers.get("Last-Modified", "").strip()


def _range(response: client.HTTPResponse, requested_start: int, host: str) -> tuple[int, int]:
    """(first byte, length of the whole file) of a partial response."""
    found = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
    if found is None or int(found[1]) != requested_start:
        raise _unexpected_content(host)
    return requested_start, int(found[3])


def _status_error(host: str, code: int) -> ServerError:
    """The error for an HTTP status other than success."""
    if code == _NOT_SATISFIABLE:
        return OutOfRange(
            tr("The file on {host} has changed.").format(host=host), _other_source_hint()
        )
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
    return ServerError(sentence.format(host=host, code=code), _other_source_hint())


def _unsafe_redirect(host: str) -> ServerError:
    return ServerError(
        tr("{host} redirects to an address that is not safe to follow.").format(host=host),
        _other_source_hint(),
    )


def _unreachable(host: str, why: object) -> ServerError:
    if isinstance(why, socket.gaierror):
        return ServerError(tr("{host} was not found.").format(host=host), _connection_hint())
    if isinstance(why, ssl.SSLCertVerificationError):
        sentence = tr("The identity of {host} could not be verified: {why}.")
        return ServerError(sentence.format(host=host, why=why.verify_message), _other_source_hint())
    if isinstance(why, ssl.SSLError):
        sentence = tr("A secure connection to {host} cannot be made.")
        return ServerError(sentence.format(host=host), _connection_hint())
    if isinstance(why, TimeoutError):
        sentence = tr("{host} cannot be reached: it does not respond.")
        return ServerError(sentence.format(host=host), _connection_hint())
    if isinstance(why, OSError):
        why = why.strerror or why
    return ServerError(
        tr("{host} cannot be reached: {why}.").format(host=host, why=why), _connection_hint()
    )


def _interrupted(host: str, error: Exception) -> ConnectionLost:
    if isinstance(error, TimeoutError):
        return _stalled(host)
    return ConnectionLost(
        tr("The connection to {host} was interrupted.").format(host=host), _connection_hint()
    )


def _stalled(host: str) -> ConnectionLost:
    return ConnectionLost(
        tr("{host} has stopped sending data.").format(host=host), _connection_hint()
    )


def _unexpected_content(host: str) -> ServerError:
    return ServerError(
        tr("{host} sent something other than the file.").format(host=host),
        tr("A network that requires you to sign in may be the cause: open a page in a browser."),
    )


def _connection_hint() -> str:
    return tr(
        "Check the internet connection and the proxy, then try again; what was downloaded is kept."
    )


def _other_source_hint() -> str:
    return tr("Try again later, or get the file another way and choose it from your disk.")
