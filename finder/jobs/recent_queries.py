"""The recent queries with their thumbnails as images of Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImage, QImageWriter

from finder.jobs.images import from_jpeg
from finder.use_cases.search.recent_queries import (
    RecentQuery,
    clear_recent_queries,
    keep_query,
    recent_queries,
)

if TYPE_CHECKING:
    from finder.core.paths import Home
    from finder.core.search.query.query_spec import QuerySpec

_SIDE = 160  # px of a thumbnail, for screens of scale 2
_QUALITY = 85


@dataclass(frozen=True)
class Recent:
    """image: the first picture of the query, small; null if it has words only."""

    spec: QuerySpec
    image: QImage


class RecentQueries:
    """Methods are called in lanes, never in the GUI thread."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def load(self) -> list[Recent]:
        """The newest first (lane PREVIEW)."""
        return [
            Recent(recent.spec, from_jpeg(recent.thumbnail))
            for recent in recent_queries(self._home)
        ]

    def keep(self, recent: Recent) -> None:
        """Keep this as the newest (lane QUICK)."""
        keep_query(self._home, RecentQuery(recent.spec, _as_jpeg(small(recent.image))))

    def clear(self) -> None:
        """Forget all (lane QUICK). Raises OSError."""
        clear_recent_queries(self._home)


def small(image: QImage) -> QImage:
    """Of the size of a thumbnail here."""
    if image.isNull() or max(image.width(), image.height()) <= _SIDE:
        return image
    return image.scaled(
        _SIDE,
        _SIDE,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )


def _as_jpeg(image: QImage) -> bytes:
    """Empty for a null image: of a query without a picture."""
    if image.isNull():
        return b""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, b"jpeg")
    writer.setQuality(_QUALITY)
    writer.write(image)
    return bytes(data.data())
