"""Queries of words and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_up_towers import MadeUpTowers
from making import fill, unit_vectors
from word_library import (
    BOTH,
    HASHES,
    MORE,
    NUMBER,
    PICTURES,
    RANDOM,
    SPECS,
    VECTORS,
    WORDS,
    assert_combined,
    by_score,
    ids,
    pictures_z,
    query,
    rows,
    search,
    unit,
    words_z,
)

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import save_weights
from finder.core.paths import Home
from finder.core.search.matches import Match
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.query.query_words import QueryWords


@pytest.mark.parametrize("weights", [(1.0, 1.0), (2.0, 0.5), (1.0, -0.5), (-0.5, 1.0)])
def test_one_model_alone_sums_up_the_vectors(
    word_library: Home, weights: tuple[float, float]
) -> None:
    of_picture, of_words = weights
    asked = query([(3, of_picture)], [("at night", of_words)])
    result = search(word_library, asked, [BOTH])
    total = of_picture * rows(BOTH)[3] + of_words * WORDS["both"]["at night"].astype(np.float64)
    expected = rows(BOTH) @ unit(total)
    assert ids(result.models["both"]) == by_score(expected)
    assert ids(result.combined) == by_score(expected), "there is nothing to combine"


MIXES: list[tuple[list[tuple[int, float]], list[tuple[str, float]]]] = [
    ([(3, 1.0)], [("at night", 1.0)]),
    ([(3, 1.0), (9, 0.5)], [("at night", 2.0)]),
    ([(3, 1.0)], [("people", -0.5)]),
    ([(3, 1.0), (5, -0.5)], [("at night", 1.0), ("people", -0.5)]),
]


@pytest.mark.parametrize(("pictures", "words"), MIXES)
def test_combined_words_and_pictures_are_standardised_each_for_itself(
    word_library: Home, pictures: list[tuple[int, float]], words: list[tuple[str, float]]
) -> None:
    result = search(word_library, query(pictures, words), [PICTURES, BOTH, MORE])
    of_pictures = sum(abs(weight) for _, weight in pictures)
    of_words = sum(abs(weight) for _, weight in words)
    share = of_words / (of_words + of_pictures)
    z_pictures = np.mean([pictures_z(s, *pictures) for s in (PICTURES, BOTH, MORE)], axis=0)
    z_words = np.mean([words_z(spec, *words) for spec in (BOTH, MORE)], axis=0)
    assert_combined(result, 3 * ((1 - share) * z_pictures + share * z_words))


def test_less_like_pictures_count_against_words(word_library: Home) -> None:
    result = search(word_library, query([(3, -1.0)], [("at night", 1.0)]), [BOTH, MORE])
    z_pictures = pictures_z(BOTH, (3, 1.0)) + pictures_z(MORE, (3, 1.0))
    z_words = words_z(BOTH, ("at night", 1)) + words_z(MORE, ("at night", 1))
    assert_combined(result, 0.5 * z_words - 0.5 * z_pictures)


def test_the_weights_of_models_count_for_both_kinds(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    fill(home, SPECS, range(NUMBER), VECTORS)
    with closing(Catalogue(home)) as catalogue:
        save_weights(catalogue, {"pictures": 1.0, "both": 3.0, "more": 2.0})
    result = search(home, query([(3, 1)], [("at night", 1)]), [PICTURES, BOTH, MORE])
    weights = {PICTURES: 0.5, BOTH: 1.5, MORE: 1.0}
    z_pictures = sum(w * pictures_z(spec, (3, 1)) for spec, w in weights.items()) / 3
    word = ("at night", 1.0)
    z_words = (1.5 * words_z(BOTH, word) + words_z(MORE, word)) / 2.5
    assert_combined(result, np.asarray(3 * (0.5 * z_pictures + 0.5 * z_words)))


def scores(matches: Sequence[Match]) -> dict[int, float]:
    return {match.picture.id: match.score for match in matches}


def test_models_without_words_take_part_through_the_pictures(word_library: Home) -> None:
    alone = search(word_library, query([(3, 1)]), [PICTURES, BOTH])
    mixed = search(word_library, query([(3, 1)], [("at night", 1)]), [PICTURES, BOTH])
    assert scores(mixed.models["pictures"]) == scores(alone.models["pictures"])
    assert scores(mixed.models["both"]) != scores(alone.models["both"])


def test_where_no_model_understands_words_it_is_said(word_library: Home) -> None:
    alone = search(word_library, query([(3, 1)]), [PICTURES, HASHES])
    mixed = search(word_library, query([(3, 1)], [("at night", 1)]), [PICTURES, HASHES])
    assert scores(mixed.combined) == scores(alone.combined)
    assert mixed.notes == (
        "None of these models understands words: only the pictures were searched for.",
    )


def test_a_query_of_pictures_ranks_as_if_there_were_no_text_towers(word_library: Home) -> None:
    plain = [replace(spec, text=None) for spec in SPECS]
    for pictures in ([(3, 1.0)], [(3, 1.0), (9, 0.5)], [(3, 1.0), (9, -0.5)]):
        with_towers = search(word_library, query(pictures), SPECS, look_twice=True)
        without = search(word_library, query(pictures), plain, look_twice=True)
        assert with_towers.combined == without.combined
        assert with_towers.models == without.models


def test_turned_pictures_are_asked_with_the_same_words(word_library: Home) -> None:
    item, others = QueryItem("q", b""), unit_vectors(RANDOM, 8, BOTH.dimension)
    asked = Query((item,), True, (QueryWords("at night"),))
    for turn, vector in zip(asked.orientations, others, strict=True):
        item.turned(turn).set_vector(BOTH, vector)
    result = search(word_library, asked, [BOTH])
    word = WORDS["both"]["at night"]
    expected = np.max([rows(BOTH) @ unit(one + word.astype(np.float64)) for one in others], axis=0)
    assert ids(result.models["both"]) == by_score(expected)


def test_words_that_cancel_each_other_out_leave_the_pictures(word_library: Home) -> None:
    nothing = [("people", 1.0), ("people", -1.0)]
    mixed = search(word_library, query([(3, 1.0)], nothing), [PICTURES, BOTH, MORE])
    alone = search(word_library, query([(3, 1.0)]), [PICTURES, BOTH, MORE])
    assert mixed.notes == ()
    assert ids(mixed.combined) == ids(alone.combined)
    assert ids(mixed.models["both"]) == ids(alone.models["both"])


def test_a_model_for_which_words_cancel_each_other_out_is_one_without_words(
    word_library: Home,
) -> None:
    words = {"both": WORDS["both"], "more": WORDS["more"] | {"people": WORDS["more"]["at night"]}}
    asked = query([(3, 1.0)], [("at night", 1.0), ("people", -1.0)])
    result = search(word_library, asked, [BOTH, MORE], towers=MadeUpTowers(words))
    z_pictures = pictures_z(BOTH, (3, 1)) + pictures_z(MORE, (3, 1))
    z_words = 2 * words_z(BOTH, ("at night", 1), ("people", -1))
    assert_combined(result, z_pictures / 3 + 2 * z_words / 3)
