"""Servers of a model's file, and what may go wrong with them."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from serving import Handler, Page, Site, headers

from finder.core.web.remote_file import RemoteFile

CONTENT = random.Random(1).randbytes(400_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class ServedFile:
    """One file on a server that knows ranges. Page of a `Site`.

    cut_at: for each request in turn, after how many of its bytes the connection ends (None: it does
    not); ranges: whether it knows them; announced: the length that it announces for
    a whole file, if it is not the true one.
    """

    content: bytes = CONTENT
    tag: str = '"one"'
    date: str = ""
    cut_at: list[int | None] = field(default_factory=list)
    ranges: bool = True
    announced: int | None = None
    asked: list[tuple[str | None, str | None]] = field(default_factory=list)
    """`Range` and `If-Range` of each request."""

    def __call__(self, handler: Handler) -> None:
        wanted, only_if = handler.headers.get("Range"), handler.headers.get("If-Range")
        self.asked.append((wanted, only_if))
        start = 0
        if wanted and self.ranges and only_if in (None, self.tag, self.date):
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        if start >= len(self.content):
            handler.wfile.write(headers("Content-Length: 0", status=416))
            return
        handler.wfile.write(self._head(start))
        body = self.content[start:]
        handler.wfile.write(body[: self.cut_at.pop(0)] if self.cut_at else body)

    def _head(self, start: int) -> bytes:
        whole = len(self.content)
        about = [f"ETag: {self.tag}"] if self.tag else []
        about += [f"Last-Modified: {self.date}"] if self.date else []
        if start:
            about.append(f"Content-Range: bytes {start}-{whole - 1}/{whole}")
            return headers(*about, f"Content-Length: {whole - start}", status=206)
        return headers(*about, f"Content-Length: {self.announced or whole}")


def remote_file(*urls: str, size: int | None = len(CONTENT), most: int = 500_000) -> RemoteFile:
    return RemoteFile("Made", urls, SHA256, size, size or most)


def stalling(begin: bytes) -> Page:
    """Sends the beginning and no more, and keeps the connection."""

    def stall(handler: Handler) -> None:
        handler.wfile.write(begin)
        handler.wfile.flush()
        handler.site.ending.wait()

    return stall


def in_turn(*pages: Page) -> Callable[[Handler], None]:
    """Another page for every request; the last one for all further ones."""
    left = list(pages)

    def serve(handler: Handler) -> None:
        page = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(page, bytes):
            handler.wfile.write(page)
        else:
            page(handler)

    return serve


def publish(site: Site, served: Page, path: str = "/model.onnx") -> str:
    """Put a page on the server; returns its address."""
    site.pages[path] = served
    return f"{site.root}{path}"
