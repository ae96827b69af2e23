"""A real vector database returns what was stored, whatever happens to it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from making import assert_in_step, fill, outcomes, tiny_spec, tiny_state, unit_vectors
from pymilvus import MilvusClient

from finder.core.errors import FinderError
from finder.core.library.vectors.milvus_lite import MilvusLiteStore
from finder.core.library.vectors.milvus_lite_backend import MilvusLiteBackend
from finder.core.library.writer import LibraryWriter
from finder.core.paths import Home

TINY = tiny_state()
RANDOM = np.random.default_rng(1)


@pytest.fixture
def store(home: Home) -> Iterator[MilvusLiteStore]:
    with closing(MilvusLiteStore(home)) as opened:
        yield opened


def kept(store: MilvusLiteStore) -> dict[int, list[float]]:
    ids, vectors = store.fetch(TINY, store.ids(TINY).tolist())
    return dict(zip(ids.tolist(), vectors.tolist(), strict=True))


def test_it_flushes_every_500_rows(store: MilvusLiteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[str] = []
    flush = MilvusClient.flush

    def counting(client: MilvusClient, name: str, **options: Any) -> None:
        flushed.append(name)
        flush(client, name, **options)

    monkeypatch.setattr(MilvusClient, "flush", counting)
    vectors = unit_vectors(RANDOM, 500, 8)
    for start in range(0, 1_250, 125):
        store.upsert(TINY, range(start, start + 125), vectors[:125])
        assert len(flushed) == (start + 125) // 500
    store.flush()
    store.flush()
    assert len(flushed) == 3, "the rest once, and then nothing is left"


# Where it listens


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_no_port_is_opened(store: MilvusLiteStore) -> None:
    before = listening_here()
    with socket.create_server(("127.0.0.1", 0)):
        assert len(listening_here()) == len(before) + 1, "such a port would be seen"
    assert before == set()


def listening_here() -> set[str]:
    """Inodes of the TCP sockets on which this process listens."""
    ours = set()
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            ours.add(os.readlink(f"/proc/self/fd/{descriptor}"))
        except OSError:
            continue  # the one that listed them
    listening = set()
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/self/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":  # TCP_LISTEN
                listening.add(fields[9])
    return {inode for inode in listening if f"socket:[{inode}]" in ours}


def test_the_socket_lies_in_a_private_folder(short_folder: Path) -> None:
    home = Home(short_folder / "home")
    with closing(MilvusLiteStore(home)):
        (found,) = home.root.rglob("*.sock")
        assert found.is_socket()
        assert found.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "name", ["x" * 120, "50%20x", "a#b?c", "{home}", "with space", "umläut"], ids=ascii
)
def test_any_home_can_be_used(tmp_path: Path, name: str) -> None:
    home = Home(tmp_path / name)
    vectors = unit_vectors(RANDOM, 3, 8)
    with closing(MilvusLiteStore(home)) as store:
        store.upsert(TINY, range(3), vectors)
    with closing(MilvusLiteStore(home)) as store:
        assert kept(store) == dict(enumerate(vectors.tolist()))


def test_a_long_home_leaves_no_socket_folder(
    tmp_path: Path, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(short_folder))
    store = MilvusLiteStore(Home(tmp_path / ("x" * 120)))
    (folder,) = short_folder.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len(os.fsencode(folder / "m.sock")) < 104
    store.close()
    assert list(short_folder.iterdir()) == []


def test_a_proxy_is_not_used(home: Home) -> None:
    code = (
        "import sys; from pathlib import Path; from finder.core.paths import Home;"
        "from finder.core.library.vectors.milvus_lite import MilvusLiteStore;"
        "MilvusLiteStore(Home(Path(sys.argv[1]))).close(); print('opened')"
    )
    proxy = "http://127.0.0.1:9"
    environment = os.environ | dict.fromkeys(("http_proxy", "https_proxy", "grpc_proxy"), proxy)
    done = subprocess.run(
        [sys.executable, "-c", code, str(home.root)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.stdout == "opened\n", done.stderr


# After failures


def fail_with(error: Exception) -> Any:
    def fail(*args: object, **options: object) -> None:
        raise error

    return fail


def test_after_a_failed_write_it_closes_without_a_flush(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = unit_vectors(RANDOM, 30, 8)
    store = MilvusLiteStore(home)
    store.upsert(TINY, range(20), vectors[:20])
    flushed: list[object] = []
    with monkeypatch.context() as patch:
        patch.setattr(MilvusClient, "insert", fail_with(OSError("No space left on device")))
        patch.setattr(MilvusClient, "flush", lambda *args, **options: flushed.append(args))
        with pytest.raises(FinderError, match="No space left on device"):
            store.upsert(TINY, range(20, 30), vectors[20:])
        assert not store.is_open
        store.close()
    assert flushed == []
    assert not list(home.vectors.rglob("*.parquet")), "nor has the engine flushed on its own"
    with closing(MilvusLiteStore(home)) as again:
        assert kept(again) == dict(enumerate(vectors[:20].tolist())), "all that was acknowledged"
        again.upsert(TINY, range(20, 30), vectors[20:])
    with closing(MilvusLiteStore(home)) as again:
        assert kept(again) == dict(enumerate(vectors.tolist()))


@pytest.mark.parametrize("method", ["insert", "delete", "flush", "get_collection_stats", "get"])
def test_it_closes_after_any_failure(
    home: Home, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    vectors = unit_vectors(RANDOM, 3, 8)
    store = MilvusLiteStore(home)
    store.upsert(TINY, range(3), vectors)
    calls: dict[str, Callable[[], object]] = {
        "insert": lambda: store.upsert(TINY, [9], vectors[:1]),
        "delete": lambda: store.delete(TINY, [1]),
        "flush": store.flush,
        "get_collection_stats": lambda: store.count(TINY),
        "get": lambda: store.fetch(TINY, [1]),
    }
    with monkeypatch.context() as patch:
        patch.setattr(MilvusClient, method, fail_with(RuntimeError("broken.\nand more")))
        with pytest.raises(FinderError, match=r"failed: broken\. "):
            calls[method]()
    assert not store.is_open
    with closing(MilvusLiteStore(home)) as again:
        assert again.ids(TINY).tolist() == [0, 1, 2]


def test_the_writer_opens_a_closed_store_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = {"tiny": unit_vectors(RANDOM, 9, 8)}
    batches = [outcomes(range(9), vectors)[start : start + 3] for start in (0, 3, 6)]
    with LibraryWriter(home) as writer:
        writer.register_models([tiny_spec()])
        writer.write(batches[0])
        with monkeypatch.context() as patch:
            patch.setattr(MilvusClient, "insert", fail_with(OSError("full")))
            with pytest.raises(FinderError, match="full"):
                writer.write(batches[1])
        writer.write(batches[2])
        writer.write(batches[1])
    assert len(assert_in_step(home, "tiny")) == 9


def test_closing_the_writer_after_a_failure_keeps_the_first_error(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = {"tiny": unit_vectors(RANDOM, 4, 8)}
    with pytest.raises(FinderError, match="full"), LibraryWriter(home) as writer:
        writer.register_models([tiny_spec()])
        writer.write(outcomes([1, 2], vectors))
        monkeypatch.setattr(MilvusClient, "insert", fail_with(OSError("full")))
        writer.write(outcomes([3, 4], vectors))
    monkeypatch.undo()
    with LibraryWriter(home) as writer:
        writer.store.repair()
    assert set(assert_in_step(home, "tiny")) == {1, 2}


def truncate_parquet(home: Home) -> None:
    (damaged, *_) = sorted(home.vectors.rglob("*.parquet"))
    os.truncate(damaged, damaged.stat().st_size // 2)


def test_a_damaged_database_is_moved_aside(home: Home) -> None:
    with closing(MilvusLiteStore(home)) as store:
        store.upsert(TINY, range(5), unit_vectors(RANDOM, 5, 8))
    truncate_parquet(home)
    with pytest.raises(FinderError, match="vector database failed"):
        MilvusLiteStore(home)
    with closing(MilvusLiteBackend(home).open_or_recreate([TINY])) as store:
        assert store.count(TINY) == 0
    assert list((home.root / "vectors.damaged").rglob("*.parquet"))


def test_a_database_that_cannot_be_opened_for_another_reason_stays(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(MilvusLiteStore(home)) as store:
        store.upsert(TINY, range(5), unit_vectors(RANDOM, 5, 8))
    with monkeypatch.context() as patch:
        patch.setattr(MilvusClient, "list_collections", fail_with(OSError("no luck")))
        with pytest.raises(FinderError, match="no luck"):
            MilvusLiteBackend(home).open_or_recreate()
    with closing(MilvusLiteBackend(home).open_or_recreate()) as store:
        assert store.ids(TINY).tolist() == list(range(5))


def test_vectors_of_a_damaged_database_are_sent_again_from_the_matrix(home: Home) -> None:
    vectors = unit_vectors(RANDOM, 50, 8)
    fill(home, [tiny_spec()], range(50), {"tiny": vectors})
    truncate_parquet(home)
    with LibraryWriter(home) as writer:
        writer.store.repair()
    found = assert_in_step(home, "tiny")
    assert {p: v.tolist() for p, v in found.items()} == dict(enumerate(vectors.tolist()))
