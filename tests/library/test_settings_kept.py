"""Settings are stored with the library; a damaged one becomes its default."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from making import tiny_spec

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import (
    Settings,
    indexing_models,
    load_settings,
    save_settings,
)
from finder.core.paths import Home


@pytest.fixture
def catalogue(home: Home) -> Iterator[Catalogue]:
    with closing(Catalogue(home)) as opened:
        yield opened


def keep(catalogue: Catalogue, value: Any) -> None:
    with catalogue.transaction():
        catalogue.settings.put("settings", value)


def test_a_new_library_has_the_defaults(catalogue: Catalogue) -> None:
    assert load_settings(catalogue) == Settings()


def test_settings_round_trip(home: Home, catalogue: Catalogue) -> None:
    changed = Settings(("a", "b"), (), 7, "cosine", 200, "AAAA", "BBBB")
    save_settings(catalogue, changed)
    with closing(Catalogue(home)) as again:
        assert load_settings(again) == changed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_megapixels", 0),
        ("max_megapixels", 2_001),
        ("max_megapixels", -3),
        ("top", "many"),
        ("top", 3.5),
        ("top", True),
        ("top", None),
        ("metric", 4),
        ("models_on", 5),
        ("models_on", "efficientnet-lite0"),
        ("models_shown", {"a": 1}),
        ("thumb_size", [1]),
        ("geometry", False),
    ],
)
def test_a_value_of_the_wrong_type_becomes_the_default(
    catalogue: Catalogue, name: str, value: object
) -> None:
    keep(catalogue, {name: value, "splitter": "kept"})
    assert load_settings(catalogue) == Settings(splitter="kept")


@pytest.mark.parametrize("value", [None, [], "text", 3])
def test_settings_that_are_no_table_become_the_defaults(
    catalogue: Catalogue, value: object
) -> None:
    keep(catalogue, value)
    assert load_settings(catalogue) == Settings()


def test_an_unknown_setting_is_ignored(catalogue: Catalogue) -> None:
    keep(catalogue, {"from_the_future": 1, "top": 12})
    assert load_settings(catalogue) == Settings(top=12)


def test_the_models_that_are_switched_on_index() -> None:
    a, b = tiny_spec("a"), tiny_spec("b")
    assert indexing_models(None, [a, b]) == [a, b]
    assert indexing_models(("b",), [a, b]) == [b]
    assert indexing_models(("gone",), [a, b]) == [a, b]
    assert indexing_models((), [a, b]) == [a, b]
