"""Generators that are run to their end."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

Result = TypeVar("Result")


def result_of(run: Generator[object, None, Result]) -> Result:
    """What the generator returns at its end."""
    while True:
        try:
            next(run)
        except StopIteration as stop:
            result: Result = stop.value
            return result
