"""Milvus' own ranking of several models' lists, `hybrid_search`, beside the combined ranking.

    python -m benchmarks.hybrid [--short] [--server URI]

Without --server: PyPI's Milvus 2.3.5, started on this computer, and Milvus Lite, served as a server
is. 10,000 pictures with three models take some minutes, most of it for Milvus Lite (`--short`:
2,000 pictures).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import mean
from typing import Any

import numpy as np

from benchmarks.candidates import TOP, Material, answers_of, kinds, material_of, samples_of
from benchmarks.common import median, say, section, table
from benchmarks.milvus_servers import from_tests, lite_server, pypi_server
from finder.core.library.server.sample_statistics import SAMPLE
from finder.core.search.ranking.candidate_scores import LIST_LENGTHS

_COLLECTION = "hybrid"
_LIST = LIST_LENGTHS[0]
_AT_ONCE = 200
_QUERIES, _CROPS = 100, 300
_EXPLANATION = f"""\
How many of the {TOP} best of the exact combined ranking are among the {TOP} best of Milvus' own
`hybrid_search`, with each model's {_LIST} nearest by cosine similarity; and among those of the
candidates, as a search on a server ranks them here (whose time is that of ranking alone). RRF:
reciprocal rank fusion, k = 60. Weighted: the same weight for each model."""


@dataclass(frozen=True)
class _Ranked:
    """overlap: of each query; seconds: that each took."""

    overlap: list[float]
    seconds: list[float]

    def row(self, server: str, pictures: str, name: str) -> tuple[str, ...]:
        milliseconds = f"{median(self.seconds) * 1e3:.0f}"
        return (
            server,
            pictures,
            name,
            f"{mean(self.overlap):.2f}",
            f"{min(self.overlap):.2f}",
            milliseconds,
        )


_HEAD = ("server", "pictures", "ranking", "overlap, mean", "least", "ms")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--short", action="store_true", help="fewer pictures")
    parser.add_argument("--server", help="the address of a server without passwords")
    args = parser.parse_args()
    number = 2_000 if args.short else 10_000
    materials = [
        material_of(kind, make, number)
        for kind, make in kinds(_CROPS)
        if kind in ("alike", "differing")
    ]
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    for uri in _servers(args.server):
        version = _measure(uri, materials, rows)
        if version:
            notes.append(f"Milvus {version}: this server has no hybrid_search.")
            say(notes[-1])
    rows += [_ours(one).row("any", one.kind, "candidates, combined") for one in materials]
    words = f"{number:,} pictures, three models, {_QUERIES} queries."
    section("Hybrid search", "hybrid", words, _EXPLANATION, table(_HEAD, rows), *notes)


def _servers(given: str | None) -> Iterator[str]:
    if given:
        yield given
        return
    with pypi_server() as (uri, _):
        yield uri
    with lite_server() as uri:
        yield uri


def _measure(uri: str, materials: list[Material], rows: list[tuple[str, ...]]) -> str:
    """Adds the rows of a server; returns its version if it has no hybrid_search."""
    with from_tests("milvus_server").connected(uri) as client:
        from pymilvus import RRFRanker, WeightedRanker

        version = client.get_server_version()
        for material in materials:
            try:
                if not _has_hybrid_search(client):
                    return str(version)
                _fill(client, material)
                weighted = WeightedRanker(*[1 / len(material.models)] * len(material.models))
                for name, ranker in (("RRF", RRFRanker(60)), ("weighted", weighted)):
                    say(f"{version}, {material.kind}, {name}")
                    found = _asked(client, material, ranker)
                    rows.append(found.row(str(version), material.kind, name))
            finally:
                client.drop_collection(_COLLECTION)
    return ""


def _has_hybrid_search(client: Any) -> bool:
    """Found by calling it."""
    from grpc import RpcError, StatusCode
    from pymilvus import AnnSearchRequest, RRFRanker

    _create(client, {"vector": 2})
    client.upsert(_COLLECTION, [{"id": 1, "vector": [0.0, 1.0]}])
    asked = AnnSearchRequest([[0.0, 1.0]], "vector", {"metric_type": "COSINE"}, 1)
    try:
        client.hybrid_search(_COLLECTION, [asked, asked], RRFRanker(60), limit=1)
    except RpcError as error:
        if error.code() is StatusCode.UNIMPLEMENTED:
            return False
        raise
    return True


def _create(client: Any, dimensions: Mapping[str, int]) -> None:
    from pymilvus import DataType

    client.drop_collection(_COLLECTION)
    schema, indexes = client.create_schema(auto_id=False), client.prepare_index_params()
    schema.add_field("id", DataType.INT64, is_primary=True)
    for name, dimension in dimensions.items():
        schema.add_field(name, DataType.FLOAT_VECTOR, dim=dimension)
        indexes.add_index(name, index_type="FLAT", metric_type="COSINE")
    client.create_collection(
        _COLLECTION, schema=schema, index_params=indexes, consistency_level="Strong"
    )


def _fields(material: Material) -> dict[str, str]:
    """The field of each model."""
    return {name: f"model_{number}" for number, name in enumerate(material.models)}


def _fill(client: Any, material: Material) -> None:
    fields = _fields(material)
    numbers = np.arange(len(next(iter(material.models.values()))))
    dimensions = {
        fields[name]: index.vectors(numbers[:1]).shape[1] for name, index in material.models.items()
    }
    _create(client, dimensions)
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        columns = {fields[name]: index.vectors(some) for name, index in material.models.items()}
        rows = [
            {"id": int(picture), **{field: rows[at] for field, rows in columns.items()}}
            for at, picture in enumerate(some)
        ]
        client.upsert(_COLLECTION, rows)
    client.flush(_COLLECTION)


def _asked(client: Any, material: Material, ranker: Any) -> _Ranked:
    from pymilvus import AnnSearchRequest

    fields, overlap, seconds = _fields(material), [], []
    for asked in material.asked[:_QUERIES]:
        requests = [
            AnnSearchRequest([vector[0]], fields[name], {"metric_type": "COSINE"}, _LIST)
            for name, vector in asked.vectors.items()
        ]
        began = time.perf_counter()
        (hits,) = client.hybrid_search(_COLLECTION, requests, ranker, limit=TOP)
        seconds.append(time.perf_counter() - began)
        overlap.append(len(asked.best.intersection(hit["id"] for hit in hits)) / TOP)
    return _Ranked(overlap, seconds)


def _ours(material: Material) -> _Ranked:
    """Of exact lists, without a server."""
    some = replace(material, asked=material.asked[:_QUERIES])
    answers = list(answers_of(some, samples_of(material, SAMPLE), LIST_LENGTHS))
    return _Ranked([one.overlap for one in answers], [one.seconds for one in answers])


if __name__ == "__main__":
    main()
