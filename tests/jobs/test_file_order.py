"""The order in which machines that share a library go through one folder."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from finder.core.library.indexing.waiting_run import WaitingRun
from finder.core.pictures.scan import FoundFile

FILES = [FoundFile(f"/p/{number:04}.jpg", 1, 1) for number in range(1_000)]


def order_of(machine: str) -> list[FoundFile]:
    sharing = SimpleNamespace(patience=None, machine=machine, has_mirror=True) if machine else None
    writer = cast(Any, SimpleNamespace(sharing=sharing))
    return list(WaitingRun(writer, cast(Any, None)).in_order(FILES))


def test_each_machine_has_another_order() -> None:
    """What two machines do before they hear of each other is mostly different."""
    orders = [order_of(name) for name in ("nas-1", "nas-2", "desk", "attic")]
    for one in orders:
        assert sorted(one, key=lambda file: file.path) == FILES
        assert one == order_of(("nas-1", "nas-2", "desk", "attic")[orders.index(one)])
    for number, one in enumerate(orders):
        for other in orders[number + 1 :]:
            assert len(set(one[:200]) & set(other[:200])) < 100


def test_a_machine_alone_keeps_the_order_of_the_scan() -> None:
    assert order_of("") == FILES
