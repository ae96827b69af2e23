"""A measurement written to files."""

from __future__ import annotations

import csv
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.evaluation.copy_measurement import CopyMeasurement
    from finder.core.evaluation.measurement import MeasuredRankings, Measurement
    from finder.core.paths import Home

_THUMBNAIL_SIDE = 160
"""Pixels. The library's own are larger than a report needs."""


def write_csv(measurement: MeasuredRankings, file: Path) -> None:
    """Raises FinderError."""
    from finder.core.evaluation.measurement_tables import csv_rows

    try:
        with file.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows(csv_rows(measurement))
    except OSError as error:
        raise _not_written(file, error) from error


def write_report(home: Home, measurement: Measurement | CopyMeasurement, file: Path) -> None:
    """One HTML file with small thumbnails. Raises FinderError."""
    from finder.core.evaluation.html_report import html_report
    from finder.core.library.thumbnail_store import ThumbnailStore

    with closing(ThumbnailStore(home)) as thumbnails:

        def small(picture: int) -> bytes | None:
            jpeg = thumbnails.read(picture)
            return None if jpeg is None else _smaller(jpeg)

        text = html_report(measurement, small)
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _not_written(file, error) from error


def _smaller(jpeg: bytes) -> bytes:
    import io

    from PIL import Image

    with Image.open(io.BytesIO(jpeg)) as image:
        image.thumbnail((_THUMBNAIL_SIDE, _THUMBNAIL_SIDE))
        out = io.BytesIO()
        image.convert("RGB").save(out, "JPEG", quality=75)
    return out.getvalue()


def _not_written(file: Path, error: OSError) -> FinderError:
    return FinderError(
        tr("{file} cannot be written: {why}").format(file=file, why=error.strerror or error),
        tr("Choose another folder, or free some space."),
    )
