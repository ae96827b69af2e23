"""The lines that commands print for given values."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from making import FACTS, tiny_spec

from finder.cli import lines
from finder.core.library.catalogue.records import FolderState, PictureRecord
from finder.core.library.indexing.progress import Counts, Phase, Progress
from finder.core.search.distance import Metric
from finder.core.search.matches import Match, Result, Standing
from finder.core.search.query import Query, QueryItem

THERE = PictureRecord(1, FACTS, ("/p/cats/one.jpg",))
AWAY = PictureRecord(2, FACTS, ("/q/dogs/two.jpg",), frozenset({"/q/dogs/two.jpg"}))
PARTLY = PictureRecord(3, FACTS, ("/p/three.jpg", "/q/three.jpg"), frozenset({"/q/three.jpg"}))


def result_of(*pictures: PictureRecord) -> Result:
    matches = [Match(rank, picture, rank / 4) for rank, picture in enumerate(pictures, 1)]
    standings = {p.id: {"tiny": Standing(rank, rank / 4, 0.5)} for rank, p in enumerate(pictures)}
    return Result(
        query=Query((QueryItem("/q/asked.jpg", b""),)),
        metric=Metric.EUCLIDEAN,
        metrics={"tiny": Metric.EUCLIDEAN},
        models={"tiny": matches},
        combined=matches,
        combined_over=len(pictures),
        standings=standings,
        combined_standings={},
        seconds={"tiny": 0.0},
        combined_seconds=0.0,
        extraction_seconds=0.0,
    )


def test_a_match_that_is_offline_is_marked_in_its_column() -> None:
    shown = list(lines.result_lines(result_of(THERE, AWAY, PARTLY), [tiny_spec()], 60))
    assert shown == [
        "/q/asked.jpg – euclidean",
        "    Tiny",
        "  1 0.250 cats/one.jpg",
        "  2 0.500 (offline) dogs/two.jpg",
        "  3 0.750 p/three.jpg",
        "Most alike: /p/cats/one.jpg",
    ]


def test_several_query_pictures_are_named() -> None:
    result = result_of(THERE, AWAY)
    assert "queries" not in lines.result_as_json(result)
    items = [QueryItem(f"/q/{name}.jpg", b"", picture=id) for id, name in enumerate("abc", 1)]
    for count, head in ((1, "/q/a.jpg"), (2, "/q/a.jpg and 1 more"), (3, "/q/a.jpg and 2 more")):
        several = replace(result, query=Query(tuple(items[:count])))
        first, *_, last = lines.result_lines(several, [tiny_spec()], 60)
        assert first == f"{head} – euclidean"
        assert ("Most alike" in last) == (count == 1), "none but the query's own is left"
    found = lines.result_as_json(several)
    assert found["query"] == "/q/a.jpg"
    assert found["queries"] == ["/q/a.jpg", "/q/b.jpg", "/q/c.jpg"]


def test_the_most_alike_is_marked_if_it_is_offline() -> None:
    *_, last = lines.result_lines(result_of(AWAY), [tiny_spec()], 80)
    assert last == "Most alike: /q/dogs/two.jpg (offline)"


@pytest.mark.parametrize("kind", ["tiny", "combined"])
def test_only_what_is_offline_is_marked_in_json(kind: str) -> None:
    found = lines.result_as_json(result_of(THERE, AWAY, PARTLY))
    rows = found["combined"] if kind == "combined" else found["models"][kind]
    assert [row.get("offline") for row in rows] == [None, True, None]
    assert [row["path"] for row in rows] == ["/p/cats/one.jpg", "/q/dogs/two.jpg", "/p/three.jpg"]


def test_status_marks_folders_that_are_offline() -> None:
    folders = [FolderState("/p", 1, 0), FolderState("/q\n", 2, 1)]
    assert list(lines.status_lines(Path("/home"), folders, 3, 1, {"/q\n"}, 2_500_000)) == [
        "Library   /home",
        "Contents  3 pictures, 1 skipped file, 2.5 MB on disk",
        "Folder    /p (1 file)",
        "Folder    /q\\n (2 files) (offline)",
    ]


def test_the_summary_after_indexing() -> None:
    progress = Progress(
        Phase.DONE,
        counts=Counts(new=1, skipped=1),
        offline=("/q",),
        moved={"/old": "/new"},
        notes=("Mended.",),
    )
    assert list(lines.indexing_notes(progress)) == [
        "“image-finder skipped” shows why files were skipped.",
        "Mended.",
        "The folder /old was moved: its pictures are in /new now.",
        "/q is missing or empty; its pictures were kept in the library.",
    ]
