"""The relays that make faults, in front of a program that answers with what it is told."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
from fault_relay import FaultRelay
from relay import HOST, listening

_SOON = 5.0
_AT_ONCE = 0.25


@pytest.fixture
def relay() -> Iterator[FaultRelay]:
    """In front of one that sends back all that it gets."""

    def answer() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                echoing = threading.Thread(target=_echo, args=(client,))
                threads.append(echoing)
                echoing.start()

    with closing(listening()) as listener:
        threads = [threading.Thread(target=answer)]
        threads[0].start()
        with FaultRelay((HOST, listener.getsockname()[1])) as relay:
            yield relay
        listener.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


def test_without_fault_all_is_forwarded(relay: FaultRelay) -> None:
    with _connected(relay) as first, _connected(relay) as second:
        assert _asked(first, b"one") == b"one"
        assert _asked(second, b"two") == b"two"
        long = bytes(range(256)) * 4000
        sending = threading.Thread(target=first.sendall, args=(long,))
        sending.start()
        assert _received(first, len(long)) == long
        sending.join()
    assert relay.accepted == 2


def test_refused_until_it_is_restored(relay: FaultRelay) -> None:
    with _connected(relay) as present:
        _asked(present, b"here")
        relay.refuse()
        relay.refuse()
        assert present.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        _connected(relay)
    relay.restore()
    with _connected(relay) as again:
        assert _asked(again, b"again") == b"again"


def test_a_cut_ends_what_is_connected_only(relay: FaultRelay) -> None:
    with _connected(relay) as present:
        _asked(present, b"here")
        relay.cut()
        assert present.recv(1) == b""
    with _connected(relay) as new:
        assert _asked(new, b"new") == b"new"


def test_what_hangs_goes_on_when_it_is_restored(relay: FaultRelay) -> None:
    with _connected(relay) as present:
        _asked(present, b"here")
        relay.hang()
        with _connected(relay) as new:
            for connection in (present, new):
                connection.sendall(b"late")
                connection.settimeout(_AT_ONCE / 2)
                with pytest.raises(TimeoutError):
                    connection.recv(1)
                connection.settimeout(_SOON)
            relay.restore()
            assert _received(present, 4) == _received(new, 4) == b"late"


def test_a_relay_that_hangs_can_be_closed(relay: FaultRelay) -> None:
    with _connected(relay) as present:
        relay.hang()
        present.sendall(b"x")
        relay.close()
        assert _received(present, 1) == b""


def test_delayed_answers(relay: FaultRelay) -> None:
    with _connected(relay) as present:
        relay.delay(_AT_ONCE)
        begun = time.monotonic()
        assert _asked(present, b"slow") == b"slow"
        assert _AT_ONCE <= time.monotonic() - begun < _SOON
        relay.restore()
        begun = time.monotonic()
        assert _asked(present, b"fast") == b"fast"
        assert time.monotonic() - begun < _AT_ONCE


def test_answers_cut_short(relay: FaultRelay) -> None:
    with _connected(relay) as present:
        _asked(present, b"complete")
        relay.cut_after(6)
        assert _asked(present, b"four") == b"four"
        present.sendall(b"more")
        assert _received(present, 4) == b"mo"
    with _connected(relay) as new:
        new.sendall(b"long answer")
        assert _received(new, 11) == b"long a"
    relay.restore()
    with _connected(relay) as after:
        assert _asked(after, b"long answer") == b"long answer"


def _echo(client: socket.socket) -> None:
    with client, suppress(OSError):
        while data := client.recv(1 << 16):
            client.sendall(data)


def _connected(relay: FaultRelay) -> socket.socket:
    return socket.create_connection(relay.address, _SOON)


def _asked(connection: socket.socket, data: bytes) -> bytes:
    connection.sendall(data)
    return _received(connection, len(data))


def _received(connection: socket.socket, count: int) -> bytes:
    """So many bytes, or less if it ends."""
    got = b""
    with suppress(ConnectionResetError):
        while len(got) < count and (piece := connection.recv(count - len(got))):
            got += piece
    return got
