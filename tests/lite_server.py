"""Milvus Lite, served on a port of this computer as a server is: the one at hand that has no
float16; and a second one that has it, as far as Milvus' protocol goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from relay import HOST

FLOAT_VECTOR, FLOAT16_VECTOR = 101, 102


@pytest.fixture
def lite_uri(tmp_path: Path) -> Iterator[str]:
    """Of a server that refuses float16."""
    with _served(tmp_path / "lite", lambda lite: lite) as uri:
        yield uri


@pytest.fixture
def float16_uri(tmp_path: Path) -> Iterator[str]:
    """Of a server that keeps float16."""
    with _served(tmp_path / "float16", Float16Servicer) as uri:
        yield uri


@contextmanager
def _served(folder: Path, changed: Callable[[Any], Any]) -> Iterator[str]:
    """changed: gives what answers instead of Milvus Lite."""
    import_module("finder.core.library.vectors.milvus_connection")
    import grpc
    from milvus_lite.adapter.grpc.servicer import MilvusServicer
    from milvus_lite.db import MilvusLite
    from pymilvus.grpc_gen.milvus_pb2_grpc import add_MilvusServiceServicer_to_server

    with ThreadPoolExecutor(4) as threads, closing(MilvusLite(str(folder))) as database:
        server = grpc.server(threads)
        add_MilvusServiceServicer_to_server(changed(MilvusServicer(database)), server)
        port = server.add_insecure_port(f"{HOST}:0")
        server.start()
        try:
            yield f"http://{HOST}:{port}"
        finally:
            server.stop(grace=0).wait()


class Float16Servicer:
    """Milvus Lite with float16 vectors: on the wire as Milvus 2.4 has them, two bytes a number; in
    its collections as float32. What is not of the collection's type is refused, as there."""

    def __init__(self, lite: Any) -> None:
        self._lite = lite
        self._float16: set[str] = set()
        """Collections whose vectors are so."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lite, name)

    def CreateCollection(self, request: Any, context: Any) -> Any:
        from pymilvus.grpc_gen import schema_pb2

        schema = schema_pb2.CollectionSchema.FromString(request.schema)
        for field in schema.fields:
            if field.data_type == FLOAT16_VECTOR:
                field.data_type = FLOAT_VECTOR
                self._float16.add(request.collection_name)
        request.schema = schema.SerializeToString()
        return self._lite.CreateCollection(request, context)

    def DescribeCollection(self, request: Any, context: Any) -> Any:
        answer = self._lite.DescribeCollection(request, context)
        if request.collection_name in self._float16:
            for field in answer.schema.fields:
                if field.data_type == FLOAT_VECTOR:
                    field.data_type = FLOAT16_VECTOR
        return answer

    def Upsert(self, request: Any, context: Any) -> Any:
        for column in request.fields_data:
            if column.field_name == "vector":
                self._require_type(request.collection_name, column.type)
            if column.type == FLOAT16_VECTOR:
                numbers = np.frombuffer(column.vectors.float16_vector, "<f2")
                assert len(numbers) == request.num_rows * column.vectors.dim
                column.type = FLOAT_VECTOR
                column.vectors.float_vector.data.extend(numbers.astype(float).tolist())
        return self._lite.Upsert(request, context)

    def Search(self, request: Any, context: Any) -> Any:
        from pymilvus.grpc_gen import common_pb2

        group = common_pb2.PlaceholderGroup.FromString(request.placeholder_group)
        for asked in group.placeholders:
            self._require_type(request.collection_name, asked.type)
            if asked.type == FLOAT16_VECTOR:
                asked.type = FLOAT_VECTOR
                values = [np.frombuffer(value, "<f2") for value in asked.values]
                asked.ClearField("values")
                asked.values.extend(value.astype("<f4").tobytes() for value in values)
        request.placeholder_group = group.SerializeToString()
        answer = self._lite.Search(request, context)
        self._to_float16(request.collection_name, answer.results.fields_data)
        return answer

    def Query(self, request: Any, context: Any) -> Any:
        answer = self._lite.Query(request, context)
        self._to_float16(request.collection_name, answer.fields_data)
        return answer

    def _to_float16(self, collection: str, columns: Any) -> None:
        for column in columns if collection in self._float16 else ():
            if column.type == FLOAT_VECTOR:
                numbers = np.array(column.vectors.float_vector.data, "<f2")
                column.type = FLOAT16_VECTOR
                column.vectors.float16_vector = numbers.tobytes()

    def _require_type(self, collection: str, kind: int) -> None:
        wanted = FLOAT16_VECTOR if collection in self._float16 else FLOAT_VECTOR
        assert kind == wanted, f"{collection} has vectors of type {wanted}, not {kind}"
