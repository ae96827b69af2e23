"""The client, against servers of the tests' own: limits, repetitions, cancelling, separation."""

from __future__ import annotations

import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing

import grpc
import pytest
from failing_servers import FakeMilvus, aborting, closed_port, grpc_server, silent, status

from finder.core.cancellation import Cancelled
from finder.core.library.server.credentials import Secret
from finder.core.library.server.server_address import ServerAddress
from finder.core.library.server.server_client import ServerClient
from finder.core.library.server.server_errors import ServerError, ServerUnavailable
from finder.core.library.server.server_problem import Problem

LIMITED = status(8, "request is rejected by grpc RateLimiter", 49)


def client_of(
    port: int,
    timeout: float = 5,
    secret: str = "",
    cancelled: Callable[[], bool] | None = None,
    **options: str,
) -> ServerClient:
    return ServerClient(
        ServerAddress("127.0.0.1", port, **options),  # type: ignore[arg-type]
        Secret(secret),
        timeout,
        cancelled,
    )


@pytest.fixture
def milvus() -> FakeMilvus:
    return FakeMilvus()


@pytest.fixture
def port(milvus: FakeMilvus) -> Iterator[int]:
    with milvus.serve() as bound:
        yield bound


def failure_of(client: ServerClient, method: str = "list_collections") -> ServerError:
    with closing(client), pytest.raises(ServerError) as caught:
        client.call(method)
    return caught.value


def test_connects_at_the_first_call(milvus: FakeMilvus, port: int) -> None:
    with closing(client_of(port)) as client:
        assert milvus.calls == []
        assert client.version() == "2.3.5-lite"
        assert client.call("list_collections") == ["one"]
    assert milvus.calls == ["Connect", "ShowCollections"]


@pytest.mark.parametrize("host", ["localhost", "::ffff:127.0.0.1"])
def test_names_and_ipv6(milvus: FakeMilvus, port: int, host: str) -> None:
    with closing(ServerClient(ServerAddress(host, port), Secret())) as client:
        assert client.call("list_collections") == ["one"]


def test_clients_share_nothing(milvus: FakeMilvus, port: int) -> None:
    """pymilvus would share by host and token, whatever the database."""
    clients = [
        client_of(port, secret="a-secret", user="ann"),
        client_of(port, secret="a-token", database="other"),
        client_of(port, secret="a-secret", user="ann"),
    ]
    for client in clients:
        client.call("list_collections")
    assert milvus.calls.count("Connect") == 3
    assert milvus.tokens == {b64encode(t).decode() for t in (b"ann:a-secret", b"a-token")}
    assert milvus.databases[-3:] == ["default", "other", "default"]
    clients[0].close()
    assert clients[2].call("list_collections") == ["one"]
    for client in clients:
        client.close()


def test_repeats_what_the_server_limits(milvus: FakeMilvus, port: int) -> None:
    milvus.answers = [LIMITED, status(1, "service not ready[proxy=1]"), LIMITED]
    with closing(client_of(port)) as client:
        assert client.call("list_collections") == ["one"]
    assert milvus.calls.count("ShowCollections") == 4


def test_repeats_limits_until_the_time_out(milvus: FakeMilvus, port: int) -> None:
    milvus.answers = [LIMITED] * 100
    started = time.monotonic()
    error = failure_of(client_of(port, timeout=1))
    assert isinstance(error, ServerUnavailable)
    assert error.problem is Problem.RATE_LIMIT
    assert time.monotonic() - started < 1.5
    assert 3 <= milvus.calls.count("ShowCollections") < 20


def test_repeats_a_call_that_was_cut(milvus: FakeMilvus, port: int) -> None:
    milvus.answers = [aborting(grpc.StatusCode.UNAVAILABLE, "Socket closed")] * 2
    with closing(client_of(port)) as client:
        assert client.call("list_collections") == ["one"]


def test_repeats_a_cut_call_only_so_often(milvus: FakeMilvus, port: int) -> None:
    milvus.answers = [aborting(grpc.StatusCode.UNAVAILABLE, "Socket closed")] * 100
    assert failure_of(client_of(port, timeout=20)).problem is Problem.CUT_SHORT
    assert milvus.calls.count("ShowCollections") == 6


def test_a_failure_that_stays_is_not_repeated(milvus: FakeMilvus, port: int) -> None:
    milvus.answers = [status(65535, "something else"), LIMITED]
    error = failure_of(client_of(port))
    assert error.problem is Problem.OTHER
    assert "something else" in error.sentence
    assert milvus.calls.count("ShowCollections") == 1


def test_an_insert_that_was_cut_is_not_repeated(milvus: FakeMilvus, port: int) -> None:
    """It may have been done. One that was refused was not."""
    cut = aborting(grpc.StatusCode.UNAVAILABLE, "Socket closed")
    milvus.answers = [LIMITED, cut, cut]
    with closing(client_of(port)) as client, pytest.raises(ServerUnavailable):
        client.guarded(_insert)
    assert milvus.calls.count("Insert") == 2


