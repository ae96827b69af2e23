"""The server that the tests use, alone and behind the relays that make faults and speak TLS."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc
import pytest
import trustme
from fault_relay import FaultRelay
from milvus_server import MilvusWithUsers, address_of, connected, drop_library
from pymilvus import DataType, MilvusException
from sharing import SHARED
from tls_relay import TlsRelay

_TESTS = Path(__file__).parent.parent
_VERSION = "v2.3.5-lite"
_TIMEOUT = 1.0
_PYTEST = (sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "milvus_server")
_FAILS = (MilvusException, grpc.RpcError)
_TWO_TESTS = """
import os, time
from pathlib import Path
import pytest
@pytest.mark.parametrize("number", [1, 2])
def test_server(milvus_uri, number):
    notes = Path(os.environ["NOTES"])
    (notes / os.environ["PYTEST_XDIST_WORKER"]).write_text(milvus_uri)
    while len(list(notes.iterdir())) < 2 or "FOR_EVER" in os.environ:
        time.sleep(0.02)
"""
"""In which two workers wait for each other."""


@pytest.fixture
def relay(milvus_uri: str) -> Iterator[FaultRelay]:
    with FaultRelay(address_of(milvus_uri)) as relay:
        yield relay


def test_rows_are_stored_and_found(milvus_uri: str, library_name: str) -> None:
    name, other = f"{library_name}_rows", f"other_{library_name}"
    with connected(milvus_uri) as client:
        schema = client.create_schema(auto_id=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=2)
        index = client.prepare_index_params()
        index.add_index("vector", index_type="FLAT", metric_type="L2")
        client.create_collection(name, schema=schema, index_params=index)
        client.insert(name, [{"id": id, "vector": [id, 0.5]} for id in (1, 2, 3)])
        rows = client.query(name, "id > 1", consistency_level="Strong")
        assert {row["id"]: row["vector"] for row in rows} == {2: [2, 0.5], 3: [3, 0.5]}
        [found] = client.search(name, [[2.9, 0.5]], limit=2)
        assert [hit["id"] for hit in found] == [3, 2]
        client.create_collection(other, schema=schema)
        drop_library(milvus_uri, library_name)
        left = client.list_collections()
        client.drop_collection(other)
    assert name not in left
    assert other in left


@pytest.mark.parametrize(
    "make",
    [FaultRelay.refuse, FaultRelay.hang, lambda relay: relay.cut_after(5)],
    ids=["refuse", "hang", "cut"],
)
def test_a_fault_reaches_the_client(relay: FaultRelay, make: Callable[[FaultRelay], None]) -> None:
    with connected(relay.uri, timeout=_TIMEOUT) as client:
        assert client.get_server_version(timeout=_TIMEOUT) == _VERSION
        make(relay)
        begun = time.monotonic()
        with pytest.raises(_FAILS):
            client.list_collections(timeout=_TIMEOUT)
        _assert_not_connected(relay.uri)
        assert time.monotonic() - begun < 4 * _TIMEOUT
        relay.restore()
        _wait_until(lambda: _is_answered(client))  # gRPC waits for a second before it tries again


def test_after_a_cut_the_client_connects_again(relay: FaultRelay) -> None:
    with connected(relay.uri) as client:
        assert relay.accepted == 1
        relay.cut()
        client.list_collections(timeout=10 * _TIMEOUT)
        assert relay.accepted == 2


def test_a_slow_server(relay: FaultRelay) -> None:
    with connected(relay.uri) as client:
        relay.delay(0.5)
        begun = time.monotonic()
        client.list_collections(timeout=10 * _TIMEOUT)
        assert 0.5 <= time.monotonic() - begun < 4 * _TIMEOUT
        with pytest.raises(grpc.RpcError, match="Deadline"):
            client.list_collections(timeout=0.2)


def test_a_server_with_users(milvus_with_users: MilvusWithUsers, library_name: str) -> None:
    uri = milvus_with_users.uri
    with connected(uri, token=milvus_with_users.token) as client:
        assert client.list_users() == ["root"]
        client.create_collection(library_name, dimension=2)
    for options in ({}, {"token": "root:wrong"}, {"user": "nobody", "password": "Milvus"}):
        with pytest.raises(MilvusException) as caught, connected(uri, **options):
            pass
        assert "auth" in str(caught.value.__cause__)


def test_tls_with_an_authority_of_its_own(milvus_uri: str, tmp_path: Path) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    right, wrong = tmp_path / "right.pem", tmp_path / "wrong.pem"
    authority.cert_pem.write_to_path(str(right))
    stranger.cert_pem.write_to_path(str(wrong))
    with TlsRelay(address_of(milvus_uri), authority.issue_cert("localhost")) as relay:
        with connected(relay.uri, secure=True, server_pem_path=str(right)) as client:
            assert client.get_server_version() == _VERSION
        for options in ({"server_pem_path": str(wrong)}, {}):
            _assert_not_connected(relay.uri, secure=True, **options)
        _assert_not_connected(relay.uri.replace("https", "http"))
    with TlsRelay(address_of(milvus_uri), authority.issue_cert("elsewhere.example")) as relay:
        _assert_not_connected(relay.uri, secure=True, server_pem_path=str(right))


def test_a_client_certificate(milvus_uri: str, tmp_path: Path) -> None:
    authority = trustme.CA()
    own, key, root = tmp_path / "own.pem", tmp_path / "key.pem", tmp_path / "root.pem"
    authority.cert_pem.write_to_path(str(root))
    pair = authority.issue_cert("me@localhost")
    pair.cert_chain_pems[0].write_to_path(str(own))
    pair.private_key_pem.write_to_path(str(key))
    certificate = authority.issue_cert("localhost")
    with TlsRelay(address_of(milvus_uri), certificate, authority) as relay:
        _assert_not_connected(relay.uri, secure=True, server_pem_path=str(root))
        options = {
            "secure": True,
            "ca_pem_path": str(root),
            "client_pem_path": str(own),
            "client_key_path": str(key),
        }
        with connected(relay.uri, **options) as client:
            assert client.get_server_version() == _VERSION


@pytest.mark.usefixtures("milvus_uri")  # it is unpacked now, or skipped
@pytest.mark.parametrize("is_killed", [False, True], ids=["ended", "killed"])
def test_workers_share_a_server_that_ends_with_them(
    tmp_path: Path, pytestconfig: pytest.Config, is_killed: bool
) -> None:
    (tmp_path / "test_two.py").write_text(_TWO_TESTS)
    notes = tmp_path / "notes"
    notes.mkdir()
    assert pytestconfig.cache is not None
    cache = pytestconfig.cache.mkdir("milvus").parents[1]
    env = {name: os.environ[name] for name in os.environ if name != SHARED}
    env |= {"NOTES": str(notes), "PYTHONPATH": f"{_TESTS}:{_TESTS.parent}"}
    folders = ["-o", f"cache_dir={cache}", "--rootdir", tmp_path, "--basetemp", tmp_path / "run"]
    run = subprocess.Popen(
        [str(word) for word in (*_PYTEST, *folders, tmp_path)],
        env=env | ({"FOR_EVER": "1"} if is_killed else {}),
        stdout=subprocess.PIPE,
        text=True,
    )
    if is_killed:
        _wait_until(lambda: len(list(notes.glob("gw*"))) == 2)
        run.kill()
    output, _ = run.communicate(timeout=60)
    assert run.returncode == (-signal.SIGKILL if is_killed else 0), output
    first, second = (note.read_text() for note in notes.iterdir())
    assert first == second
    _wait_until(lambda: not _is_there(first))
    _wait_until(lambda: not list((tmp_path / "run").glob("milvus-plain/data")))


def _assert_not_connected(uri: str, **options: object) -> None:
    with pytest.raises(_FAILS), connected(uri, timeout=_TIMEOUT, **options):
        pass


def _is_answered(client: Any) -> bool:
    with suppress(*_FAILS):
        return bool(client.get_server_version(timeout=_TIMEOUT) == _VERSION)
    return False


def _is_there(uri: str) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(address_of(uri)) == 0


def _wait_until(is_true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_true():
        assert time.monotonic() < end
        time.sleep(0.02)
