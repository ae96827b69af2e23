"""Reading many rows of a collection, some at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from finder.core.library.server.server_client import ServerClient

_SECONDS = 60.0
"""For one page."""


def pages(
    client: ServerClient, collection: str, wanted: str, fields: list[str], size: int
) -> Iterator[list[Mapping[str, Any]]]:
    """All rows that fulfil an expression, in lists of up to `size`. Raises FinderError."""
    rows = client.call(
        "query_iterator",
        collection,
        batch_size=size,
        filter=wanted,
        output_fields=fields,
        timeout=_SECONDS,
    )
    try:
        while page := client.guarded(lambda _: rows.next(), timeout=_SECONDS):
            yield list(page)
    finally:
        rows.close()
