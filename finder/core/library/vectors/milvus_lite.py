"""The vectors in Milvus: one collection per model. The only module that imports pymilvus.

The engine (`engine.py`) runs in our process. It does not forgive concurrent writers or going on
after a failed write, so: every call that writes holds one lock, and after any error the store is
abandoned (never flushed) and opened anew. Collections are loaded for reading vectors only: a loaded
one is all in memory.
"""

from __future__ import annotations

import logging
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.records import ModelState
from finder.core.library.vectors.pandas_stand_in import pandas_stand_in
from finder.core.paths import Home

# A proxy would be asked for the local socket; a foreign .env would configure our client.
os.environ["no_proxy"] = ",".join(filter(None, [os.environ.get("no_proxy"), "127.0.0.1,localhost"]))
os.environ.setdefault("PYTHON_DOTENV_DISABLED", "1")

# WORKAROUND: pymilvus imports urllib3, which takes a port to find out whether there is IPv6 and has
# no setting for it. We promise to take none, and ask nothing of urllib3.
_has_ipv6, socket.has_ipv6 = socket.has_ipv6, False

try:
    with pandas_stand_in():
        from pymilvus import DataType, MilvusClient
except (AttributeError, ImportError):  # another version needs more of it
    from pymilvus import DataType, MilvusClient

socket.has_ipv6 = _has_ipv6

from finder.core.library.vectors.engine import Engine, give_back_memory  # noqa: E402

_FETCHED_AT_ONCE = 500
_FLUSH_EVERY = 500
_FLUSH_SECONDS = 30.0
"""A flush for so many rows or after so long, so that the log to be read back at the next opening
is short."""

log = logging.getLogger(__name__)
for _name in ("pymilvus", "milvus_lite"):  # they would write tracebacks to the user's terminal
    logging.getLogger(_name).setLevel(logging.CRITICAL)

Result = TypeVar("Result")


