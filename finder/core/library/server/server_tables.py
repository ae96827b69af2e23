"""The fields of a library's collections on a server, and how they are made.

Every collection answers with what was acknowledged before the question (consistency level Strong).
Those without a vector of their own have a small one that nothing reads: Milvus 2.3 requires it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from finder.core.library.server.server_errors import ServerError
from finder.core.library.server.store_settings import IndexType, Precision

if TYPE_CHECKING:
    from finder.core.library.server.server_client import ServerClient

BOOL, INT64, VARCHAR = 1, 5, 21
BINARY_VECTOR, FLOAT_VECTOR, FLOAT16_VECTOR = 100, 101, 102
"""Milvus' numbers of its data types (`pymilvus.DataType`)."""

NO_VECTOR: Final = [0.0, 0.0]
MAX_THUMBNAIL: Final = 4_096
"""Bytes of the thumbnail that travels with a place."""
_FLAT_UNTIL = 20_000
"""Vectors; up to here a server compares each of them in some milliseconds."""

_FACTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "bytes": {"datatype": INT64},
    "width": {"datatype": INT64},
    "height": {"datatype": INT64},
    "pixels": {"datatype": INT64},
    "format": {"datatype": VARCHAR, "max_length": 32},
    "taken": {"datatype": VARCHAR, "max_length": 64},
}
_PLACES: Final[Mapping[str, Mapping[str, Any]]] = {
    "machine": {"datatype": VARCHAR, "max_length": 64},
    "path": {"datatype": VARCHAR, "max_length": 65_535},
    "size": {"datatype": INT64},
    "mtime_ns": {"datatype": INT64},
    "picture": {"datatype": INT64},
    "sequence": {"datatype": INT64},
    "facts": {"datatype": VARCHAR, "max_length": 1_024},
    "thumbnail": {"datatype": VARCHAR, "max_length": 8_192},
    "vector": {"datatype": FLOAT_VECTOR, "dim": 2},
}
_STATE: Final[Mapping[str, Mapping[str, Any]]] = {
    "value": {"datatype": VARCHAR, "max_length": 65_535},
    "vector": {"datatype": FLOAT_VECTOR, "dim": 2},
}


