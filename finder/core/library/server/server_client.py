"""Calls a Milvus server through pymilvus, with a time-out, and cancelled at any time."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from finder.core.cancellation import Cancelled
from finder.core.errors import FinderError
from finder.core.library.server.patience import Patience
from finder.core.library.server.server_channel import ServerChannel
from finder.core.library.server.server_errors import ServerError, explain, server_error
from finder.core.library.server.server_problem import Problem
from finder.core.library.server.tls_probe import probe
from finder.core.library.vectors.pymilvus_import import DataType, MilvusClient

if TYPE_CHECKING:
    from finder.core.library.server.credentials import Secret
    from finder.core.library.server.server_address import ServerAddress

log = logging.getLogger(__name__)

OLDEST: Final = (2, 3)
_POLL_INTERVAL = 0.05
_READING: Final = frozenset({"get", "query", "query_iterator", "search"})
_LOADING, _LOADING_PAUSE = 30.0, 0.2
Result = TypeVar("Result")

__all__ = ["DataType", "ServerClient"]


class ServerClient:
    """A connection to a server, which it shares with no other client. It is made by the first call,
    and again after it was cut. Any thread may call.

    timeout: seconds for a call that gives none; cancelled: is asked many times a second, in the
    calling thread; where it returns True, the call raises Cancelled. pymilvus itself sleeps for up
    to 0.5 s between two questions whether an index is complete or a flush is done. patience: what a
    call does while the server is away, and another way to cancel it.
    """

    def __init__(
        self,
        address: ServerAddress,
        secret: Secret,
        timeout: float = 10.0,
        cancelled: Callable[[], bool] | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.address = address
        self._secret = secret
        self._timeout = timeout
        self._patience = patience or Patience()
        self._asked_to_end = cancelled
        self._lock = threading.Lock()
        self._channel: ServerChannel | None = None
        self._client: Any = None
        self._version = ""
        self._is_closed = False
        self.may_lag = False
        """Whether answers may leave out what was stored in the last seconds. They come at once
        then; else the server first waits for what others may just have sent."""

    def __repr__(self) -> str:
        return f"ServerClient({self.address.shown})"

    def call(self, method: str, *args: Any, timeout: float | None = None, **options: Any) -> Any:
        """What a method of MilvusClient returns. timeout: seconds for the whole call.

        Raises ServerError (ServerUnavailable where it may succeed later) or Cancelled. Calls that
        have the same effect once or twice are repeated where the connection was cut, and all calls
        that the server refuses for now (rate limits; not ready), until the time-out.
        """
        if self.may_lag and method in _READING:
            options.setdefault("consistency_level", "Bounded")
        if method == "load_collection":
            timeout = timeout or _LOADING
        end = time.monotonic() + _LOADING
        while True:
            try:
                return self.guarded(
                    lambda client: getattr(client, method)(*args, **options), timeout=timeout
                )
            except ServerError as failure:
                is_released = failure.problem is Problem.NOT_LOADED and len(args) > 0
                if not is_released or time.monotonic() > end:
                    raise
            self._load_again(method, str(args[0]))

    def _load_again(self, method: str, collection: str) -> None:
        """A collection that somebody has released; it takes a moment until it is so."""
        time.sleep(_LOADING_PAUSE)
        if method != "load_collection":
            log.info("%s is loaded again", collection)
            self.call("load_collection", collection)

    def guarded(self, function: Callable[[Any], Result], timeout: float | None = None) -> Result:
        """What the function returns; it is passed the MilvusClient. For what takes several calls,
        such as the iterators of pymilvus. Limits and errors as for `call`."""
        seconds = self._timeout if timeout is None else timeout
        return self._patience.call(lambda: self._tried(function, seconds))

    def _tried(self, function: Callable[[Any], Result], seconds: float) -> Result:
        with self._explained(seconds):
            channel, client = self._connected(seconds)
            with channel.limited(seconds):
                return function(client)

    def uncancelled(self, timeout: float) -> ServerClient:
        """Another client of the same server, for what is to be done after a cancellation."""
        return ServerClient(self.address, self._secret, timeout)

    def version(self) -> str:
        """The server's version, such as "2.3.5-lite"."""
        return self.guarded(lambda _: self._version)

    def close(self) -> None:
        """Close the connection; calls of other threads raise Cancelled, and so do later ones."""
        self._is_closed = True
        if self._channel is not None:
            self._channel.close()
        with self._lock:
            self._release()

    def _cancelled(self) -> bool:
        return self._patience.is_over or (self._asked_to_end is not None and self._asked_to_end())

    # Connecting

    def _connected(self, seconds: float) -> tuple[ServerChannel, Any]:
        while not self._lock.acquire(timeout=_POLL_INTERVAL):  # another thread is connecting
            if self._cancelled():
                raise Cancelled
        try:
            if self._is_closed:
                raise Cancelled
            if self._client is None:
                self._connect(seconds)
            assert self._channel is not None
            return self._channel, self._client
        finally:
            self._lock.release()

    def _connect(self, seconds: float) -> None:
        channel = ServerChannel(self.address, self._secret, self._timeout, self._cancelled)
        self._channel = channel
        try:
            with channel.limited(seconds):
                # dedicated: clients are otherwise shared by address and token, whatever the
                # database and the certificates.
                self._client = MilvusClient(
                    uri=self.address.uri,
                    token=self._secret.token(self.address.user),
                    db_name=self.address.database,
                    dedicated=True,
                    channel=channel,
                    timeout=seconds,
                )
                self._version = self._client.get_server_version().lstrip("v")
            self._require_version()
        except Exception as error:
            self._release()
            raise self._connecting_failed(error) from None
        except BaseException:
            self._release()
            raise

    def _connecting_failed(self, error: Exception) -> Exception:
        """gRPC tells only that the connection was closed where TLS or a certificate is missing."""
        failure = _final_error(error)
        if not isinstance(failure, ServerError) or failure.problem is not Problem.CLOSED:
            return failure or error
        found = probe(self.address.host, self.address.port)
        if found is not None and not self.address.tls:
            return explain(Problem.TLS_EXPECTED, self.address, self._secret)
        if found is Problem.CLIENT_CERTIFICATE:
            return explain(found, self.address, self._secret)
        return failure

    def _require_version(self) -> None:
        numbers = re.match(r"(\d+)\.(\d+)", self._version)
        if numbers and (int(numbers[1]), int(numbers[2])) < OLDEST:
            raise explain(Problem.TOO_OLD, self.address, self._secret)

    def _release(self) -> None:
        client, channel = self._client, self._channel
        self._client = self._channel = None
        with suppress(Exception):
            if client is not None:
                client.close()
        if channel is not None:
            channel.close()

    # Errors

    @contextmanager
    def _explained(self, seconds: float) -> Iterator[None]:
        """Errors of pymilvus become ServerError. Their own texts go no further: a server may quote
        what it was sent."""
        try:
            yield
        except Exception as error:
            failure = _final_error(error)
            if failure is None:
                failure = server_error(error, self.address, self._secret, seconds)
        else:
            return
        if isinstance(failure, ServerError):
            log.info("%s: %s (%s)", self.address.shown, failure.problem, failure.detail)
        raise failure from None


def _final_error(error: BaseException | None) -> FinderError | Cancelled | None:
    """What the channel raised, which pymilvus wraps into errors of its own."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, FinderError | Cancelled):
            return error
        seen.add(id(error))
        error = error.__context__ if error.__cause__ in (None, error) else error.__cause__
    return None
