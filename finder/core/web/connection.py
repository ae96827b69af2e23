"""Connections to hosts on the public internet only.

An address from an unknown source must not make this computer send requests to its own services, its
router or a cloud metadata server. So every IP address of the host is checked, and the
connection is made to a checked one: a second look-up could return another address (DNS rebinding).
Connections are direct; proxies named by the environment are not used.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.web.address import WebAddress, refused

if TYPE_CHECKING:
    from finder.core.web.deadline import Deadline

_AddressInfo = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]
"""One result of `socket.getaddrinfo`."""

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052, 2.1: the last 32 bits are an IPv4 address."""


def connect(address: WebAddress, allow_private: bool, deadline: Deadline) -> socket.socket:
    """A connected socket, with TLS and a verified certificate for https.

    allow_private: also hosts on this computer and its network. Raises FinderError, Cancelled.
    """
    infos = _resolve(address)
    if not allow_private and not all(is_public(info[4][0]) for info in infos):
        raise refused(tr("{host} is on this computer's local network.").format(host=address.host))
    sock = _connect_any(address, infos, deadline)
    if not address.secure:
        return sock
    try:
        return _start_tls(sock, address, deadline)
    except BaseException:
        sock.close()
        raise


def is_public(text: str) -> bool:
    """Whether an IP address is a public unicast address.

    For an IPv4 address embedded in an IPv6 one (mapped, 6to4, NAT64) that address decides.
    """
    ip = ipaddress.ip_address(text)
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast and not ip.is_reserved
    embedded = ip.ipv4_mapped or ip.sixtofour
    if ip in _NAT64:
        embedded = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    if embedded is not None:
        return is_public(str(embedded))
    return ip in _GLOBAL_UNICAST and ip.is_global


def _resolve(address: WebAddress) -> Sequence[_AddressInfo]:
    """Resolved as the connection itself would: `2130706433` and `0x7f.1` are 127.0.0.1 here,
    too."""
    try:
        return socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FinderError(
            tr("{host} was not found.").format(host=address.host),
            tr("Check the address and the internet connection."),
        ) from error


def _connect_any(
    address: WebAddress, infos: Sequence[_AddressInfo], deadline: Deadline
) -> socket.socket:
    """Connect to the first that responds. Each gets an equal share of the remaining time, so that a
    silent one leaves time for the next."""
    why: OSError | None = None
    for index, info in enumerate(infos):
        deadline.check()
        try:
            return _connect_to(info, deadline.left() / (len(infos) - index))
        except OSError as error:
            why = error
    deadline.check()
    raise FinderError(
        tr("{host} cannot be reached: {why}.").format(
            host=address.host, why=why and (why.strerror or why)
        ),
        tr("Check the address and the internet connection."),
    ) from why


def _connect_to(info: _AddressInfo, seconds: float) -> socket.socket:
    family, kind, protocol, _, socket_address = info
    sock = socket.socket(family, kind, protocol)
    try:
        sock.settimeout(seconds)
        sock.connect(socket_address)
    except BaseException:
        sock.close()
        raise
    return sock


def _start_tls(sock: socket.socket, address: WebAddress, deadline: Deadline) -> ssl.SSLSocket:
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
