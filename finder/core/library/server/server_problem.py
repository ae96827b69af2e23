"""What can be wrong with a server, recognised from what pymilvus and gRPC raise.

The codes and texts are those of Milvus 2.3 to 3.0 and of gRPC's core. Neither library is imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final


class Problem(StrEnum):
    """A kind of failure."""

    UNKNOWN_HOST = "unknown-host"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CLOSED = "closed"
    NOT_READY = "not-ready"
    TIME_OUT = "time-out"
    CUT_SHORT = "cut-short"
    RATE_LIMIT = "rate-limit"
    NOT_MILVUS = "not-milvus"
    TOO_OLD = "too-old"
    UNKNOWN_CALL = "unknown-call"
    TLS_EXPECTED = "tls-expected"
    NO_TLS = "no-tls"
    NOT_TRUSTED = "not-trusted"
    OTHER_NAME = "other-name"
    EXPIRED = "expired"
    CLIENT_CERTIFICATE = "client-certificate"
    CERTIFICATE_FILE = "certificate-file"
    CREDENTIALS = "credentials"
    NO_RIGHT = "no-right"
    NO_DATABASE = "no-database"
    NO_COLLECTION = "no-collection"
    NOT_LOADED = "not-loaded"
    DIMENSION = "dimension"
    OTHER_SCHEMA = "other-schema"
    NO_SPACE = "no-space"
    TOO_LARGE = "too-large"
    OTHER = "other"


MAY_PASS: Final = frozenset(
    {
        Problem.UNKNOWN_HOST,  # also what a machine without a network says
        Problem.REFUSED,
        Problem.UNREACHABLE,
        Problem.CLOSED,
        Problem.NOT_READY,
        Problem.TIME_OUT,
        Problem.CUT_SHORT,
        Problem.RATE_LIMIT,
    }
)
"""The same call may succeed later, without anybody doing anything on this machine."""

_GRPC_CODES = {
    "UNAUTHENTICATED": Problem.CREDENTIALS,
    "PERMISSION_DENIED": Problem.NO_RIGHT,
    "DEADLINE_EXCEEDED": Problem.TIME_OUT,
    "CANCELLED": Problem.CUT_SHORT,
    "DATA_LOSS": Problem.CUT_SHORT,
}
_GRPC_TEXTS = (
    (r"hostname lookup|name not found|dns|errors resolving", Problem.UNKNOWN_HOST),
    (r"connection refused", Problem.REFUSED),
    (r"no route|unreachable|host is down|timed out|timeout occurred", Problem.UNREACHABLE),
    (r"larger than max|message length too large", Problem.TOO_LARGE),
    (r"rate ?limit|too many requests|status: 429", Problem.RATE_LIMIT),
    (r"status: 50[234]|not ready|not healthy", Problem.NOT_READY),
    (r"settings frame|parsing http/2|http1|alpn|http2 header with status", Problem.NOT_MILVUS),
    (r"wrong_version_number|http_request|packet_length", Problem.NO_TLS),
    (r"has expired|not yet valid", Problem.EXPIRED),
    (r"verification check failed", Problem.OTHER_NAME),
    (r"certificate_required|alert_bad_cert|alert_unknown_ca", Problem.CLIENT_CERTIFICATE),
    (r"certificate_verify_failed|self.signed", Problem.NOT_TRUSTED),
    (r"security handshaker", Problem.CERTIFICATE_FILE),
    (r"failed to connect", Problem.CLOSED),
    (r"unknown service|method not found", Problem.NOT_MILVUS),
    (r"method connect\b", Problem.TOO_OLD),  # Milvus has it since 2.2.9
    (r"unknown method", Problem.UNKNOWN_CALL),
)
_MILVUS_CODES = {
    2: Problem.NOT_READY,
    3: Problem.NO_SPACE,
    4: Problem.RATE_LIMIT,
    7: Problem.NO_SPACE,
    8: Problem.RATE_LIMIT,
    9: Problem.NO_SPACE,
    100: Problem.NO_COLLECTION,
    101: Problem.NOT_LOADED,
    102: Problem.NO_SPACE,
    103: Problem.NOT_LOADED,
    800: Problem.NO_DATABASE,
    1400: Problem.CREDENTIALS,
    1401: Problem.NO_RIGHT,
}
_OLD_MILVUS_CODES = {
    3: Problem.NO_RIGHT,
    4: Problem.NO_COLLECTION,
    7: Problem.DIMENSION,
    48: Problem.NO_SPACE,
    49: Problem.RATE_LIMIT,
    52: Problem.NO_SPACE,
    53: Problem.NO_SPACE,
    54: Problem.NO_SPACE,
    55: Problem.NOT_READY,
    56: Problem.NOT_READY,
    57: Problem.NOT_READY,
}
"""The field `error_code`, which servers before 2.4 fill in."""
_MILVUS_TEXTS = (
    (r"dimension|divide the dim|vector dim", Problem.DIMENSION),
    (r"different parameters|field .*not exist|schema", Problem.OTHER_SCHEMA),
    (r"no space|quota|memory limit|insufficient|exceeded the limit", Problem.NO_SPACE),
    (r"rate ?limit|too many requests", Problem.RATE_LIMIT),
    (r"can't find collection|collection not found", Problem.NO_COLLECTION),
    (r"not loaded|not fully loaded|has not been loaded", Problem.NOT_LOADED),
    (r"channel not found|no .*shard (leader|delegator)", Problem.NOT_LOADED),  # it is released now
    (r"database not found|database .*not exist", Problem.NO_DATABASE),
    (r"permission deny|not permitted|privilege", Problem.NO_RIGHT),
    (r"not ready|not healthy|initializ|no available|not available|not serv", Problem.NOT_READY),
    (r"larger than max", Problem.TOO_LARGE),
    (r"deadline|time ?out", Problem.TIME_OUT),
)


def recognise(error: BaseException) -> tuple[Problem, str]:
    """What is wrong, and in the server's words. error: what pymilvus raised; what gRPC reports is
    in its causes."""
    chain = list(_causes(error))
    for cause in chain:
        if callable(getattr(cause, "details", None)):
            return _of_grpc(cause)
    for cause in chain:
        if isinstance(getattr(cause, "message", None), str):
            return _of_milvus(cause)
    return Problem.OTHER, str(error)


def is_refusal(problem: Problem) -> bool:
    """Whether the server has not done what it was asked, but may do it later."""
    return problem in (Problem.RATE_LIMIT, Problem.NOT_READY)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        # pymilvus writes `raise error from error`: what came before is then in its context.
        error = error.__context__ if error.__cause__ in (None, error) else error.__cause__


def _of_grpc(error: Any) -> tuple[Problem, str]:
    name, text = str(getattr(error.code(), "name", "")), error.details() or ""
    if name in _GRPC_CODES:
        return _GRPC_CODES[name], text
    if found := _find(_GRPC_TEXTS, text):
        return found, text
    if name == "UNIMPLEMENTED":
        return Problem.UNKNOWN_CALL, text
    if name == "RESOURCE_EXHAUSTED":
        return Problem.RATE_LIMIT, text
    if name in ("UNAVAILABLE", "INTERNAL", "ABORTED", "UNKNOWN"):
        return Problem.CUT_SHORT, text
    return Problem.OTHER, text


def _of_milvus(error: Any) -> tuple[Problem, str]:
    text = error.message
    found = (
        _MILVUS_CODES.get(error.code)
        or _OLD_MILVUS_CODES.get(getattr(error, "compatible_code", 0))
        or _find(_MILVUS_TEXTS, text)
    )
    return found or Problem.OTHER, text


def _find(texts: tuple[tuple[str, Problem], ...], text: str) -> Problem | None:
    for pattern, problem in texts:
        if re.search(pattern, text, re.IGNORECASE):
            return problem
    return None
