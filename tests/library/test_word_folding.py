"""Texts as folded words, in every script."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.core.library.catalogue.word_folding import BREAK, MAX_WORD, folded_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("IMG_2024-05-01.final.JPG", "img 2024 05 01 final jpg"),
        ("DSC00123", "dsc 00123"),
        ("Ảnh cưới ở Đà Nẵng", "anh cuoi o da nang"),
        ("Łódź Smørrebrød straße", "lodz smorrebrod strasse"),
        ("Ёлка и чайник", "елка и чайник"),
        ("İstanbul IŞIK", "istanbul isik"),
        ("Σίσυφος", "σισυφοσ"),
        ("œuvre ﬁn", "oeuvre fin"),
        ("제주바다 여행", "제 주 바 다 여 행"),
        ("上海的夜2024", "上 海 的 夜 2024"),
        ("東京タワー ｶﾒﾗ", "東 京 タ ワ ー カ メ ラ"),
        ("ทะเล", "ท ะ เ ล"),
        ("हिन्दी", "हिन्दी"),
        ("שָׁלוֹם ٣٤", "שלום 34"),
        ("", ""),
        ("-._ ()", ""),
    ],
)
def test_words_of_a_text(text: str, words: str) -> None:
    assert folded_words(text) == words.split()
    assert folded_words(text, splits_case=False) == words.split()


@pytest.mark.parametrize(
    ("text", "parts", "wholes"),
    [
        ("MyPhoto.jpg", "my photo jpg", "myphoto"),
        ("HTMLFile", "html file", "htmlfile"),
        ("iPhone15Pro", "i phone 15 pro", "iphone"),
        ("МойДом", "мой дом", "мойдом"),
        ("ÉtéÀNice", "ete a nice", "eteanice"),
    ],
)
def test_a_word_in_mixed_case_is_its_parts_and_the_whole(
    text: str, parts: str, wholes: str
) -> None:
    assert folded_words(text) == [*parts.split(), BREAK, *wholes.split()]
    typed = folded_words(text, splits_case=False)
    assert set(wholes.split()) <= set(typed)


def test_accents_may_be_encoded_in_either_way() -> None:
    for text in ("Đà Nẵng", "й ё É", "바다", "がぎ"):
        assert folded_words(unicodedata.normalize("NFD", text)) == folded_words(text)


def test_long_words_are_cut() -> None:
    assert folded_words("a" * 1_000) == ["a" * MAX_WORD]
    assert folded_words("é" * 1_000) == ["e" * MAX_WORD]


@given(st.text(max_size=60))
def test_any_text_has_words_that_sqlite_can_keep(text: str) -> None:
    for splits_case in (True, False):
        for word in folded_words(text, splits_case):
            word.encode()
            assert word
            assert not set(word) & set(' "*-^:(){}')


@given(st.text(alphabet="abAB01 _-.", max_size=20), st.booleans())
def test_words_in_ascii_are_the_same_beside_other_letters(text: str, splits_case: bool) -> None:
    alone = folded_words(text, splits_case)
    beside = folded_words(f"{text} дом", splits_case)
    beside.remove("дом")
    assert beside == alone
