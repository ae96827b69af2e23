"""The address of a picture on the web, taken apart once: what is shown is what is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urljoin, urlsplit

from finder.core.errors import FinderError
from finder.core.i18n import tr

_PORTS = {"http": 80, "https": 443}
_UNPRIVILEGED = 1_024
_LONGEST = 8_000
"""Characters of an address that servers must be ready for (RFC 9110, 4.1)."""
_HOST = re.compile(r"[a-z0-9_.-]+|[0-9a-f:.]+")
_KEPT = "/%:@!$&'()*+,;=~"
"""What RFC 3986, 3.3 allows in a path as it is, and `%`: an address comes encoded."""


@dataclass(frozen=True)
class WebAddress:
    """All of it ASCII without blanks. No user's name and password, and no fragment: both are
    left out when an address is read.

    scheme: http or https; host: a name, or an IPv4 or IPv6 address without brackets;
    target: path and query, percent-encoded.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def secure(self) -> bool:
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """The host, and the port unless it is the scheme's own: what the header `Host` says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def label(self) -> str:
        """The last part of the path, as people read it; else the host."""
        last = unquote(self.target.partition("?")[0].rstrip("/").rpartition("/")[2])
        return "".join(filter(str.isprintable, last)) or self.host

    def follow(self, location: str) -> WebAddress:
        """Where a redirect leads to; location as http.client gives it (ISO 8859-1 for bytes).

        Raises FinderError for what is no web address, and from https to http.
        """
        try:
            text = location.encode("latin-1").decode("utf-8", "replace")
            following = read_address(urljoin(self.url, text))
        except (FinderError, ValueError) as error:
            raise self._not_followed() from error
        if self.secure and not following.secure:
            raise self._not_followed()
        return following

    def _not_followed(self) -> FinderError:
        return refused(
            tr("{host} redirects to an address that is not safe to follow.").format(host=self.host)
        )


def read_address(url: str) -> WebAddress:
    """Raises FinderError for what is no http or https address, or has an unusual port."""
    if len(url) > _LONGEST:
        raise _no_address()
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
        if ":" not in host:
            host = host.encode("idna").decode("ascii").lower()
        target = quote(parts.path or "/", safe=_KEPT)
        if parts.query:
            target += "?" + quote(parts.query, safe=_KEPT + "?")
    except ValueError as error:
        raise _no_address() from error
    if parts.scheme not in _PORTS or not _HOST.fullmatch(host):
        raise _no_address()
    if port is None:
        port = _PORTS[parts.scheme]
    elif port < _UNPRIVILEGED and port not in _PORTS.values():
        raise refused(tr("Port {port} is not allowed for pictures.").format(port=port))
    return WebAddress(parts.scheme, host, port, target)


def refused(sentence: str, hint: str = "") -> FinderError:
    """Why there is no picture; without a hint, the way out that always works."""
    return FinderError(
        sentence, hint or tr("Copy the picture itself in a browser, then paste it here.")
    )


def _no_address() -> FinderError:
    return refused(tr("This is not a web address that can be used."))