class VectorStore:
    """An open Milvus Lite database. Raises FinderError where the engine fails."""

    def __init__(self, home: Home) -> None:
        self._path = home.vectors
        self._lock = threading.RLock()
        self._unflushed: dict[str, int] = {}
        self._flushed_at = time.monotonic()
        self._fillers: dict[str, dict[str, str | int]] = {}
        self._client: Any = None
        self._engine: Engine | None = None
        self.replaced = False  # whether it is a new one in the place of one that was damaged
        self._guarded(self._open, home)

    def _open(self, home: Home) -> None:
        self._engine = Engine(home)
        self._client = MilvusClient(uri=self._engine.uri)
        self._collections = set(self._client.list_collections())
        self._remove_half_made()

    @property
    def is_open(self) -> bool:
        """False once it was closed, or abandoned after a failure."""
        return self._client is not None

    def _remove_half_made(self) -> None:
        """A collection that a full disk stopped in the making is not listed, but in the way."""
        for folder in self._path.glob("collections/m_*"):
            if folder.name not in self._collections:
                shutil.rmtree(folder)

    # Reading

    def has(self, model: ModelState) -> bool:
        return model.collection in self._collections

    def count(self, model: ModelState) -> int:
        """How many rows the model's collection holds, unflushed ones included."""
        if not self.has(model):
            return 0
        return int(self._call("get_collection_stats", model.collection)["row_count"])

    def ids(self, model: ModelState) -> NDArray[np.int64]:
        """The content ids in the model's collection, int64 [N], sorted."""
        if not self.has(model):
            return np.zeros(0, np.int64)
        with self._loaded(model) as name:
            rows = self._call("query", name, filter="id >= 0", output_fields=["id"])
        return np.sort(np.array([row["id"] for row in rows], dtype=np.int64))

    def fetch(
        self, model: ModelState, pictures: Sequence[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """(ids int64 [N], vectors float32 [N, dimension]) of those pictures that are there."""
        ids: list[int] = []
        vectors: list[Any] = []
        if self.has(model):
            with self._loaded(model) as name:
                for start in range(0, len(pictures), _FETCHED_AT_ONCE):
                    chunk = [int(p) for p in pictures[start : start + _FETCHED_AT_ONCE]]
                    for row in self._get(name, chunk):
                        ids.append(row["id"])
                        vectors.append(np.asarray(row["vector"], dtype=np.float32))
        stacked = np.array(vectors, dtype=np.float32).reshape(-1, model.dimension)
        return np.array(ids, dtype=np.int64), stacked

    def _get(self, name: str, ids: list[int]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._call(
            "get", name, ids=ids, output_fields=["id", "vector"]
        )
        return rows

    @contextmanager
    def _loaded(self, model: ModelState) -> Iterator[str]:
        """The model's collection, its vectors in memory inside the block."""
        name = model.collection
        self._call("load_collection", name)
        yield name
        self._call("release_collection", name)

    # Writing

    def upsert(
        self, model: ModelState, pictures: Sequence[int], vectors: NDArray[np.float32]
    ) -> None:
        """Put vectors (float32 [N, dimension], L2-normalised) in, replacing those of the same
        pictures (N content ids); flushed every 500 rows."""
        if len(pictures) == 0:
            return
        self._guarded(_require_vectors, vectors, (len(pictures), model.dimension))
        name = model.collection
        with self._lock:
            if name not in self._collections:
                self._guarded(self._create, name, model.dimension)
            filler = self._filler(name)
            listed = [
                {"id": int(picture), "vector": vector, **filler}
                for picture, vector in zip(pictures, vectors, strict=True)
            ]
            # Not "upsert", which looks every id up in every file first: here the newest row of
            # an id counts, however it came in.
            self._call("insert", name, listed)
            self._unflushed[name] = self._unflushed.get(name, 0) + len(listed)
            if self._flush_is_due(name):
                self.flush()

    def _filler(self, name: str) -> dict[str, str | int]:
        """What a row needs besides id and vector: nothing, or, in a collection that an earlier
        version made (with path, size and time of a file, which nobody read and which went stale),
        empty values. Those fields are gone when the collection is next made anew."""
        if name not in self._fillers:
            fields = self._call("describe_collection", name)["fields"]
            self._fillers[name] = {
                field["name"]: "" if field["type"] == DataType.VARCHAR else 0
                for field in fields
                if field["name"] not in ("id", "vector")
            }
        return self._fillers[name]

    def _flush_is_due(self, name: str) -> bool:
        waited = time.monotonic() - self._flushed_at
        return self._unflushed[name] >= _FLUSH_EVERY or waited >= _FLUSH_SECONDS

    def delete(self, model: ModelState, pictures: Sequence[int]) -> None:
        if not self.has(model) or not pictures:
            return
        name = model.collection
        with self._lock:
            for start in range(0, len(pictures), _FLUSH_EVERY):
                chunk = [int(p) for p in pictures[start : start + _FLUSH_EVERY]]
                self._call("delete", name, ids=chunk)
            self._unflushed[name] = self._unflushed.get(name, 0) + len(pictures)

    def drop_all_but(self, models: Iterable[ModelState]) -> None:
        """Drop the collections of models that the catalogue does not know (any more)."""
        keep = {model.collection for model in models}
        with self._lock:
            for name in sorted(self._collections - keep):
                self._drop(name)

    def drop(self, model: ModelState) -> None:
        """Drop the model's collection: Milvus Lite gives a deleted row's space back in no other
        way. The next `upsert` begins a new one."""
        with self._lock:
            if self.has(model):
                self._drop(model.collection)

    def _drop(self, name: str) -> None:
        self._call("drop_collection", name)
        self._collections.discard(name)
        self._unflushed.pop(name, None)
        self._fillers.pop(name, None)

    def flush(self) -> None:
        with self._lock:
            for name in sorted(self._unflushed):
                self._call("flush", name)
            if self._unflushed:
                give_back_memory()
            self._unflushed.clear()
            self._flushed_at = time.monotonic()

    def close(self) -> None:
        """Flush and let go of the files."""
        try:
            self.flush()
        finally:
            self._release(keep_unflushed=True)

    def abandon(self) -> None:
        """Let go of the files without a flush: after a failed write a flush would lose rows.

        What Milvus has acknowledged is in its write-ahead log, and is read back at the next open.
        """
        self._release(keep_unflushed=False)

    def _release(self, keep_unflushed: bool) -> None:
        with self._lock:
            client, engine = self._client, self._engine
            self._client = self._engine = None
            self._unflushed.clear()
        if client is not None:
            client.close()
        if engine is not None:
            engine.stop(keep_unflushed)

    def _create(self, name: str, dimension: int) -> None:
        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
        index = self._client.prepare_index_params()
        index.add_index("vector", index_type="FLAT", metric_type="IP")
        self._client.create_collection(name, schema=schema)
        self._client.create_index(name, index, sync=False)  # is done at once; pymilvus would wait
        self._client.release_collection(name)
        self._collections.add(name)

    def _call(self, method: str, *args: Any, **options: Any) -> Any:
        """One call of the client, guarded."""
        return self._guarded(lambda: getattr(self._client, method)(*args, **options))

    def _guarded(self, call: Callable[..., Result], *args: Any) -> Result:
        """Run one call of the engine; after any failure let go of it, never flushing."""
        try:
            return call(*args)
        except FinderError:
            raise
        except Exception as error:
            log.exception("Milvus Lite failed")
            self.abandon()
            raise FinderError(
                tr("The vector database failed: {why}.").format(why=_first_line(error)),
                tr("Finished work is not lost. Check the free space, then try again."),
            ) from error


def open_vectors(home: Home, doubtful: Iterable[ModelState] = ()) -> VectorStore:
    """Open the database; one that cannot be read is moved aside, and a new one is begun.

    doubtful: models whose collections are to be looked into. Nothing is lost: the caller sends the
    vectors again from the fast-search matrix.
    """
    try:
        return _looked_into(home, doubtful)
    except FinderError:
        aside = home.vectors_aside
        if not home.vectors.exists():
            raise
        shutil.rmtree(aside, ignore_errors=True)
        home.vectors.rename(aside)
        try:
            store = VectorStore(home)
            store.replaced = True
            return store
        except FinderError:  # it was not the files: put them back and tell
            shutil.rmtree(home.vectors, ignore_errors=True)
            aside.rename(home.vectors)
            raise


def _looked_into(home: Home, doubtful: Iterable[ModelState]) -> VectorStore:
    store = VectorStore(home)
    for model in doubtful:
        store.count(model)
    return store


def _require_vectors(vectors: NDArray[np.float32], shape: tuple[int, int]) -> None:
    """Milvus Lite itself takes numbers that are none."""
    if vectors.shape != shape or not np.isfinite(vectors).all():
        raise ValueError(f"the vectors are not {shape[0]} × {shape[1]} finite numbers")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")[:300]
