"""Downloads that run to their end, fail, or stop in the middle."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from model_servers import CONTENT, SHA256, ServedFile, publish, remote_file
from serving import Site

from finder.core.errors import FinderError
from finder.core.web.download import download
from finder.core.web.http_response import Timeouts
from finder.core.web.partial_file import partial_file_size
from finder.core.web.remote_file import RemoteFile

SHORT = Timeouts(seconds=0.5, min_bytes=1_000)
HALF = len(CONTENT) // 2
LENGTH = f"Content-Length: {len(CONTENT)}"


def loaded(
    file: RemoteFile,
    folder: Path,
    executor: ThreadPoolExecutor | None = None,
    timeouts: Timeouts = SHORT,
) -> bytes:
    """The content of a download that ends."""
    steps = download(file, folder, executor, timeouts)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            content: bytes = end.value
            return content


def refusal(file: RemoteFile, folder: Path) -> str:
    """The sentence of a download that fails; it also has a hint."""
    with pytest.raises(FinderError) as caught:
        loaded(file, folder)
    assert caught.value.hint
    return caught.value.sentence


def stopped_in_the_middle(site: Site, folder: Path, served: ServedFile) -> RemoteFile:
    """A download that was cancelled after some bytes had arrived."""
    file = remote_file(publish(site, served))
    with closing(download(file, folder, None, SHORT)) as steps:
        for step in steps:
            if step.done:
                break
    assert 0 < partial_file_size(folder, SHA256) < len(CONTENT)
    return file
