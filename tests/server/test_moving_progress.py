"""Moving the vectors while others look: with progress, cancelled, and to a second server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from shared_machine import MakeMachine, assert_right

from finder.core.cancellation import Cancelled
from finder.core.errors import FinderError
from finder.core.library.server.sending import SendProgress, Step
from finder.core.library.server.server_address import ServerAddress, parse
from finder.core.library.server.store_settings import read_store_settings
from finder.core.models.spec import ModelSpec
from finder.use_cases.library.move_library import (
    copy_to_server,
    set_mirror,
    use_embedded,
)
from finder.use_cases.library.vector_store import map_folder, store_status


def test_what_is_copied_here_is_shown_and_can_be_cancelled(
    machine: MakeMachine, birds: list[Path], address: ServerAddress, hash_spec: ModelSpec
) -> None:
    """Also, what another process writes into store.json meanwhile is not lost."""
    one, two = machine("one"), machine("two")
    one.add(*birds[:3])
    two.add(*birds[3:5])
    for each in (one, two):
        each.index()
        each.use(address)
    steps: list[SendProgress] = []

    def cancelled_after(number: int) -> Callable[[], bool]:
        return lambda: len(steps) >= number

    def last(step: Step) -> tuple[int, int]:
        return next((s.done, s.total) for s in reversed(steps) if s.step is step)

    def mapped(step: SendProgress) -> None:
        steps.append(step)
        map_folder(two.home, f"nas-{len(steps)}:/mnt", str(two.folder))

    with pytest.raises(Cancelled):
        set_mirror(two.home, False, "a test", steps.append, lambda: True)
    assert read_store_settings(two.home).mirror
    set_mirror(two.home, False, "a test", mapped)
    assert last(Step.REMOVING) == (0, 1)
    for number in (1, 2):
        steps.clear()
        with pytest.raises(Cancelled):
            set_mirror(two.home, True, "a test", steps.append, cancelled_after(number))
        assert steps[0] == SendProgress(Step.FETCHING, 0, 2, hash_spec.name)
        assert not read_store_settings(two.home).mirror
    assert list(two.home.nearest.iterdir())
    two.sync()
    assert not list(two.home.nearest.iterdir()), "what was begun is not kept"
    assert_right(two)
    steps.clear()
    set_mirror(two.home, True, "a test", mapped)
    assert last(Step.FETCHING_PLACES) == last(Step.FETCHING) == (3, 3)
    assert_right(two)

    steps.clear()
    with pytest.raises(Cancelled):
        use_embedded(two.home, "a test", steps.append, cancelled_after(1))
    assert read_store_settings(two.home).is_server
    two.sync()
    assert len(two.names()) == 5
    assert_right(two)
    steps.clear()
    use_embedded(two.home, "a test", mapped)
    assert last(Step.FILLING) == (2, 2)
    assert not read_store_settings(two.home).is_server
    assert len(read_store_settings(two.home).mappings) >= len(steps)
    assert_right(two)


def test_a_copy_on_another_server_changes_nothing_here(
    machine: MakeMachine, birds: list[Path], milvus_uri: str, library_name: str
) -> None:
    first, other = (parse(milvus_uri, library=f"{library_name}{end}") for end in ("a", "b"))
    one, two = machine("one"), machine("two")
    one.add(*birds[:2])
    two.name = "one"
    for each, address in ((one, first), (two, other)):
        each.index()
        each.use(address)
    for _ in copy_to_server(one.home, other, "a test"):
        pass
    assert read_store_settings(one.home).machine == "one"
    assert read_store_settings(one.home).address == first
    assert set(store_status(two.home).machines) == {"one", "one-2"}
    assert set(store_status(one.home).machines) == {"one"}
    one.index()
    assert_right(one)

    set_mirror(one.home, False, "a test")
    with pytest.raises(FinderError, match="no copy of the vectors"):
        list(copy_to_server(one.home, other, "a test"))
