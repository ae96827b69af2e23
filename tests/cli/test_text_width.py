"""The width of text in a terminal."""

from __future__ import annotations

from unicodedata import normalize

import pytest

from finder.cli.output.text_width import cut_end, fit_path, pad, text_width


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("fish.jpg", 8),
        ("", 0),
        ("사진", 4),
        ("北京.png", 8),
        ("Nguyễn", 6),
        (normalize("NFD", "Nguyễn"), 6),
        ("שלום", 4),
        ("a\N{ZERO WIDTH JOINER}b", 2),
        ("🐟", 2),
    ],
)
def test_wide_characters_count_twice_and_marks_not_at_all(text: str, width: int) -> None:
    assert text_width(text) == width


def test_padding_fills_columns_not_characters() -> None:
    assert pad("사진", 6) == "사진  "
    assert pad("사진과 그림", 6) == "사진… "
    assert cut_end("abcdef", 4) == "abc…"


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (40, "/home/anna/sea/fish_021.png"),
        (26, "…/anna/sea/fish_021.png"),
        (18, "…/sea/fish_021.png"),
        (15, "…/fish_021.png"),
        (12, "fish_021.png"),
        (9, "fish….png"),
        (2, "f…"),
    ],
)
def test_a_path_loses_folders_first_then_the_middle_of_its_name(width: int, shown: str) -> None:
    assert fit_path("/home/anna/sea/fish_021.png", width) == shown


def test_syllables_in_several_characters_are_joined() -> None:
    assert fit_path(normalize("NFD", "/사진/제주.jpg"), 14) == "/사진/제주.jpg"
