"""The server that the tests use, and the relays that stand in front of it."""

from __future__ import annotations

from milvus_server import connected


def test_it(milvus_uri: str, library_name: str) -> None:
    with connected(milvus_uri) as client:
        client.create_collection(library_name, dimension=4)
        assert client.list_collections() == [library_name]
