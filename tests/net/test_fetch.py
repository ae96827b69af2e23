"""A picture is fetched from a web server, or refused with the reason."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import Any

import pytest
from fetching import fetch, refusal
from serving import PICTURE, Site, answer, headers, redirect, serving

from finder.core.web.fetch import fetch_picture

# Pictures


@pytest.mark.parametrize(
    "page",
    [
        answer(),
        answer(kind="image/x-something; charset=binary"),
        answer(kind="IMAGE/PNG"),
        answer(kind="application/octet-stream"),
        answer(kind="binary/octet-stream"),
        headers(f"Content-Length: {len(PICTURE)}") + PICTURE,
        headers("Content-Type: image/png") + PICTURE,
        headers("Content-Type: image/png", "Content-Encoding: identity") + PICTURE,
        headers("Content-Type: image/png", "Transfer-Encoding: chunked")
        + b"8\r\n%b\r\n%x;note\r\n%b\r\n0\r\n\r\n" % (PICTURE[:8], len(PICTURE) - 8, PICTURE[8:]),
        b"HTTP/1.1 100 Continue\r\n\r\n" + answer(),
    ],
)
def test_a_picture_is_fetched_unchanged(site: Site, page: bytes) -> None:
    site.pages["/a.png"] = page
    assert fetch(f"{site.root}/a.png") == PICTURE


def test_only_what_is_needed_is_sent(site: Site) -> None:
    site.pages["/a%20b.png?x=1"] = answer()
    fetch(f"http://name:secret@127.0.0.1:{site.port}/a b.png?x=1#part")
    [(line, sent)] = site.seen
    assert line == "GET /a%20b.png?x=1 HTTP/1.1"
    assert sent == {
        "Host": f"127.0.0.1:{site.port}",
        "User-Agent": "image-finder",
        "Accept": "image/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


def test_an_ipv6_address_can_be_used() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this computer has no IPv6")
    with serving("::1") as site:
        site.pages["/a.png"] = answer()
        assert fetch(f"{site.root}/a.png") == PICTURE
        assert site.seen[0][1]["Host"] == f"[::1]:{site.port}"
        assert "local network" in refusal(lambda: fetch_picture(f"{site.root}/a.png"))
        assert len(site.seen) == 1


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(site: Site, status: int) -> None:
    for step in range(5):
        site.pages[f"/{step}"] = redirect(f"/{step + 1}", status)
    site.pages["/5"] = answer()
    assert fetch(f"{site.root}/0") == PICTURE
    assert site.asked() == ["/0", "/1", "/2", "/3", "/4", "/5"]


def test_a_loop_of_redirects_ends(site: Site) -> None:
    site.pages["/a"] = redirect(f"{site.root}/a")
    assert "too many times" in refusal(lambda: fetch(f"{site.root}/a"))
    assert len(site.seen) == 6


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://127.0.0.1/a", "data:image/png,x"])
def test_a_redirect_out_of_the_web_is_not_followed(site: Site, to: str) -> None:
    site.pages["/a"] = redirect(to)
    assert "not safe to follow" in refusal(lambda: fetch(f"{site.root}/a"))


def test_a_redirect_without_a_location_is_refused(site: Site) -> None:
    site.pages["/a"] = headers("Content-Length: 0", status=302)
    assert "did not return a picture (302)" in refusal(lambda: fetch(f"{site.root}/a"))


def test_a_redirect_to_a_private_address_is_not_followed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first host is taken for a public one."""
    site.pages["/a"], site.pages["/b"] = redirect("/b"), answer()
    monkeypatch.setattr("finder.core.web.connection.is_public", lambda ip: ip == "127.0.0.1")
    assert fetch_picture(f"{site.root}/a") == PICTURE
    site.pages["/a"] = redirect(f"http://[::ffff:127.0.0.1]:{site.port}/b")
    assert "local network" in refusal(lambda: fetch_picture(f"{site.root}/a"))
    assert site.asked() == ["/a", "/b", "/a"]


