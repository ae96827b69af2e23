"""Expressions mean on a real server what the tests' evaluator says."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from expression_evaluator import Row, fulfilled_by
from hypothesis import given, settings
from made_up_places import HOSTILE, filters, offline_folders, paths
from milvus_server import connected
from pymilvus import DataType

from finder.core.library.catalogue.filter.picture_filter import Filter
from finder.core.library.server.expression import (
    NOTHING,
    begins_with,
    compare,
    negated,
    number_literal,
    one_of,
)
from finder.core.library.server.filter_expression import picture_expression, place_expression
from finder.core.library.server.folder_scope import Here
from finder.core.library.server.path_text import path_text

_COLLECTION = f"expressions_{secrets.token_hex(4)}"
_NUMBERS = ("bytes", "width", "height", "pixels", "size", "mtime_ns", "picture")
_TEXTS = ("format", "taken", "machine", "path")
_NAMES = (*HOSTILE, "a", "a/", "a0", "Z", "", " ", "\x01", "\x00", "\u2028", "\uffff", "\U0010ffff")


@cache
def _rows() -> list[Row]:
    """Both collections' scalars in one."""
    rows: list[Row] = []
    for number in range(240):
        width, height, name = 1 + number % 4, 1 + number % 3, _NAMES[number % len(_NAMES)]
        rows.append(
            {
                "id": number,
                "bytes": number % 7,
                "size": number % 7,
                "width": width,
                "height": height,
                "pixels": width * height,
                "format": ("JPEG", "MPO", "PNG", "BMP", "DIB")[number % 5],
                "taken": f"2024-01-{1 + number % 6:02} 23:59:59" if number % 8 else "",
                "machine": "here" if number % 3 else '" or id > 0 or "',
                "path": path_text(f"/p/{name}/{number}.jpg" if number % 2 else f"{name}"),
                "mtime_ns": 1_704_110_400_000_000_000 + number % 6 * 86_400_000_000_000,
                "picture": number % 50 - 1,
            }
        )
    return rows


@pytest.fixture(scope="module")
def client(milvus_uri: str) -> Iterator[Any]:
    with connected(milvus_uri) as client:
        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=2)
        for field in _NUMBERS:
            schema.add_field(field, DataType.INT64)
        for field in _TEXTS:
            schema.add_field(field, DataType.VARCHAR, max_length=65_535)
        index = client.prepare_index_params()
        index.add_index("vector", index_type="FLAT", metric_type="IP")
        client.create_collection(_COLLECTION, schema=schema, index_params=index)
        client.insert(_COLLECTION, [{**row, "vector": [0.6, 0.8]} for row in _rows()])
        client.load_collection(_COLLECTION)
        assert len(_found(client, "id >= 0", "Strong")) == len(_rows())
        yield client
        client.drop_collection(_COLLECTION)


def _found(client: Any, expression: str, consistency: str = "Eventually") -> set[int]:
    rows = client.query(
        _COLLECTION,
        filter=expression,
        output_fields=["id"],
        limit=1_000,
        consistency_level=consistency,
    )
    return {row["id"] for row in rows}


def _expected(expression: str) -> set[int]:
    return {int(row["id"]) for row in fulfilled_by(_rows(), expression)}


@pytest.mark.parametrize("name", _NAMES)
def test_a_hostile_text_is_found_as_itself(client: Any, name: str) -> None:
    text = path_text(name)
    for expression in (
        compare("path", "==", text),
        one_of("path", [text, "nowhere"]),
        compare("path", ">=", text),
        compare("path", "<", text),
        negated(compare("path", "==", text)),
        begins_with("path", f"/p/{text}/"),
    ):
        expected = _expected(expression)
        assert expected or "<" in expression, expression
        assert _found(client, expression) == expected, expression


@settings(max_examples=100)
@given(filters(), offline_folders(), paths())
def test_filters_find_what_they_say(
    client: Any, filter: Filter, offline: frozenset[str], path: str
) -> None:
    here = Here("here", offline)
    for expression in (
        picture_expression(filter),
        place_expression(filter, here),
        place_expression(filter, here, '" or id > 0 or "'),
        one_of("path", [path_text(path)]),
    ):
        assert _found(client, expression) == _expected(expression), expression


def test_any_number_is_accepted(client: Any) -> None:
    for number in (0, -1, 2**63 - 1, -(2**63) + 1, 2**63, -(2**63), 2**80, -(2**80)):
        expression = f"mtime_ns >= {number_literal(number)}"
        assert _found(client, expression) == _expected(expression)
    assert _found(client, NOTHING) == set()


def test_a_long_list_of_ids_is_accepted(client: Any) -> None:
    expression = one_of("id", range(200, 20_000))
    assert _found(client, expression) == set(range(200, 240))
