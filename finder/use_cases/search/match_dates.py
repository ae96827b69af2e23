"""By which date each match of a search by days counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.records import PictureRecord, local_time

if TYPE_CHECKING:
    from finder.core.library.catalogue.filter.picture_filter import Filter
    from finder.core.paths import Home


@dataclass(frozen=True)
class PictureDate:
    """time: as YYYY-MM-DD HH:MM:SS, local time; is_taken: it is the camera's, not a file's."""

    time: str
    is_taken: bool


def match_dates(
    home: Home, pictures: Iterable[PictureRecord], filter: Filter
) -> dict[int, PictureDate]:
    """The date of each picture by its content id: when it was taken, or if that is unknown, the
    time of its first file that passes the filter's days."""
    dates = {}
    with closing(Catalogue(home)) as catalogue:
        for picture in pictures:
            if picture.facts.taken:
                dates[picture.id] = PictureDate(picture.facts.taken, True)
                continue
            times = catalogue.files.times(picture.paths)
            if times:
                dates[picture.id] = PictureDate(_counting_time(picture, times, filter), False)
            elif picture.time_ns is not None:  # of files of other machines
                dates[picture.id] = PictureDate(local_time(picture.time_ns), False)
    return dates


def _counting_time(picture: PictureRecord, times: Mapping[str, int], filter: Filter) -> str:
    shown = [local_time(times[path]) for path in picture.paths if path in times]
    first, last = filter.taken_from or "", filter.taken_until or "9999-12-31"
    return next((time for time in shown if first <= time[:10] <= last), shown[0])
