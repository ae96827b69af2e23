"""What is typed as the words of a query."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.core.search.query.query_spec import (
    LESS,
    LONGEST_TEXT,
    MOST_QUERY_WORDS,
    FileSource,
    QueryExample,
    QuerySpec,
    TextSource,
)
from finder.core.search.query.typed_words import is_same, read_words, with_words, words_text

PICTURE = QueryExample(FileSource("/a.jpg"))


def sides(text: str) -> tuple[list[str], list[str]]:
    """The wanted words and the others."""
    words = read_words(text)
    return (
        [item.source.label for item in words if item.weight > 0],
        [item.source.label for item in words if item.weight < 0],
    )


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("red bicycle", ["red bicycle"], []),
        ("red bicycle -people", ["red bicycle"], ["people"]),
        ("  red   bicycle ", ["red bicycle"], []),
        ("-people red bicycle −cars", ["red bicycle"], ["people", "cars"]),
        ('dog -"parked cars" at night', ["dog at night"], ["parked cars"]),
        ('dog -"parked ca', ["dog"], ["parked ca"]),
        ("-“parked cars” dog", ["dog"], ["parked cars"]),
        ("Hund -„rote Autos“ −»am Abend«", ["Hund"], ["rote Autos", "am Abend"]),
        ("犬 -「赤い 車」", ["犬"], ["赤い 車"]),
        ("a “night sky”", ["a “night sky”"], []),
        ("black-and-white photo", ["black-and-white photo"], []),
        ("black - white", ["black - white"], []),
        ("dog -cat -cat", ["dog"], ["cat"]),
        ("자전거 -사람", ["자전거"], ["사람"]),
        ("-people", [], ["people"]),
        ("   ", [], []),
        ("-", [], []),
        ("red -", ["red"], []),
        ("red - ", ["red"], []),
        ('dog -"…"', ["dog"], []),
        ("?! …", [], []),
        ("🐈", ["🐈"], []),
    ],
)
def test_words_after_a_minus_are_not_wanted(
    text: str, wanted: list[str], unwanted: list[str]
) -> None:
    assert sides(text) == (wanted, unwanted)
    assert all(item.weight in (1.0, LESS) for item in read_words(text))


@given(st.text(max_size=60))
def test_what_would_be_typed_says_the_same(text: str) -> None:
    words = read_words(text)
    assert is_same(words_text(words), words)
    assert is_same(words_text(read_words(words_text(words))), words)


def test_pictures_stay_where_words_change() -> None:
    spec = with_words(QuerySpec((PICTURE,), any_orientation=True), "at night -people")
    assert spec.items[0] == PICTURE
    assert spec.any_orientation
    assert [item.source for item in spec.words] == [TextSource("at night"), TextSource("people")]
    assert with_words(spec, "").items == (PICTURE,)


def test_weights_stay_where_words_do() -> None:
    spec = with_words(None, "dog -cat -fish")
    heavy = replace(spec, items=tuple(replace(i, weight=2 * i.weight) for i in spec.items))
    changed = with_words(heavy, "dogs -cat -bird")
    assert [item.weight for item in changed.items] == [2.0, 2 * LESS, LESS]


def test_a_text_can_always_be_asked() -> None:
    with_words(None, "a " * LONGEST_TEXT).check()
    minus = " ".join(f"-word{n}" for n in range(100))
    spec = with_words(None, f"dog {minus}")
    spec.check()
    assert len(spec.items) == MOST_QUERY_WORDS


def described(spec: QuerySpec) -> list[tuple[str, float]]:
    return [(item.source.label, item.weight) for item in spec.words]


def test_several_descriptions_stay_apart_while_words_are_added() -> None:
    """They come from the command line or a saved search; the field shows them as one text."""
    castle, night = QueryExample(TextSource("a castle")), QueryExample(TextSource("night"), 0.5)
    spec = QuerySpec((PICTURE, castle, night))
    assert described(with_words(spec, "a castle night")) == [("a castle", 1.0), ("night", 0.5)]
    more = with_words(spec, "a castle night sky -people")
    assert described(more) == [("a castle", 1.0), ("night", 0.5), ("sky", 1.0), ("people", LESS)]
    assert described(with_words(spec, "a castle nights")) == [("a castle nights", 1.0)]


def test_quotation_marks_in_unwanted_words_can_be_read_back() -> None:
    said = QueryExample(TextSource('say "hi" now'), LESS)
    assert words_text([said]) == '-"say hi now"'
    assert sides(words_text([said])) == ([], ["say hi now"])
