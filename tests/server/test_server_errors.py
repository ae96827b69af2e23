"""One sentence for each way in which a server can fail; where possible the failure is real."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from string import Formatter

import grpc
import pytest
from failing_servers import (
    AUTHORITY,
    OTHER_AUTHORITY,
    FakeMilvus,
    aborting,
    closed_port,
    grpc_server,
    listener,
    python_tls_server,
    server_certificate,
    status,
    web_server,
)

from finder.core.library.server.credentials import Secret
from finder.core.library.server.server_address import ServerAddress
from finder.core.library.server.server_client import ServerClient
from finder.core.library.server.server_errors import ServerError, ServerUnavailable, explain
from finder.core.library.server.server_problem import MAY_PASS, Problem

SECRET = Secret("hunter2-geheim")


def failure_at(port: int, host: str = "127.0.0.1", **options: object) -> ServerError:
    """What a user is told who uses this address."""
    address = ServerAddress(host, port, **options)  # type: ignore[arg-type]
    with closing(ServerClient(address, SECRET, timeout=5)) as client:
        with pytest.raises(ServerError) as caught:
            client.call("list_collections")
        return caught.value


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files ca.pem, other.pem; me.pem and me.key, stranger.pem and stranger.key."""
    folder = tmp_path_factory.mktemp("pem")
    AUTHORITY.cert_pem.write_to_path(folder / "ca.pem")
    OTHER_AUTHORITY.cert_pem.write_to_path(folder / "other.pem")
    for authority, name in ((AUTHORITY, "me"), (OTHER_AUTHORITY, "stranger")):
        leaf = authority.issue_cert("me@example.org")
        leaf.private_key_pem.write_to_path(folder / f"{name}.key")
        leaf.cert_chain_pems[0].write_to_path(folder / f"{name}.pem")
    return folder


# The way to the server


def closing_server() -> AbstractContextManager[int]:
    return listener(lambda connection: None)


