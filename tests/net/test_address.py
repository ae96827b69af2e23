"""Web addresses: how they are parsed, where they may lead, which hosts are public."""

from __future__ import annotations

import pytest

from finder.core.errors import FinderError
from finder.core.web.address import WebAddress, read_address
from finder.core.web.connection import is_public


def test_an_address_is_parsed() -> None:
    address = read_address("https://Example.ORG/a/b%20c.jpg?size=2&x=%26#part")
    assert address == WebAddress("https", "example.org", 443, "/a/b%20c.jpg?size=2&x=%26")
    assert address.url == "https://example.org/a/b%20c.jpg?size=2&x=%26"
    assert address.authority == "example.org"
    assert address.label == "b c.jpg"


@pytest.mark.parametrize(
    ("url", "authority", "target"),
    [
        ("http://example.org", "example.org", "/"),
        ("http://example.org?x=1", "example.org", "/?x=1"),
        ("http://example.org:80/", "example.org", "/"),
        ("http://example.org:443/", "example.org:443", "/"),
        ("https://example.org:8443/a", "example.org:8443", "/a"),
        ("http://[2001:DB8::1]:8000/a", "[2001:db8::1]:8000", "/a"),
        ("http://name:secret@example.org/a", "example.org", "/a"),
        ("http://bücher.example/ä b.jpg?ö", "xn--bcher-kva.example", "/%C3%A4%20b.jpg?%C3%B6"),
        ("http://example.org/a\r\nHost: x", "example.org", "/aHost:%20x"),
        ("  http://example.org/a ", "example.org", "/a"),
        ("http://good.example\\@evil.example/a", "evil.example", "/a"),
    ],
)
def test_the_request_is_plain_ascii(url: str, authority: str, target: str) -> None:
    address = read_address(url)
    assert (address.authority, address.target) == (authority, target)
    assert address.url.isascii()
    assert read_address(address.url) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://",
        "http:///a.jpg",
        "ftp://example.org/a.jpg",
        "file:///a.jpg",
        "//example.org/a.jpg",
        "http://a b/c.jpg",
        "http://a..b/c.jpg",
        "http://[::1",
        "http://[fe80::1%25eth0]/",
        "http://example.org:99999/",
        "http://example.org:port/",
        "http://" + "a" * 64 + ".example/",
        "http://example.org/" + "a" * 8_001,
        "http://example.org/\ud800",
    ],
)
def test_an_invalid_address_is_refused(url: str) -> None:
    with pytest.raises(FinderError, match="not a web address") as caught:
        read_address(url)
    assert caught.value.hint


@pytest.mark.parametrize("port", [0, 22, 25, 1023])
def test_a_port_of_another_service_is_refused(port: int) -> None:
    with pytest.raises(FinderError, match=f"Port {port} is not allowed"):
        read_address(f"http://example.org:{port}/a.jpg")


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("http://example.org/", "example.org"),
        ("http://example.org/a/", "a"),
        ("http://example.org/a/%E2%80%AEgpj.exe%0A", "gpj.exe"),
        ("http://example.org/?a=/b.jpg", "example.org"),
    ],
)
def test_the_last_part_is_the_label(url: str, label: str) -> None:
    assert read_address(url).label == label


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("b.jpg", "https://example.org/a/b.jpg"),
        ("/b.jpg", "https://example.org/b.jpg"),
        ("//other.example/b.jpg", "https://other.example/b.jpg"),
        ("https://other.example:444/", ""),
        ("https://other.example/b.jpg", "https://other.example/b.jpg"),
        ("/ä.jpg".encode().decode("latin-1"), "https://example.org/%C3%A4.jpg"),
        ("http://example.org/a/b.jpg", ""),
        ("file:///etc/passwd", ""),
        ("data:image/png;base64,AAAA", ""),
        ("http://[::1", ""),
    ],
)
def test_where_a_redirect_may_lead(location: str, url: str) -> None:
    address = read_address("https://example.org/a/first.jpg")
    if url:
        assert address.follow(location).url == url
    else:
        with pytest.raises(FinderError, match="not safe to follow"):
            address.follow(location)


def test_a_redirect_may_lead_from_http_to_https() -> None:
    assert read_address("http://example.org/").follow("https://example.org/").secure


@pytest.mark.parametrize(
    "ip",
    [
        "93.184.216.34",
        "8.8.8.8",
        "172.32.0.1",
        "2606:2800:220:1:248:1893:25c8:1946",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
    ],
)
def test_public_addresses(ip: str) -> None:
    assert is_public(ip)


@pytest.mark.parametrize(
    "ip",
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::10.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b:1::8.8.8.8",
        "2001::1",
        "2001:db8::1",
        "2002:a00:1::1",
        "2002:7f00:1::1",
        "fc00::1",
        "fd12:3456:789a::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "4000::1",
    ],
)
def test_addresses_that_are_not_public(ip: str) -> None:
    assert not is_public(ip)
