"""Verifying the matches of a search in the background, best first."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from finder.workers.worker_pools import worker_count

if TYPE_CHECKING:
    from finder.core.cancellation import CancellableExecutor
    from finder.core.search.matches import Result
    from finder.core.search.verify.sameness import Different, Sameness
    from finder.core.search.verify.verifier import Verifier


def verify_matches(
    verifier: Verifier, result: Result, executor: CancellableExecutor
) -> Iterator[tuple[int, Sameness | Different]]:
    """Whether the best matches are the query's picture, by content id, best first, each as soon as
    it is known; without those that cannot be compared. As many at a time as there are cores. Raises
    FinderError, Cancelled."""
    from finder.core.search.verify.proofs import candidates
    from finder.core.search.verify.verifier import compared_items

    items = compared_items(result.query)
    described = executor.run(*(partial(verifier.describe, item) for item in items.values()))
    numbered = zip(items, described, strict=True)
    query = {number: features for number, features in numbered if features is not None}
    pictures = [picture.id for picture in candidates(result)]
    for begin in range(0, len(pictures) if query else 0, worker_count()):
        some = pictures[begin : begin + worker_count()]
        verified = executor.run(*(partial(verifier.verify, query, picture) for picture in some))
        for picture, found in zip(some, verified, strict=True):
            if found is not None:
                yield picture, found
