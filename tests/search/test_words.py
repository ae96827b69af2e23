"""Queries of words alone."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from made_up_towers import MadeUpTowers
from word_library import (
    BOTH,
    HASHES,
    MORE,
    PICTURES,
    SPECS,
    WORDS,
    assert_combined,
    by_score,
    ids,
    query,
    rows,
    search,
    words_z,
)

from finder.core.errors import ModelFailedError, NoWordModelError
from finder.core.library.catalogue.filter.filter_text import parse_filter
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.use_cases.search.library_search import open_searcher


def test_words_rank_by_their_similarity_to_the_pictures(word_library: Home) -> None:
    result = search(word_library, query(words=[("red bicycle", 1)]), [BOTH])
    cosines = rows(BOTH) @ WORDS["both"]["red bicycle"]
    assert ids(result.models["both"]) == by_score(cosines)
    np.testing.assert_allclose(
        [match.score for match in result.models["both"]], -np.sort(-cosines), atol=1e-5
    )
    assert ids(result.combined) == ids(result.models["both"])


def test_several_words_are_the_weighted_sum_of_their_vectors(word_library: Home) -> None:
    asked = [("red bicycle", 1.0), ("at night", 0.5), ("people", -0.5)]
    result = search(word_library, query(words=asked), [BOTH])
    assert ids(result.models["both"]) == by_score(words_z(BOTH, *asked))


def test_a_minus_pushes_back_what_fits_it(word_library: Home) -> None:
    plain = search(word_library, query(words=[("red bicycle", 1)]), [BOTH])
    without = search(word_library, query(words=[("red bicycle", 1), ("people", -0.5)]), [BOTH])
    people = words_z(BOTH, ("people", 1))
    before, after = (ids(result.models["both"])[:30] for result in (plain, without))
    assert people[after].mean() < people[before].mean() - 0.3


def test_together_the_models_count_alike(word_library: Home) -> None:
    result = search(word_library, query(words=[("at night", 1)]), [BOTH, MORE])
    word = ("at night", 1.0)
    assert_combined(result, words_z(BOTH, word) + words_z(MORE, word))


def test_models_that_do_not_understand_words_are_left_out_with_the_reason(
    word_library: Home,
) -> None:
    result = search(word_library, query(words=[("at night", 1)]))
    assert list(result.models) == ["both", "more"]
    assert result.left_out == {
        "pictures": "Pictures does not understand words.",
        "hashes": "Hashes does not understand words.",
    }
    assert_combined(result, words_z(BOTH, ("at night", 1)) + words_z(MORE, ("at night", 1)))
    assert not search(word_library, query([(3, 1)], [("at night", 1)])).left_out


def test_with_no_other_model_the_way_out_is_said(word_library: Home) -> None:
    with pytest.raises(NoWordModelError, match=r"None of these models.*install SigLIP2"):
        search(word_library, query(words=[("at night", 1)]), [PICTURES, HASHES])


def test_less_like_a_picture_needs_a_model_with_words_to_start_from(word_library: Home) -> None:
    result = search(word_library, query([(3, -0.5)], [("at night", 1)]), [PICTURES, BOTH])
    assert list(result.models) == ["both"]
    assert result.left_out == {
        "pictures": "Pictures does not understand words, and there is no picture to start from."
    }


def test_words_are_not_turned(word_library: Home) -> None:
    towers, plain = MadeUpTowers(WORDS), query(words=[("at night", 1)])
    turned = search(word_library, replace(plain, any_orientation=True), [BOTH], towers=towers)
    assert towers.asked == [("both", "at night")]
    assert turned.combined == search(word_library, plain, [BOTH]).combined


def test_a_text_is_embedded_once_however_often_it_is_asked(word_library: Home) -> None:
    towers, asked = MadeUpTowers(WORDS), query([(3, 1)], [("at night", 1)])
    pool = towers.pool()
    with closing(pool), closing(open_searcher(word_library, pool)) as searcher:
        for _ in range(3):
            searcher.search(asked, SPECS, 5, Metric.COSINE)
    assert sorted(towers.asked) == [("both", "at night"), ("more", "at night")]


def test_a_filter_leaves_out_the_others(word_library: Home) -> None:
    some = parse_filter("name:7.jpg")
    result = search(word_library, query(words=[("at night", 1)]), [BOTH, MORE], some)
    order = by_score(words_z(BOTH, ("at night", 1)) + words_z(MORE, ("at night", 1)))
    assert ids(result.combined) == [one for one in order if f"{one}.jpg".endswith("7.jpg")]
    everything = search(word_library, query(words=[("at night", 1)]), [BOTH, MORE])
    scores = {match.picture.id: match.score for match in everything.combined}
    for match in result.combined:
        assert match.score == pytest.approx(scores[match.picture.id]), "of the whole library"


def test_the_same_vector_of_several_models_is_not_looked_at_twice(word_library: Home) -> None:
    assert not search(word_library, query(words=[("people", 1)]), look_twice=True).looked_twice
    assert not search(word_library, query([(3, 1)], [("people", 1)]), look_twice=True).looked_twice
    assert search(word_library, query([(3, 1)]), look_twice=True).looked_twice


# Words that fail


def test_a_tower_that_fails_is_one_model_that_fails(word_library: Home) -> None:
    towers = MadeUpTowers({"both": WORDS["both"], "more": {}})
    result = search(word_library, query(words=[("people", 1)]), [BOTH, MORE], towers=towers)
    assert list(result.models) == ["both"]
    assert result.notes == ("More cannot read this.",)
    mixed = search(word_library, query([(3, 1)], [("people", 1)]), towers=towers)
    assert list(mixed.models) == ["pictures", "both", "hashes"]
    with pytest.raises(ModelFailedError, match="cannot read this"):
        search(word_library, query(words=[("unknown", 1)]), [BOTH, MORE])


def test_words_that_cancel_each_other_out_are_refused(word_library: Home) -> None:
    nothing = query(words=[("people", 1), ("people", -1)])
    with pytest.raises(ModelFailedError, match="words of the query cancel each other out"):
        search(word_library, nothing, [BOTH])
