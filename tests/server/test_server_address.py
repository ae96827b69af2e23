"""Addresses of servers: what is understood, what is refused, and that nothing secret is kept."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.core.errors import FinderError
from finder.core.library.server.server_address import ServerAddress, parse

FULL = ServerAddress(
    *("nas", 443, True, "archive", "team_1", "ann"),
    *("/etc/ca.pem", "/etc/me.pem", "/etc/me.key"),
)


@pytest.mark.parametrize(
    ("text", "host", "port", "tls"),
    [
        ("http://nas:19530", "nas", 19530, False),
        ("http://nas", "nas", 19530, False),
        ("https://nas", "nas", 443, True),
        ("https://in03-1.serverless.zillizcloud.com:443/", None, 443, True),
        ("https://nas:19530", "nas", 19530, True),
        ("milvus://nas", "nas", 19530, False),
        ("milvus://nas:1", "nas", 1, False),
        ("nas:19531", "nas", 19531, False),
        ("  NAS.Example.Org\n", "nas.example.org", 19530, False),
        ("HTTPS://nas", "nas", 443, True),
        ("10.0.0.7:65535", "10.0.0.7", 65535, False),
        ("http://[::1]:19530", "::1", 19530, False),
        ("[fe80::1%eth0]:9", "fe80::1%eth0", 9, False),
        ("http://milvus_standalone:19530", "milvus_standalone", 19530, False),
        ("http://bücher.example", "xn--bcher-kva.example", 19530, False),
    ],
)
def test_understood(text: str, host: str | None, port: int, tls: bool) -> None:
    address = parse(text)
    assert address.host == host or host is None
    assert (address.port, address.tls) == (port, tls)
    assert parse(address.uri) == address


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ":", "://", "http://", "http://:19530", "http:///x", "ftp://nas", "file:///x"),
        *("nas:0", "nas:65536", "nas:-1", "nas:x", "nas:1:2", "http://nas:19530:1"),
        *(
            "a b",
            "http://nas\n.org",
            "nas\t:1",
            "nas\\share",
            "\x00",
            "nas\u202e",
            "\ud800",
        ),
        *("-nas", "nas-", "n..as", ".", "nas!", "nas,x", "a" * 64, "a." * 130, "x" * 100_000),
        *("[::1", "::1", "[::g]", "[1.2.3.4]", "http://[::1%]:1", "[::1%a/b]:1"),
        *("http://nas/a/b", "http://nas/../x", "http://nas?token=abc", "http://nas#abc", "nas?"),
        *("unix:/tmp/x.sock", "http://nas/1abc", "http://nas/ä"),
        "https://global-cluster-1.zillizcloud.com",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(FinderError) as caught:
        parse(text)
    assert caught.value.hint
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "text",
    [
        "http://ann:hunter2-geheim@nas:19530",
        "https://hunter2-geheim@nas",
        "ann:hunter2-geheim@nas:1",
        "http://ann:hunter2-geheim/x?#@nas",
        "http://nas/?token=hunter2-geheim",
        "hunter2-geheim hunter2-geheim",
        "hunter2-geheim" * 20,
    ],
)
def test_a_secret_in_the_text_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(FinderError) as caught:
        parse(text)
    assert "hunter2" not in str(caught.value) + repr(caught.value)


@given(st.text(max_size=60) | st.from_regex(r"\A(https?://)?[\w.\[\]:@/%-]{0,40}\Z"))
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        address = parse(text)
    except FinderError as error:
        assert error.hint
        return
    assert parse(address.shown) == address
    assert ServerAddress.from_json(json.loads(json.dumps(address.as_json()))) == address


def test_a_long_name_takes_no_time() -> None:
    started = time.monotonic()
    for text in ("a" * 1_900 + "!", "a-" * 900, "a." * 900 + "!"):
        with pytest.raises(FinderError):
            parse(text)
    assert time.monotonic() - started < 0.5


def test_the_path_is_the_database() -> None:
    assert parse("http://nas/archive").database == "archive"
    assert parse("http://nas/archive", database="archive").database == "archive"
    assert parse("http://nas/").database == "default"
    assert parse("http://nas/archive").shown == "http://nas:19530/archive"
    with pytest.raises(FinderError, match="one database"):
        parse("http://nas/archive", database="other")


def test_certificates_mean_tls(tmp_path: Path) -> None:
    address = parse("nas:19530", ca_file="~/ca.pem")
    assert address.tls
    assert address.ca_file == str(Path.home() / "ca.pem")
    assert parse("nas", certificate_file="me.pem", key_file="me.key").tls
    with pytest.raises(FinderError, match="https only"):
        parse("http://nas", ca_file="ca.pem")


@pytest.mark.parametrize(
    "options",
    [
        {"certificate_file": "me.pem"},
        {"key_file": "me.key"},
        {"ca_file": "a\0b"},
        *({"user": user} for user in ("a:b", "a\nb", "a\0", "x" * 300, "\u202e")),
        *({"database": name} for name in ("", "1a", "a-b", "a b", "ä", "x" * 300, "../x")),
        *({"library": name} for name in ("", "1a", "_a", "a-b", "a b", "ä", "x" * 65, "a\n")),
    ],
)
def test_impossible_options(options: dict[str, str]) -> None:
    with pytest.raises(FinderError) as caught:
        parse("https://nas", **options)
    assert caught.value.hint


@pytest.mark.parametrize("name", ["a", "images", "Team_1", "x" * 64])
def test_library_names(name: str) -> None:
    assert parse("nas", library=name).library == name


def test_json_and_back() -> None:
    for address in (FULL, ServerAddress("nas", 19530)):
        assert ServerAddress.from_json(json.loads(json.dumps(address.as_json()))) == address


@pytest.mark.parametrize(
    "value",
    [
        *(None, 1, "nas:1", [], {}, {"host": "nas"}, {"port": 1}, [["host", "nas"]]),
        {"host": "nas", "port": "1"},
        {"host": "nas", "port": True},
        {"host": "nas", "port": 1.0},
        {"host": None, "port": 1},
        {"host": "nas", "port": 1, "tls": 1},
        {"host": "nas", "port": 1, "user": None},
        {"host": "nas", "port": 1, "password": "x"},
        {"host": "nas", "port": 10**30},
        {"host": "nas/x", "port": 1},
        {"host": "nas", "port": 1, "library": "../x"},
        {"host": "nas", "port": 1, "ca_file": "/x"},
    ],
)
def test_damaged_json(value: object) -> None:
    with pytest.raises(FinderError) as caught:
        ServerAddress.from_json(value)
    assert caught.value.hint


def test_authority_of_ipv6() -> None:
    address = parse("https://[2001:db8::1]")
    assert address.authority == "[2001:db8::1]:443"
    assert address.uri == "https://[2001:db8::1]:443"


def test_the_target_for_grpc() -> None:
    """To gRPC, unix:19530 would be a file."""
    assert parse("unix:19530").target == "dns:///unix:19530"
    assert parse("[fe80::1%eth0]:9").target == "dns:///[fe80::1%25eth0]:9"
