"""What the window asks, and what it shows of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QImageWriter

from finder.core.errors import FinderError, SkippedPicture
from finder.core.i18n import tr
from finder.core.models.spec import SMALLEST_DECODE_SIDE
from finder.core.printable import printable
from finder.core.search.query.query_spec import BytesSource, QueryExample, QuerySpec, WebSource
from finder.jobs.images import from_pillow

if TYPE_CHECKING:
    from finder.core.pictures.mapped_file import Bytes
    from finder.core.search.query.query import QueryItem
    from finder.use_cases.search.query_reader import QueryPicture, ReadQuery


@dataclass(frozen=True)
class QuerySource:
    """The source of a query: paths of files, else an image, else encoded bytes, which are
    downloaded first if there is a web address. more_paths: of further pictures, if `path` is the
    first one."""

    label: str
    path: str | None = None
    image: QImage | None = None
    data: bytes = b""
    url: str = ""
    more_paths: tuple[str, ...] = ()


Asked = QuerySource | QuerySpec


@dataclass(frozen=True)
class ExampleFacts:
    """One picture of a query, whole and upright: width and height in pixels, bytes of the file.
    asked: the part of it, its weight and where it is from. is_gone: no file exists any more, so
    that only the library's vectors are searched for, and the image is the thumbnail. data: the
    picture's bytes if it never had a file."""

    asked: QueryExample
    label: str
    path: str | None
    picture: int | None
    width: int
    height: int
    bytes: int
    image: QImage
    is_gone: bool = False
    data: Bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class QueryFacts:
    """What is shown of the first picture that matches should resemble, as in `ExampleFacts`; with
    words only, label has those that are wanted, and the image is null. more_labels: the names of
    the other pictures. spec: what was asked, to ask it again (pictures from the web with their
    bytes); examples: all its pictures, in its order."""

    label: str
    path: str | None = None
    picture: int | None = None
    width: int = 0
    height: int = 0
    bytes: int = 0
    image: QImage = field(default_factory=QImage)
    more_labels: tuple[str, ...] = ()
    spec: QuerySpec | None = None
    examples: tuple[ExampleFacts, ...] = ()

    @property
    def has_picture(self) -> bool:
        """Whether there is a picture that matches should resemble."""
        return any(example.asked.weight > 0 for example in self.examples)

    @property
    def title(self) -> str:
        """In one line: the picture's name, or the words."""
        if self.has_picture:
            return printable(os.path.basename(self.label))
        return tr("“{words}”").format(words=printable(self.label))


def query_facts(read: ReadQuery, thumbnail: Callable[[int], QImage]) -> QueryFacts:
    """thumbnail: of a picture of the library."""
    spec = _without_downloads(read)
    examples = tuple(
        _example_facts(example, item, read.pictures[example.source], thumbnail)
        for example, item in zip(read.spec.pictures, read.query.items, strict=True)
    )
    first = next((example for example in examples if example.asked.weight > 0), None)
    if first is None:
        return QueryFacts(read.query.label, spec=spec, examples=examples)
    return QueryFacts(
        first.label,
        first.path,
        first.picture,
        first.width,
        first.height,
        first.bytes,
        first.image,
        tuple(example.label for example in examples if example is not first),
        spec,
        examples,
    )


def _without_downloads(read: ReadQuery) -> QuerySpec:
    """What was read, with the bytes of pictures from the web: to ask it again needs no network."""
    data = {
        example: bytes(item.data)
        for example, item in zip(read.spec.pictures, read.query.items, strict=True)
        if isinstance(example.source, WebSource)
    }
    items = tuple(
        replace(example, source=BytesSource(example.source.label, data[example]))
        if example in data
        else example
        for example in read.spec.items
    )
    return replace(read.spec, items=items)


def _example_facts(
    asked: QueryExample,
    item: QueryItem,
    picture: QueryPicture,
    thumbnail: Callable[[int], QImage],
) -> ExampleFacts:
    if item.is_gone:
        image, facts = thumbnail(item.picture or 0), picture.facts
    else:
        decoded = item.decoded(SMALLEST_DECODE_SIDE)
        image, facts = from_pillow(decoded.image), decoded.facts
    width, height = (facts.width, facts.height) if facts else (0, 0)
    return ExampleFacts(
        asked,
        item.label,
        item.path,
        item.picture,
        width,
        height,
        len(item.data),
        image,
        item.is_gone,
        item.data if item.path is None else b"",
    )


def read_source(label: str, path: str) -> QuerySource:
    """The file's bytes: for one that may be gone later (lane QUICK). Raises FinderError."""
    from finder.core.pictures.file_reading import read_file

    try:
        return QuerySource(label, data=bytes(read_file(path)))
    except SkippedPicture as skip:
        raise FinderError(
            tr("“{name}” cannot be used: {why}").format(
                name=os.path.basename(path), why=skip.reason.sentence()
            ),
            tr("Try another picture."),
        ) from skip


def spec_of(source: QuerySource) -> QuerySpec:
    """Encodes an image, which takes a moment."""
    if source.path is not None:
        return QuerySpec.of_files([source.path, *source.more_paths])
    if source.url:
        return QuerySpec((QueryExample(WebSource(source.url, source.label)),))
    data = source.data if source.image is None else _as_png(source.image)
    return QuerySpec((QueryExample(BytesSource(source.label, data)),))


def download_label(asked: Asked) -> str:
    """The name of a picture that is downloaded for this query; empty if none is."""
    if isinstance(asked, QuerySource):
        return asked.label if asked.url else ""
    sources = (item.source for item in asked.items)
    return next((source.label for source in sources if isinstance(source, WebSource)), "")


def _as_png(image: QImage) -> bytes:
    """Lossless."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, b"png").write(image)
    return bytes(data.data())
