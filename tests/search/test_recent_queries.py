"""The recent queries on the disk: their order, their number, what is not kept, and clearing."""

from __future__ import annotations

import os
import stat
import sys

import pytest

from finder.core.paths import Home
from finder.core.pictures.transform import Box, Transform
from finder.core.search.query.query_spec import (
    BytesSource,
    FileSource,
    LibrarySource,
    QueryExample,
    QuerySpec,
    TextSource,
)
from finder.use_cases.search import recent_queries as recents
from finder.use_cases.search.recent_queries import (
    RecentQuery,
    clear_recent_queries,
    keep_query,
    recent_queries,
)


def recent(source: object, transform: Transform | None = None) -> RecentQuery:
    assert isinstance(source, FileSource | LibrarySource | BytesSource | TextSource)
    example = QueryExample(source, transform=transform or Transform())
    return RecentQuery(QuerySpec((example,)), b"a thumbnail")


def test_the_newest_is_first_and_all_of_it_is_kept(home: Home) -> None:
    odd = os.fsdecode(b"/photos/\xff.jpg")
    kept = [
        recent(FileSource(odd), Transform(Box(0.1, 0.2, 0.5, 0.6), 1, True)),
        recent(LibrarySource(2**62 + 1, "a.jpg")),
        recent(BytesSource("Pasted picture", bytes(range(256)))),
    ]
    for query in kept:
        assert keep_query(home, query)
    assert recent_queries(home) == kept[::-1]


def test_a_query_about_the_same_picture_replaces_the_older_one(home: Home) -> None:
    part = Transform(Box(0, 0, 0.5, 0.5))
    keep_query(home, recent(FileSource("/a.jpg")))
    keep_query(home, recent(FileSource("/b.jpg")))
    keep_query(home, recent(FileSource("/a.jpg"), part))
    assert recent_queries(home) == [
        recent(FileSource("/a.jpg"), part),
        recent(FileSource("/b.jpg")),
    ]


def test_words_are_kept_too_those_beside_a_picture_with_it(home: Home) -> None:
    words, cat = QueryExample(TextSource("at night")), QueryExample(FileSource("/cat.jpg"))
    kept = [
        RecentQuery(QuerySpec.of_text("red bicycle"), b""),
        RecentQuery(QuerySpec((words,)), b""),
        RecentQuery(QuerySpec((words, cat)), b"a cat"),
    ]
    for query in kept:
        assert keep_query(home, query)
    assert recent_queries(home) == kept[::-1]
    assert keep_query(home, RecentQuery(QuerySpec((cat,)), b"a cat")), "the same subject"
    assert [len(query.spec.items) for query in recent_queries(home)] == [1, 1, 1]


def test_the_oldest_go(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recents, "MOST_RECENT", 5)
    for number in range(8):
        keep_query(home, recent(FileSource(f"/{number}.jpg")))
    assert [query.spec.items[0].source.label for query in recent_queries(home)] == [
        f"/{number}.jpg" for number in (7, 6, 5, 4, 3)
    ]
    assert len(os.listdir(home.recent)) == 5


def test_pasted_pictures_are_bounded(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recents, "MOST_PASTED_BYTES", 1_000)
    monkeypatch.setattr(recents, "MOST_BYTES", 4_000)
    assert not keep_query(home, recent(BytesSource("large", bytes(1_001))))
    assert recent_queries(home) == []
    for number in range(6):
        assert keep_query(home, recent(BytesSource("small", bytes([number]) * 1_000)))
    total = sum(path.stat().st_size for path in home.recent.iterdir())
    assert 2_000 < total <= 4_000


def test_the_largest_that_is_kept_can_be_read(home: Home) -> None:
    largest = recent(BytesSource("large", bytes(recents.MOST_PASTED_BYTES)))
    assert keep_query(home, largest)
    assert recent_queries(home) == [largest]


def test_clearing_leaves_nothing_behind(home: Home) -> None:
    keep_query(home, recent(FileSource("/secret.jpg")))
    clear_recent_queries(home)
    assert recent_queries(home) == []
    assert os.listdir(home.recent) == []
    clear_recent_queries(home)


def test_damaged_files_are_left_out(home: Home) -> None:
    keep_query(home, recent(FileSource("/a.jpg")))
    for name, text in (
        ("1", ""),
        ("2", "[" * 100_000),
        ("3", '{"query": {"items": [], "any_orientation": 0}}'),
        ("4", '{"thumbnail": "", "query": 7}'),
    ):
        (home.recent / f"{name}.json").write_text(text)
    assert recent_queries(home) == [recent(FileSource("/a.jpg"))]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_only_the_user_can_enter_the_folder(home: Home) -> None:
    keep_query(home, recent(FileSource("/a.jpg")))
    assert stat.S_IMODE(home.recent.stat().st_mode) == 0o700


def test_where_nothing_can_be_written_nothing_is_kept(home: Home) -> None:
    home.root.mkdir(parents=True, exist_ok=True)
    home.recent.write_text("in the way")
    assert not keep_query(home, recent(FileSource("/a.jpg")))
    assert recent_queries(home) == []
