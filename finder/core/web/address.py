"""The address of a picture on the web. It is parsed once, so the address shown to the user is the
one that is requested."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urljoin, urlsplit

from finder.core.errors import FinderError
from finder.core.i18n import tr

_PORTS = {"http": 80, "https": 443}
_UNPRIVILEGED = 1_024
_MAX_LENGTH = 8_000
"""Characters. RFC 9110, 4.1 recommends that servers support at least this many."""
_HOST = re.compile(r"[a-z0-9_.-]+|[0-9a-f:.]+")
_SAFE = "/%:@!$&'()*+,;=~"
"""Characters that RFC 3986, 3.3 allows unencoded in a path, and `%`, because addresses arrive
encoded."""


@dataclass(frozen=True)
class WebAddress:
    """An http or https address in ASCII, without spaces. User name, password and fragment are
    dropped when an address is parsed.

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
        """The host, and the port unless it is the scheme's default: the value of the header
        `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def label(self) -> str:
        """The last part of the path, decoded for display; else the host."""
        last = unquote(self.target.partition("?")[0].rstrip("/").rpartition("/")[2])
        return "".join(filter(str.isprintable, last)) or self.host

    def follow(self, location: str) -> WebAddress:
        """The target of a redirect. location: the header as http.client returns it (ISO 8859-1).

        Raises FinderError for an invalid address and for a redirect from https to http.
        """
        try:
            text = location.encode("latin-1").decode("utf-8", "replace")
            target_address = read_address(urljoin(self.url, text))
        except (FinderError, ValueError) as error:
            raise self._unsafe_redirect() from error
        if self.secure and not target_address.secure:
            raise self._unsafe_redirect()
        return target_address

    def _unsafe_redirect(self) -> FinderError:
        return refused(
            tr("{host} redirects to an address that is not safe to follow.").format(host=self.host)
        )


def read_address(url: str) -> WebAddress:
    """Parse an http or https address. Raises FinderError for anything else, and for a privileged
    port."""
    if len(url) > _MAX_LENGTH:
        raise _invalid_address()
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
        if ":" not in host:
            host = host.encode("idna").decode("ascii").lower()
        target = quote(parts.path or "/", safe=_SAFE)
        if parts.query:
            target += "?" + quote(parts.query, safe=_SAFE + "?")
    except ValueError as error:
        raise _invalid_address() from error
    if parts.scheme not in _PORTS or not _HOST.fullmatch(host):
        raise _invalid_address()
    if port is None:
        port = _PORTS[parts.scheme]
    elif port < _UNPRIVILEGED and port not in _PORTS.values():
        raise refused(tr("Port {port} is not allowed for pictures.").format(port=port))
    return WebAddress(parts.scheme, host, port, target)


def refused(sentence: str, hint: str = "") -> FinderError:
    """An error with this sentence; the default hint suggests to copy the picture instead."""
    return FinderError(
        sentence, hint or tr("Copy the picture itself in a browser, then paste it here.")
    )


def _invalid_address() -> FinderError:
    return refused(tr("This is not a web address that can be used."))
