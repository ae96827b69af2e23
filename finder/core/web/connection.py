"""A connection to a host on the internet, and to nothing nearer.

An address that someone else wrote must not make this computer ask its own services, its router or
its cloud's metadata server. So every address that the host's name stands for is checked, and the
connection is made to a checked one: the name is not looked up a second time, when it could stand
for something else. Connections are direct; proxies that the environment names are not used.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Sequence
from typing import Any

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.web.address import WebAddress, refused
from finder.core.web.deadline import Deadline

_Found = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]
"""One answer of `socket.getaddrinfo`."""

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052, 2.1: the last 32 bits are an IPv4 address."""


def connect(address: WebAddress, allow_private: bool, deadline: Deadline) -> socket.socket:
    """Connected and, for https, encrypted with a certificate that was verified.

    allow_private: hosts of this computer and its network, too. Raises FinderError, Cancelled.
    """
    found = _look_up(address)
    if not allow_private and not all(is_public(answer[4][0]) for answer in found):
        raise refused(tr("{host} is on this computer's local network.").format(host=address.host))
    sock = _reach(address, found, deadline)
    if not address.secure:
        return sock
    try:
        return _secured(sock, address, deadline)
    except BaseException:
        sock.close()
        raise


def is_public(text: str) -> bool:
    """Whether an IP address is one of the public internet's, for a single host.

    An IPv4 address inside an IPv6 one (mapped, 6to4, NAT64) is judged by itself.
    """
    ip = ipaddress.ip_address(text)
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast and not ip.is_reserved
    inner = ip.ipv4_mapped or ip.sixtofour
    if ip in _NAT64:
        inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    if inner is not None:
        return is_public(str(inner))
    return ip in _GLOBAL_UNICAST and ip.is_global


def _look_up(address: WebAddress) -> Sequence[_Found]:
    """As the connection itself would: `2130706433` and `0x7f.1` are 127.0.0.1 here, too."""
    try:
        return socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FinderError(
            tr("{host} was not found.").format(host=address.host),
            tr("Check the address and the internet connection."),
        ) from error


def _reach(address: WebAddress, found: Sequence[_Found], deadline: Deadline) -> socket.socket:
    """The first that answers. Each gets its share of the time, so that one that keeps silent
    leaves some for the next."""
    why: OSError | None = None
    for place, answer in enumerate(found):
        deadline.check()
        try:
            return _open(answer, deadline.left() / (len(found) - place))
        except OSError as error:
            why = error
    deadline.check()
    raise FinderError(
        tr("{host} cannot be reached: {why}.").format(
            host=address.host, why=why and (why.strerror or why)
        ),
        tr("Check the address and the internet connection."),
    ) from why


def _open(answer: _Found, seconds: float) -> socket.socket:
    family, kind, protocol, _, place = answer
    sock = socket.socket(family, kind, protocol)
    try:
        sock.settimeout(seconds)
        sock.connect(place)
    except BaseException:
        sock.close()
        raise
    return sock


def _secured(sock: socket.socket, address: WebAddress, deadline: Deadline) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    try:
        sock.settimeout(deadline.left())  # for the whole handshake
        return context.wrap_socket(sock, server_hostname=address.host)
    except ssl.SSLCertVerificationError as error:
        raise refused(
            tr("The identity of {host} could not be verified: {why}.").format(
                host=address.host, why=error.verify_message
            )
        ) from error
    except OSError as error:
        deadline.check()
        raise refused(
            tr("A secure connection to {host} cannot be made.").format(host=address.host)
        ) from error