# Hosts


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::10.0.0.1]",
        "[2002:a00:1::1]",
        "2130706433",
        "0x7f.1",
        "127.1",
        "0",
        "10.0.0.1",
        "169.254.169.254",
        "name:secret@127.0.0.1",
        "example.org@127.0.0.1",
        "①②⑦.0.0.1",
    ],
)
def test_addresses_in_the_local_network_are_never_contacted(site: Site, host: str) -> None:
    assert "local network" in refusal(lambda: fetch_picture(f"http://{host}:{site.port}/a.png"))
    assert site.seen == []


def resolving(monkeypatch: pytest.MonkeyPatch, *ips: str) -> list[str]:
    """Every name has these IPv4 addresses; returns the names that are looked up."""
    asked: list[str] = []

    def look_up(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ips]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize("ips", [("93.184.216.34", "127.0.0.1"), ("127.0.0.1", "93.184.216.34")])
def test_a_name_with_one_private_address_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch, ips: tuple[str, str]
) -> None:
    resolving(monkeypatch, *ips)
    url = f"http://pictures.example:{site.port}/a.png"
    assert refusal(lambda: fetch_picture(url)) == (
        "pictures.example is on this computer's local network."
    )
    assert site.seen == []


def test_a_name_is_looked_up_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise it could have another address when the connection is made."""
    asked = resolving(monkeypatch, "127.0.0.1")
    site.pages["/a.png"] = answer()
    assert fetch(f"http://pictures.example:{site.port}/a.png") == PICTURE
    assert asked == ["pictures.example"]
    assert site.seen[0][1]["Host"] == f"pictures.example:{site.port}"


def test_the_next_address_of_a_name_is_tried(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "127.0.0.2", "127.0.0.1")  # the server listens at the second only
    site.pages["/a.png"] = answer()
    assert fetch(f"http://pictures.example:{site.port}/a.png") == PICTURE


def test_an_unknown_name_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert refusal(lambda: fetch("http://no.example/")) == "no.example was not found."


def test_a_closed_port_is_reported() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    assert "127.0.0.1 cannot be reached" in refusal(lambda: fetch(f"http://127.0.0.1:{port}/"))


# Answers that are no picture


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (404, "has no picture at this address (404)"),
        (403, "refuses access to this picture (403)"),
        (500, "is not available now (500)"),
        (503, "is not available now (503)"),
        (204, "did not return a picture (204)"),
        (206, "did not return a picture (206)"),
        (400, "did not return a picture (400)"),
    ],
)
def test_a_status_other_than_200_is_reported(site: Site, status: int, sentence: str) -> None:
    site.pages["/a.png"] = answer(status=status)
    assert sentence in refusal(lambda: fetch(f"{site.root}/a.png"))


@pytest.mark.parametrize(
    "page",
    [
        answer(kind="text/html"),
        answer(kind="application/pdf"),
        answer(kind="imagery/png"),
        answer(b"<html>not a picture</html>"),
        answer(b"<html>not a picture</html>", "application/octet-stream"),
        answer(b"<svg/>", "image/svg+xml"),
        answer(b""),
        headers("Content-Type: image/png"),
    ],
)
def test_an_answer_that_is_no_picture_is_refused(site: Site, page: bytes) -> None:
    site.pages["/a.png"] = page
    assert "not a picture of a supported format" in refusal(lambda: fetch(f"{site.root}/a.png"))


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip"])
def test_a_compressed_answer_is_refused(site: Site, encoding: str) -> None:
    site.pages["/a.png"] = headers("Content-Type: image/png", f"Content-Encoding: {encoding}")
    assert "compressed" in refusal(lambda: fetch(f"{site.root}/a.png"))


@pytest.mark.parametrize(
    "page",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        headers(*(f"X-{n}: x" for n in range(101))) + PICTURE,
        headers("X: " + "x" * 70_000) + PICTURE,
        headers(*(f"X-{n}: {'x' * 2_000}" for n in range(50))) + PICTURE,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000,
        headers("Content-Type: image/png", "Transfer-Encoding: chunked") + b"-5\r\n" + PICTURE,
    ],
    ids=["ssh", "status", "headers", "line", "large headers", "continue", "negative chunk"],
)
def test_an_answer_that_is_not_http_is_refused(site: Site, page: bytes) -> None:
    site.pages["/a.png"] = page
    assert "does not respond like a web server" in refusal(lambda: fetch(f"{site.root}/a.png"))
