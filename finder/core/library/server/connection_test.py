"""Tries a server: what it is, what it holds of a library, and, if asked to, whether this account
may create, store, search and delete, and whether it has float16."""

from __future__ import annotations

import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from finder.core.cancellation import Cancelled
from finder.core.errors import FinderError
from finder.core.library.server.credentials import Secret
from finder.core.library.server.server_client import DataType, ServerClient
from finder.core.library.server.server_errors import ServerError, explain
from finder.core.library.server.server_names import Collections
from finder.core.library.server.server_problem import MAY_PASS, Problem
from finder.core.library.server.server_tables import VectorField
from finder.core.library.server.store_settings import Precision

if TYPE_CHECKING:
    from finder.core.library.server.server_address import ServerAddress

_TRIAL: Final = "trial"
_SLOW_SECONDS = 60.0
"""For creating and loading a collection, which takes seconds on an idle server."""
_CLEAN_UP_SECONDS = 3.0
_FLOAT32 = VectorField(2)
_FLOAT16 = VectorField(2, precision=Precision.FLOAT16)
_FIRST_WITH_FLOAT16: Final = (2, 4)
_NOT_ABOUT_FLOAT16: Final = (Problem.NO_RIGHT, Problem.NO_SPACE)


@dataclass(frozen=True)
class ServerFacts:
    """What a server is. databases: all that this account may see; at least its own.
    collections: those of the library, with the number of their rows (of the last flush; None where
    the account may not know). milliseconds: what one question takes.
    may_write: whether the account may create, store, search and delete; None if that was not tried.
    failure: why not. left_over: a collection that the trial made and could not delete.
    has_float16: whether it keeps vectors as float16; None if that was not tried.
    """

    version: str
    databases: tuple[str, ...]
    collections: dict[str, int | None]
    milliseconds: float
    may_write: bool | None = None
    failure: ServerError | None = None
    left_over: str = ""
    has_float16: bool | None = None


def try_connection(client: ServerClient, thorough: bool = False) -> ServerFacts:
    """thorough: create a small collection with a random name, store in it, search it, delete it.

    Raises ServerError where the server cannot be used at all, or not now; Cancelled.
    """
    version = client.version()
    started = time.monotonic()
    names = client.call("list_collections")
    milliseconds = 1000 * (time.monotonic() - started)
    facts: dict[str, Any] = {
        "version": version,
        "databases": _databases(client),
        "collections": {
            name: _rows(client, name) for name in Collections(client.address.library).own(names)
        },
        "milliseconds": milliseconds,
    }
    if thorough:
        trial = _trial(client)
        if trial.failure is None and trial.kept is None:
            trial = _try_float16(client)
            facts.update(has_float16=trial.failure is None)
            trial = replace(trial, failure=None)
        failure = trial.failure or trial.kept
        facts.update(may_write=failure is None, failure=failure, left_over=trial.left_over)
    return ServerFacts(**facts)


def has_float16(client: ServerClient) -> bool:
    """Whether the server keeps vectors as float16: found by trying, as with `thorough`. Raises
    ServerError where the server cannot be used now, or not by this account, or is full; Cancelled.
    """
    trial = _try_float16(client)
    if trial.kept is not None:
        raise trial.kept
    return trial.failure is None


def _try_float16(client: ServerClient) -> _Trial:
    """Milvus 2.3 is not asked: it takes such vectors, and ends a moment later."""
    version = client.version()
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers and (int(numbers[1]), int(numbers[2])) < _FIRST_WITH_FLOAT16:
        return _Trial(explain(Problem.OTHER, client.address, Secret(), text=f"Milvus {version}"))
    trial = _trial(client, _FLOAT16)
    if trial.failure is not None and trial.failure.problem in _NOT_ABOUT_FLOAT16:
        raise trial.failure
    return trial


def _databases(client: ServerClient) -> tuple[str, ...]:
    own = client.address.database
    try:
        return tuple(sorted({own, *client.call("list_databases")}))
    except ServerError as error:
        if error.problem in MAY_PASS:
            raise
        return (own,)


def _rows(client: ServerClient, name: str) -> int | None:
    try:
        return int(client.call("get_collection_stats", name)["row_count"])
    except ServerError as error:
        if error.problem in MAY_PASS:
            raise
        return None


# The trial


@dataclass(frozen=True)
class _Trial:
    """failure: what was not possible; left_over: the collection that is left, kept: and why."""

    failure: ServerError | None = None
    left_over: str = ""
    kept: ServerError | None = None


def _trial(client: ServerClient, field: VectorField = _FLOAT32) -> _Trial:
    name = f"{client.address.library}_{_TRIAL}_{secrets.token_hex(8)}"
    failure: ServerError | None = None
    try:
        client.guarded(lambda milvus: _create(milvus, name, field), timeout=_SLOW_SECONDS)
        _store_and_search(client, name, field)
    except ServerError as error:
        if error.problem in MAY_PASS:
            _clean_up(client, name)
            raise
        failure = error
    except BaseException:
        _clean_up(client, name)
        raise
    try:
        if client.call("has_collection", name):
            client.call("drop_collection", name)
    except ServerError as error:
        return _Trial(failure, name, error)
    return _Trial(failure)


def _create(milvus: Any, name: str, field: VectorField) -> None:
    schema = milvus.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType(field.kind), dim=field.dimension)
    index = milvus.prepare_index_params()
    index.add_index("vector", index_type="AUTOINDEX", metric_type="L2")
    milvus.create_collection(name, schema=schema)
    milvus.create_index(name, index, sync=False)  # there is nothing to index yet
    milvus.load_collection(name)


def _store_and_search(client: ServerClient, name: str, field: VectorField) -> None:
    vector = field.encoded(np.array([0.0, 1.0], np.float32))
    client.call("upsert", name, [{"id": 7, "vector": vector}])
    found = client.call(
        "search", name, [vector], limit=1, consistency_level="Strong", timeout=_SLOW_SECONDS
    )
    if [hit["id"] for hit in found[0]] != [7]:
        raise _not_found(client.address)


def _not_found(address: ServerAddress) -> ServerError:
    text = "a vector that was just stored is not found"
    return explain(Problem.OTHER, address, Secret(), text=text)


def _clean_up(client: ServerClient, name: str) -> None:
    """Delete the collection, by another client: this one may be cancelled."""
    other = client.uncancelled(_CLEAN_UP_SECONDS)
    with suppress(FinderError, Cancelled):
        other.call("drop_collection", name)
    other.close()
