"""Servers and proxies that do not deliver the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from downloading import LENGTH, loaded, refusal, stopped_in_the_middle
from model_servers import CONTENT, SHA256, ServedFile, publish, remote_file, stalling
from serving import Page, Site, answer, dripping, headers, redirect, resetting, serving

from finder.core.web.partial_file import partial_file_size

NOWHERE = "http://127.0.0.1:1/model.onnx"

pytestmark = pytest.mark.usefixtures("no_proxy")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "downloads"


def _page(lines: tuple[str, ...] = (), body: bytes = CONTENT, status: int = 200) -> bytes:
    return headers(*lines, status=status) + body


FAULTS: list[tuple[str, Page, str]] = [
    ("403", answer(b"no", "text/html", 403), "refuses access to the file (error 403)"),
    ("404", answer(b"no", "text/html", 404), "no longer has the file (error 404)"),
    ("429", answer(b"no", "text/html", 429), "has received too many requests (error 429)"),
    ("503", answer(b"no", "text/html", 503), "reports an internal error (error 503)"),
    ("truncated", _page((LENGTH,), CONTENT[:0]), "The connection to 127.0.0.1 was interrupted"),
    ("reset", resetting(headers(LENGTH)), "The connection to 127.0.0.1 was interrupted"),
    ("reset before all", resetting(b""), "The connection to 127.0.0.1 was interrupted"),
    ("silent", stalling(b""), "127.0.0.1 has stopped sending data"),
    ("stalls at once", stalling(headers(LENGTH)), "127.0.0.1 has stopped sending data"),
    ("drips", dripping(headers(LENGTH)), "127.0.0.1 has stopped sending data"),
    ("announces less", ServedFile(announced=7), "is not the one that the catalogue describes"),
    ("announces more", ServedFile(announced=10**12), "is not the one that the catalogue describes"),
    ("sends more", _page((), CONTENT + b"x"), "is not the one that the catalogue describes"),
    ("another file", _page((LENGTH,), bytes(len(CONTENT))), "is not the one that the catalogue"),
    ("a web page", answer(CONTENT, "text/html"), "sent something other than the file"),
    (
        "compressed",
        _page((LENGTH, "Content-Encoding: gzip")),
        "sent something other than the file",
    ),
    ("in circles", redirect("/model.onnx"), "redirects too many times"),
    ("to a file", redirect("file:///etc/hostname"), "redirects to an address that is not safe"),
    ("to FTP", redirect("ftp://127.0.0.1/x"), "redirects to an address that is not safe"),
    ("no HTTP", b"SSH-2.0-OpenSSH_9.9\r\n\r\n", "does not respond like a web server"),
    ("a false range", _page((LENGTH, "Content-Range: bytes 5-9/9"), status=206), "something other"),
]


@pytest.mark.parametrize(("page", "sentence"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_the_message_names_the_server_and_the_fault(
    site: Site, folder: Path, page: Page, sentence: str
) -> None:
    assert sentence in refusal(remote_file(publish(site, page)), folder)


@pytest.mark.parametrize("page", [f[1] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_the_next_server_is_asked(site: Site, folder: Path, page: Page) -> None:
    with serving() as other:
        file = remote_file(publish(site, page), publish(other, ServedFile()))
        assert loaded(file, folder) == CONTENT


def test_a_file_of_unknown_length_has_a_limit(site: Site, folder: Path) -> None:
    file = remote_file(publish(site, dripping(headers(), b"x" * 50_000)), size=None)
    assert "is not the one" in refusal(file, folder)
    assert partial_file_size(folder, SHA256) == 0


def test_a_wrong_page_leaves_the_part_as_it_is(site: Site, folder: Path) -> None:
    """Such as the sign-in page of a public network."""
    file = stopped_in_the_middle(site, folder, ServedFile())
    before = partial_file_size(folder, SHA256)
    for page in (answer(b"sign in", "text/html"), answer(b"sign in", "text/plain")):
        publish(site, page)
        refusal(file, folder)
        assert partial_file_size(folder, SHA256) == before


def test_a_server_that_cannot_be_reached(folder: Path) -> None:
    assert "127.0.0.1 cannot be reached: Connection refused." in refusal(
        remote_file(NOWHERE), folder
    )


def test_a_host_that_is_not_found(folder: Path) -> None:
    sentence = refusal(remote_file("https://nowhere.invalid/model.onnx"), folder)
    assert sentence == "nowhere.invalid was not found."


def test_each_failure_is_reported_once(site: Site, folder: Path) -> None:
    gone = answer(b"no", "text/html", 404)
    urls = publish(site, gone, "/a"), publish(site, gone, "/b"), NOWHERE
    assert refusal(remote_file(*urls), folder) == (
        "127.0.0.1 no longer has the file (error 404)."
        " 127.0.0.1 cannot be reached: Connection refused."
    )


# Proxies


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server that is set as the system's proxy."""
    with serving() as proxy:
        monkeypatch.setenv("http_proxy", f"http://user:word@127.0.0.1:{proxy.port}")
        yield proxy


def test_a_proxy_is_used(proxied: Site, folder: Path) -> None:
    proxied.pages["http://elsewhere.invalid/model.onnx"] = ServedFile()
    assert loaded(remote_file("http://elsewhere.invalid/model.onnx"), folder) == CONTENT
    [(_, sent)] = proxied.seen
    assert sent["Proxy-Authorization"] == "Basic dXNlcjp3b3Jk"


def test_a_proxy_that_refuses_is_reported(proxied: Site, folder: Path) -> None:
    proxied.pages["http://elsewhere.invalid/model.onnx"] = answer(b"", "text/html", 407)
    file = remote_file("http://elsewhere.invalid/model.onnx")
    assert refusal(file, folder) == "The proxy requires a user name and a password (error 407)."


def test_a_proxy_that_makes_no_tunnel_is_reported(
    proxied: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxied.port}")
    sentence = refusal(remote_file("https://elsewhere.invalid/model.onnx"), folder)
    assert "elsewhere.invalid cannot be reached: Tunnel connection failed: 501" in sentence


def test_a_host_that_needs_no_proxy_is_asked_directly(
    proxied: Site, site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert loaded(remote_file(publish(site, ServedFile())), folder) == CONTENT
    assert proxied.seen == []
