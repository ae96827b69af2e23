"""Plain Milvus Lite reads what the lean engine has written, and the other way round."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from making import unit_vectors
from tiny_collection import TINY, kept, put, settle

from finder.core.library.vectors.milvus_lite import MilvusLiteStore
from finder.core.paths import Home

COLLECTION = "m_tiny_2d_aaaaaaaa"
RANDOM = np.random.default_rng(17)
ROWS = unit_vectors(RANDOM, 60, 8)

_PLAIN = """
import json, sys
from pymilvus import DataType, MilvusClient
client = MilvusClient(sys.argv[1])
given = json.load(sys.stdin)
"""
_PLAIN_READS = f"""{_PLAIN}
(name,) = client.list_collections()
count = client.get_collection_stats(name)["row_count"]
client.load_collection(name)
rows = client.get(name, ids=given["ids"], output_fields=["id", "vector"])
hits = client.search(name, [given["query"]], limit=10)[0]
assert not [module for module in sys.modules if module.startswith("finder")]
print(json.dumps({{
    "name": name,
    "count": count,
    "vectors": {{row["id"]: [float(x) for x in row["vector"]] for row in rows}},
    "fields": [field["name"] for field in client.describe_collection(name)["fields"]],
    "hits": [[hit["id"], hit["distance"]] for hit in hits],
}}))
client.close()
"""
_PLAIN_WRITES = f"""{_PLAIN}
schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
schema.add_field("id", DataType.INT64, is_primary=True)
schema.add_field("vector", DataType.FLOAT_VECTOR, dim=8)
for text in ("path", "folder"):
    schema.add_field(text, DataType.VARCHAR, max_length=65_535)
for number in ("mtime", "bytes", "width", "height"):
    schema.add_field(number, DataType.INT64)
index = client.prepare_index_params()
index.add_index("vector", index_type="FLAT", metric_type="IP")
client.create_collection(given["name"], schema=schema, index_params=index)
others = dict(path="/a.jpg", folder="/", mtime=0, bytes=1, width=2, height=3)
rows = [dict(others, id=id, vector=vector) for id, vector in enumerate(given["vectors"])]
client.upsert(given["name"], rows[:40])
client.flush(given["name"])
client.upsert(given["name"], rows[40:])
client.delete(given["name"], ids=[3, 50])
assert not [module for module in sys.modules if module.startswith("finder")]
print(json.dumps("written"))
client.close()
"""


def plain(code: str, database: Path, given: object) -> Any:
    """Run code on a database with plain Milvus Lite, in a process that knows nothing of ours."""
    done = subprocess.run(
        [sys.executable, "-c", code, str(database)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_plain_milvus_lite_reads_what_ours_wrote(home: Home, tmp_path: Path) -> None:
    vectors = unit_vectors(RANDOM, 200, 8)
    newest, query = unit_vectors(RANDOM, 2, 8)
    with closing(MilvusLiteStore(home)) as store:
        for start in range(0, 200, 20):
            put(store, range(start, start + 20), vectors[start : start + 20])
            store.flush()
            settle(store)
        store.delete(TINY, [3, 150])
        put(store, [7], newest[None])
    shutil.copytree(home.vectors, tmp_path / "copy" / "vectors.db")
    ids = [id for id in range(200) if id not in (3, 150)]
    with closing(MilvusLiteStore(home)) as store:
        ours = kept(store)
    theirs = plain(
        _PLAIN_READS,
        tmp_path / "copy" / "vectors.db",
        {"ids": list(range(200)), "query": query.tolist()},
    )
    assert theirs["name"] == COLLECTION
    assert theirs["count"] == len(ids)
    assert {int(id): vector for id, vector in theirs["vectors"].items()} == ours
    assert list(ours) == ids
    assert ours[7] == newest.tolist()
    assert theirs["fields"] == ["id", "vector"]
    products = {id: float(np.dot(query, vector)) for id, vector in ours.items()}
    best = sorted(ids, key=products.__getitem__, reverse=True)[:10]
    assert [id for id, _ in theirs["hits"]] == best
    for id, product in theirs["hits"]:
        assert product == pytest.approx(products[id], abs=1e-6)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What plain Milvus Lite has written of ROWS. Only to be read."""
    database = tmp_path_factory.mktemp("plain") / "vectors.db"
    given = {"name": COLLECTION, "vectors": ROWS.tolist()}
    assert plain(_PLAIN_WRITES, database, given) == "written"
    return database


def test_ours_reads_what_plain_milvus_lite_wrote(home: Home, written: Path) -> None:
    shutil.copytree(written, home.vectors)
    expected = {id: row for id, row in enumerate(ROWS.tolist()) if id not in (3, 50)}
    with closing(MilvusLiteStore(home)) as store:
        assert store.count(TINY) == 58
        assert kept(store) == expected
        put(store, [3], ROWS[:1])
    with closing(MilvusLiteStore(home)) as store:
        assert kept(store) == expected | {3: ROWS[0].tolist()}


def test_a_collection_of_an_earlier_version_takes_rows_until_it_is_recreated(
    home: Home, written: Path
) -> None:
    shutil.copytree(written, home.vectors)
    with closing(MilvusLiteStore(home)) as store:
        put(store, [100, 101], ROWS[:2])
        assert fields_of(store) > {"id", "vector", "path", "mtime"}
        assert kept(store)[101] == ROWS[1].tolist()
        store.drop(TINY)
        put(store, [1], ROWS[:1])
        assert fields_of(store) == {"id", "vector"}


def fields_of(store: MilvusLiteStore) -> set[str]:
    described = store._connection.client.describe_collection(COLLECTION)
    return {field["name"] for field in described["fields"]}
