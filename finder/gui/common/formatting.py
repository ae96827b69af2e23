"""Numbers, metrics and paths as text for the user."""

from __future__ import annotations

import os
import re
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from finder.core.i18n import tr, trn
from finder.core.library.catalogue.path_parts import split_path
from finder.core.library.catalogue.records import machine_of
from finder.core.printable import printable
from finder.core.search.distance import Metric

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.search.matches import Match


def file_size(size: int) -> str:
    """Bytes in the unit that gives a short number (1 kB = 1,000 bytes)."""
    if size < 1_000:
        return trn("{n} byte", "{n} bytes", size)
    for unit, factor in (("kB", 1e3), ("MB", 1e6), ("GB", 1e9)):
        if size < factor * 1_000 or unit == "GB":
            return f"{size / factor:,.{0 if unit == 'kB' else 1}f} {unit}"
    raise AssertionError(size)


def duration(seconds: float | None) -> str:
    """A time span in rough units; empty if unknown."""
    if seconds is None:
        return ""
    if seconds < 60:
        return trn("{n} second", "{n} seconds", max(1, round(seconds)))
    if seconds < 5_400:
        return trn("{n} minute", "{n} minutes", round(seconds / 60))
    return tr("{hours:.1f} hours").format(hours=seconds / 3_600)


def local_time(moment: datetime) -> str:
    """A time in the user's time zone."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")


def metric_title(metric: Metric) -> str:
    return {
        Metric.EUCLIDEAN: tr("Euclidean distance"),
        Metric.COSINE: tr("Cosine similarity"),
        Metric.IP: tr("Inner product"),
        Metric.L1: tr("L1 distance"),
        Metric.HAMMING: tr("Hamming distance, bits"),
    }[metric]


def left_to_right(text: str) -> str:
    """A path or an address, or whatever else is read from the left, for a line of text that may run
    from the right: its parts then keep their order. It has no controls of its own (`printable`)."""
    if QGuiApplication.layoutDirection() is Qt.LayoutDirection.LeftToRight:
        return text
    return f"\N{LEFT-TO-RIGHT ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"


def breakable(text: str) -> str:
    """The text with possible line breaks in its long words."""
    return _LONG_WORD.sub("\\g<0>\N{ZERO WIDTH SPACE}", text)


_LONG_WORD = re.compile(r"\S{32}(?=\S)")


def path_texts(picture: PictureRecord) -> list[str]:
    """The paths of a picture as text, the offline ones marked."""
    return [
        tr("{path} (offline)").format(path=printable(path))
        if path in picture.missing and not machine_of(path)
        else printable(path)
        for path in picture.paths
    ]


def folder_name(path: str) -> str:
    """A folder's own name; the path where it has none."""
    return printable(os.path.basename(path) or path)


def record_name(record: PictureRecord) -> str:
    """The name of the first of a picture's files."""
    return printable(split_path(record.paths[0])[1])


def file_name(match: Match) -> str:
    return record_name(match.picture)
