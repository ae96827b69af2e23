"""Servers on the loopback interface that are not what a client hopes for."""

from __future__ import annotations

import datetime
import http.server
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import grpc
import trustme
from pymilvus.grpc_gen import common_pb2, milvus_pb2, milvus_pb2_grpc

AUTHORITY = trustme.CA()
OTHER_AUTHORITY = trustme.CA()


@contextmanager
def listener(handle: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of a server that does this with each connection, which it then closes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, handle))
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(server: socket.socket, handle: Callable[[socket.socket], None]) -> None:
    with suppress(OSError):
        while True:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                handle(connection)


@contextmanager
def silent() -> Iterator[int]:
    """It accepts connections and never answers."""
    kept: list[socket.socket] = []
    with listener(lambda connection: kept.append(connection.dup())) as port:
        yield port
    for connection in kept:
        connection.close()


@contextmanager
def closed_port() -> Iterator[int]:
    """Nobody listens there."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


@contextmanager
def web_server() -> Iterator[int]:
    class Quiet(http.server.BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def python_tls_server() -> Iterator[int]:
    """TLS without HTTP/2."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)

    def handle(connection: socket.socket) -> None:
        connection.settimeout(2)
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(100)

    with listener(handle) as port:
        yield port


class FakeMilvus(milvus_pb2_grpc.MilvusServiceServicer):  # type: ignore[misc]
    """A Milvus server with one call, ShowCollections, which answers as `answers` says, one after
    the other, and then succeeds. An answer is a status, or is called with the context."""

    def __init__(self, version: str = "v2.3.5-lite") -> None:
        self.version = version
        self.answers: list[Any] = []
        self.calls: list[str] = []
        self.databases: list[str] = []
        self.tokens: set[str] = set()

    def Connect(self, request: Any, context: Any) -> Any:
        self.calls.append("Connect")
        self._note(context)
        return milvus_pb2.ConnectResponse(status=common_pb2.Status(), identifier=7)

    def GetVersion(self, request: Any, context: Any) -> Any:
        return milvus_pb2.GetVersionResponse(status=common_pb2.Status(), version=self.version)

    def ShowCollections(self, request: Any, context: Any) -> Any:
        self.calls.append("ShowCollections")
        self._note(context)
        return milvus_pb2.ShowCollectionsResponse(
            status=self._answer(context), collection_names=["one"]
        )

    def Insert(self, request: Any, context: Any) -> Any:
        self.calls.append("Insert")
        return milvus_pb2.MutationResult(status=self._answer(context))

    def _answer(self, context: Any) -> Any:
        answer = self.answers.pop(0) if self.answers else common_pb2.Status()
        return answer(context) if callable(answer) else answer

    def _note(self, context: Any) -> None:
        metadata = dict(context.invocation_metadata())
        self.tokens.add(str(metadata.get("authorization", "")))
        if "dbname" in metadata:
            self.databases.append(str(metadata["dbname"]))

    @contextmanager
    def serve(self, credentials: Any = None, port: int = 0) -> Iterator[int]:
        """Its port. credentials: of gRPC, for TLS."""
        with grpc_server(self, credentials, port) as bound:
            yield bound


def status(code: int, reason: str, old_code: int = 1) -> Any:
    return common_pb2.Status(code=code, reason=reason, error_code=old_code)


def aborting(code: grpc.StatusCode, text: str) -> Callable[[Any], Any]:
    """An answer: the call fails with this."""

    def answer(context: Any) -> Any:
        context.abort(code, text)

    return answer


@contextmanager
def grpc_server(servicer: Any = None, credentials: Any = None, port: int = 0) -> Iterator[int]:
    """The port of a gRPC server; without a servicer it knows no call."""
    with ThreadPoolExecutor(2) as threads:
        server = grpc.server(threads, options=[("grpc.so_reuseport", 0)])
        if servicer is not None:
            milvus_pb2_grpc.add_MilvusServiceServicer_to_server(servicer, server)
        address = f"127.0.0.1:{port}"
        if credentials is None:
            bound = server.add_insecure_port(address)
        else:
            bound = server.add_secure_port(address, credentials)
        server.start()
        try:
            yield bound
        finally:
            server.stop(None).wait()


def server_certificate(name: str = "127.0.0.1", expired: bool = False, mutual: bool = False) -> Any:
    """gRPC's credentials for a server. mutual: it demands a certificate of the client."""
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    leaf = AUTHORITY.issue_cert(name, not_after=past if expired else None)
    chain = b"".join(pem.bytes() for pem in leaf.cert_chain_pems)
    roots = AUTHORITY.cert_pem.bytes() if mutual else None
    return grpc.ssl_server_credentials(
        [(leaf.private_key_pem.bytes(), chain)], roots, require_client_auth=mutual
    )
