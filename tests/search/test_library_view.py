"""The view of a library: retries, an injected repair, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from making import fill, tiny_spec, unit_vectors

from finder.core.errors import FinderError
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.library.view.library_view import LibraryView
from finder.core.library.view.model_index import MatrixOutOfSync
from finder.core.paths import Home
from finder.use_cases.search.library_search import repair_matrices

SPECS = [tiny_spec("a", 12), tiny_spec("b", 9, "b")]
VECTORS = {spec.name: unit_vectors(np.random.default_rng(7), 40, spec.dimension) for spec in SPECS}


@pytest.fixture
def repairs() -> list[str]:
    return []


@pytest.fixture
def view(home: Home, repairs: list[str]) -> Iterator[LibraryView]:
    fill(home, SPECS, range(40), VECTORS)
    with closing(LibraryView(home, lambda: repairs.append("repaired"))) as view:
        yield view


@pytest.mark.parametrize(("broken", "attempts"), [(0, 1), (1, 2), (2, 3)])
def test_an_operation_runs_until_the_matrices_agree(
    view: LibraryView, repairs: list[str], broken: int, attempts: int
) -> None:
    tried: list[bool] = []

    def operation() -> str:
        tried.append(bool(repairs))
        if len(tried) <= broken:
            raise MatrixOutOfSync("a")
        return "done"

    assert view.read(operation) == "done"
    assert tried == [False, False, True][:attempts], "a retry comes before the repair"


def test_an_operation_that_no_repair_helps_fails(view: LibraryView, repairs: list[str]) -> None:
    def operation() -> None:
        raise MatrixOutOfSync("a")

    with pytest.raises(MatrixOutOfSync):
        view.read(operation)
    assert repairs == ["repaired"]


def test_a_repair_that_is_refused_is_passed_on(home: Home) -> None:
    fill(home, SPECS, range(40), VECTORS)

    def refuse() -> None:
        raise FinderError("Somebody writes.")

    for path in home.nearest.iterdir():
        path.unlink()
    with closing(LibraryView(home, refuse)) as view, pytest.raises(FinderError, match="Somebody"):
        view.read(lambda: view.indexes(SPECS))


def test_lost_matrices_are_rebuilt_by_the_repair(home: Home) -> None:
    fill(home, SPECS, range(40), VECTORS)
    for path in home.nearest.iterdir():
        path.unlink()
    with closing(LibraryView(home, lambda: repair_matrices(home))) as view:
        indexes = view.read(lambda: view.indexes(SPECS))
        everything = np.arange(40)
        for name, index in indexes.items():
            rows = index.verified_vectors(index.positions(everything))
            np.testing.assert_array_equal(rows, VECTORS[name])


def test_indexes_are_kept_while_nothing_changes(view: LibraryView) -> None:
    first = {name: index.pictures for name, index in view.indexes(SPECS).items()}
    again = view.indexes(SPECS[::-1])
    assert all(again[name].pictures is pictures for name, pictures in first.items())


def test_masks_follow_the_filter(view: LibraryView) -> None:
    indexes = view.indexes(SPECS)
    assert view.masks(NO_FILTER, indexes) == {"a": None, "b": None}
    masks = view.masks(Filter(("/pictures",)), indexes)
    assert all(mask is not None and mask.all() and len(mask) == 40 for mask in masks.values())
    with pytest.raises(FinderError, match="No indexed picture"):
        view.masks(Filter(("/elsewhere",)), indexes)


def test_models_that_cannot_be_read_are_refused(view: LibraryView) -> None:
    with pytest.raises(FinderError, match="has not indexed any picture"):
        view.indexes([tiny_spec("c", 5, "c")])
    with pytest.raises(FinderError, match="was replaced"):
        view.indexes([replace(SPECS[0], version="other")])
