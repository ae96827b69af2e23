"""Finds out whether a server that closes connections expects TLS, or a certificate."""

from __future__ import annotations

import socket
import ssl
import time

from finder.core.library.server.server_problem import Problem

_SECONDS = 1.0


def probe(host: str, port: int) -> Problem | None:
    """TLS_EXPECTED if TLS is spoken there, CLIENT_CERTIFICATE if also a certificate is demanded,
    None for anything else. Sends nothing but a greeting, and trusts nobody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    end = time.monotonic() + _SECONDS
    try:
        with (
            socket.create_connection((host, port), timeout=_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            return _after_handshake(secure, end)
    except ssl.SSLError as error:
        return _demand(error)
    except (OSError, ValueError):
        return None


def _after_handshake(secure: ssl.SSLSocket, end: float) -> Problem:
    """TLS 1.3 demands a certificate after the client's handshake is complete."""
    try:
        secure.settimeout(max(0.1, min(0.3, end - time.monotonic())))
        secure.recv(1)
    except ssl.SSLError as error:
        return _demand(error) or Problem.TLS_EXPECTED
    except OSError:
        pass
    return Problem.TLS_EXPECTED


def _demand(error: ssl.SSLError) -> Problem | None:
    reason = (error.reason or "").upper()
    is_demand = "CERTIFICATE_REQUIRED" in reason or "HANDSHAKE_FAILURE" in reason
    return Problem.CLIENT_CERTIFICATE if is_demand else None
