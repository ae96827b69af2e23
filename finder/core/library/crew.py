"""The threads of an indexing run, as `jobs` gives them."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass


@dataclass(frozen=True)
class Crew:
    """The threads of a run. extracting: `size` threads, each takes a picture all the way;
    storing: one thread that writes, so that nobody waits for the disk or the database."""

    extracting: Executor
    size: int
    storing: Executor
