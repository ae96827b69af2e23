"""A run that is killed loses nothing in a library on a server (long form: benchmarks.faults)."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator

import pytest
from crash_points import AT_RANDOM, BRIEF_SERVER_POINTS, Point
from forking import ForkedProcesses
from killing_on_server import CrashedSharedLibrary
from milvus_server import drop_library

from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec


@pytest.fixture(scope="module")
def library(
    tmp_path_factory: pytest.TempPathFactory,
    forked: ForkedProcesses,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
    milvus_uri: str,
) -> Iterator[CrashedSharedLibrary]:
    folder, name = tmp_path_factory.mktemp("shared"), f"t{secrets.token_hex(4)}"
    dice = random.Random(1)
    yield CrashedSharedLibrary(folder, forked, fast_spec, extractors, dice, milvus_uri, name)
    drop_library(milvus_uri, name)


@pytest.mark.parametrize("point", BRIEF_SERVER_POINTS, ids=lambda point: point.title)
def test_killed_at_a_point(library: CrashedSharedLibrary, point: Point) -> None:
    result = library.round(point, nth=1)
    assert result.was_killed, "the point was not reached"
    assert result.wrong == ()


def test_killed_at_a_random_time(library: CrashedSharedLibrary) -> None:
    assert library.round(AT_RANDOM).wrong == ()
