"""A cache of a bounded size, for several threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class BoundedCache(Generic[Key, Value]):
    """Values by key; those used longest ago are dropped when all together become too large."""

    def __init__(self, bound: int, size: Callable[[Value], int]) -> None:
        """bound: of the sum of the sizes. A value that is larger alone is not kept."""
        self._bound = bound
        self._size = size
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._total = 0
        self._lock = threading.Lock()
        self._making: dict[Key, threading.Lock] = {}

    def peek(self, key: Key) -> Value | None:
        """The value, or None; it counts as used."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Key, value: Value) -> None:
        with self._lock:
            if key in self._values:
                self._total -= self._size(self._values.pop(key))
            if self._size(value) > self._bound:
                return
            self._values[key] = value
            self._total += self._size(value)
            while self._total > self._bound:
                self._total -= self._size(self._values.popitem(last=False)[1])

    def drop(self, is_dropped: Callable[[Key, Value], bool]) -> None:
        """Remove those values for which the function says so."""
        with self._lock:
            for key in [key for key, value in self._values.items() if is_dropped(key, value)]:
                self._total -= self._size(self._values.pop(key))

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value, which is made if it is not there; threads that ask for the same wait for the
        one that makes it. Raises what `make` raises."""
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        try:
            with making:
                value = self.peek(key)
                if value is None:
                    value = make()
                    self.put(key, value)
                return value
        finally:
            with self._lock:
                self._making.pop(key, None)
