"""Pictures found by words in their names, folders, labels, captions, and in the pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

import pytest
from stored_files import Picture, Place, store

from finder.core.errors import FinderError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.filter_text import parse_filter
from finder.core.library.catalogue.tables.recognised_table import RecognisedText, TextLine
from finder.core.library.words.name_match import NameMatch
from finder.core.paths import Home
from finder.core.pictures.metadata.description import Description
from finder.core.pictures.transform import Box
from finder.core.search.query.query import Query
from finder.core.search.query.query_words import QueryWords
from finder.use_cases.search.name_matches import find_names

PATHS = [
    "2023 Beach/IMG_2024.jpg",
    "2023 Beach/MyHoliday.png",
    "Đà Nẵng/Ảnh cưới.jpg",
    "제주/바다에서.jpg",
    "上海/海滩上的狗.jpg",
    "Ёлка/дети.jpg",
    "misc/red-bicycle_night.jpg",
    "misc/dog on the beach.jpg",
    "Liburan/pantai Kuta.jpg",
    "misc/beaches.jpg",
]
SHOT, HOLIDAY, WEDDING, SEA, DOG_ZH, CHILDREN, BICYCLE, DOG, KUTA, BEACHES = range(len(PATHS))
TAKEN = datetime(2020, 1, 1)


@pytest.fixture
def album(home: Home) -> Iterator[Catalogue]:
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        catalogue.folders.add("/home/anna/Pictures")
    pictures = [
        Picture(n, [Place(f"/home/anna/Pictures/{path}")], taken=TAKEN.replace(day=n + 1))
        for n, path in enumerate(PATHS)
    ]
    store(home, pictures)
    with closing(Catalogue(home)) as catalogue:
        yield catalogue


def ids(matches: list[NameMatch]) -> list[int]:
    return [match.picture.id for match in matches]


def found(catalogue: Catalogue, text: str, filter: str = "") -> list[int]:
    """Those that have all words."""
    matches = find_names(catalogue, text, filter=parse_filter(filter))
    return ids([match for match in matches if match.has_all])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("img 2024", [SHOT]),
        ("2024 img", [SHOT]),
        ("IMG_2024", [SHOT]),
        ("img2024", [SHOT]),
        ("holi", [HOLIDAY]),
        ("myholiday", [HOLIDAY]),
        ("Holiday My", [HOLIDAY]),
        ("anh cuoi", [WEDDING]),
        ("Ảnh Cưới Đà Nẵng", [WEDDING]),
        ("바다", [SEA]),
        ("제주 바다", [SEA]),
        ("海滩", [DOG_ZH]),
        ("狗", [DOG_ZH]),
        ("елка", [CHILDREN]),
        ("ДЕТИ ёлка", [CHILDREN]),
        ("kuta pantai", [KUTA]),
        ("liburan", [KUTA]),
        ("bicycle red", [BICYCLE]),
        ("nothing of this", []),
        ("", []),
        ('"', []),
        ("- *(^", []),
    ],
)
def test_words_in_any_order_script_and_case(
    album: Catalogue, text: str, expected: list[int]
) -> None:
    assert found(album, text) == expected


def test_names_come_before_folders_and_whole_words_before_longer_ones(album: Catalogue) -> None:
    assert found(album, "beach") == [DOG, BEACHES, HOLIDAY, SHOT], "then the newest first"
    matches = find_names(album, "beach")
    assert [(m.where, m.words) for m in matches] == [
        ("name", "dog on the beach.jpg"),
        ("name", "beaches.jpg"),
        ("folder", "2023 Beach"),
        ("folder", "2023 Beach"),
    ]


def test_words_may_be_in_several_places(album: Catalogue) -> None:
    (match,) = find_names(album, "beach img")[:1]
    assert (match.picture.id, match.where, match.has_all) == (SHOT, "folder", True)


def test_quoted_words_stand_next_to_each_other(album: Catalogue) -> None:
    assert found(album, '"the beach"') == [DOG]
    assert found(album, "“the beach”") == [DOG]
    assert found(album, '"beach the"') == []
    assert found(album, '"the bea"') == [], "whole words"
    assert found(album, '"beach on') == []


def test_words_with_a_minus_must_not_be_there(album: Catalogue) -> None:
    assert found(album, "beach -dog") == [BEACHES, HOLIDAY, SHOT]
    assert found(album, 'beach -"on the"') == [BEACHES, HOLIDAY, SHOT]
    assert found(album, "beach -2023") == [DOG, BEACHES]
    assert found(album, "-dog") == []


def test_a_sentence_finds_what_has_its_telling_words(album: Catalogue) -> None:
    assert found(album, "a photo of the red bicycle at night") == [BICYCLE]
    assert found(album, "фото детей") == []
    assert found(album, "바다의 사진") == [SEA]
    assert found(album, "海滩的照片") == [DOG_ZH]
    assert found(album, "foto pantai di kuta") == [KUTA]
    assert found(album, "hình ảnh đám cưới") == []


def test_most_words_follow_where_few_have_all_and_this_is_said(album: Catalogue) -> None:
    matches = find_names(album, "a red bicycle at night in Paris")
    assert [(m.picture.id, m.has_all) for m in matches] == [(BICYCLE, False)]
    assert find_names(album, "red car parked outside there") == [], "fewer than half of them"
    assert ids(find_names(album, "海滩上的大狗"))[:1] == [DOG_ZH]
    both = find_names(album, "dog beach")
    assert [(m.picture.id, m.has_all) for m in both][:2] == [(DOG, True), (BEACHES, False)]


def test_only_the_folders_of_the_library_count(album: Catalogue) -> None:
    assert found(album, "anna") == []
    assert len(found(album, "pictures")) == len(PATHS)


def test_labels_captions_and_text_in_the_picture(album: Catalogue) -> None:
    lines = (
        TextLine("Exit only", Box(0.1, 0.1, 0.5, 0.2)),
        TextLine("Harbour Café", Box(0.1, 0.3, 0.6, 0.4)),
    )
    with album.transaction():
        album.descriptions.put(SEA, Description("", ("Harbour", "Jeju island", "sea")))
        long = "word " * 60 + "the old harbour at dawn " + "word " * 60
        album.descriptions.put(DOG, Description(long, ()))
        album.recognised_text.put(BICYCLE, RecognisedText("ocr 1", lines))
    matches = find_names(album, "harbour")
    assert [(m.picture.id, m.where) for m in matches] == [
        (SEA, "label"),
        (DOG, "caption"),
        (BICYCLE, "picture"),
    ]
    label, caption, text = matches
    assert label.words == "Harbour"
    assert "old harbour at dawn" in caption.words
    assert len(caption.words) <= 120
    assert (text.words, text.boxes) == ("Harbour Café", (Box(0.1, 0.3, 0.6, 0.4),))
    assert found(album, "only harbour cafe") == [BICYCLE], "on several lines"


def test_filters_apply_to_files_and_pictures(album: Catalogue) -> None:
    assert found(album, "beach", "folder:/home/anna/Pictures/misc") == [DOG, BEACHES]
    assert found(album, "beach", "name:beaches") == [BEACHES]
    assert found(album, "beach", "taken:2020-01-01") == [SHOT]


def test_the_name_of_a_file_that_does_not_pass_is_not_found(album: Catalogue, home: Home) -> None:
    places = [Place("/home/anna/Pictures/a/sunset.jpg"), Place("/home/anna/Pictures/b/copy.jpg")]
    store(home, [Picture(100, places)])
    assert found(album, "sunset") == found(album, "copy") == [100]
    assert found(album, "sunset", "folder:/home/anna/Pictures/b") == []
    assert found(album, "copy", "folder:/home/anna/Pictures/b") == [100]
    inside = parse_filter("folder:/home/anna/Pictures/b")
    assert ids(find_names(album, "sunset zebra", filter=inside)) == []
    assert ids(find_names(album, "copy zebra", filter=inside)) == [100]
    (match,) = find_names(album, "copy")
    assert match.picture.paths[0].endswith("copy.jpg"), "the place that was found"


def test_the_number_of_matches(album: Catalogue) -> None:
    assert len(find_names(album, "jpg", limit=3)) == 3
    assert ids(find_names(album, "jpg", limit=3)) == ids(find_names(album, "jpg"))[:3]


def test_removed_pictures_are_never_found(album: Catalogue) -> None:
    with album.transaction():
        album.removed.add([DOG])
        album.removed.mark_files(DOG)
    assert DOG not in ids(find_names(album, "dog beach"))


def asked(*words: tuple[str, float]) -> Query:
    return Query((), words=tuple(QueryWords(text, weight) for text, weight in words))


def test_what_a_query_is_to_be_without_is_not_among_the_names(album: Catalogue) -> None:
    beach = ids(find_names(album, asked(("beach", 1))))
    assert beach == [DOG, BEACHES, HOLIDAY, SHOT]
    assert ids(find_names(album, asked(("beach", 1), ("dog", -0.5)))) == [BEACHES, HOLIDAY, SHOT]
    assert ids(find_names(album, asked(("beach", 1), ("dog beach", -0.5)))) == beach
    assert DOG not in ids(find_names(album, asked(("beach", 1), ("dog on the", -0.5))))
    long = asked(("beach " * 160, 1), ("dog", -0.5))
    assert ids(find_names(album, long)) == [BEACHES, HOLIDAY, SHOT]
    assert find_names(album, asked(("dog", -0.5))) == []


def test_a_minus_in_the_words_of_a_query_means_nothing(album: Catalogue) -> None:
    assert DOG in ids(find_names(album, "beach -photo"))
    assert ids(find_names(album, asked(("beach -dog", 1))))[0] == DOG
    both = find_names(album, asked(('"dog on', 1), ("beach", 1)))
    assert [match.picture.id for match in both if match.has_all] == [DOG], "one mark, one text"


def test_long_and_strange_questions(album: Catalogue) -> None:
    assert find_names(album, "x" * 100_000) == []
    assert find_names(album, " ".join(f"word{n}" for n in range(1_000))) == []
    assert find_names(album, "AND OR NOT NEAR(a b) {name}: col:x ^y \x00 \udc80") == []


def test_a_damaged_index_is_an_error_with_a_way_out(album: Catalogue) -> None:
    album.connection.execute("DROP TABLE word_index")
    with pytest.raises(FinderError, match=r"index of words is damaged.*check --repair"):
        find_names(album, "beach")
