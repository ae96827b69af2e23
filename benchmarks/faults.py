"""Crashes: real runs of the command line, killed at named points and at random times.

    python -m benchmarks.faults [--short] [--runs N] [--seed N] [--server URI]

Each round changes the pictures, kills a run, finishes it with another one, and compares everything
that is stored with the pictures: see tests/killing.py. Exits with 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import random
import secrets
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from benchmarks.common import ROOT, say, section, table
from benchmarks.material import default_model
from finder.core.models.runtime.pool import ExtractorPool

sys.path.append(str(ROOT / "tests"))
from crash_points import AT_RANDOM, POINTS, SERVER_POINTS, Point
from forking import ForkedProcesses
from killing import CrashedLibrary, RoundResult
from killing_on_server import CrashedSharedLibrary
from milvus_server import drop_library

_ROUNDS = 200
_SHORT = 2 * len(POINTS)


def _points(rounds: int, dice: random.Random, points: Sequence[Point]) -> Iterator[Point]:
    """Every point as often as every other, and as often at a random time; in random order."""
    chosen = [*points] * (rounds // (len(points) + 1) + 1)
    dice.shuffle(chosen)
    share = rounds // 4
    chosen = chosen[: rounds - share] + [AT_RANDOM] * share
    dice.shuffle(chosen)
    yield from chosen


def _rounds(rounds: int, seed: int, server: str) -> Iterator[RoundResult]:
    """server: the address of a Milvus server, if the library is to be there. Nothing of it stays
    there."""
    dice = random.Random(seed)
    spec = default_model()
    extractors = ExtractorPool()
    library: CrashedLibrary | None = None
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(ForkedProcesses(Path(folder))) as forked,
        ExitStack() as on_server,
    ):
        points = SERVER_POINTS if server else POINTS
        for number, point in enumerate(_points(rounds, dice, points), 1):
            if library is None:
                begun = Path(folder, f"from-{number}")
                if server:
                    name = f"faults_{secrets.token_hex(4)}"
                    on_server.callback(drop_library, server, name)
                    library = CrashedSharedLibrary(
                        begun, forked, spec, extractors, dice, server, name
                    )
                else:
                    library = CrashedLibrary(begun, forked, spec, extractors, dice)
            result = library.round(point)
            say(f"{number:4} {point.title}: ended with {result.ended}, {result.twice} twice")
            for sentence in result.wrong:
                say(f"     WRONG: {sentence}")
            if result.wrong:  # the next rounds must not be affected
                library = None
            yield result


def _table(results: Sequence[RoundResult]) -> str:
    rows = []
    for title in dict.fromkeys(point.title for point in (*POINTS, *SERVER_POINTS, AT_RANDOM)):
        mine = [each for each in results if each.point.title == title]
        if mine:
            killed = sum(each.was_killed for each in mine)
            lost, wrong = sum(each.lost for each in mine), sum(bool(each.wrong) for each in mine)
            rows.append((title, len(mine), killed, lost, wrong, max(each.twice for each in mine)))
    totals = (
        "**all**",
        len(results),
        sum(each.was_killed for each in results),
        sum(each.lost for each in results),
        sum(bool(each.wrong) for each in results),
        max(each.twice for each in results),
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
    parser.add_argument("--server", default="", metavar="URI", help="a library on a Milvus server")
    options = parser.parse_args()
    rounds = options.runs or (_SHORT if options.short else _ROUNDS)
    results = list(_rounds(rounds, options.seed, options.server))
    section("Crashes", "faults", f"Seed {options.seed}.", _table(results))
    sys.exit(any(each.wrong for each in results))


if __name__ == "__main__":
    main()
