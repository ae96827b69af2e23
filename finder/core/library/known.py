"""A set of content ids that is small for hundreds of thousands of them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


class KnownIds:
    """The ids a run began with (8 bytes each) and those it added. Read by many threads, added to
    by one."""

    def __init__(self, ids: NDArray[np.int64]) -> None:
        self._first = np.sort(ids)
        self._added: set[int] = set()

    def __contains__(self, picture: int | None) -> bool:
        if picture is None:
            return False
        if picture in self._added:
            return True
        at = int(np.searchsorted(self._first, picture))
        return at < len(self._first) and int(self._first[at]) == picture

    def __len__(self) -> int:
        return len(self._first) + len(self._added)

    def add(self, pictures: Iterable[int]) -> None:
        self._added.update(pictures)
