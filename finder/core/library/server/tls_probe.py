"""Finds out whether a server that closes connections expects TLS, or a certificate."""

from __future__ import annotations

import socket
import ssl

from finder.core.library.server.server_problem import Problem

_SECONDS = 1.0


def probe(host: str, port: int) -> Problem | None:
    """TLS_EXPECTED if TLS is spoken there, CLIENT_CERTIFICATE if also a certificate is demanded,
    None for anything else. Sends nothing but a greeting, and trusts nobody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    try:
        with (
            socket.create_connection((host, port), timeout=_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            return _after_handshake(secure)
    except ssl.SSLError as error:  # TLS 1.2 demands a certificate in the handshake
        is_demand = "HANDSHAKE_FAILURE" in (error.reason or "").upper()
        return Problem.CLIENT_CERTIFICATE if is_demand else None
    except (OSError, ValueError):
        return None


def _after_handshake(secure: ssl.SSLSocket) -> Problem:
    """TLS 1.3 demands a certificate after the client's handshake: some servers say so, some close.
    Any other server sends its settings, or waits."""
    secure.settimeout(_SECONDS / 4)
    try:
        return Problem.TLS_EXPECTED if secure.recv(1) else Problem.CLIENT_CERTIFICATE
    except TimeoutError:
        return Problem.TLS_EXPECTED
    except OSError:  # of TLS, too
        return Problem.CLIENT_CERTIFICATE
