"""Words and the crops of pictures: what is described may be a small part of a picture."""

from __future__ import annotations

import numpy as np
import pytest
from making import Vectors, fill, unit_vectors
from numpy.typing import NDArray
from word_library import BOTH, MORE, NUMBER, VECTORS, WORDS, by_score, ids, query, search, unit

from finder.core.library.writer import LibraryWriter
from finder.core.models.crops import CROPS, SCALE, crops_of
from finder.core.paths import Home
from finder.core.pictures.transform import Box

HAVING = NUMBER // 3
RANDOM = np.random.default_rng(8)
PARTS: dict[str, Vectors] = {
    spec.name: unit_vectors(RANDOM, HAVING * len(CROPS), spec.dimension).reshape(
        HAVING, len(CROPS), spec.dimension
    )
    for spec in (BOTH, MORE)
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Its first third has crops. Only to be read."""
    home, specs = Home(tmp_path_factory.mktemp("crops") / "home"), [BOTH, MORE]
    fill(home, specs, range(NUMBER), VECTORS)
    with LibraryWriter(home) as writer:
        writer.register_models([*specs, *map(crops_of, specs)])
        for spec in specs:
            rows = (PARTS[spec.name] / SCALE).reshape(HAVING, -1).astype(np.float32)
            writer.store_vectors(crops_of(spec).name, np.arange(HAVING), rows)
    return home


def best(name: str, vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """The products of whole pictures, or of their best crop."""
    products = VECTORS[name].astype(np.float64) @ vector
    products[:HAVING] = np.maximum(products[:HAVING], (PARTS[name] @ vector).max(axis=1))
    return products


def z_of_words(name: str, text: str) -> NDArray[np.float64]:
    vector = WORDS[name][text].astype(np.float64)
    wholes = VECTORS[name].astype(np.float64) @ vector
    return np.asarray((best(name, vector) - wholes.mean()) / wholes.std())


def test_words_find_a_part_of_a_picture(library: Home) -> None:
    result = search(library, query(words=[("at night", 1)]), [BOTH, MORE])
    for spec in (BOTH, MORE):
        expected = best(spec.name, WORDS[spec.name]["at night"].astype(np.float64))
        assert ids(result.models[spec.name]) == by_score(expected)
    first = result.models["both"][0].picture.id
    crop = int((PARTS["both"][first] @ WORDS["both"]["at night"]).argmax())
    assert result.standings[first]["both"].part == Box(*CROPS[crop])


def test_they_are_standardised_by_the_whole_pictures(library: Home) -> None:
    result = search(library, query(words=[("at night", 1)]), [BOTH, MORE])
    z = {name: z_of_words(name, "at night") for name in ("both", "more")}
    total = z["both"] + z["more"]
    for match in result.combined:
        assert match.score == pytest.approx(total[match.picture.id], abs=1e-4)
    for match in result.models["both"]:
        closeness = np.clip(100 * z["both"][match.picture.id] / 6, 0, 99.9)
        assert match.closeness == pytest.approx(closeness, abs=0.05)


def test_with_a_picture_each_kind_has_its_own_best_part(library: Home) -> None:
    asked = query([(NUMBER - 1, 1.0)], [("at night", 1.0)])
    result = search(library, asked, [BOTH])
    vector = VECTORS["both"][NUMBER - 1] + WORDS["both"]["at night"]
    assert ids(result.combined) == by_score(best("both", unit(vector.astype(np.float64))))
    together = search(library, asked, [BOTH, MORE])
    words = search(library, query(words=[("at night", 1.0)]), [BOTH, MORE])
    pictures = search(library, query([(NUMBER - 1, 1.0)]), [BOTH, MORE])
    parts = [{match.picture.id: match.score for match in one.combined} for one in (words, pictures)]
    for match in together.combined:
        expected = 0.5 * sum(part[match.picture.id] for part in parts)
        assert match.score == pytest.approx(expected, abs=1e-4)
