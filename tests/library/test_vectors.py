"""The vector database, a real one: what it is given it gives back, whatever befalls it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from making import Vectors, assert_in_step, fill, outcomes, tiny_spec, tiny_state, unit_vectors
from pymilvus import MilvusClient

from finder.core.errors import FinderError
from finder.core.library.vectors import VectorRow, VectorStore, open_vectors
from finder.core.library.writer import LibraryWriter
from finder.core.paths import Home

TINY = tiny_state()
RANDOM = np.random.default_rng(1)


@pytest.fixture
def store(home: Home) -> Iterator[VectorStore]:
    with closing(VectorStore(home)) as opened:
        yield opened


def rows(pictures: Sequence[int], vectors: Vectors) -> list[VectorRow]:
    return [
        VectorRow(picture, vector, f"/a/{picture}.jpg", 0, 1, 2, 3)
        for picture, vector in zip(pictures, vectors, strict=True)
    ]


def kept(store: VectorStore) -> dict[int, list[float]]:
    ids, vectors = store.fetch(TINY, store.ids(TINY).tolist())
    return dict(zip(ids.tolist(), vectors.tolist(), strict=True))


def test_what_is_put_in_comes_out_bit_for_bit(home: Home) -> None:
    vectors = unit_vectors(RANDOM, 700, 8)
    with closing(VectorStore(home)) as store:
        store.upsert(TINY, rows(range(700), vectors))
        assert store.count(TINY) == 700
        assert kept(store) == dict(enumerate(vectors.tolist()))
    with closing(VectorStore(home)) as store:
        assert store.ids(TINY).tolist() == list(range(700))
        assert kept(store) == dict(enumerate(vectors.tolist()))


def test_any_content_id_is_a_key(store: VectorStore) -> None:
    ids = [0, 1, 2**53 + 1, 2**62, 2**63 - 2, 2**63 - 1]
    vectors = unit_vectors(RANDOM, len(ids), 8)
    store.upsert(TINY, rows(ids, vectors))
    assert store.ids(TINY).tolist() == ids
    assert kept(store) == dict(zip(ids, vectors.tolist(), strict=True))
    found = store.search(TINY, vectors[5], 1)
    assert [picture for picture, _ in found] == [2**63 - 1]
    assert found[0][1] == pytest.approx(1.0, abs=1e-6)


def test_a_collection_that_is_not_there_is_empty(store: VectorStore) -> None:
    assert not store.has(TINY)
    assert store.count(TINY) == 0
    assert len(store.ids(TINY)) == 0
    ids, vectors = store.fetch(TINY, [1, 2])
    assert (ids.shape, vectors.shape) == ((0,), (0, 8))
    store.delete(TINY, [1])
    store.upsert(TINY, [])
    assert not store.has(TINY)


def test_fetching_leaves_out_what_is_not_there(store: VectorStore) -> None:
    store.upsert(TINY, rows([1, 3], unit_vectors(RANDOM, 2, 8)))
    ids, vectors = store.fetch(TINY, [1, 2, 3, 4])
    assert sorted(ids.tolist()) == [1, 3]
    assert vectors.dtype == np.float32


def test_the_same_id_again_replaces_its_vector(store: VectorStore) -> None:
    old, new = unit_vectors(RANDOM, 2, 8)
    store.upsert(TINY, rows([1], old[None]))
    store.flush()
    store.upsert(TINY, rows([1], new[None]))
    assert store.count(TINY) == 1
    assert kept(store) == {1: new.tolist()}


@pytest.mark.parametrize("flushed", [True, False])
def test_what_is_deleted_stays_deleted(home: Home, flushed: bool) -> None:
    with closing(VectorStore(home)) as store:
        store.upsert(TINY, rows(range(10), unit_vectors(RANDOM, 10, 8)))
        if flushed:
            store.flush()
        store.delete(TINY, [2, 3, 77])
        assert store.count(TINY) == 8
    with closing(VectorStore(home)) as store:
        assert store.ids(TINY).tolist() == [0, 1, 4, 5, 6, 7, 8, 9]


def test_search_is_exact(store: VectorStore) -> None:
    vectors = unit_vectors(RANDOM, 300, 8)
    store.upsert(TINY, rows(range(300), vectors))
    query = unit_vectors(RANDOM, 1, 8)[0]
    found = store.search(TINY, query, 20)
    products = vectors.astype(np.float64) @ query
    assert [picture for picture, _ in found] == np.argsort(-products)[:20].tolist()
    np.testing.assert_allclose([s for _, s in found], np.sort(products)[::-1][:20], atol=1e-5)


def test_ids_are_all_listed_beyond_a_query_window(store: VectorStore) -> None:
    vectors = unit_vectors(RANDOM, 17_000, 2)
    state = tiny_state(dimension=2)
    for start in range(0, 17_000, 1_000):
        chunk = range(start, start + 1_000)
        store.upsert(state, rows(chunk, vectors[start : start + 1_000]))
    assert store.ids(state).tolist() == list(range(17_000)), "Milvus answers 16,384 at most"


def test_only_models_the_catalogue_knows_are_kept(home: Home) -> None:
    other = tiny_state("other")
    with closing(VectorStore(home)) as store:
        for state in (TINY, other):
            store.upsert(state, rows([1], unit_vectors(RANDOM, 1, 8)))
        store.drop_all_but([TINY])
        assert store.has(TINY)
        assert not store.has(other)
    with closing(VectorStore(home)) as store:
        assert (store.count(TINY), store.count(other)) == (1, 0)


def test_model_names_never_share_a_collection(store: VectorStore) -> None:
    names = ["a-b", "a.b", "a_b", "a_2d_b"]
    for number, name in enumerate(names):
        store.upsert(tiny_state(name), rows([number], unit_vectors(RANDOM, 1, 8)))
    assert [store.ids(tiny_state(name)).tolist() for name in names] == [[0], [1], [2], [3]]


def test_it_flushes_every_500_rows(store: VectorStore, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[str] = []
    flush = MilvusClient.flush

    def counting(client: MilvusClient, name: str, **options: Any) -> None:
        flushed.append(name)
        flush(client, name, **options)

    monkeypatch.setattr(MilvusClient, "flush", counting)
    vectors = unit_vectors(RANDOM, 500, 8)
    for start in range(0, 1_250, 125):
        store.upsert(TINY, rows(range(start, start + 125), vectors[:125]))
        assert len(flushed) == (start + 125) // 500
    store.flush()
    store.flush()
    assert len(flushed) == 3, "the rest once, and then nothing is left"


# Where it listens


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_no_port_is_opened(store: VectorStore) -> None:
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


def test_the_socket_lies_in_a_private_folder(home: Home, store: VectorStore) -> None:
    (found,) = home.root.rglob("*.sock")
    assert found.is_socket()
    assert found.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "name", ["x" * 120, "50%20x", "a#b?c", "{home}", "with space", "umläut"], ids=ascii
)
def test_any_home_serves(tmp_path: Path, name: str) -> None:
    home = Home(tmp_path / name)
    vectors = unit_vectors(RANDOM, 3, 8)
    with closing(VectorStore(home)) as store:
        store.upsert(TINY, rows(range(3), vectors))
    with closing(VectorStore(home)) as store:
        assert kept(store) == dict(enumerate(vectors.tolist()))


def test_a_long_home_leaves_no_socket_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "t").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))
    store = VectorStore(Home(tmp_path / ("x" * 120)))
    (folder,) = (tmp_path / "t").iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len(os.fsencode(folder / "m.sock")) < 104
    store.close()
    assert list((tmp_path / "t").iterdir()) == []


def test_a_proxy_is_not_asked(home: Home) -> None:
    code = (
        "import sys; from pathlib import Path; from finder.core.paths import Home;"
        "from finder.core.library.vectors import VectorStore;"
        "VectorStore(Home(Path(sys.argv[1]))).close(); print('opened')"
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


# When something goes wrong


def fail_with(error: Exception) -> Any:
    def fail(*args: object, **options: object) -> None:
        raise error

    return fail


def test_after_a_failed_write_it_lets_go_without_a_flush(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = unit_vectors(RANDOM, 30, 8)
    store = VectorStore(home)
    store.upsert(TINY, rows(range(20), vectors[:20]))
    flushed: list[object] = []
    with monkeypatch.context() as patch:
        patch.setattr(MilvusClient, "insert", fail_with(OSError("No space left on device")))
        patch.setattr(MilvusClient, "flush", lambda *args, **options: flushed.append(args))
        with pytest.raises(FinderError, match="No space left on device"):
            store.upsert(TINY, rows(range(20, 30), vectors[20:]))
        assert not store.is_open
        store.close()
    assert flushed == []
    assert not list(home.vectors.rglob("*.parquet")), "nor has the engine flushed on its own"
    with closing(VectorStore(home)) as again:
        assert kept(again) == dict(enumerate(vectors[:20].tolist())), "all that was acknowledged"
        again.upsert(TINY, rows(range(20, 30), vectors[20:]))
    with closing(VectorStore(home)) as again:
        assert kept(again) == dict(enumerate(vectors.tolist()))


@pytest.mark.parametrize(
    "method", ["insert", "delete", "flush", "get_collection_stats", "get", "search"]
)
def test_any_failure_lets_go(home: Home, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    vectors = unit_vectors(RANDOM, 3, 8)
    store = VectorStore(home)
    store.upsert(TINY, rows(range(3), vectors))
    calls: dict[str, Callable[[], object]] = {
        "insert": lambda: store.upsert(TINY, rows([9], vectors[:1])),
        "delete": lambda: store.delete(TINY, [1]),
        "flush": store.flush,
        "get_collection_stats": lambda: store.count(TINY),
        "get": lambda: store.fetch(TINY, [1]),
        "search": lambda: store.search(TINY, vectors[0], 1),
    }
    with monkeypatch.context() as patch:
        patch.setattr(MilvusClient, method, fail_with(RuntimeError("broken.\nand more")))
        with pytest.raises(FinderError, match=r"failed: broken\. "):
            calls[method]()
    assert not store.is_open
    with closing(VectorStore(home)) as again:
        assert again.ids(TINY).tolist() == [0, 1, 2]


def test_a_store_that_was_let_go_is_opened_again_by_the_writer(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = {"tiny": unit_vectors(RANDOM, 9, 8)}
    batches = [outcomes(range(9), vectors)[start : start + 3] for start in (0, 3, 6)]
    with LibraryWriter(home) as writer:
        writer.adopt([tiny_spec()])
        writer.write(batches[0])
        with monkeypatch.context() as patch:
            patch.setattr(MilvusClient, "insert", fail_with(OSError("full")))
            with pytest.raises(FinderError, match="full"):
                writer.write(batches[1])
        writer.write(batches[2])
        writer.write(batches[1])
    assert len(assert_in_step(home, "tiny")) == 9


def test_leaving_the_writer_after_a_failure_keeps_the_first_word(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = {"tiny": unit_vectors(RANDOM, 4, 8)}
    with pytest.raises(FinderError, match="full"), LibraryWriter(home) as writer:
        writer.adopt([tiny_spec()])
        writer.write(outcomes([1, 2], vectors))
        monkeypatch.setattr(MilvusClient, "insert", fail_with(OSError("full")))
        writer.write(outcomes([3, 4], vectors))
    monkeypatch.undo()
    with LibraryWriter(home) as writer:
        writer.mend()
    assert set(assert_in_step(home, "tiny")) == {1, 2}


def truncate_parquet(home: Home) -> None:
    (damaged, *_) = sorted(home.vectors.rglob("*.parquet"))
    os.truncate(damaged, damaged.stat().st_size // 2)


def test_a_damaged_database_is_moved_aside(home: Home) -> None:
    with closing(VectorStore(home)) as store:
        store.upsert(TINY, rows(range(5), unit_vectors(RANDOM, 5, 8)))
    truncate_parquet(home)
    with pytest.raises(FinderError, match="vector database failed"):
        VectorStore(home)
    with closing(open_vectors(home, [TINY])) as store:
        assert store.count(TINY) == 0
    assert list((home.root / "vectors.damaged").rglob("*.parquet"))


def test_a_database_that_cannot_be_opened_for_another_reason_stays(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(VectorStore(home)) as store:
        store.upsert(TINY, rows(range(5), unit_vectors(RANDOM, 5, 8)))
    with monkeypatch.context() as patch:
        patch.setattr(MilvusClient, "list_collections", fail_with(OSError("no luck")))
        with pytest.raises(FinderError, match="no luck"):
            open_vectors(home)
    with closing(open_vectors(home)) as store:
        assert store.ids(TINY).tolist() == list(range(5))


def test_vectors_of_a_damaged_database_are_sent_again_from_the_matrix(home: Home) -> None:
    vectors = unit_vectors(RANDOM, 50, 8)
    fill(home, [tiny_spec()], range(50), {"tiny": vectors})
    truncate_parquet(home)
    with LibraryWriter(home) as writer:
        writer.mend()
    found = assert_in_step(home, "tiny")
    assert {p: v.tolist() for p, v in found.items()} == dict(enumerate(vectors.tolist()))