@dataclass(frozen=True)
class VectorField:
    """A model's vectors on a server: numbers, or the signs of a hash, one bit each. precision: of
    numbers."""

    dimension: int
    is_binary: bool = False
    precision: Precision = Precision.FLOAT32

    @classmethod
    def of(
        cls, vectors: NDArray[np.float32], precision: Precision = Precision.FLOAT32
    ) -> VectorField:
        """For vectors float32 [N, dimension] like these. A hash is ±1/√dimension everywhere, which
        no network gives."""
        dimension = vectors.shape[1]
        is_hash = dimension % 8 == 0 and bool((np.abs(vectors) == _unit(dimension)).all())
        return cls(dimension, is_hash, precision)

    @classmethod
    def described(cls, description: Mapping[str, Any]) -> VectorField:
        """From what `describe_collection` gives."""
        field = next(field for field in description["fields"] if field["name"] == "vector")
        kind = int(field["type"])
        precision = Precision.FLOAT16 if kind == FLOAT16_VECTOR else Precision.FLOAT32
        return cls(int(field["params"]["dim"]), kind == BINARY_VECTOR, precision)

    @property
    def kind(self) -> int:
        """Milvus' data type."""
        if self.is_binary:
            return BINARY_VECTOR
        return FLOAT16_VECTOR if self.precision is Precision.FLOAT16 else FLOAT_VECTOR

    @property
    def metric(self) -> str:
        return "HAMMING" if self.is_binary else "L2"

    @property
    def row_bytes(self) -> int:
        bits = {BINARY_VECTOR: 1, FLOAT16_VECTOR: 16, FLOAT_VECTOR: 32}
        return self.dimension * bits[self.kind] // 8

    def encoded(self, vector: NDArray[np.float32]) -> Any:
        """As a row of Milvus has it."""
        if self.is_binary:
            return np.packbits(vector > 0).tobytes()
        return vector.astype(np.float16) if self.kind == FLOAT16_VECTOR else vector.tolist()

    def decoded(self, value: Any) -> NDArray[np.float32]:
        """float32 [dimension], bit for bit as it was stored: see `rounded`."""
        if self.kind == FLOAT_VECTOR:
            return np.asarray(value, np.float32)
        data = joined(value)
        if self.kind == FLOAT16_VECTOR:
            return np.frombuffer(data, "<f2").astype(np.float32)
        bits = np.unpackbits(np.frombuffer(data, np.uint8))
        unit = _unit(self.dimension)
        return np.where(bits == 1, unit, -unit).astype(np.float32)

    def rounded(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """The vectors [N, dimension] as they come back from the server."""
        if self.kind != FLOAT16_VECTOR:
            return vectors
        return vectors.astype(np.float16).astype(np.float32)


def joined(value: Any) -> Any:
    """A vector as a row that is written has it: pymilvus returns one of bytes in a list."""
    is_bytes = isinstance(value, list) and len(value) > 0 and isinstance(value[0], bytes)
    return b"".join(value) if is_bytes else value


def _unit(dimension: int) -> np.float32:
    return np.float32(1.0 / sqrt(dimension))


def index_parameters(field: VectorField, number: int, wanted: IndexType) -> dict[str, Any]:
    """How a server indexes so many vectors. IVF_FLAT has 4·√n lists, as Milvus advises."""
    if field.is_binary:
        return {"index_type": "BIN_FLAT", "metric_type": field.metric, "params": {}}
    if wanted is IndexType.SIZE:
        wanted = IndexType.FLAT if number <= _FLAT_UNTIL else IndexType.IVF_FLAT
    parameters: dict[str, Any] = {}
    if wanted is IndexType.IVF_FLAT:
        parameters = {"nlist": max(16, min(65_536, round(4 * sqrt(number))))}
    elif wanted is IndexType.HNSW:
        parameters = {"M": 16, "efConstruction": 200}
    return {"index_type": str(wanted), "metric_type": field.metric, "params": parameters}


def create_model(
    client: ServerClient, name: str, field: VectorField, index: Mapping[str, Any]
) -> None:
    """The collection of a model's vectors; harmless where another machine was faster."""
    vector = {"datatype": field.kind, "dim": field.dimension}
    _create(client, name, {"datatype": INT64}, {"vector": vector, **_FACTS}, index)


def load(client: ServerClient, name: str, index: Mapping[str, Any] | None = None) -> None:
    """Load a collection for reading. It gets its index if whoever made it was stopped before that.
    index: as for `create_model`; None for one that is not searched."""
    try:
        client.call("load_collection", name)
    except ServerError:
        if client.call("list_indexes", name):
            raise
        indexes = client.call("prepare_index_params")
        indexes.add_index("vector", **(index or _NOT_SEARCHED))
        client.call("create_index", name, indexes, timeout=_CREATE_SECONDS)
        client.call("load_collection", name)


def create_places(client: ServerClient, name: str) -> None:
    _create(client, name, {"datatype": INT64}, _PLACES, _NOT_SEARCHED)


def create_state(client: ServerClient, name: str) -> None:
    _create(client, name, {"datatype": VARCHAR, "max_length": 512}, _STATE, _NOT_SEARCHED)


_NOT_SEARCHED: Final = {"index_type": "FLAT", "metric_type": "L2", "params": {}}


def _create(
    client: ServerClient,
    name: str,
    key: Mapping[str, Any],
    fields: Mapping[str, Mapping[str, Any]],
    index: Mapping[str, Any],
) -> None:
    schema = client.call("create_schema", auto_id=False, enable_dynamic_field=False)
    schema.add_field("key" if key["datatype"] == VARCHAR else "id", is_primary=True, **key)
    for field, options in fields.items():
        schema.add_field(field, **options)
    indexes = client.call("prepare_index_params")
    indexes.add_index("vector", **index)
    client.call(
        "create_collection",
        name,
        schema=schema,
        consistency_level="Strong",
        timeout=_CREATE_SECONDS,
    )
    # sync: pymilvus would wait for half a second, though there is nothing to index yet
    client.call("create_index", name, indexes, sync=False, timeout=_CREATE_SECONDS)
    client.call("load_collection", name)


_CREATE_SECONDS = 120.0
