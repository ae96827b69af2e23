"""A run that is killed loses nothing, wherever that happens (long form: benchmarks.faults)."""

from __future__ import annotations

import random
import sys

import pytest
from crash_points import AT_RANDOM, BRIEF_POINTS, Point
from forking import ForkedProcesses
from killing import CrashedLibrary

from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")

_RANDOM_ROUNDS = 1


@pytest.fixture(scope="module")
def library(
    tmp_path_factory: pytest.TempPathFactory,
    forked: ForkedProcesses,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
) -> CrashedLibrary:
    folder = tmp_path_factory.mktemp("library")
    return CrashedLibrary(folder, forked, fast_spec, extractors, random.Random(1))


@pytest.mark.parametrize("point", BRIEF_POINTS, ids=lambda point: point.title)
def test_killed_at_a_point(library: CrashedLibrary, point: Point) -> None:
    result = library.round(point, nth=1)
    assert result.was_killed, "the point was not reached"
    assert result.wrong == ()


@pytest.mark.parametrize("number", range(_RANDOM_ROUNDS))
def test_killed_at_a_random_time(library: CrashedLibrary, number: int) -> None:
    assert library.round(AT_RANDOM).wrong == ()
