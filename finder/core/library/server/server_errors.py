"""Why a server failed, in sentences with a way out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from finder.core.errors import FinderError
from finder.core.i18n import mark, tr
from finder.core.library.server.server_problem import MAY_PASS, Problem, recognise
from finder.core.printable import printable

if TYPE_CHECKING:
    from finder.core.library.server.credentials import Secret
    from finder.core.library.server.server_address import ServerAddress


class ServerError(FinderError):
    """A server cannot be used, or not for this. problem: what is wrong; detail: what the server
    said, for the log."""

    def __init__(self, problem: Problem, sentence: str, hint: str, detail: str) -> None:
        super().__init__(sentence, hint)
        self.problem = problem
        self.detail = detail


class ServerUnavailable(ServerError):
    """A server cannot be used now; the same call may succeed later."""


def server_error(
    error: BaseException, address: ServerAddress, secret: Secret, seconds: float = 0
) -> ServerError:
    """What to raise where pymilvus or gRPC raised this. seconds: the time-out of the call."""
    problem, text = recognise(error)
    return explain(problem, address, secret, text=text, seconds=seconds)


def explain(
    problem: Problem, address: ServerAddress, secret: Secret, text: str = "", seconds: float = 0
) -> ServerError:
    """The error for a problem. text: what the server said; the secret is removed from it."""
    why = printable((secret.hide_in(text).strip().splitlines() or [""])[0].rstrip("."))[:300]
    sentence, hint = _SENTENCES[problem]
    if problem is Problem.NO_RIGHT:
        sentence = _right_sentence(why)
    elif problem is Problem.CREDENTIALS and not secret:
        sentence, hint = _NO_SECRET
    values = {
        "server": address.shown,
        "uri": address.uri,
        "host": address.host,
        "port": address.port,
        "authority": address.authority,
        "database": address.database,
        "user": address.user,
        "n": f"{seconds:g}",
        "why": why,
    }
    kind = ServerUnavailable if problem in MAY_PASS else ServerError
    return kind(problem, tr(sentence).format(**values), tr(hint).format(**values), why)


def _right_sentence(why: str) -> str:
    """Milvus names the right that is missing: “PrivilegeSearch: permission deny to bob”."""
    named = re.search(r"Privilege(\w+)", why)
    return _RIGHTS.get(named[1] if named else "", _SENTENCES[Problem.NO_RIGHT][0])


_LATER: Final = mark("Wait a little, then try again. Nothing is lost.")
_CHECK: Final = mark("Check the address, and whether the server is running.")
_NETWORK: Final = mark("Check the address and this machine's network.")
_MILVUS_PORT: Final = mark(
    "Check the port: Milvus' own is 19530, Zilliz Cloud's is 443 (https://…)."
)
_RIGHTS_HINT: Final = mark(
    "Ask whoever runs the server for a role that may create collections, store and search."
)
_SIGN_IN: Final = mark("Sign in again. For a token of Zilliz Cloud, leave the user empty.")
_NO_SECRET: Final = (
    mark("{server} asks for a password or a token."),
    mark("Sign in, or put it in the environment variable IMAGE_FINDER_TOKEN."),
)

_CREATE: Final = mark("This account may not create collections on {server}.")
_STORE: Final = mark("This account may not store vectors on {server}.")
_SEARCH: Final = mark("This account may not search on {server}.")
_LIST: Final = mark("This account may not list the databases of {server}.")
_DELETE: Final = mark("This account may not delete on {server}.")
_RIGHTS: Final = {
    **dict.fromkeys(("CreateCollection", "CreateIndex", "Load", "CreateDatabase"), _CREATE),
    **dict.fromkeys(("Insert", "Upsert", "Flush"), _STORE),
    **dict.fromkeys(("Search", "Query", "GetStatistics"), _SEARCH),
    **dict.fromkeys(("Delete", "DropCollection"), _DELETE),
    "ListDatabases": _LIST,
}

_SENTENCES: Final[dict[Problem, tuple[str, str]]] = {
    Problem.UNKNOWN_HOST: (mark("There is no machine named {host}."), _NETWORK),
    Problem.REFUSED: (mark("No server responds at {authority}."), _CHECK),
    Problem.UNREACHABLE: (mark("{host} cannot be reached."), _NETWORK),
    Problem.CLOSED: (mark("{authority} closes every connection at once."), _CHECK),
    Problem.NOT_READY: (mark("{server} is not ready yet."), _LATER),
    Problem.TIME_OUT: (
        mark("{server} did not answer within {n} seconds."),
        mark("It may be busy, or no Milvus server. Try again, or check the address."),
    ),
    Problem.CUT_SHORT: (
        mark("The connection to {server} was cut."),
        mark("Check the network, then try again. Nothing is lost."),
    ),
    Problem.RATE_LIMIT: (mark("{server} limits how much it is asked."), _LATER),
    Problem.NOT_MILVUS: (mark("Another service than Milvus answers at {authority}."), _MILVUS_PORT),
    Problem.TOO_OLD: (
        mark("The Milvus server at {server} is too old."),
        mark("Milvus 2.3 or newer is needed."),
    ),
    Problem.UNKNOWN_CALL: (
        mark("{server} does not know what it was asked to do: {why}."),
        mark("A newer Milvus server may know it. Check the port, too."),
    ),
    Problem.TLS_EXPECTED: (
        mark("The server at {authority} expects an encrypted connection (TLS)."),
        mark("Write the address as https://{authority}."),
    ),
    Problem.NO_TLS: (
        mark("The server at {authority} has no encrypted connection (TLS)."),
        mark("Write the address as http://{authority}, in a network that you trust."),
    ),
    Problem.NOT_TRUSTED: (
        mark("The certificate of {authority} is not trusted."),
        mark("Give the file of the authority (CA) that has signed it."),
    ),
    Problem.OTHER_NAME: (
        mark("The certificate of {authority} is for another name than {host}."),
        mark("Write the name in the certificate as the address."),
    ),
    Problem.EXPIRED: (
        mark("The certificate of {authority} has expired, or is not valid yet."),
        mark("Check this machine's clock, or renew the server's certificate."),
    ),
    Problem.CLIENT_CERTIFICATE: (
        mark("{authority} does not accept this machine without a certificate that it knows."),
        mark("Give the files of a certificate and its key that the server's CA has signed."),
    ),
    Problem.CERTIFICATE_FILE: (
        mark("A file of certificates cannot be used: {why}."),
        mark("Choose PEM files: CA, certificate and key."),
    ),
    Problem.CREDENTIALS: (mark("{server} does not accept the user and the password."), _SIGN_IN),
    Problem.NO_RIGHT: (mark("This account may not do that on {server}: {why}."), _RIGHTS_HINT),
    Problem.NO_DATABASE: (
        mark("There is no database “{database}” on {uri}."),
        mark("Choose another database, or ask whoever runs the server to create it."),
    ),
    Problem.NO_COLLECTION: (
        mark("A collection of this library is missing on {server}."),
        mark("Someone may have deleted it. Check and repair the library."),
    ),
    Problem.NOT_LOADED: (
        mark("A collection of this library is not loaded on {server}."),
        mark("Someone may have released it. Try again; it is loaded when it is used."),
    ),
    Problem.DIMENSION: (
        mark("A collection on {server} has vectors of another length."),
        mark("Choose another name for this library on the server."),
    ),
    Problem.OTHER_SCHEMA: (
        mark("A collection on {server} is not as this program makes it: {why}."),
        mark("Choose another name for this library on the server."),
    ),
    Problem.NO_SPACE: (
        mark("{server} has no room for more: {why}."),
        mark("Release space there, or choose a larger plan. What is stored is not lost."),
    ),
    Problem.TOO_LARGE: (
        mark("A message was too large for {server}."),
        mark("Ask for fewer matches. If this happens while indexing, please report it."),
    ),
    Problem.OTHER: (
        mark("The server {server} failed: {why}."),
        mark("Finished work is not lost. Try again; the server's log has more."),
    ),
}
