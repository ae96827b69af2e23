"""Of a picture's several places, those that exist come first."""

from __future__ import annotations

import os
import threading
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
from making import FACTS, copied, run_index

from finder.core.library.availability import locate
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter, Span
from finder.core.library.catalogue.records import PictureRecord
from finder.core.library.listing import Order
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.core.search.matches import Result
from finder.core.search.query.query import Query
from finder.use_cases.library.library_pictures import list_library
from finder.use_cases.search.library_search import open_searcher
from finder.workers.worker_pools import FolderChecks


def search(
    home: Home,
    picture: Path,
    spec: ModelSpec,
    extractors: ExtractorPool,
    filter: Filter = NO_FILTER,
) -> Result:
    with closing(open_searcher(home, extractors, run=FolderChecks())) as searcher:
        query = Query.from_file(str(picture))
        return searcher.search(query, [spec], 10, Metric.EUCLIDEAN, filter)


def test_a_moved_folders_matches_are_shown_where_they_are(
    home: Home, tmp_path: Path, samples: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    birds = sorted((samples / "birds").glob("*.jpg"))[:3]
    old, new = copied(birds, tmp_path / "a")[0].parent, copied(birds, tmp_path / "b")[0].parent
    run_index(home, [old, new], [fast_spec], extractors)
    (old / birds[0].name).unlink()
    result = search(home, birds[0], fast_spec, extractors)
    for matches in (result.models[fast_spec.name], result.combined):
        by_name = {Path(match.picture.paths[0]).name: match.picture for match in matches}
        gone = by_name[birds[0].name]
        assert gone.paths == (str(new / birds[0].name), str(old / birds[0].name))
        assert gone.missing == {str(old / birds[0].name)}
        assert not gone.is_offline
        assert by_name[birds[1].name].paths[0] == str(old / birds[1].name)

    inside_old = Filter((str(old),))
    first = search(home, birds[0], fast_spec, extractors, inside_old).combined[0].picture
    assert first.paths[0] == str(new / birds[0].name), "what exists comes first, even from outside"
    (old / birds[1].name).rename(new / birds[1].name)
    (new / birds[0].name).unlink()
    first = search(home, birds[0], fast_spec, extractors).combined[0].picture
    assert first.is_offline


def picture(number: int, *paths: Path) -> PictureRecord:
    return PictureRecord(number, FACTS, tuple(map(str, paths)))


def test_a_folder_that_is_away_is_asked_once_and_no_file_of_it(tmp_path: Path) -> None:
    away = tmp_path / "away"
    asked: list[str] = []
    pictures = [picture(n, away / f"{n}.jpg") for n in range(50)]

    def noted(steps: object) -> None:
        assert isinstance(steps, dict)
        asked.extend(steps)
        for step in steps.values():
            step()

    found = locate(pictures, [str(tmp_path), str(away)], noted)
    assert asked == [str(away)]
    assert all(found[p.id].is_offline for p in pictures)


def test_a_drive_that_does_not_respond_delays_nothing(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    (there / "1.jpg").write_bytes(b"1")
    answered, run, begun = threading.Event(), FolderChecks(0.05), threading.Semaphore(0)

    def hang() -> None:
        begun.release()
        answered.wait()

    run({"/slow": hang})
    run({"/slow": hang})
    known = picture(1, tmp_path / "slow" / "1.jpg", there / "1.jpg")
    found = locate([known], [str(there)], run)[1]
    assert found.paths == known.paths[::-1]
    assert begun.acquire(blocking=False)
    assert not begun.acquire(blocking=False), "a folder that has not answered is asked again"
    answered.set()


def test_a_place_that_was_not_checked_in_time_ranks_between(tmp_path: Path) -> None:
    for name in ("b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "other.jpg").write_bytes(b"1")
    (tmp_path / "c" / "1.jpg").write_bytes(b"1")
    known = picture(1, *(tmp_path / name / "1.jpg" for name in ("a", "b", "c")))

    def without_a(steps: object) -> None:
        assert isinstance(steps, dict)
        for folder, step in steps.items():
            if Path(folder).name != "a":
                step()

    found = locate([known], [str(tmp_path / name) for name in "abc"], without_a)[1]
    assert [Path(path).parent.name for path in found.paths] == ["c", "a", "b"]
    assert found.missing == {str(tmp_path / "b" / "1.jpg")}
    assert not found.is_offline


def test_the_order_of_places_is_kept_where_all_exist(tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.jpg" for n in np.random.default_rng(1).permutation(5)]
    for path in paths:
        path.write_bytes(b"1")
    known = picture(1, *paths)
    assert locate([known], [str(tmp_path)])[1] == known


def test_a_match_counts_by_the_date_that_the_library_puts_it_in_order_by(
    home: Home, tmp_path: Path, samples: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    """The time of the earliest file that passes, where no date taken is known."""
    birds = [samples / "birds" / name for name in ("kingfisher.jpg", "purple-heron.jpg")]
    for day, folder in enumerate(("a", "b"), 1):
        for number, path in enumerate(copied(birds, tmp_path / folder)):
            moment = datetime(2020 + number, 1, day).timestamp()
            os.utime(path, (moment, moment))
    run_index(home, [tmp_path / "a", tmp_path / "b"], [fast_spec], extractors)
    for filter, day in ((NO_FILTER, 1), (Filter(folders=(str(tmp_path / "b"),)), 2)):
        matches = search(home, birds[0], fast_spec, extractors, filter).combined
        dates = {match.picture.id: match.picture.date for match in matches}
        listing = list_library(home, filter, Order.NEWEST)
        assert sorted(dates, key=lambda id: dates[id], reverse=True) == listing.pictures.tolist()
        assert sorted(dates.values()) == [f"202{n}-01-0{day} 00:00:00" for n in (0, 1)]


def test_a_time_that_no_calendar_has_is_none() -> None:
    assert replace(picture(1, Path("/p")), time_ns=10**21).date == ""
    assert picture(1, Path("/p")).date == ""


def test_the_place_whose_name_passes_comes_first(
    home: Home, tmp_path: Path, samples: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    """Even if it is gone: its name is what is shown, and another one would not pass."""
    (bird,) = copied([samples / "birds" / "kingfisher.jpg"], tmp_path / "a")
    beach = tmp_path / "b" / "Beach.jpg"
    beach.parent.mkdir()
    beach.write_bytes(bird.read_bytes())
    run_index(home, [tmp_path / "a", tmp_path / "b"], [fast_spec], extractors)
    by_name, by_size = Filter(name=("beach",)), Filter(bytes=Span(1))
    for paths, filter in (((bird, beach), by_size), ((beach, bird), by_name)):
        (match,) = search(home, bird, fast_spec, extractors, filter).combined
        assert match.picture.paths == tuple(map(str, paths))
    beach.unlink()
    (match,) = search(home, bird, fast_spec, extractors, by_name).combined
    assert match.picture.paths == (str(beach), str(bird))
    assert match.picture.missing == {str(beach)}
    assert search(home, bird, fast_spec, extractors, by_size).combined[0].picture.paths[0] == str(
        bird
    )
