"""Which pictures pass a filter: a folder, a span of days."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

import pytest
from stored_pictures import StoredPicture

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.picture_filter import Filter
from finder.core.library.indexing.file_result import FileResult
from finder.core.paths import Home
from finder.core.pictures.scan import FoundFile


def passing(
    home: Home, folder: str | None = None, first: str | None = None, last: str | None = None
) -> set[int]:
    with closing(Catalogue(home)) as catalogue:
        filter = Filter((folder,) if folder else (), first, last)
        found = catalogue.pictures.matching(filter).tolist()
    assert len(found) == len(set(found))
    return set(found)


def store(home: Home, *shown: StoredPicture) -> None:
    """Into the catalogue only."""
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        for one in shown:
            for outcome in one.outcomes():
                if outcome.facts is not None:
                    catalogue.pictures.put(one.id, outcome.facts)
                catalogue.files.put(outcome.as_record())


def test_a_folder_does_not_match_one_whose_name_begins_alike(home: Home) -> None:
    store(
        home,
        StoredPicture(1, ["/p/a/1.jpg"]),
        StoredPicture(2, ["/p/ab/2.jpg"]),
        StoredPicture(3, ["/p/a b/3.jpg"]),
        StoredPicture(4, ["/p/a.jpg"]),
        StoredPicture(5, ["/p/a/deep/er/5.jpg"]),
        StoredPicture(6, ["/p/a\udcff/6.jpg"]),
    )
    assert passing(home, "/p/a") == passing(home, "/p/a/") == {1, 5}
    assert passing(home, "/p/a\udcff") == {6}
    assert passing(home, "/p") == passing(home, "/") == passing(home, None) == {1, 2, 3, 4, 5, 6}
    assert passing(home, "/p/A") == set()


def test_one_file_inside_is_enough(home: Home) -> None:
    store(
        home,
        StoredPicture(1, ["/p/a/1.jpg", "/q/1.jpg", "/q/again.jpg"]),
        StoredPicture(2, ["/p/a/2.jpg"]),
    )
    assert passing(home, "/q") == {1}
    assert passing(home, "/p/a") == {1, 2}


def test_both_days_are_included(home: Home) -> None:
    taken = {
        1: "2024-06-29 23:59:59",
        2: "2024-06-30 00:00:00",
        3: "2024-07-01 12:00:00",
        4: "2024-07-02 23:59:59",
        5: "2024-07-03 00:00:00",
    }
    store(home, *(StoredPicture(n, [f"/p/{n}.jpg"], when) for n, when in taken.items()))
    assert passing(home, None, "2024-06-30", "2024-07-02") == {2, 3, 4}
    assert passing(home, None, "2024-06-30", "2024-06-30") == {2}
    assert passing(home, None, "2024-07-02") == {4, 5}
    assert passing(home, None, None, "2024-06-30") == {1, 2}
    assert passing(home, "/p", "2024-07-03", "2024-07-03") == {5}
    assert passing(home, "/q", "2024-07-03", "2024-07-03") == set()


def test_a_picture_without_a_time_taken_counts_by_its_files_local_day(
    home: Home, zone: str
) -> None:
    moments = [datetime(2024, 6, 30, hour) for hour in (0, 8, 16)]
    moments += [datetime(2024, 6, 29, 23, 59, 59), datetime(2024, 7, 1)]
    store(
        home,
        *(
            StoredPicture(n, [f"/p/{n}.jpg"], None, moment.timestamp() + 0.5)
            for n, moment in enumerate(moments)
        ),
        StoredPicture(10, ["/p/10.jpg"], "2024-06-30 03:00:00", datetime(2024, 7, 9).timestamp()),
        StoredPicture(11, ["/p/11.jpg"], "2024-07-09 03:00:00", datetime(2024, 6, 30).timestamp()),
    )
    assert passing(home, None, "2024-06-30", "2024-06-30") == {0, 1, 2, 10}


@pytest.fixture
def shanghai() -> Iterator[None]:
    """Until 1901 its clocks were 8 hours, 5 minutes and 43 seconds ahead."""
    if not hasattr(time, "tzset"):
        pytest.skip("the time zone cannot be set here")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Asia/Shanghai")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("shanghai")
@pytest.mark.parametrize("year", [1900, 1969])
def test_files_from_before_1970_are_found_by_their_day(home: Home, year: int) -> None:
    midnight, last = datetime(year, 6, 1), datetime(year, 5, 31, 23, 59, 59)
    store(
        home,
        StoredPicture(1, ["/p/1.jpg"], None, midnight.timestamp()),
        StoredPicture(2, ["/p/2.jpg"], None, last.timestamp() + 0.5),
        StoredPicture(3, ["/p/3.jpg"], f"{year}-06-01 00:00:00", 0),
    )
    assert passing(home, None, f"{year}-06-01", f"{year}-06-01") == {1, 3}
    assert passing(home, None, f"{year}-05-31", f"{year}-05-31") == {2}
    assert passing(home, None, "0001-01-01", "9999-12-31") == {1, 2, 3}


def test_of_two_places_the_one_in_the_folder_gives_the_day(home: Home) -> None:
    early, late = datetime(2024, 1, 1, 12).timestamp(), datetime(2024, 5, 1, 12).timestamp()
    store(home, StoredPicture(1, ["/p/1.jpg"], None, early))
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        catalogue.files.put(FileResult(FoundFile("/q/1.jpg", 1, int(late) * 10**9), 1).as_record())
    assert passing(home, "/p", "2024-01-01", "2024-01-01") == {1}
    assert passing(home, "/q", "2024-01-01", "2024-01-01") == set()
    assert passing(home, None, "2024-05-01") == {1}
