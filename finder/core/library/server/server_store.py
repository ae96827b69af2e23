"""The vectors on a Milvus server: one collection for each model, which other machines use, too."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from finder.core.cancellation import Cancelled
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.server.paging import pages
from finder.core.library.server.precision import precision_there
from finder.core.library.server.server_tables import (
    VectorField,
    create_model,
    index_parameters,
    joined,
    load,
)
from finder.core.library.vectors.store import NO_FACTS, StoredFacts, require_vectors, store_failed

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import ModelState
    from finder.core.library.server.server_library import ServerLibrary
    from finder.core.library.server.store_settings import IndexType

_REQUEST_BYTES = 2_000_000
"""Of vectors in one request: Milvus allows 64 MB, a free cluster of Zilliz 2 MB in a second."""
_MOST_IDS = 4_000
"""In one expression: some tens of kilobytes."""
_PAGE = 10_000
_UNKNOWN_FACTS = StoredFacts(0, 0, 0, "", None)


class ServerStore:
    """An open `VectorStore` on a server. It may also be used by several threads at once.

    Nothing of another machine is deleted: `delete` leaves the vectors that some machine has a file
    for, `drop` and `drop_all_but` are for whoever ends the library on the server. Milvus stores the
    content id 2⁶³ − 1, but never returns it: such a picture is found through the mirror only.
    """

    is_shared = True
    is_recreated = False

    def __init__(self, library: ServerLibrary) -> None:
        self._library = library
        self._client = library.client
        self._lock = threading.RLock()
        self._fields: dict[str, VectorField] = {}
        self._is_open = True
        self._names = set(self._call("list_collections"))

    @property
    def is_open(self) -> bool:
        return self._is_open

    @property
    def library(self) -> ServerLibrary:
        """Its places and machines."""
        return self._library

    # Reading

    def has(self, model: ModelState) -> bool:
        return self._name(model) in self._names

    def count(self, model: ModelState) -> int:
        if not self.has(model):
            return 0
        self.field(model)
        rows = self._call("query", self._name(model), filter="", output_fields=["count(*)"])
        return int(rows[0]["count(*)"])

    def counts(self) -> dict[str, int]:
        """The number of vectors of every model of the library, by `model_part` of its name."""
        names = self._library.names.models(self._call("list_collections"))
        found = {}
        for part, name in names.items():
            self._loaded(name)
            rows = self._call("query", name, filter="", output_fields=["count(*)"])
            found[part] = int(rows[0]["count(*)"])
        return found

    def ids(self, model: ModelState, among: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        if not self.has(model):
            return np.zeros(0, np.int64)
        self.field(model)
        rows = self._all_ids(model) if among is None else self._ids_among(model, among.tolist())
        return np.unique(np.fromiter(rows, np.int64))

    def _all_ids(self, model: ModelState) -> Iterator[int]:
        """Ids may come twice where another machine writes at the same time."""
        for page in self._pages(model, "id >= 0", ["id"], _PAGE):
            for row in page:
                yield int(row["id"])

    def _pages(
        self, model: ModelState, wanted: str, fields: list[str], size: int
    ) -> Iterator[list[Mapping[str, Any]]]:
        """One after the other: a page of vectors takes some megabytes."""
        self._require_open()
        try:
            yield from pages(self._client, self._name(model), wanted, fields, size)
        except (FinderError, Cancelled):
            self.abandon()
            raise

    def _ids_among(self, model: ModelState, pictures: Sequence[int]) -> Iterator[int]:
        for chunk in chunks(pictures, _MOST_IDS):
            for row in self._rows(model, chunk, ["id"]):
                yield int(row["id"])

    def fetch(
        self, model: ModelState, pictures: Sequence[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        ids: list[int] = []
        vectors: list[NDArray[np.float32]] = []
        if self.has(model):
            field = self.field(model)
            for chunk in chunks(pictures, _rows_of(field)):
                for row in self._rows(model, chunk, ["id", "vector"]):
                    ids.append(int(row["id"]))
                    vectors.append(field.decoded(row["vector"]))
        stacked = np.array(vectors, dtype=np.float32).reshape(-1, model.dimension)
        return np.array(ids, dtype=np.int64), stacked

    def _rows(
        self, model: ModelState, pictures: Sequence[int], fields: list[str]
    ) -> list[Mapping[str, Any]]:
        ids = [int(picture) for picture in pictures]
        if not ids:
            return []
        rows = self._call("query", self._name(model), filter=f"id in {ids}", output_fields=fields)
        return list(rows)

    # Searching

    def query(self, model: ModelState, wanted: str, fields: list[str]) -> list[Mapping[str, Any]]:
        """The rows that fulfil an expression, some thousands at most."""
        self.field(model)
        return list(self._call("query", self._name(model), filter=wanted, output_fields=fields))

    def fetch_where(
        self, model: ModelState, wanted: str
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """As `fetch`, of all that fulfil an expression."""
        field, ids, vectors = self.field(model), list[int](), list[NDArray[np.float32]]()
        for page in self._pages(model, wanted, ["id", "vector"], _rows_of(field)):
            ids += [int(row["id"]) for row in page]
            vectors += [field.decoded(row["vector"]) for row in page]
        stacked = np.array(vectors, dtype=np.float32).reshape(-1, model.dimension)
        return np.array(ids, dtype=np.int64), stacked

    def search(
        self,
        model: ModelState,
        data: list[Any],
        limit: int,
        wanted: str,
        parameters: Mapping[str, Any],
        seconds: float,
    ) -> list[Any]:
        """The hits for each of the encoded vectors, nearest first. limit: 1 to 1,024."""
        field = self.field(model)
        found = self._call(
            "search",
            self._name(model),
            data=data,
            filter=wanted,
            limit=limit,
            search_params={"metric_type": field.metric, "params": dict(parameters)},
            anns_field="vector",
            timeout=seconds,
        )
        return list(found)

    def build_index(self, model: ModelState, wanted: IndexType) -> str:
        """Index the model's vectors anew, for as many as there are now; returns the type. Nobody
        can search them meanwhile: for seconds to minutes."""
        field, name = self.field(model), self._name(model)
        parameters = index_parameters(field, self.count(model), wanted)
        with self._lock:
            self._call("flush", name, timeout=_INDEX_SECONDS)
            self._call("release_collection", name, timeout=_INDEX_SECONDS)
            self._call("drop_index", name, "vector", timeout=_INDEX_SECONDS)
            indexes = self._call("prepare_index_params")
            indexes.add_index("vector", **parameters)
            self._call("create_index", name, indexes, timeout=_INDEX_SECONDS)
            self._call("load_collection", name, timeout=_INDEX_SECONDS)
        return str(parameters["index_type"])

    def describe_index(self, model: ModelState) -> dict[str, Any]:
        """Its type and parameters."""
        return dict(self._call("describe_index", self._name(model), "vector") or {})

    # Writing

    def upsert(
        self,
        model: ModelState,
        pictures: Sequence[int],
        vectors: NDArray[np.float32],
        facts: Mapping[int, StoredFacts] = NO_FACTS,
    ) -> None:
        if len(pictures) == 0:
            return
        try:
            require_vectors(vectors, (len(pictures), model.dimension))
        except ValueError as error:
            self.abandon()
            raise store_failed(error) from error
        last = {int(picture): vector for picture, vector in zip(pictures, vectors, strict=True)}
        with self._lock:
            field = self._made(model, vectors)
            for chunk in chunks(list(last), _rows_of(field)):
                rows = [
                    {
                        "id": picture,
                        "vector": field.encoded(last[picture]),
                        **_scalars(facts.get(picture, _UNKNOWN_FACTS)),
                    }
                    for picture in chunk
                ]
                self._call("upsert", self._name(model), rows)

    def _made(self, model: ModelState, vectors: NDArray[np.float32]) -> VectorField:
        """The model's collection, created if no machine has done so."""
        if not self.has(model):
            self._names = set(self._call("list_collections"))
        if not self.has(model):
            there = self._guarded(precision_there, self._library)
            field = VectorField.of(vectors, there or self._library.settings.precision)
            index = index_parameters(field, 0, self._library.settings.index)
            self._guarded(create_model, self._client, self._name(model), field, index)
            self._names.add(self._name(model))
        return self.field(model)

    def as_stored(self, model: ModelState, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        return self.field(model).rounded(vectors) if self.has(model) else vectors

    def delete(self, model: ModelState, pictures: Sequence[int], without: str = "") -> None:
        """Only vectors of pictures that no machine has a file of. If one gets a file meanwhile, its
        vector is stored again. without: a machine whose files do not count."""
        if self.has(model) and len(pictures):
            self.field(model)
            self._delete_unplaced([self._name(model)], pictures, without)

    def delete_everywhere(self, pictures: Sequence[int], without: str = "") -> None:
        """As `delete`, from every model, also those that this machine does not have. without: a
        machine whose files do not count."""
        if len(pictures):
            self._delete_unplaced(self._every_model(), pictures, without)

    def _every_model(self) -> list[str]:
        """The collections of all models that there are now, loaded."""
        names = list(self._library.names.models(self._call("list_collections")).values())
        for name in names:
            self._loaded(name)
        return names

    def _delete_unplaced(
        self, names: Sequence[str], pictures: Sequence[int], without: str = ""
    ) -> None:
        with self._lock:
            for chunk in chunks([int(picture) for picture in pictures], _DELETED_AT_ONCE):
                unplaced = self._unplaced(chunk, without)
                deleted = {name: self._taken_out(name, unplaced) for name in names if unplaced}
                if not any(deleted.values()):
                    continue
                left = set(self._unplaced(unplaced, without))
                for name, rows in deleted.items():
                    again = [
                        {**row, "vector": joined(row["vector"])}
                        for row in rows
                        if int(row["id"]) not in left
                    ]
                    if again:
                        self._call("upsert", name, again)

    def _taken_out(self, name: str, pictures: Sequence[int]) -> list[dict[str, Any]]:
        """The rows of these pictures, which were deleted."""
        wanted = f"id in {list(pictures)}"
        rows = self._call("query", name, filter=wanted, output_fields=["*"])
        if rows:
            self._call("delete", name, ids=[int(row["id"]) for row in rows])
        return [dict(row) for row in rows]

    def _unplaced(self, pictures: Sequence[int], without: str) -> list[int]:
        placed = self._guarded(self._library.places.placed, pictures, without)
        return [picture for picture in pictures if picture not in placed]

    def drop(self, model: ModelState) -> None:
        with self._lock:
            if self.has(model):
                self._drop(self._name(model))

    def drop_all_but(self, models: Iterable[ModelState]) -> None:
        keep = {self._name(model) for model in models}
        names = self._library.names
        with self._lock:
            for name in names.own(self._names):
                if name not in keep and name not in (names.places, names.state):
                    self._drop(name)

    def _drop(self, name: str) -> None:
        self._call("drop_collection", name)
        self._names.discard(name)
        self._fields.pop(name, None)

    # Closing

    def flush(self) -> None:
        """What the server has acknowledged is in its log: there is nothing to write."""
        self._require_open()

    def close(self) -> None:
        self._is_open = False
        self._library.close()

    def abandon(self) -> None:
        self.close()

    # The server

    def _name(self, model: ModelState) -> str:
        return self._library.names.of_model(model)

    def field(self, model: ModelState) -> VectorField:
        """How its vectors are stored. Its collection is loaded then."""
        field = self._loaded(self._name(model))
        if field.dimension != model.dimension:
            raise FinderError(
                tr("{model} has {n} numbers for each picture on the server, but {m} here.").format(
                    model=model.name, n=field.dimension, m=model.dimension
                ),
                tr("Use another library name: image-finder store use … --library NAME"),
            )
        return field

    def _loaded(self, name: str) -> VectorField:
        """How the vectors of a collection are stored, of any model. It is loaded then, with an
        index where another machine is about to make one, or was stopped before that."""
        if name not in self._fields:
            field = VectorField.described(self._call("describe_collection", name))
            index = index_parameters(field, 0, self._library.settings.index)
            self._guarded(load, self._client, name, index)
            self._fields[name] = field
        return self._fields[name]

    def _require_open(self) -> None:
        if not self._is_open:
            raise store_failed(RuntimeError(tr("it is closed")))

    def _call(self, method: str, *args: Any, **options: Any) -> Any:
        return self._guarded(lambda: self._client.call(method, *args, **options))

    def _guarded(self, function: Any, *args: Any) -> Any:
        """After a failure the store is abandoned: the next use opens it again, and compares."""
        self._require_open()
        try:
            return function(*args)
        except (FinderError, Cancelled):
            self.abandon()
            raise


_DELETED_AT_ONCE = 500
_INDEX_SECONDS = 3_600.0


def chunks(items: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _rows_of(field: VectorField) -> int:
    """How many rows one request may have."""
    return max(1, min(1_000, _REQUEST_BYTES // (field.row_bytes + 200)))


def _scalars(facts: StoredFacts) -> dict[str, Any]:
    return {
        "bytes": facts.bytes,
        "width": facts.width,
        "height": facts.height,
        "pixels": facts.width * facts.height,
        "format": facts.format[:32],
        "taken": facts.taken or "",
    }
