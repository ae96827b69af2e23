"""Queries are kept as JSON and come back equal."""

from __future__ import annotations

import json

import pytest

from finder.core.pictures.transform import ORIENTATIONS, Box, Transform
from finder.core.search.query.query_spec import (
    BytesSource,
    FileSource,
    LibrarySource,
    QueryExample,
    QuerySpec,
    TextSource,
    WebSource,
)
from finder.core.search.query.query_spec_json import spec_as_json, spec_from_json

SOURCES = (
    FileSource("/ä/b\udcff.jpg"),
    LibrarySource(2**62, "c.jpg"),
    WebSource("https://example.org/d", "d"),
    BytesSource("Pasted picture", bytes(range(256))),
    TextSource("đêm “2”\n, 밤"),
)


@pytest.mark.parametrize("any_orientation", [False, True])
def test_a_query_comes_back_equal(any_orientation: bool) -> None:
    crops = (None, Box(0.1, 0.2, 1 / 3, 1.0))
    examples = tuple(
        QueryExample(source, weight, Transform(crop, turn.quarter_turns, turn.mirrored))
        for source in SOURCES
        for weight in (1.0, -0.5)
        for crop in crops
        for turn in ORIENTATIONS
    )
    spec = QuerySpec(examples, any_orientation)
    kept = spec_from_json(json.loads(json.dumps(spec_as_json(spec))))
    assert kept == spec
    assert [item.source.label for item in kept.items] == [item.source.label for item in examples]


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "3",
        "{}",
        '{"items": [{}], "any_orientation": false}',
        '{"items": [{"path": "a", "weight": 9}], "any_orientation": false}',
        '{"items": [{"path": "a", "weight": 1, "crop": [1]}], "any_orientation": false}',
        '{"items": [{"name": "a", "weight": 1, "data": "?"}], "any_orientation": false}',
    ],
)
def test_what_is_no_query_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a query"):
        spec_from_json(json.loads(text))