def _insert(client: object) -> None:
    from pymilvus.grpc_gen import milvus_pb2

    client._handler._stub.Insert(milvus_pb2.InsertRequest())  # type: ignore[attr-defined]


def test_time_out(milvus: FakeMilvus, port: int) -> None:
    done = threading.Event()
    milvus.answers = [lambda _: done.wait(0.6) or status(0, "", 0)]
    client = client_of(port, timeout=20)
    started = time.monotonic()
    with closing(client), pytest.raises(ServerUnavailable, match=r"0\.3 seconds") as caught:
        client.call("list_collections", timeout=0.3)
    assert caught.value.problem is Problem.TIME_OUT
    assert time.monotonic() - started < 0.55


def test_nobody_answers() -> None:
    with silent() as port:
        started = time.monotonic()
        assert failure_of(client_of(port, timeout=0.5)).problem is Problem.TIME_OUT
        assert time.monotonic() - started < 1


@pytest.mark.parametrize("connected", [False, True])
def test_cancelling(milvus: FakeMilvus, connected: bool) -> None:
    """While it connects to a server that is silent, and while it waits for an answer."""
    stop, done = threading.Event(), threading.Event()
    milvus.answers = [lambda _: done.wait(10) and status(0, "", 0)]
    with milvus.serve() as port, silent() as nobody:
        client = client_of(port if connected else nobody, 20, cancelled=stop.is_set)
        timer = threading.Timer(0.3, stop.set)
        timer.start()
        started = time.monotonic()
        with closing(client), pytest.raises(Cancelled):
            client.call("list_collections")
        assert time.monotonic() - started < 0.55
        done.set()
        timer.join()


def test_cancelling_between_repetitions(milvus: FakeMilvus, port: int) -> None:
    milvus.answers = [LIMITED] * 100
    started = time.monotonic()
    client = client_of(port, 20, cancelled=lambda: time.monotonic() - started > 2)
    with closing(client), pytest.raises(Cancelled):
        client.call("list_collections")
    assert time.monotonic() - started < 2.2


def test_closing_ends_the_calls_of_other_threads(milvus: FakeMilvus) -> None:
    done = threading.Event()
    milvus.answers = [lambda _: done.wait(10) and status(0, "", 0)]
    with milvus.serve() as port:
        client = client_of(port, timeout=20)
        timer = threading.Timer(0.3, client.close)
        timer.start()
        with pytest.raises(Cancelled):
            client.call("list_collections")
        done.set()
        timer.join()
        with pytest.raises(Cancelled):
            client.version()


def test_reconnects_when_the_server_is_back(milvus: FakeMilvus) -> None:
    with milvus.serve() as port:
        client = client_of(port)
        client.call("list_collections")
    with pytest.raises(ServerUnavailable) as caught:
        client.call("list_collections", timeout=0.5)
    assert caught.value.problem in (Problem.REFUSED, Problem.CUT_SHORT)
    with milvus.serve(port=port), closing(client):
        assert client.call("list_collections") == ["one"]


def test_connects_again_after_a_failure(milvus: FakeMilvus) -> None:
    with closed_port() as port:
        client = client_of(port)
        with pytest.raises(ServerUnavailable):
            client.version()
    with milvus.serve(port=port), closing(client):
        assert client.version() == "2.3.5-lite"


def test_the_failure_while_it_pauses_is_told(milvus: FakeMilvus) -> None:
    with milvus.serve() as port:
        client = client_of(port)
        client.call("list_collections")
    with closing(client), pytest.raises(ServerUnavailable) as caught:
        client.call("list_collections", timeout=0.3)
    assert caught.value.problem is not Problem.TIME_OUT


@pytest.mark.parametrize("version", ["v2.2.16", "1.0", "v0.9-dev"])
def test_a_server_that_is_too_old(version: str) -> None:
    with FakeMilvus(version).serve() as port:
        assert failure_of(client_of(port)).problem is Problem.TOO_OLD


@pytest.mark.parametrize("version", ["v2.3.0", "v3.0.1-abc", "master-20261101", ""])
def test_a_server_that_is_new_enough(version: str) -> None:
    with FakeMilvus(version).serve() as port, closing(client_of(port)) as client:
        assert client.call("list_collections") == ["one"]


def test_a_call_that_the_server_does_not_know(port: int) -> None:
    error = failure_of(client_of(port), "list_databases")
    assert error.problem is Problem.UNKNOWN_CALL
    assert not isinstance(error, ServerUnavailable)


def test_another_grpc_service() -> None:
    with grpc_server() as port:
        assert failure_of(client_of(port)).problem is Problem.NOT_MILVUS
