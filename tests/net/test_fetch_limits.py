"""The limits of a fetched picture: its size, and the time that a server may take."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial

import pytest
from fetching import SOON, fetch, refusal
from serving import PICTURE, Handler, Page, Site, answer, dripping, headers, redirect, resetting

from finder.core.cancellation import Cancelled, CancelToken
from finder.core.web.fetch import Limits

SHORT = Limits(seconds=0.4)


# Sizes


def endless(begin: bytes, piece: bytes) -> Page:
    def send(handler: Handler) -> None:
        handler.wfile.write(begin)
        while not handler.site.ending.is_set():
            handler.wfile.write(piece)

    return send


def _of(size: int) -> str:
    return f"Content-Length: {size}"


CHUNKED = headers("Content-Type: image/png", "Transfer-Encoding: chunked")
ONE_CHUNK = b"%x\r\n%b\r\n" % (len(PICTURE), PICTURE)
MEGABYTE = bytes(1_000_000)


@pytest.mark.parametrize(
    "page",
    [
        headers("Content-Type: image/png", _of(60_000_000)),
        endless(headers("Content-Type: image/png") + PICTURE, MEGABYTE),
        endless(CHUNKED + ONE_CHUNK, b"f4240\r\n%b\r\n" % MEGABYTE),
        endless(CHUNKED + b"-1\r\n" + PICTURE, MEGABYTE),
        endless(CHUNKED + ONE_CHUNK + b"0\r\n", b"X: %b\r\n" % bytes(999)),
    ],
    ids=["announced", "without an end", "in chunks", "in a chunk of -1", "trailers"],
)
def test_a_picture_that_is_too_large_is_refused(site: Site, page: Page) -> None:
    site.pages["/a.png"] = page
    sentence = refusal(lambda: fetch(f"{site.root}/a.png", limits=Limits(seconds=SOON)))
    assert sentence == "The picture is larger than 50 MB."


def test_a_picture_of_exactly_the_limit_is_fetched(site: Site) -> None:
    site.pages["/a.png"] = answer()
    size = len(PICTURE)
    assert fetch(f"{site.root}/a.png", limits=Limits(size=size)) == PICTURE
    assert "larger" in refusal(lambda: fetch(f"{site.root}/a.png", limits=Limits(size=size - 1)))


def test_no_more_is_read_than_was_announced(site: Site) -> None:
    site.pages["/a.png"] = headers("Content-Type: image/png", _of(1_000)) + PICTURE
    assert fetch(f"{site.root}/a.png") == PICTURE[:1_000]


@pytest.mark.parametrize(
    "page",
    [
        headers("Content-Type: image/png", _of(len(PICTURE) + 1)) + PICTURE,
        headers("Content-Type: image/png", _of(10)),
        CHUNKED + b"%x\r\n%b" % (len(PICTURE) + 1, PICTURE),
        b"",
        resetting(b""),
        resetting(headers("Content-Type: image/png", _of(99_999)) + PICTURE),
    ],
    ids=["too short", "nothing", "in a chunk", "no answer", "reset", "reset later"],
)
def test_a_connection_that_breaks_off_is_reported(site: Site, page: Page) -> None:
    site.pages["/a.png"] = page
    assert "was interrupted" in refusal(lambda: fetch(f"{site.root}/a.png"))


# Time


@pytest.mark.parametrize(
    "page",
    [
        dripping(b""),
        dripping(b"HTTP/1.1 200 So\r\nX: "),
        dripping(b"HTTP/1.1 200 So\r\n", b"X: y\r\n"),
        dripping(headers("Content-Type: image/png")),
        dripping(headers("Content-Type: image/png", _of(9_999)) + PICTURE[:99]),
        dripping(CHUNKED, b"1\r\nx\r\n"),
        lambda handler: handler.site.ending.wait(SOON),
    ],
    ids=["status", "header", "headers", "body", "announced", "chunks", "silence"],
)
def test_a_slow_server_cannot_exceed_the_time(site: Site, page: Page) -> None:
    site.pages["/a.png"] = page
    began = time.monotonic()
    sentence = refusal(lambda: fetch(f"{site.root}/a.png", limits=SHORT))
    assert sentence == "The download took longer than 0.4 seconds."
    assert time.monotonic() - began < SOON / 2


def test_the_time_includes_all_redirects(site: Site) -> None:
    def slow(handler: Handler) -> None:
        handler.site.ending.wait(0.15)
        handler.wfile.write(redirect("/a"))

    site.pages["/a"] = slow
    assert "took longer" in refusal(lambda: fetch(f"{site.root}/a", limits=SHORT))


def test_the_time_includes_the_handshake() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        assert "took longer" in refusal(lambda: fetch(url, limits=SHORT))


def test_a_lookup_that_never_ends_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    began, go_on, stop = threading.Event(), threading.Event(), CancelToken()

    def look_up(*_: object, **__: object) -> list[object]:
        began.set()
        go_on.wait(3 * SOON)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    def stop_when_it_began() -> None:
        began.wait(SOON)
        stop.set()

    with ThreadPoolExecutor(3) as pool:
        ask = partial(fetch, "http://slow.example/", executor=pool)
        try:
            assert "took longer" in refusal(lambda: ask(limits=SHORT))
            began.clear()
            pool.submit(stop_when_it_began)
            with pytest.raises(Cancelled):
                ask(stop=stop, limits=Limits(seconds=3 * SOON))
        finally:
            go_on.set()


@pytest.mark.parametrize("helped", [True, False])
def test_a_stop_ends_a_download(site: Site, helped: bool) -> None:
    stop = CancelToken()

    def never_ready(handler: Handler) -> None:
        stop.set()
        handler.site.ending.wait(SOON)

    site.pages["/a.png"] = never_ready
    with ThreadPoolExecutor(1) as pool, pytest.raises(Cancelled):
        fetch(
            f"{site.root}/a.png",
            stop=stop,
            executor=pool if helped else None,
            limits=Limits(seconds=3 * SOON),
        )
    assert not site.ending.is_set()
