"""A connection to the engine through pymilvus."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from finder.core.errors import FinderError
from finder.core.library.vectors.engine import Engine
from finder.core.library.vectors.pymilvus_import import DataType, MilvusClient
from finder.core.library.vectors.store import store_failed

if TYPE_CHECKING:
    from finder.core.paths import Home

log = logging.getLogger(__name__)

Result = TypeVar("Result")


class MilvusConnection:
    """A running engine and its client. After any failed call both are released, without a flush:
    the engine must not be used any more. lock: held by every call that writes. Raises FinderError
    where the engine fails."""

    def __init__(self, home: Home) -> None:
        self.lock = threading.RLock()
        self.client: Any = None
        self.engine: Engine | None = None
        self.guarded(self._open, home)

    def _open(self, home: Home) -> None:
        self.engine = Engine(home)
        self.client = MilvusClient(uri=self.engine.uri)

    @property
    def is_open(self) -> bool:
        return self.client is not None

    def call(self, method: str, *args: Any, **options: Any) -> Any:
        """Call a method of the client."""
        return self.guarded(lambda: getattr(self.client, method)(*args, **options))

    def guarded(self, function: Callable[..., Result], *args: Any) -> Result:
        """Run something that uses the engine; after any failure release it, never flushing."""
        try:
            return function(*args)
        except FinderError:
            raise
        except Exception as error:
            log.exception("Milvus Lite failed")
            self.release(keep_unflushed=False)
            raise store_failed(error) from error

    def release(self, keep_unflushed: bool) -> None:
        """Stop the engine. keep_unflushed: flush first what is only in memory."""
        with self.lock:
            client, engine = self.client, self.engine
            self.client = self.engine = None
        if client is not None:
            client.close()
        if engine is not None:
            engine.stop(keep_unflushed)

    def create_collection(self, name: str, dimension: int) -> None:
        self.guarded(self._create_collection, name, dimension)

    def _create_collection(self, name: str, dimension: int) -> None:
        schema = self.client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
        index = self.client.prepare_index_params()
        index.add_index("vector", index_type="FLAT", metric_type="IP")
        self.client.create_collection(name, schema=schema)
        self.client.create_index(name, index, sync=False)  # done immediately; sync would wait
        self.client.release_collection(name)

    def obsolete_fields(self, name: str) -> dict[str, str | int]:
        """What a row of the collection needs besides id and vector: nothing, or, in a collection
        that an earlier version made (with path, size and time of a file, which nothing read and
        which became outdated), empty values. A newly created collection has no such fields."""
        fields = self.call("describe_collection", name)["fields"]
        return {
            field["name"]: "" if field["type"] == DataType.VARCHAR else 0
            for field in fields
            if field["name"] not in ("id", "vector")
        }
