"""A model's file is downloaded from real servers on this computer."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from downloading import HALF, LENGTH, SHORT, loaded, refusal, stopped_in_the_middle
from model_servers import CONTENT, SHA256, ServedFile, in_turn, publish, remote_file, stalling
from serving import Site, answer, dripping, headers, redirect, serving
from small_disk import SmallDisk

from finder.core.errors import FinderError
from finder.core.web.download import download
from finder.core.web.http_response import Timeouts
from finder.core.web.partial_file import PartialFile, partial_file_size, remove_other_partial_files
from finder.core.web.remote_file import DownloadProgress, Stage

pytestmark = pytest.mark.usefixtures("no_proxy")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "downloads"


# Whole downloads


def test_a_file_is_downloaded_with_its_progress(site: Site, folder: Path) -> None:
    served = ServedFile()
    steps: list[DownloadProgress] = []
    walk = download(remote_file(publish(site, served)), folder, None, SHORT)
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
    assert served.asked == [(None, None)]


def test_nothing_but_the_file_is_requested(site: Site, folder: Path) -> None:
    loaded(remote_file(publish(site, ServedFile())), folder)
    [(line, sent)] = site.seen
    assert line == "GET /model.onnx HTTP/1.1"
    assert sent == {
        "Host": f"127.0.0.1:{site.port}",
        "User-Agent": "image-finder",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


def test_a_file_of_unknown_length_is_downloaded(site: Site, folder: Path) -> None:
    chunked = headers("Transfer-Encoding: chunked") + b"%x\r\n%b\r\n0\r\n\r\n" % (
        len(CONTENT),
        CONTENT,
    )
    for page in (chunked, headers() + CONTENT, answer(CONTENT, "text/plain")):
        assert loaded(remote_file(publish(site, page), size=None), folder) == CONTENT
        PartialFile(folder, SHA256).remove()


def test_a_redirect_is_followed(site: Site, folder: Path) -> None:
    publish(site, ServedFile(), "/there")
    assert loaded(remote_file(publish(site, redirect("/there"))), folder) == CONTENT


def test_the_body_of_a_redirect_is_not_read(site: Site, folder: Path) -> None:
    publish(site, ServedFile(), "/there")
    url = publish(site, dripping(headers("Location: /there", status=302)))
    assert loaded(remote_file(url), folder, timeouts=Timeouts()) == CONTENT


def test_a_partial_file_is_for_the_owner_only(site: Site, folder: Path) -> None:
    loaded(remote_file(publish(site, ServedFile())), folder)
    assert folder.stat().st_mode & 0o077 == 0


# Continued downloads


def test_a_cancelled_download_continues_where_it_stopped(site: Site, folder: Path) -> None:
    served = ServedFile()
    file = stopped_in_the_middle(site, folder, served)
    at = partial_file_size(folder, SHA256)
    assert loaded(file, folder) == CONTENT
    assert served.asked == [(None, None), (f"bytes={at}-", '"one"')]


def test_without_an_etag_the_date_is_sent(site: Site, folder: Path) -> None:
    served = ServedFile(tag='W/"weak"', date="Sat, 21 Nov 2026 10:00:00 GMT")
    file = stopped_in_the_middle(site, folder, served)
    assert loaded(file, folder) == CONTENT
    assert served.asked[1][1] == served.date


def test_a_file_that_has_changed_is_downloaded_again(site: Site, folder: Path) -> None:
    served = ServedFile(content=bytes(len(CONTENT)))
    file = stopped_in_the_middle(site, folder, served)
    served.content, served.tag = CONTENT, '"two"'
    assert loaded(file, folder) == CONTENT
    assert len(served.asked) == 2, "the answer to If-Range was the whole file"


@pytest.mark.parametrize("tag", ['"one"', ""])
def test_an_unannounced_change_is_noticed_by_the_checksum(
    site: Site, folder: Path, tag: str
) -> None:
    served = ServedFile(content=bytes(len(CONTENT)), tag=tag)
    file = stopped_in_the_middle(site, folder, served)
    served.content = CONTENT
    assert loaded(file, folder) == CONTENT
    assert [asked is None for asked, _ in served.asked] == [True, False, True]


def test_a_server_without_ranges_sends_the_whole_file(site: Site, folder: Path) -> None:
    served = ServedFile(ranges=False)
    file = stopped_in_the_middle(site, folder, served)
    assert loaded(file, folder) == CONTENT


def test_a_part_longer_than_the_file_is_discarded(site: Site, folder: Path) -> None:
    """Of unknown length: what is here may be longer than the file."""
    served = ServedFile()
    file = remote_file(publish(site, served), size=None)
    folder.mkdir()
    (folder / f"{SHA256}.part").write_bytes(bytes(len(CONTENT) + 10))
    assert loaded(file, folder) == CONTENT
    assert [asked for asked, _ in served.asked] == [f"bytes={len(CONTENT) + 10}-", None]


def test_a_complete_part_is_not_requested_again(site: Site, folder: Path) -> None:
    folder.mkdir()
    for size in (None, len(CONTENT)):
        (folder / f"{SHA256}.part").write_bytes(CONTENT)
        assert loaded(remote_file(publish(site, ServedFile()), size=size), folder) == CONTENT
    assert site.seen == []


def test_a_download_continues_after_a_broken_connection(site: Site, folder: Path) -> None:
    served = ServedFile(cut_at=[100_000, 50_000, None])
    assert loaded(remote_file(publish(site, served)), folder) == CONTENT
    assert [asked for asked, _ in served.asked] == [None, "bytes=100000-", "bytes=150000-"]


def test_a_download_continues_after_a_stalled_connection(site: Site, folder: Path) -> None:
    begin = headers(f"Content-Length: {len(CONTENT)}") + CONTENT[:HALF]
    url = publish(site, in_turn(stalling(begin), ServedFile()))
    assert loaded(remote_file(url), folder) == CONTENT


def test_another_server_sends_the_rest(site: Site, folder: Path) -> None:
    with serving() as other:
        broken, good = ServedFile(cut_at=[HALF, 0]), ServedFile(tag='"other"')
        file = remote_file(publish(site, broken), publish(other, good))
        assert loaded(file, folder) == CONTENT
    assert good.asked == [(f"bytes={HALF}-", None)], "an ETag belongs to one server"


# Disks


def test_a_full_disk_is_noticed_before_any_request(site: Site, small_disk: SmallDisk) -> None:
    small_disk.fill(leaving=1_000_000)
    file = remote_file(publish(site, ServedFile()))
    sentence = refusal(file, small_disk.point / "downloads")
    assert sentence == "Made needs 50 MB on the library's disk; 0 MB are free."
    assert site.seen == []


def test_a_disk_that_fills_up_keeps_the_part(site: Site, small_disk: SmallDisk) -> None:
    folder = small_disk.point / "downloads"
    served = ServedFile()
    file = remote_file(publish(site, served))
    with closing(download(file, folder, None, SHORT)) as steps:
        next(steps)
        small_disk.fill(leaving=100_000)
        with pytest.raises(FinderError, match="cannot be saved: No space left on device"):
            list(steps)
    assert 0 < partial_file_size(folder, SHA256) <= 110_000
    small_disk.free()
    assert loaded(file, folder) == CONTENT
    assert served.asked[1][0] is not None


def test_a_folder_that_cannot_be_made_is_reported(site: Site, tmp_path: Path) -> None:
    (tmp_path / "downloads").write_text("in the way")
    sentence = refusal(remote_file(publish(site, ServedFile())), tmp_path / "downloads")
    assert sentence == "The download cannot be saved: File exists."


# Several downloads


def test_a_second_download_of_a_file_is_refused(site: Site, folder: Path) -> None:
    file = remote_file(publish(site, ServedFile()))
    with closing(download(file, folder, None, SHORT)) as steps:
        next(steps)
        assert refusal(file, folder) == "Another model is being downloaded now."
    assert loaded(file, folder) == CONTENT


def test_parts_of_other_files_are_removed(folder: Path) -> None:
    folder.mkdir()
    for name in (f"{SHA256}.part", f"{SHA256}.json", "old.part", "old.json"):
        (folder / name).write_text("x")
    remove_other_partial_files(folder, [SHA256])
    assert sorted(os.listdir(folder)) == [f"{SHA256}.json", f"{SHA256}.part"]


# Waiting in threads


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


def test_a_download_is_the_same_with_threads(
    site: Site, folder: Path, executor: ThreadPoolExecutor
) -> None:
    served = ServedFile(cut_at=[100_000, None])
    assert loaded(remote_file(publish(site, served)), folder, executor) == CONTENT
    with pytest.raises(FinderError, match="404"):
        loaded(remote_file(f"{site.root}/gone", size=7), folder, executor)


@pytest.mark.parametrize("begin", [b"", headers(LENGTH), headers(LENGTH) + CONTENT[:HALF]])
def test_a_download_can_be_cancelled_while_a_server_is_silent(
    site: Site, folder: Path, executor: ThreadPoolExecutor, begin: bytes
) -> None:
    """It yields while it waits, and the waiting thread ends by itself afterwards."""
    file = remote_file(publish(site, stalling(begin)))
    steps = download(file, folder, executor, Timeouts(seconds=1.5))
    seen: list[DownloadProgress] = []
    while len(seen) < 3 or seen[-1] is not seen[-2]:  # the same again: nothing has arrived
        seen.append(next(steps))
    began = time.monotonic()
    steps.close()
    assert time.monotonic() - began < 1.0
    assert partial_file_size(folder, SHA256) == max(0, len(begin) - len(headers(LENGTH)))


def test_a_download_can_be_cancelled_while_a_server_does_not_accept(
    folder: Path, executor: ThreadPoolExecutor
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/model.onnx"
        steps = download(remote_file(url), folder, executor, SHORT)
        assert next(steps) == next(steps)
        steps.close()
