"""How close a match is to words, and how likely these describe it."""

from __future__ import annotations

import numpy as np
import pytest
from making import fill
from word_library import (
    BOTH,
    HASHES,
    MORE,
    NUMBER,
    PICTURES,
    VECTORS,
    WORDS,
    query,
    rows,
    search,
    words_z,
)

from finder.core.paths import Home
from finder.core.search.closeness.closeness import (
    CLOSEST_OTHER,
    CLOSEST_SIMILAR,
    NEARLY_THE_SAME,
)
from finder.core.search.query.query import Query


def test_closeness_is_how_far_a_match_stands_out(word_library: Home) -> None:
    result = search(word_library, query(words=[("at night", 1)]), [BOTH, MORE])
    expected = {spec: words_z(spec, ("at night", 1)) for spec in (BOTH, MORE)}
    for spec, above in expected.items():
        for match in result.models[spec.name]:
            closeness = np.clip(100 * above[match.picture.id] / 6, 0, CLOSEST_OTHER)
            assert match.closeness == pytest.approx(closeness, abs=0.05)
    for match in result.combined:
        both = [result.standings[match.picture.id][name].closeness for name in ("both", "more")]
        assert match.closeness == pytest.approx(np.mean(both))


def test_with_words_nothing_is_nearly_the_same(tmp_path_factory: pytest.TempPathFactory) -> None:
    home, vectors = Home(tmp_path_factory.mktemp("far") / "home"), VECTORS["both"].copy()
    vectors[0] = WORDS["both"]["people"]
    fill(home, [BOTH], range(NUMBER), {"both": vectors})
    (alone, *_) = search(home, query(words=[("people", 1)]), [BOTH]).models["both"]
    assert alone.picture.id == 0
    assert NEARLY_THE_SAME < alone.closeness <= CLOSEST_OTHER
    (mixed, *_) = search(home, query([(0, 1)], [("people", 1)]), [BOTH]).models["both"]
    assert (mixed.picture.id, mixed.closeness) == (0, CLOSEST_SIMILAR)


def test_beside_words_a_model_for_pictures_finds_nothing_the_same(word_library: Home) -> None:
    asked = query([(0, 1)], [("people", 1)])
    plain = search(word_library, query([(0, 1)]), [PICTURES, HASHES, BOTH])
    assert plain.models["pictures"][0].closeness > CLOSEST_SIMILAR
    for specs in ([PICTURES, HASHES, BOTH], [PICTURES, HASHES]):
        result = search(word_library, asked, specs)
        assert result.models["pictures"][0].picture.id == 0
        assert result.models["pictures"][0].closeness == CLOSEST_SIMILAR
        assert max(match.closeness for match in result.combined) <= CLOSEST_SIMILAR
        assert {match.likelihood for match in result.models["hashes"]} == {None}


def test_a_likelihood_is_claimed_for_one_description_alone(word_library: Home) -> None:
    result = search(word_library, query(words=[("at night", 1)]), [BOTH, MORE])
    cosines = rows(BOTH) @ WORDS["both"]["at night"]
    for match in result.models["both"]:
        expected = 1 / (1 + np.exp(4 - 20 * cosines[match.picture.id]))
        assert match.likelihood == pytest.approx(expected, abs=1e-4)
    assert {match.likelihood for match in result.models["more"]} == {None}
    for match in result.combined:
        of_both = result.standings[match.picture.id]["both"].likelihood
        assert match.likelihood == of_both
    for asked in (
        query([(3, 1)], [("at night", 1)]),
        query(words=[("at night", 1), ("people", -0.5)]),
        query([(3, 1)]),
    ):
        matches = search(word_library, asked, [BOTH]).models["both"]
        assert {match.likelihood for match in matches} == {None}


def test_a_library_of_one_picture_is_searched(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = Home(tmp_path_factory.mktemp("one") / "home")
    fill(home, [BOTH], [4], {"both": VECTORS["both"][:1]})
    result = search(home, query(words=[("at night", 1)]), [BOTH])
    assert [(match.picture.id, match.closeness) for match in result.combined] == [(4, 0.0)]


def test_a_query_needs_a_picture_or_words() -> None:
    with pytest.raises(ValueError, match="or words"):
        Query(())
