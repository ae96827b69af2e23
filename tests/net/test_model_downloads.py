"""A model's file from real servers on this computer, and everything that they can do instead."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from model_servers import CONTENT, SHA256, Shelf, in_turn, shelved, stalling, wanted
from serving import Page, Site, answer, dripping, headers, redirect, resetting, serving
from small_disk import SmallDisk

from finder.core.errors import FinderError
from finder.core.web.download import download
from finder.core.web.http_response import Timeouts
from finder.core.web.partial_file import PartialFile, partial_file_size, remove_other_partial_files
from finder.core.web.remote_file import DownloadProgress, RemoteFile, Stage

SHORT = Timeouts(seconds=0.5, min_bytes=1_000)
HALF = len(CONTENT) // 2
NOWHERE = "http://127.0.0.1:1/model.onnx"
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "downloads"


def loaded(
    file: RemoteFile,
    folder: Path,
    executor: ThreadPoolExecutor | None = None,
    timeouts: Timeouts = SHORT,
) -> bytes:
    """Walk a download to its end."""
    steps = download(file, folder, executor, timeouts)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            content: bytes = end.value
            return content


def refusal(file: RemoteFile, folder: Path) -> str:
    """The sentence of a download that fails, which also has a way out."""
    with pytest.raises(FinderError) as caught:
        loaded(file, folder)
    assert caught.value.hint
    return caught.value.sentence


# As it should be


def test_a_file_is_loaded_and_told_about(site: Site, folder: Path) -> None:
    shelf = Shelf()
    steps: list[DownloadProgress] = []
    walk = download(wanted(shelved(site, shelf)), folder, None, SHORT)
    with pytest.raises(StopIteration) as end:
        while True:
            steps.append(next(walk))
    assert end.value.value == CONTENT
    assert list(dict.fromkeys(step.stage for step in steps)) == [
        Stage.CONNECTING,
        Stage.LOADING,
        Stage.CHECKING,
    ]
    dones = [step.done for step in steps if step.stage is Stage.LOADING]
    assert dones == sorted(dones)
    assert dones[-1] == len(CONTENT)
    assert {step.host for step in steps} == {"127.0.0.1"}
    assert {step.total for step in steps} == {len(CONTENT)}
    assert shelf.asked == [(None, None)]


def test_nothing_but_the_file_is_asked_for(site: Site, folder: Path) -> None:
    loaded(wanted(shelved(site, Shelf())), folder)
    [(line, sent)] = site.seen
    assert line == "GET /model.onnx HTTP/1.1"
    assert sent == {
        "Host": f"127.0.0.1:{site.port}",
        "User-Agent": "image-finder",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


def test_a_file_of_unknown_length_is_loaded(site: Site, folder: Path) -> None:
    chunked = headers("Transfer-Encoding: chunked") + b"%x\r\n%b\r\n0\r\n\r\n" % (
        len(CONTENT),
        CONTENT,
    )
    for page in (chunked, headers() + CONTENT, answer(CONTENT, "text/plain")):
        assert loaded(wanted(shelved(site, page), size=None), folder) == CONTENT
        PartialFile(folder, SHA256).remove()


def test_a_redirect_is_followed(site: Site, folder: Path) -> None:
    shelved(site, Shelf(), "/there")
    assert loaded(wanted(shelved(site, redirect("/there"))), folder) == CONTENT


def test_what_comes_with_a_redirect_is_not_read(site: Site, folder: Path) -> None:
    shelved(site, Shelf(), "/there")
    url = shelved(site, dripping(headers("Location: /there", status=302)))
    assert loaded(wanted(url), folder, timeouts=Timeouts()) == CONTENT


def test_what_has_come_is_for_the_owner_only(site: Site, folder: Path) -> None:
    loaded(wanted(shelved(site, Shelf())), folder)
    assert folder.stat().st_mode & 0o077 == 0


# Going on


def stopped_in_the_middle(site: Site, folder: Path, shelf: Shelf) -> RemoteFile:
    """A download that was cancelled with something in hand."""
    file = wanted(shelved(site, shelf))
    with closing(download(file, folder, None, SHORT)) as steps:
        for step in steps:
            if step.done:
                break
    assert 0 < partial_file_size(folder, SHA256) < len(CONTENT)
    return file


def test_a_cancelled_one_goes_on_from_there(site: Site, folder: Path) -> None:
    shelf = Shelf()
    file = stopped_in_the_middle(site, folder, shelf)
    at = partial_file_size(folder, SHA256)
    assert loaded(file, folder) == CONTENT
    assert shelf.asked == [(None, None), (f"bytes={at}-", '"one"')]


def test_one_without_a_tag_goes_on_by_its_date(site: Site, folder: Path) -> None:
    shelf = Shelf(tag='W/"weak"', date="Sat, 21 Nov 2026 10:00:00 GMT")
    file = stopped_in_the_middle(site, folder, shelf)
    assert loaded(file, folder) == CONTENT
    assert shelf.asked[1][1] == shelf.date


def test_a_file_that_has_changed_is_loaded_anew(site: Site, folder: Path) -> None:
    shelf = Shelf(content=bytes(len(CONTENT)))
    file = stopped_in_the_middle(site, folder, shelf)
    shelf.content, shelf.tag = CONTENT, '"two"'
    assert loaded(file, folder) == CONTENT
    assert len(shelf.asked) == 2, "the answer to If-Range was the whole file"


@pytest.mark.parametrize("tag", ['"one"', ""])
def test_one_that_changes_unsaid_is_loaded_once_more(site: Site, folder: Path, tag: str) -> None:
    """The sum of both halves tells."""
    shelf = Shelf(content=bytes(len(CONTENT)), tag=tag)
    file = stopped_in_the_middle(site, folder, shelf)
    shelf.content = CONTENT
    assert loaded(file, folder) == CONTENT
    assert [asked is None for asked, _ in shelf.asked] == [True, False, True]


def test_a_server_without_ranges_begins_anew(site: Site, folder: Path) -> None:
    shelf = Shelf(ranges=False)
    file = stopped_in_the_middle(site, folder, shelf)
    assert loaded(file, folder) == CONTENT


def test_a_server_that_has_less_than_we_begins_anew(site: Site, folder: Path) -> None:
    """Of unknown length: what is here may be longer than the file."""
    shelf = Shelf()
    file = wanted(shelved(site, shelf), size=None)
    folder.mkdir()
    (folder / f"{SHA256}.part").write_bytes(bytes(len(CONTENT) + 10))
    assert loaded(file, folder) == CONTENT
    assert [asked for asked, _ in shelf.asked] == [f"bytes={len(CONTENT) + 10}-", None]


def test_a_whole_part_is_not_asked_for_again(site: Site, folder: Path) -> None:
    folder.mkdir()
    for size in (None, len(CONTENT)):
        (folder / f"{SHA256}.part").write_bytes(CONTENT)
        assert loaded(wanted(shelved(site, Shelf()), size=size), folder) == CONTENT
    assert site.seen == []


def test_a_broken_connection_is_taken_up_again(site: Site, folder: Path) -> None:
    shelf = Shelf(cut_at=[100_000, 50_000, None])
    assert loaded(wanted(shelved(site, shelf)), folder) == CONTENT
    assert [asked for asked, _ in shelf.asked] == [None, "bytes=100000-", "bytes=150000-"]


def test_a_stalled_connection_is_taken_up_again(site: Site, folder: Path) -> None:
    begin = headers(f"Content-Length: {len(CONTENT)}") + CONTENT[:HALF]
    url = shelved(site, in_turn(stalling(begin), Shelf()))
    assert loaded(wanted(url), folder) == CONTENT


def test_another_server_gives_the_rest(site: Site, folder: Path) -> None:
    with serving() as other:
        broken, good = Shelf(cut_at=[HALF, 0]), Shelf(tag='"other"')
        file = wanted(shelved(site, broken), shelved(other, good))
        assert loaded(file, folder) == CONTENT
    assert good.asked == [(f"bytes={HALF}-", None)], "a tag is one server's own"


# Servers that do not give it


def _page(lines: tuple[str, ...] = (), body: bytes = CONTENT, status: int = 200) -> bytes:
    return headers(*lines, status=status) + body


LENGTH = f"Content-Length: {len(CONTENT)}"
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
    ("tells less", Shelf(told=7), "is not the one that the catalogue describes"),
    ("tells more", Shelf(told=10**12), "is not the one that the catalogue describes"),
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
def test_a_server_that_does_not_give_it_is_named(
    site: Site, folder: Path, page: Page, sentence: str
) -> None:
    assert sentence in refusal(wanted(shelved(site, page)), folder)


@pytest.mark.parametrize("page", [f[1] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_the_next_server_is_asked(site: Site, folder: Path, page: Page) -> None:
    with serving() as other:
        file = wanted(shelved(site, page), shelved(other, Shelf()))
        assert loaded(file, folder) == CONTENT


def test_a_file_of_unknown_length_has_a_bound(site: Site, folder: Path) -> None:
    file = wanted(shelved(site, dripping(headers(), b"x" * 50_000)), size=None)
    assert "is not the one" in refusal(file, folder)
    assert partial_file_size(folder, SHA256) == 0


def test_a_lie_costs_nothing_of_what_has_come(site: Site, folder: Path) -> None:
    """The page of a network that wants a password, for one."""
    file = stopped_in_the_middle(site, folder, Shelf())
    before = partial_file_size(folder, SHA256)
    for page in (answer(b"sign in", "text/html"), answer(b"sign in", "text/plain")):
        shelved(site, page)
        refusal(file, folder)
        assert partial_file_size(folder, SHA256) == before


def test_nobody_there(folder: Path) -> None:
    assert "127.0.0.1 cannot be reached: Connection refused." in refusal(wanted(NOWHERE), folder)


def test_no_name_no_network(folder: Path) -> None:
    sentence = refusal(wanted("https://nowhere.invalid/model.onnx"), folder)
    assert sentence == "nowhere.invalid was not found."


def test_all_failures_are_told_once(site: Site, folder: Path) -> None:
    gone = answer(b"no", "text/html", 404)
    urls = shelved(site, gone, "/a"), shelved(site, gone, "/b"), NOWHERE
    assert refusal(wanted(*urls), folder) == (
        "127.0.0.1 no longer has the file (error 404)."
        " 127.0.0.1 cannot be reached: Connection refused."
    )


# Proxies


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server that the system names as its proxy."""
    with serving() as proxy:
        monkeypatch.setenv("http_proxy", f"http://user:word@127.0.0.1:{proxy.port}")
        yield proxy


