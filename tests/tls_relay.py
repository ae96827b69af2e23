"""A relay that speaks TLS with its clients, in front of a server that does not."""

from __future__ import annotations

import select
import socket
import ssl

import trustme
from relay import CHUNK, Address, Relay


class TlsRelay(Relay):
    """certificate: the relay's own. client_ca: each client must have a certificate by this one."""

    def __init__(
        self, target: Address, certificate: trustme.LeafCert, client_ca: trustme.CA | None = None
    ) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.set_alpn_protocols(["h2"])
        certificate.configure_cert(self._context)
        if client_ca is not None:
            self._context.verify_mode = ssl.CERT_REQUIRED
            client_ca.configure_trust(self._context)
        super().__init__(target)

    @property
    def uri(self) -> str:
        return f"https://localhost:{self.port}"

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        """In one thread: no two may use a TLS connection at once."""
        secure = self._context.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
        self._keep(secure)
        try:
            secure.do_handshake()
            while _forward(secure, server):
                pass
        finally:
            self._drop(secure)


def _forward(client: ssl.SSLSocket, server: socket.socket) -> bool:
    """Forward what has come from either; False: one of them has ended."""
    ready = [client] if client.pending() else select.select([client, server], [], [])[0]
    for source in ready:
        data = source.recv(CHUNK)
        if not data:
            return False
        (server if source is client else client).sendall(data)
    return True
