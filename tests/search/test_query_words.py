"""Words of a query as the user asks them, before a model has seen them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest
from made_up_towers import MadeUpTowers, word_spec
from making import Vectors, fill, unit_vectors

from finder.core.cancellation import Cancelled, CancelToken
from finder.core.errors import FinderError
from finder.core.paths import Home
from finder.core.search.query.query_spec import (
    LESS,
    LONGEST_TEXT,
    MOST_QUERY_WORDS,
    FileSource,
    QueryExample,
    QuerySpec,
    TextSource,
)
from finder.use_cases.search.search_session import SearchSession

SPEC = word_spec("worded", 12)
VECTORS = unit_vectors(np.random.default_rng(3), 6, SPEC.dimension)
LAKE = QueryExample(TextSource("a lake"))
CAT, DOG = (QueryExample(FileSource(f"/{name}.jpg")) for name in ("cat", "dog"))


def without(text: str) -> QueryExample:
    return QueryExample(TextSource(text), LESS)


def test_a_text_is_one_line() -> None:
    assert QuerySpec.of_text(" a \n lake ") == QuerySpec((LAKE,))
    assert QuerySpec((LAKE, CAT)).words == (LAKE,)
    assert QuerySpec((LAKE, CAT)).pictures == (CAT,)


def test_a_query_is_known_by_its_first_picture_else_by_its_words() -> None:
    assert QuerySpec((LAKE, CAT, DOG)).lead == 1
    assert QuerySpec((without("people"), LAKE)).lead == 1
    less = QueryExample(CAT.source, LESS)
    assert QuerySpec((less, LAKE)).lead == 1
    assert QuerySpec((less,)).lead is None


@pytest.mark.parametrize(
    ("items", "sentence"),
    [
        ([without("people")], "“Without” needs something to start from. Add words or a picture"),
        ([QueryExample(TextSource(" "))], "There are no words to search for. Describe what you"),
        ([LAKE] * (MOST_QUERY_WORDS + 1), f"at most {MOST_QUERY_WORDS} descriptions"),
        ([QueryExample(TextSource("a" * (LONGEST_TEXT + 1)))], f"at most {LONGEST_TEXT} char"),
        ([CAT] * 33 + [LAKE], "at most 32 pictures"),
    ],
)
def test_what_cannot_be_asked_is_explained(items: list[QueryExample], sentence: str) -> None:
    with pytest.raises(FinderError) as error:
        QuerySpec(tuple(items)).check()
    assert sentence in str(error.value)


def test_minus_words_may_start_from_a_picture() -> None:
    QuerySpec((CAT, without("people"))).check()


@pytest.fixture
def towers() -> MadeUpTowers:
    return MadeUpTowers({"worded": {"a lake": VECTORS[2], "people": VECTORS[4]}})


@pytest.fixture
def session(home: Home, towers: MadeUpTowers) -> Iterator[SearchSession]:
    fill(home, [SPEC], range(6), {"worded": VECTORS})
    pool = towers.pool()
    with closing(pool), closing(SearchSession(home, lambda: pool)) as session:
        yield session


def test_words_are_asked_without_reading_or_decoding_anything(
    session: SearchSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("read_file", "decode"):
        monkeypatch.setattr(f"finder.core.search.query.query.{name}", None)
    read = session.set_query(QuerySpec.of_text("a lake"))
    assert read.pictures == {}
    assert (read.query.label, read.query.first, read.query.own) == ("a lake", None, frozenset())
    session.prepare_parts()
    result = session.search([SPEC], 3, "cosine")
    assert result.combined[0].picture.id == 2
    assert list(session.verify(result)) == []


def test_what_must_be_loaded_is_known_before_the_search(
    session: SearchSession, towers: MadeUpTowers
) -> None:
    assert session.words_to_load([SPEC]) == []
    session.set_query(QuerySpec.of_text("a lake"))
    assert session.words_to_load([SPEC]) == [SPEC]
    session.search([SPEC], 3, "cosine")
    assert session.words_to_load([SPEC]) == []
    session.set_query(QuerySpec.of_text("people"))
    assert session.words_to_load([SPEC]) == [], "the tower is loaded"


def test_a_search_is_cancelled_while_its_words_are_embedded(
    session: SearchSession, towers: MadeUpTowers
) -> None:
    stop, go_on = CancelToken(), threading.Event()

    def embed(text: str) -> Vectors:
        stop.set()
        assert go_on.wait(20)
        return np.asarray(VECTORS[0])

    towers.embed = embed
    session.set_query(QuerySpec.of_text("a lake"))
    try:
        with pytest.raises(Cancelled):
            session.search([SPEC], 3, "cosine", token=stop)
    finally:
        go_on.set()


def test_what_was_embedded_for_an_earlier_query_is_used_again(
    session: SearchSession, towers: MadeUpTowers
) -> None:
    for weight in (1.0, 2.0):
        for others in ((), (without("people"),)):
            session.set_query(QuerySpec((QueryExample(LAKE.source, weight), *others)))
            session.search([SPEC], 3, "cosine")
    assert towers.asked == [("worded", "a lake"), ("worded", "people")]
