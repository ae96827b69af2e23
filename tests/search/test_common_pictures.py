"""Which pictures several models have all embedded, against sets and dictionaries."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest
from making import outcomes, tiny_spec, unit_vectors

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.view.model_index import ModelIndex
from finder.core.library.writer import LibraryWriter
from finder.core.paths import Home
from finder.core.search.ranking.common_pictures import CommonPicturesCache, common_pictures

IDS = np.random.default_rng(0).choice(2**62, 200, replace=False).tolist()
HAVE = {
    "all have the same": [IDS, IDS, IDS],
    "in another order": [IDS, IDS[::-1], IDS],
    "one lacks one": [IDS, IDS, IDS[:77] + IDS[78:]],
    "the first lacks one": [IDS[1:], IDS, IDS],
    "they overlap": [IDS[:120], IDS[50:], IDS[::3]],
    "nothing in common": [IDS[:90], IDS[90:], IDS],
    "one model": [IDS],
}


def _indexes(home: Home, have: list[list[int]]) -> list[ModelIndex]:
    specs = [tiny_spec(f"m{n}", 4, f"{n:x}") for n in range(len(have))]
    with LibraryWriter(home) as writer:
        writer.register_models(specs)
        for spec, pictures in zip(specs, have, strict=True):
            vectors = unit_vectors(np.random.default_rng(1), len(pictures), 4)
            writer.write(outcomes(pictures, {spec.name: vectors}))
    indexes = []
    with closing(Catalogue(home)) as catalogue:
        states = catalogue.models.states()
        for spec in specs:
            indexes.append(ModelIndex(home.nearest))
            indexes[-1].refresh(catalogue, states[spec.name])
    return indexes


@pytest.mark.parametrize("have", HAVE.values(), ids=HAVE)
def test_every_model_finds_the_same_pictures(home: Home, have: list[list[int]]) -> None:
    indexes = _indexes(home, have)
    common = common_pictures(indexes)
    shared = set.intersection(*map(set, have))
    expected = [picture for picture in have[0] if picture in shared]
    assert len(common) == len(expected)
    assert common.ids(np.arange(len(common))).tolist() == expected
    for number, index in enumerate(indexes):
        assert common.chosen(index.pictures, number).tolist() == expected
    asked = np.array([*IDS[::-1], 12_345], dtype=np.int64)
    found = common.ids(common.positions(asked)).tolist()
    assert found == [picture for picture in asked.tolist() if picture in shared]


def test_they_are_looked_up_again_only_for_other_rows(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[int] = []

    def counted(index: ModelIndex, pictures: object) -> bool:
        looked_up.append(1)
        return same(index, pictures)  # type: ignore[arg-type]

    same = ModelIndex.has_same_pictures
    monkeypatch.setattr(ModelIndex, "has_same_pictures", counted)
    first, second, third = _indexes(home, [IDS, IDS[5:], IDS[:-5]])
    cache = CommonPicturesCache()
    asked = [[first, second], [first, second], [first, third], [first, third], [third, first]]
    sizes = [(len(cache.common(indexes)), len(looked_up)) for indexes in asked]
    assert sizes == [(195, 1), (195, 1), (195, 2), (195, 2), (195, 3)]
    assert cache.common([first, third]).first is first
    third.pictures = third.pictures[:100]  # as after a change
    third._sorted = None
    assert len(cache.common([first, third])) == 100
