"""A run that is killed loses nothing, wherever that happens (long form: benchmarks.faults)."""

from __future__ import annotations

import random
import sys

import pytest
from crash_points import AT_RANDOM, BRIEF_POINTS, Point
from killing import Ground

from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")

_RANDOM_ROUNDS = 1


@pytest.fixture(scope="module")
def ground(
    tmp_path_factory: pytest.TempPathFactory, fast_spec: ModelSpec, extractors: ExtractorPool
) -> Ground:
    return Ground(tmp_path_factory.mktemp("ground"), fast_spec, extractors, random.Random(1))


@pytest.mark.parametrize("point", BRIEF_POINTS, ids=lambda point: point.title)
def test_killed_at_a_point(ground: Ground, point: Point) -> None:
    told = ground.round(point, nth=1)
    assert told.was_killed, "the point was not reached"
    assert told.wrong == ()


@pytest.mark.parametrize("number", range(_RANDOM_ROUNDS))
def test_killed_at_a_random_time(ground: Ground, number: int) -> None:
    assert ground.round(AT_RANDOM).wrong == ()
