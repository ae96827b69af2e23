"""The crops of pictures on a server (`models.crops`), for a search there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from finder.core.library.server.fetched_vectors import FetchedVectors
from finder.core.library.server.model_on_server import ModelOnServer
from finder.core.models.crops import CROPS


class CropsOnServer(ModelOnServer):
    """As `ModelOnServer`, of a companion: no sample of it is needed, as whole pictures say how
    similarities are spread."""

    def fetch(self, pictures: Sequence[int]) -> FetchedVectors:
        ids, vectors = self._store.fetch(self._state, pictures)
        return FetchedVectors(ids, vectors, np.zeros(self._state.dimension, np.float32))

    def nearest(
        self, vectors: NDArray[np.float32], number: int, wanted: str = ""
    ) -> list[NDArray[np.int64]]:
        """For each of the vectors [O, D] of whole pictures, and for each crop of it, the pictures
        whose crop at this place is nearest: five lists for the first vector, then for the next."""
        each = np.zeros((len(vectors), len(CROPS), len(CROPS), vectors.shape[1]), np.float32)
        for place in range(len(CROPS)):
            each[:, place, place] = vectors
        return super().nearest(each.reshape(-1, self._state.dimension), number, wanted)
