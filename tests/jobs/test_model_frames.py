"""Frames between the program and a model's process, over a pair of sockets."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from finder.workers.models.model_frames import (
    PICTURE,
    READY,
    hand_over,
    new_lane,
    receive,
    send,
    take_over,
)

Lane = tuple[socket.socket, socket.socket]


@pytest.fixture
def lane() -> Iterator[Lane]:
    parent, child = new_lane()
    with parent, child:
        yield parent, child


def test_a_frame_larger_than_any_buffer_arrives_whole(lane: Lane) -> None:
    content = os.urandom(9_000_000)
    sending = threading.Thread(target=send, args=(lane[0], PICTURE, content))
    sending.start()
    assert receive(lane[1], len(content)) == (PICTURE, content)
    sending.join()


def test_frames_follow_each_other(lane: Lane) -> None:
    send(lane[1], READY, b"")
    send(lane[1], PICTURE, b"abc")
    assert receive(lane[0], 3, 1.0) == (READY, b"")
    assert receive(lane[0], 3, 1.0) == (PICTURE, b"abc")


def test_one_that_is_too_long_is_not_read(lane: Lane) -> None:
    send(lane[1], PICTURE, b"abcd")
    with pytest.raises(ValueError, match="4"):
        receive(lane[0], 3)


def test_an_end_in_the_middle_is_none(lane: Lane) -> None:
    lane[1].sendall(b"p\x09\x00\x00\x00abc")
    lane[1].close()
    with pytest.raises(EOFError):
        receive(lane[0], 100)


def test_nobody_there_to_send_to(lane: Lane) -> None:
    lane[1].close()
    with pytest.raises(OSError):
        send(lane[0], PICTURE, b"abc", 1.0)


def test_waiting_for_an_answer_has_a_limit(lane: Lane) -> None:
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        receive(lane[0], 100, 0.5)
    assert time.monotonic() - start >= 0.5


def test_a_byte_now_and_then_does_not_extend_the_limit(lane: Lane) -> None:
    ended = threading.Event()

    def trickle() -> None:
        lane[1].sendall(b"p\x00\x10\x00\x00")
        while not ended.wait(0.05):
            lane[1].sendall(b"x")

    trickling = threading.Thread(target=trickle)
    trickling.start()
    try:
        with pytest.raises(TimeoutError):
            receive(lane[0], 10_000, 0.6)
    finally:
        ended.set()
        trickling.join()


def test_one_that_reads_nothing_is_not_sent_to_for_ever(lane: Lane) -> None:
    with pytest.raises(TimeoutError):
        send(lane[0], PICTURE, bytes(20_000_000), 0.5)


@pytest.mark.skipif(os.name == "nt", reason="another process is needed there")
def test_an_end_is_taken_over(lane: Lane) -> None:
    handed = hand_over(lane[1], os.getpid())
    lane[1].detach()
    with take_over(handed) as taken:
        send(taken, READY, b"abc")
        assert receive(lane[0], 3, 1.0) == (READY, b"abc")