def test_a_proxy_is_asked(proxied: Site, folder: Path) -> None:
    proxied.pages["http://elsewhere.invalid/model.onnx"] = Shelf()
    assert loaded(wanted("http://elsewhere.invalid/model.onnx"), folder) == CONTENT
    [(_, sent)] = proxied.seen
    assert sent["Proxy-Authorization"] == "Basic dXNlcjp3b3Jk"


def test_a_proxy_that_refuses_is_told(proxied: Site, folder: Path) -> None:
    proxied.pages["http://elsewhere.invalid/model.onnx"] = answer(b"", "text/html", 407)
    file = wanted("http://elsewhere.invalid/model.onnx")
    assert refusal(file, folder) == "The proxy requires a user name and a password (error 407)."


def test_a_proxy_that_makes_no_tunnel_is_told(
    proxied: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxied.port}")
    sentence = refusal(wanted("https://elsewhere.invalid/model.onnx"), folder)
    assert "elsewhere.invalid cannot be reached: Tunnel connection failed: 501" in sentence


def test_a_host_that_needs_no_proxy_is_asked_itself(
    proxied: Site, site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert loaded(wanted(shelved(site, Shelf())), folder) == CONTENT
    assert proxied.seen == []


# Disks


def test_a_full_disk_is_told_before_anything_is_asked_for(
    site: Site, small_disk: SmallDisk
) -> None:
    small_disk.fill(leaving=1_000_000)
    file = wanted(shelved(site, Shelf()))
    sentence = refusal(file, small_disk.point / "downloads")
    assert sentence == "Made needs 50 MB on the library's disk; 0 MB are free."
    assert site.seen == []


def test_a_disk_that_fills_up_keeps_what_has_come(site: Site, small_disk: SmallDisk) -> None:
    folder = small_disk.point / "downloads"
    shelf = Shelf()
    file = wanted(shelved(site, shelf))
    with closing(download(file, folder, None, SHORT)) as steps:
        next(steps)
        small_disk.fill(leaving=100_000)
        with pytest.raises(FinderError, match="cannot be saved: No space left on device"):
            list(steps)
    assert 0 < partial_file_size(folder, SHA256) <= 110_000
    small_disk.free()
    assert loaded(file, folder) == CONTENT
    assert shelf.asked[1][0] is not None


def test_a_folder_that_cannot_be_made_is_told(site: Site, tmp_path: Path) -> None:
    (tmp_path / "downloads").write_text("in the way")
    sentence = refusal(wanted(shelved(site, Shelf())), tmp_path / "downloads")
    assert sentence == "The download cannot be saved: File exists."


# Side by side


def test_two_at_a_time_do_not_mix(site: Site, folder: Path) -> None:
    file = wanted(shelved(site, Shelf()))
    with closing(download(file, folder, None, SHORT)) as steps:
        next(steps)
        assert refusal(file, folder) == "Another model is being downloaded now."
    assert loaded(file, folder) == CONTENT


def test_parts_that_nobody_wants_are_removed(folder: Path) -> None:
    folder.mkdir()
    for name in (f"{SHA256}.part", f"{SHA256}.json", "old.part", "old.json"):
        (folder / name).write_text("x")
    remove_other_partial_files(folder, [SHA256])
    assert sorted(os.listdir(folder)) == [f"{SHA256}.json", f"{SHA256}.part"]


# With threads to wait in


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


def test_threads_change_nothing(site: Site, folder: Path, executor: ThreadPoolExecutor) -> None:
    shelf = Shelf(cut_at=[100_000, None])
    assert loaded(wanted(shelved(site, shelf)), folder, executor) == CONTENT
    with pytest.raises(FinderError, match="404"):
        loaded(wanted(f"{site.root}/gone", size=7), folder, executor)


@pytest.mark.parametrize("begin", [b"", headers(LENGTH), headers(LENGTH) + CONTENT[:HALF]])
def test_one_can_leave_a_server_that_is_silent(
    site: Site, folder: Path, executor: ThreadPoolExecutor, begin: bytes
) -> None:
    """Steps come while it is waited, and the waiting thread ends by itself afterwards."""
    file = wanted(shelved(site, stalling(begin)))
    steps = download(file, folder, executor, Timeouts(seconds=1.5))
    seen: list[DownloadProgress] = []
    while len(seen) < 3 or seen[-1] is not seen[-2]:  # told again: nothing has come
        seen.append(next(steps))
    began = time.monotonic()
    steps.close()
    assert time.monotonic() - began < 1.0
    assert partial_file_size(folder, SHA256) == max(0, len(begin) - len(headers(LENGTH)))


def test_a_name_that_is_looked_up_for_ever_can_be_left(
    folder: Path, executor: ThreadPoolExecutor
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/model.onnx"
        steps = download(wanted(url), folder, executor, SHORT)
        assert next(steps) == next(steps)
        steps.close()
