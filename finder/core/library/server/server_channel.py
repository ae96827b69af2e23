"""A gRPC channel whose every call has a time-out, can be cancelled, and is repeated where that is
safe.

pymilvus is given this channel instead of making its own. So its waiting and its repeating, which
know neither limit, never begin: what leaves this channel is final.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from finder.core.cancellation import Cancelled
from finder.core.library.server.server_errors import ServerError, explain, server_error
from finder.core.library.server.server_problem import MAY_PASS, Problem, is_refusal
from finder.core.library.vectors.quiet_grpc import grpc

if TYPE_CHECKING:
    from finder.core.library.server.credentials import Secret
    from finder.core.library.server.server_address import ServerAddress

_POLL_INTERVAL = 0.05
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 3.0
_MAX_REPETITIONS = 5
"""Of a call that did not reach the server, or whose answer did not arrive. What the server refuses
for now is repeated until the time-out."""
_MAX_MESSAGE: Final = 256 * 1024 * 1024
_OPTIONS: Final = [
    ("grpc.max_send_message_length", _MAX_MESSAGE),
    ("grpc.max_receive_message_length", _MAX_MESSAGE),
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # A server that is back is found within a second, not within two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # Otherwise two channels to one server share one connection.
    ("grpc.use_local_subchannel_pool", 1),
]
_IDEMPOTENT: Final = {
    *("GetVersion", "CheckHealth", "ListDatabases", "ShowCollections", "DescribeCollection"),
    *("HasCollection", "GetCollectionStatistics", "GetLoadingProgress", "GetLoadState"),
    *("DescribeIndex", "GetFlushState", "AllocTimestamp", "Query", "Search", "HybridSearch"),
    *("Upsert", "Delete", "Flush", "LoadCollection", "ReleaseCollection"),
    *("CreateCollection", "DropCollection", "CreateIndex", "DropIndex"),
}
"""The calls that have the same effect once or twice."""


@dataclass(frozen=True)
class Limits:
    """When a call ends. deadline: by time.monotonic; seconds: what it was, for sentences."""

    deadline: float
    seconds: float


class ServerChannel(grpc.Channel):  # type: ignore[misc]
    """A channel to a server. Its calls raise ServerError, Cancelled, or, for calls that the server
    does not know, grpc.RpcError: pymilvus has other ways for some of these.

    timeout: seconds, for calls outside `limited`; cancelled: is asked many times a second.
    """

    def __init__(
        self,
        address: ServerAddress,
        secret: Secret,
        timeout: float,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self.address = address
        self.secret = secret
        self._timeout = timeout
        self._cancelled = cancelled or (lambda: False)
        self._limits = threading.local()
        self._is_closed = False
        self._channel = self._open()

    def _open(self) -> Any:
        if not self.address.tls:  # no proxy either: it would see the secret
            options = [*_OPTIONS, ("grpc.enable_http_proxy", 0)]
            return grpc.insecure_channel(self.address.target, options=options)
        credentials = grpc.ssl_channel_credentials(
            self._read(self.address.ca_file),
            self._read(self.address.key_file),
            self._read(self.address.certificate_file),
        )
        return grpc.secure_channel(self.address.target, credentials, options=_OPTIONS)

    def _read(self, file: str) -> bytes | None:
        try:
            return Path(file).read_bytes() if file else None
        except OSError as error:
            why = f"{error.strerror} ({file})"
            problem = Problem.CERTIFICATE_FILE
            raise explain(problem, self.address, self.secret, text=why) from None

    # Limits

    @contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        """Inside, all calls of this thread together take at most this long."""
        before = getattr(self._limits, "current", None)
        self._limits.current = Limits(time.monotonic() + seconds, seconds)
        try:
            yield
        finally:
            self._limits.current = before

    def limits(self) -> Limits:
        """The limits of a call that begins now."""
        current = getattr(self._limits, "current", None)
        return current or Limits(time.monotonic() + self._timeout, self._timeout)

    def check(self, limits: Limits) -> float:
        """The seconds left. Raises Cancelled, or ServerUnavailable after the deadline."""
        if self._is_closed or self._cancelled():
            raise Cancelled
        left = limits.deadline - time.monotonic()
        if left <= 0:
            raise explain(Problem.TIME_OUT, self.address, self.secret, seconds=limits.seconds)
        return left

    # What pymilvus uses

    def unary_unary(self, method: str, *args: Any, **options: Any) -> Any:
        return _Call(self, method, self._channel.unary_unary(method, *args, **options))

    def unary_stream(self, method: str, *args: Any, **options: Any) -> Any:
        return self._channel.unary_stream(method, *args, **options)

    def stream_unary(self, method: str, *args: Any, **options: Any) -> Any:
        return self._channel.stream_unary(method, *args, **options)

    def stream_stream(self, method: str, *args: Any, **options: Any) -> Any:
        return self._channel.stream_stream(method, *args, **options)

    def subscribe(self, callback: Any, try_to_connect: bool = False) -> None:
        self._channel.subscribe(callback, try_to_connect)

    def unsubscribe(self, callback: Any) -> None:
        self._channel.unsubscribe(callback)

    def close(self) -> None:
        """A call that another thread is waiting for is cancelled."""
        self._is_closed = True
        self._channel.close()

    def __enter__(self) -> ServerChannel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Call(grpc.UnaryUnaryMultiCallable):  # type: ignore[misc]
    """One method of the server."""

    def __init__(self, channel: ServerChannel, method: str, callee: Any) -> None:
        self._channel = channel
        self._is_idempotent = method.rpartition("/")[2] in _IDEMPOTENT
        self._callee = callee

    def __call__(self, request: Any, timeout: float | None = None, **options: Any) -> Any:
        return self.with_call(request, timeout, **options)[0]

    def with_call(self, request: Any, timeout: float | None = None, **options: Any) -> Any:
        future = self.future(request, timeout, **options)
        return future.result(), future

    def future(self, request: Any, timeout: float | None = None, **options: Any) -> Any:
        """The finished call: the caller has nothing else to do meanwhile."""
        limits = self._channel.limits()
        if timeout is not None and time.monotonic() + timeout < limits.deadline:
            limits = Limits(time.monotonic() + timeout, timeout)
        options["wait_for_ready"] = False  # nobody there: an error, at once
        attempt, earlier = 0, None
        while True:
            try:
                future = self._attempt(request, limits, options)
                failure = self._failure(future, limits)
            except ServerError as late:  # the time is over: why it was tried again says more
                raise earlier or late from None
            if failure is None:
                return future
            if not self._may_repeat(failure, attempt):
                raise (failure.problem is Problem.TIME_OUT and earlier) or failure
            self._pause(attempt, limits, failure)
            attempt, earlier = attempt + 1, failure

    def _attempt(self, request: Any, limits: Limits, options: dict[str, Any]) -> Any:
        left = self._channel.check(limits)
        try:
            future = self._callee.future(request, timeout=left, **options)
        except ValueError:  # another thread has just closed the channel
            raise Cancelled from None
        try:
            while not future.done():
                self._channel.check(limits)
                _wait(future)
        finally:
            future.cancel()
        return future

    def _failure(self, future: Any, limits: Limits) -> ServerError | None:
        """What is wrong with a finished call; None for a success, and for an answer that pymilvus
        itself explains better."""
        channel = self._channel
        error = future.exception()
        if error is None:
            return self._refusal(future.result())
        if error.code() is grpc.StatusCode.UNIMPLEMENTED:
            return None
        channel.check(limits)
        return server_error(error, channel.address, channel.secret, limits.seconds)

    def _refusal(self, answer: Any) -> ServerError | None:
        """What an answer says that the server has not done, but may do later."""
        status = answer if hasattr(answer, "reason") else getattr(answer, "status", None)
        if not (getattr(status, "code", 0) or getattr(status, "error_code", 0)):
            return None
        failure = server_error(_Status(status), self._channel.address, self._channel.secret)
        return failure if is_refusal(failure.problem) else None

    def _may_repeat(self, failure: ServerError, attempt: int) -> bool:
        if is_refusal(failure.problem):
            return True
        return (
            self._is_idempotent
            and attempt < _MAX_REPETITIONS
            and failure.problem in MAY_PASS - {Problem.UNKNOWN_HOST, Problem.TIME_OUT}
        )

    def _pause(self, attempt: int, limits: Limits, failure: ServerError) -> None:
        """Longer after each attempt. Raises the failure where no time is left for another."""
        seconds = min(_FIRST_PAUSE * 2.0 ** min(attempt, 9), _LONGEST_PAUSE) * random.uniform(
            0.5, 1
        )
        end = time.monotonic() + seconds
        if end >= limits.deadline:
            raise failure
        while (left := end - time.monotonic()) > 0:
            self._channel.check(limits)
            time.sleep(min(left, _POLL_INTERVAL))


def _wait(future: Any) -> None:
    """Until it is done, at most a moment."""
    try:
        future.exception(timeout=_POLL_INTERVAL)
    except (grpc.FutureTimeoutError, grpc.FutureCancelledError):
        return


class _Status(Exception):
    """A status as an exception of pymilvus."""

    def __init__(self, status: Any) -> None:
        super().__init__(status.reason)
        self.code = status.code
        self.compatible_code = status.error_code
        self.message = status.reason
