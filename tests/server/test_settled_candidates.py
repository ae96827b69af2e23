"""When a server is asked for longer lists of candidates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from candidate_rankings import (
    NUMBER,
    SPECS,
    TOP,
    by_candidates,
    euclidean,
    exactly,
    fetched_from,
    ids_of,
    nearest,
    queries_like,
    queries_of,
)

from finder.core.library.view.model_index import ModelIndex
from finder.core.search.ranking.candidate_scores import (
    NearestFound,
    candidate_ids,
    combine_candidates,
    is_settled,
    score_candidates,
)
from finder.core.search.ranking.ranking import NOTHING_OWN


def test_longer_lists_are_wanted_until_they_would_change_nothing(
    indexes: dict[str, ModelIndex],
) -> None:
    """As soon as a ranking is settled it is the exact one: here the sample is the library."""
    lengths = []
    for seed in range(12):
        queries = queries_like(indexes, 7 * seed, np.random.default_rng(seed))
        _, exact = exactly(indexes, queries)
        for length in (TOP, 50, 150, 300, NUMBER):
            models, combined = by_candidates(indexes, queries, length)
            found = [nearest(indexes[s.name], queries[s.name], length) for s in SPECS]
            if is_settled(models, found, combined, TOP):
                break
        lengths.append(length)
        assert len(set(ids_of(combined)) & set(ids_of(exact))) >= TOP - 1
    assert TOP < max(lengths) < NUMBER, "neither always at once nor never"
    models, combined = by_candidates(indexes, queries, 5)
    everything = [NearestFound([np.arange(5)], is_everything=True)] * 3
    assert is_settled(models, everything, combined, TOP)
    nothing = [NearestFound([np.zeros(0, np.int64)])] * 3
    assert not is_settled(models, nothing, combined, 1)


def test_longer_lists_are_wanted_until_each_model_has_its_matches(
    indexes: dict[str, ModelIndex],
) -> None:
    """One model that has found everything does not settle the lists of the others."""
    queries, mask = queries_of(np.random.default_rng(9)), np.arange(NUMBER) % 3 == 0
    models, combined = by_candidates(indexes, queries, 40, mask=mask)
    assert len(combined.top) == TOP
    first, second, third = (nearest(indexes[s.name], queries[s.name], 40, mask) for s in SPECS)
    everything = replace(first, is_everything=True)
    assert is_settled(models, [everything, second, third], combined, TOP)
    short = replace(second, lists=[second.lists[0][: TOP - 1]])
    assert not is_settled(models, [everything, short, third], combined, TOP)
    whole = replace(short, is_everything=True)
    assert is_settled(models, [first, whole, third], combined, TOP)
    two = replace(second, lists=[*second.lists, *short.lists])
    assert not is_settled(models, [everything, two, third], combined, TOP)


def test_what_does_not_pass_does_not_count_in_a_list(indexes: dict[str, ModelIndex]) -> None:
    """Although the candidates of the other models fill the model's matches up."""
    queries = queries_of(np.random.default_rng(10))
    found = [nearest(indexes[s.name], queries[s.name], 60) for s in SPECS]
    mask = np.ones(NUMBER, np.bool_)
    mask[indexes["b"].positions(found[1].lists[0][TOP - 1 :])] = False
    ids = candidate_ids(found)
    models = []
    for spec, one in zip(SPECS, found, strict=True):
        index, query = indexes[spec.name], queries[spec.name]
        fetched, sample = fetched_from(index, ids), fetched_from(index, index.pictures)
        passing = mask[index.positions(fetched.pictures)]
        models.append(
            score_candidates(
                fetched, query, euclidean(spec), one, sample, TOP, NOTHING_OWN, passing
            )
        )
    combined = combine_candidates(models, TOP, NOTHING_OWN, NUMBER)
    assert [len(model.top) for model in models] == [TOP, TOP, TOP]
    found[0] = replace(found[0], is_everything=True)
    assert not is_settled(models, found, combined, TOP)
    assert is_settled(models, found, combined, TOP - 1)
