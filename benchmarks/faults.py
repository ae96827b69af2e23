"""Crashes: real runs of the command line, killed at named points and at random times.

    python -m benchmarks.faults [--short] [--runs N] [--seed N]

Each round changes the pictures, kills a run, finishes it with another one, and compares everything
that is stored with the pictures: see tests/killing.py. Exits with 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.common import ROOT, say, section, table
from benchmarks.material import default_model
from finder.core.models.runtime.pool import ExtractorPool

sys.path.append(str(ROOT / "tests"))
from crash_points import AT_RANDOM, POINTS, Point
from killing import Ground, Told

_ROUNDS = 200
_SHORT = 2 * len(POINTS)


def _points(rounds: int, dice: random.Random) -> Iterator[Point]:
    """Every point as often as every other, and as often at a random time; in random order."""
    chosen = [*POINTS * (rounds // (len(POINTS) + 1) + 1)]
    dice.shuffle(chosen)
    share = rounds // 4
    chosen = chosen[: rounds - share] + [AT_RANDOM] * share
    dice.shuffle(chosen)
    yield from chosen


def _rounds(rounds: int, seed: int) -> Iterator[Told]:
    dice = random.Random(seed)
    spec = default_model()
    extractors = ExtractorPool()
    ground: Ground | None = None
    with tempfile.TemporaryDirectory() as folder:
        for number, point in enumerate(_points(rounds, dice), 1):
            if ground is None:
                ground = Ground(Path(folder, f"from-{number}"), spec, extractors, dice)
            told = ground.round(point)
            say(f"{number:4} {point.title}: ended with {told.ended}, {told.twice} twice")
            for sentence in told.wrong:
                say(f"     WRONG: {sentence}")
            if told.wrong:  # the next rounds must not be affected
                ground = None
            yield told


def _table(all_told: Sequence[Told]) -> str:
    rows = []
    for title in dict.fromkeys(point.title for point in (*POINTS, AT_RANDOM)):
        told = [each for each in all_told if each.point.title == title]
        if told:
            killed = sum(each.was_killed for each in told)
            lost, wrong = sum(each.lost for each in told), sum(bool(each.wrong) for each in told)
            rows.append((title, len(told), killed, lost, wrong, max(each.twice for each in told)))
    totals = (
        "**all**",
        len(all_told),
        sum(each.was_killed for each in all_told),
        sum(each.lost for each in all_told),
        sum(bool(each.wrong) for each in all_told),
        max(each.twice for each in all_told),
    )
    head = ["killed", "rounds", "really", "pictures lost", "rounds wrong", "done twice (most)"]
    return table(head, [*rows, totals])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--short", action="store_true", help=f"{_SHORT} rounds")
    parser.add_argument("--runs", type=int, help=f"how many rounds ({_ROUNDS})")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rounds = options.runs or (_SHORT if options.short else _ROUNDS)
    told = list(_rounds(rounds, options.seed))
    section("Crashes", "faults", f"Seed {options.seed}.", _table(told))
    sys.exit(any(each.wrong for each in told))


if __name__ == "__main__":
    main()