def ssh_server() -> AbstractContextManager[int]:
    return listener(lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n"))


@contextmanager
def tls_server(**options: bool) -> Iterator[int]:
    with FakeMilvus().serve(server_certificate(**options)) as port:  # type: ignore[arg-type]
        yield port


@pytest.mark.parametrize(
    ("server", "problem"),
    [
        (closed_port, Problem.REFUSED),
        (closing_server, Problem.CLOSED),
        (web_server, Problem.NOT_MILVUS),
        (ssh_server, Problem.NOT_MILVUS),
        (grpc_server, Problem.NOT_MILVUS),
        (tls_server, Problem.TLS_EXPECTED),
        (python_tls_server, Problem.TLS_EXPECTED),
        (lambda: tls_server(mutual=True), Problem.TLS_EXPECTED),
    ],
)
def test_without_tls(server: Callable[[], AbstractContextManager[int]], problem: Problem) -> None:
    with server() as port:
        assert failure_at(port).problem is problem


@pytest.mark.parametrize(
    ("server", "problem"),
    [
        (closed_port, Problem.REFUSED),
        (closing_server, Problem.CLOSED),
        (web_server, Problem.NO_TLS),
        (FakeMilvus().serve, Problem.NO_TLS),
        (python_tls_server, Problem.NOT_MILVUS),
        (lambda: tls_server(expired=True), Problem.EXPIRED),
        (lambda: grpc_server(None, server_certificate("elsewhere.example")), Problem.OTHER_NAME),
        (lambda: grpc_server(None, server_certificate("127.0.0.9")), Problem.OTHER_NAME),
        (lambda: tls_server(mutual=True), Problem.CLIENT_CERTIFICATE),
        (lambda: grpc_server(None, server_certificate()), Problem.NOT_MILVUS),
    ],
)
def test_with_tls(
    server: Callable[[], AbstractContextManager[int]], problem: Problem, pem: Path
) -> None:
    with server() as port:
        assert failure_at(port, tls=True, ca_file=str(pem / "ca.pem")).problem is problem


def test_a_certificate_that_is_not_trusted(pem: Path) -> None:
    with tls_server() as port:
        assert failure_at(port, tls=True).problem is Problem.NOT_TRUSTED
        other = failure_at(port, tls=True, ca_file=str(pem / "other.pem"))
        assert other.problem is Problem.NOT_TRUSTED


def test_tls_with_certificates_of_both_sides(pem: Path) -> None:
    own = {"certificate_file": str(pem / "me.pem"), "key_file": str(pem / "me.key")}
    with tls_server(mutual=True) as port:
        address = ServerAddress("127.0.0.1", port, True, ca_file=str(pem / "ca.pem"), **own)
        with closing(ServerClient(address, SECRET)) as client:
            assert client.call("list_collections") == ["one"]


def test_a_certificate_that_the_server_does_not_know(pem: Path) -> None:
    files = {
        "ca_file": str(pem / "ca.pem"),
        "certificate_file": str(pem / "stranger.pem"),
        "key_file": str(pem / "stranger.key"),
    }
    with tls_server(mutual=True) as port:
        assert failure_at(port, tls=True, **files).problem is Problem.CLIENT_CERTIFICATE


def test_a_file_of_certificates_that_cannot_be_used(pem: Path, tmp_path: Path) -> None:
    (tmp_path / "junk.pem").write_text("junk")
    (tmp_path / "large.pem").write_bytes(b"x" * 1_100_000)
    with tls_server() as port:
        for name in ("missing.pem", "junk.pem", "large.pem", "."):
            error = failure_at(port, tls=True, ca_file=str(tmp_path / name))
            assert error.problem is Problem.CERTIFICATE_FILE, name


def test_an_unknown_host() -> None:
    """The domain .invalid never exists (RFC 2606). Where nobody can be asked, it takes long."""
    error = failure_at(19530, "nowhere.invalid")
    assert error.problem in (Problem.UNKNOWN_HOST, Problem.TIME_OUT)
    assert "nowhere.invalid" in error.sentence


def test_a_proxy_without_a_server_behind_it() -> None:
    text = "Received http2 header with status: 502"
    with failing(aborting(grpc.StatusCode.UNAVAILABLE, text)) as port:
        error = failure_at_once(port)
    assert error.problem is Problem.NOT_READY


# What the server says: recorded from Milvus 2.3.5, and read in the sources of 2.4 to 3.0


@contextmanager
def failing(answer: object) -> Iterator[int]:
    milvus = FakeMilvus()
    milvus.answers = [answer] * 100
    with milvus.serve() as port:
        yield port


def failure_at_once(port: int) -> ServerError:
    address = ServerAddress("127.0.0.1", port)
    with closing(ServerClient(address, SECRET)) as client:
        client.version()
        with pytest.raises(ServerError) as caught:
            client.call("list_collections", timeout=0.05)
        return caught.value


@pytest.mark.parametrize(
    ("code", "old_code", "text", "problem"),
    [
        (800, 1, "database not found[database=nodb]", Problem.NO_DATABASE),
        (100, 4, "collection not found[database=default][collection=x]", Problem.NO_COLLECTION),
        (0, 4, "can't find collection: x", Problem.NO_COLLECTION),
        (101, 1, "failed to search: collection not loaded[collection=4]", Problem.NOT_LOADED),
        (65535, 1, "the length(4) of float data should divide the dim(8)", Problem.DIMENSION),
        (1100, 5, "vector dimension mismatch, expected vector size", Problem.DIMENSION),
        (65535, 1, "create duplicate collection with different parameters", Problem.OTHER_SCHEMA),
        (8, 49, "request is rejected by grpc RateLimiter middleware", Problem.RATE_LIMIT),
        (9, 48, "quota exceeded[reason=disk quota exceeded]", Problem.NO_SPACE),
        (0, 54, "disk quota exhausted", Problem.NO_SPACE),
        (3, 1, "memory limit exceeded[predict=1][available=2]", Problem.NO_SPACE),
        (102, 1, "exceeded the limit number of collections[limit=5]", Problem.NO_SPACE),
        (65535, 1, "write /var/lib/milvus/x: no space left on device", Problem.NO_SPACE),
        (1, 1, "service not ready[proxy=1]: state code: Initializing", Problem.NOT_READY),
        (503, 1, "channel not available[channel=by-dev]", Problem.NOT_READY),
        (1401, 1, "PrivilegeSearch: permission deny", Problem.NO_RIGHT),
        (65535, 1, "context deadline exceeded", Problem.TIME_OUT),
        (65535, 1, "something that nobody expects", Problem.OTHER),
    ],
)
def test_answers_of_the_server(code: int, old_code: int, text: str, problem: Problem) -> None:
    with failing(status(code, text, old_code)) as port:
        error = failure_at_once(port)
    assert error.problem is problem
    assert error.detail == text


@pytest.mark.parametrize(
    ("code", "text", "problem"),
    [
        ("UNAUTHENTICATED", "auth check failure, please check username", Problem.CREDENTIALS),
        ("PERMISSION_DENIED", "PrivilegeUpsert: permission deny to bob", Problem.NO_RIGHT),
        ("UNIMPLEMENTED", "unknown method ShowCollections for service", Problem.UNKNOWN_CALL),
        ("UNIMPLEMENTED", "Received http2 header with status: 404", Problem.NOT_MILVUS),
        ("RESOURCE_EXHAUSTED", "Received message larger than max", Problem.TOO_LARGE),
        ("RESOURCE_EXHAUSTED", "quota of requests", Problem.RATE_LIMIT),
        ("UNAVAILABLE", "recvmsg:Connection reset by peer (104)", Problem.CUT_SHORT),
        ("UNAVAILABLE", "No route to host", Problem.UNREACHABLE),
        ("UNAVAILABLE", "address lookup failed: Domain name not found", Problem.UNKNOWN_HOST),
        ("INTERNAL", "Received RST_STREAM with error code 2", Problem.CUT_SHORT),
        ("DATA_LOSS", "", Problem.CUT_SHORT),
        ("FAILED_PRECONDITION", "something", Problem.OTHER),
    ],
)
def test_failures_of_grpc(code: str, text: str, problem: Problem) -> None:
    with failing(aborting(grpc.StatusCode[code], text)) as port:
        assert failure_at_once(port).problem is problem


@pytest.mark.parametrize(
    ("right", "words"),
    [
        ("PrivilegeCreateCollection: permission deny to bob", "may not create collections"),
        ("PrivilegeUpsert: permission deny to bob in the `x` database", "may not store"),
        ("PrivilegeSearch: permission deny to bob", "may not search"),
        ("PrivilegeDropCollection: permission deny to bob", "may not delete"),
        ("PrivilegeSomething: permission deny to bob", "PrivilegeSomething"),
        ("no", "may not do that"),
    ],
)
def test_the_right_that_is_missing_is_named(right: str, words: str) -> None:
    address = ServerAddress("nas", 19530)
    assert words in explain(Problem.NO_RIGHT, address, SECRET, text=right).sentence


def test_an_answer_that_is_cut_short() -> None:
    """The connection ends while the server is at work, again and again."""
    with failing(lambda context: threading.Event().wait(0.1) or context.cancel()) as port:
        address = ServerAddress("127.0.0.1", port)
        with closing(ServerClient(address, SECRET)) as client:
            with pytest.raises(ServerUnavailable) as caught:
                client.call("list_collections", timeout=5)
            assert caught.value.problem is Problem.CUT_SHORT


def test_no_secret_where_one_is_asked_for() -> None:
    address = ServerAddress("nas", 19530)
    error = explain(Problem.CREDENTIALS, address, Secret(""))
    assert "asks for a password" in error.sentence
    assert "IMAGE_FINDER_TOKEN" in error.hint


def test_the_servers_words_are_made_printable() -> None:
    address = ServerAddress("nas", 19530)
    text = "{server} \x1b[31mred\u202e hunter2-geheim\nsecond line" + "x" * 10_000
    error = explain(Problem.OTHER, address, SECRET, text=text)
    assert "{server} \\x1b[31mred\\u202e •••" in error.sentence
    assert "second" not in error.sentence
    assert len(str(error)) < 600


@pytest.mark.parametrize("problem", Problem)
def test_every_problem_has_a_sentence_and_a_way_out(problem: Problem) -> None:
    address = ServerAddress("nas", 19530)
    error = explain(problem, address, SECRET, text="why", seconds=2)
    assert error.sentence.endswith(".")
    assert error.hint.endswith(".")
    assert not any(name for _, name, _, _ in Formatter().parse(str(error)) if name)
    assert isinstance(error, ServerUnavailable) == (problem in MAY_PASS)
