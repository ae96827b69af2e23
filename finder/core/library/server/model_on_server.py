"""One model's collection on a server, for a search there."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import FinderError
from finder.core.library.server.fetched_vectors import FetchedVectors
from finder.core.library.server.sample_statistics import (
    SampleStatistics,
    measured_statistics,
    sample_bound,
    sample_expression,
)

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import ModelState
    from finder.core.library.server.server_store import ServerStore

log = logging.getLogger(__name__)

_SEARCH_SECONDS = 30.0


class ModelOnServer:
    """Searches a model's vectors. Keeps their sample from one search to the next; belongs to one
    thread. Raises FinderError."""

    def __init__(self, store: ServerStore, state: ModelState) -> None:
        self._store = store
        self._state = state
        self._statistics: SampleStatistics | None = None
        self._sample: FetchedVectors | None = None
        self._number: int | None = None
        self._index: dict[str, Any] = {}

    def use(self, store: ServerStore) -> None:
        """Go on with another connection to the same server."""
        self._store = store

    def begin_search(self) -> None:
        """From now on the number of vectors may be another one, and the sample out of date."""
        self._number = None

    def number(self) -> int:
        """How many vectors there were when the search began."""
        if self._number is None:
            self._number = self.count()
        return self._number

    def count(self, wanted: str = "") -> int:
        """How many vectors there are, that fulfil an expression."""
        rows = self._store.query(self._state, wanted, ["count(*)"])
        return int(rows[0]["count(*)"])

    def fetch(self, pictures: Sequence[int]) -> FetchedVectors:
        """The vectors of those of the pictures that the model has embedded."""
        ids, vectors = self._store.fetch(self._state, pictures)
        return FetchedVectors(ids, vectors, self.sample().mean()[0])

    def nearest(
        self, vectors: NDArray[np.float32], number: int, wanted: str = ""
    ) -> list[NDArray[np.int64]]:
        """For each of the vectors [O, D] the content ids of the nearest that fulfil the expression,
        nearest first: `number` of them, or all."""
        field = self._store.field(self._state)
        try:
            found = self._store.search(
                self._state,
                [field.encoded(vector) for vector in vectors],
                number,
                wanted,
                self._search_parameters(number),
                _SEARCH_SECONDS,
            )
        except FinderError:  # somebody may have made another index
            self._index = {}
            raise
        return [np.array([int(hit["id"]) for hit in hits], np.int64) for hits in found]

    def ids(self, wanted: str, most: int) -> NDArray[np.int64] | None:
        """The content ids of all that fulfil the expression; None if they are more than `most`."""
        if self.count(wanted) > most:
            return None
        rows = self._store.query(self._state, wanted or "id >= 0", ["id"])
        return np.unique(np.fromiter((int(row["id"]) for row in rows), np.int64))

    @property
    def is_exact(self) -> bool:
        """Whether the server compares every vector."""
        return self._described_index().get("index_type") in ("FLAT", "BIN_FLAT")

    def sample(self) -> FetchedVectors:
        """The model's sample, with the mean of the library. It is renewed with the first search
        after the library has changed by a fifth, for all machines."""
        count = self.number()
        if self._sample is None or self._statistics is None or self._statistics.is_outdated(count):
            self._index = {}
            self._statistics, self._sample = self._read_sample(count)
        return self._sample

    def _read_sample(self, count: int) -> tuple[SampleStatistics, FetchedVectors]:
        key = f"sample: {self._state.shared_key}"
        text = self._store.library.state.get(key)
        dimension = self._state.dimension
        known = SampleStatistics.from_json(text, dimension) if isinstance(text, str) else None
        if known is not None and known.fits(count):
            rows = self._store.fetch_where(self._state, sample_expression(known.below))
            return known, known.sample(*rows)
        below = sample_bound(count)
        ids, vectors = self._store.fetch_where(self._state, sample_expression(below))
        measured = measured_statistics(count, below, vectors)
        try:
            self._store.library.state.put(key, measured.as_json())
        except FinderError as error:  # who may only read can search, too
            log.info("the sample of %s is not noted: %s", self._state.name, error)
        return measured, measured.sample(ids, vectors)

    def _described_index(self) -> dict[str, Any]:
        if not self._index:
            self._index = self._store.describe_index(self._state)
        return self._index

    def _search_parameters(self, number: int) -> dict[str, Any]:
        """So that hardly any of the nearest is missed (docs/scale.md has the recall)."""
        index = self._described_index()
        if index.get("index_type") == "IVF_FLAT":
            lists = int(index.get("nlist", 128))
            return {"nprobe": min(lists, max(128, lists // 8))}
        if index.get("index_type") == "HNSW":
            return {"ef": max(2 * number, 200)}
        return {}
