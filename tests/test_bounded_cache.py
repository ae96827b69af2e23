"""A cache of a bounded size, asked by several threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from finder.core.bounded_cache import BoundedCache

SOON = 20.0  # seconds that no test takes unless it fails


def cache(bound: int = 10) -> BoundedCache[str, str]:
    return BoundedCache(bound, len)


def test_what_is_there_is_not_made_again() -> None:
    made: list[str] = []

    def make() -> str:
        made.append("made")
        return "value"

    values = cache()
    assert [values.get("a", make), values.get("a", make), values.peek("a")] == ["value"] * 3
    assert made == ["made"]
    assert values.peek("b") is None


def test_what_was_used_longest_ago_is_dropped() -> None:
    values = cache(10)
    for key in "abc":
        values.put(key, 3 * key)
    assert values.peek("a") == "aaa"
    values.put("d", "dddd")
    assert [values.peek(key) for key in "abcd"] == ["aaa", None, "ccc", "dddd"]
    values.put("a", "a")
    values.put("e", "ee")
    assert [values.peek(key) for key in "acde"] == ["a", "ccc", "dddd", "ee"], "10 in all"


def test_a_value_larger_than_the_bound_is_not_kept() -> None:
    values = cache(10)
    values.put("a", "aaa")
    assert values.get("b", lambda: 11 * "b") == 11 * "b"
    assert (values.peek("a"), values.peek("b")) == ("aaa", None)
    values.put("a", 11 * "a")
    assert values.peek("a") is None, "it was replaced"


def test_some_are_dropped() -> None:
    values = cache(10)
    for key in "abc":
        values.put(key, 3 * key)
    values.drop(lambda key, value: key == "a" or value == "ccc")
    assert [values.peek(key) for key in "abc"] == [None, "bbb", None]
    values.put("d", 7 * "d")
    assert values.peek("b") == "bbb", "there is room again"


def test_a_failure_is_not_kept() -> None:
    values = cache()

    def fail() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        values.get("a", fail)
    assert values.get("a", lambda: "value") == "value"


def test_threads_that_ask_for_the_same_share_it_and_others_go_on() -> None:
    values = cache()
    began, go_on = threading.Event(), threading.Event()
    made: list[str] = []

    def slow() -> str:
        made.append("slow")
        began.set()
        assert go_on.wait(SOON)
        return "slow"

    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(values.get, "a", slow) for _ in range(4)]
        assert began.wait(SOON)
        assert pool.submit(values.get, "b", lambda: "quick").result(SOON) == "quick"
        go_on.set()
        assert [future.result(SOON) for future in waiting] == ["slow"] * 4
    assert made == ["slow"]
