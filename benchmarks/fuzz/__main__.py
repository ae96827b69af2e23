"""Hostile pictures: mutated files of every format, through all that indexing does with them.

    python -m benchmarks.fuzz [--inputs N] [--seed S] [--structure] [--keep DIR]

Every input is read, hashed, decoded and made a thumbnail of, within what a worker may spend, in
child processes (Linux); "costly" is what a worker leaves to a process of its own. --structure:
nearly all mutations follow the format's structure (`structures`), else at most half of them do.

Faults are: a child that dies (crash), one that takes longer than 10 s for an input and is killed
(hang), more than 1 GB of memory, and any exception but SkippedPicture and BudgetExceeded. The run
continues after each. The same seed gives the same inputs. Exits with 1 if
anything was found.
"""

from __future__ import annotations

import argparse
import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.common import ROOT, say, section, table
from benchmarks.fuzz.seeds import spoiled
from finder.core.errors import SkippedPicture
from finder.core.limits import WORKER_MEMORY
from finder.core.pictures.decode import decode, read_file
from finder.core.pictures.decode_limits import BudgetExceeded
from finder.core.pictures.thumbnails import encode_thumbnail

_SECONDS = 10.0
_MEGABYTES = 1_000.0
_FAULTS = ("crash", "hang", "escaped")
_SIDES = (320, 640)  # what models of up to 266 pixels, and larger ones, decode at


@dataclass(frozen=True)
class _How:
    """How the inputs are made."""

    seed: int
    by_structure: bool


@dataclass(frozen=True)
class Tried:
    """One input: what became of it ("decoded", a Reason, or what was found), ms and peak MB."""

    number: int
    format: str
    outcome: str
    milliseconds: float = 0.0
    megabytes: float = 0.0

    @property
    def fault(self) -> str:
        """What is wrong with it; empty if nothing is."""
        if self.outcome.startswith(_FAULTS):
            return self.outcome
        return f"{self.megabytes:.0f} MB" if self.megabytes > _MEGABYTES else ""


@dataclass
class _Row:
    inputs: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    peak: float = 0.0

    def add(self, tried: Tried) -> None:
        self.inputs += 1
        self.outcomes[tried.outcome.split(":")[0]] += 1
        self.slowest = max(self.slowest, tried.milliseconds)
        self.peak = max(self.peak, tried.megabytes)


# In the child


def _child(numbers: range, how: _How, folder: Path) -> None:
    """Try the inputs one after the other; print each number before, and its result after."""
    path = folder / f"{numbers.start % max(1, numbers.step)}.bin"
    for number in numbers:
        print(number, flush=True)
        name, data = spoiled(number, how.seed, how.by_structure)
        path.write_bytes(data)
        _forget_peak()
        began = time.perf_counter()
        outcome = _outcome(path, folder)
        spent = (time.perf_counter() - began) * 1000
        print(json.dumps([name, outcome, spent, _peak()]), flush=True)


def _outcome(path: Path, folder: Path) -> str:
    try:
        data = read_file(str(path))
        for side in _SIDES:
            image = decode(data, side, memory_limit=WORKER_MEMORY).image
        encode_thumbnail(image)
    except SkippedPicture as skip:
        return str(skip.reason)
    except BudgetExceeded:
        return "costly"
    except Exception as error:
        return f"escaped: {type(error).__name__}: {error}"
    return "decoded"


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> float:
    """MB of resident memory at most since `_forget_peak` (Linux)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000


# In the parent


def _watched(numbers: range, how: _How) -> Iterator[Tried]:
    """Every input's result; after a child that died or hung, a new one continues with the next
    input."""
    while len(numbers):
        with tempfile.TemporaryDirectory() as folder:
            for tried in _one_child(numbers, how, folder):
                yield tried
                numbers = range(tried.number + numbers.step, numbers.stop, numbers.step)


def _one_child(numbers: range, how: _How, folder: str) -> Iterator[Tried]:
    which = numbers.start, numbers.stop, numbers.step, how.seed, int(how.by_structure)
    words = map(str, (*which, folder))
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.fuzz", "--child", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        assert child.stdout is not None
        number, hung = None, False
        for line in _lines(child.stdout.fileno()):
            if line is None:
                hung = True
                child.kill()
            elif number is None:
                number = int(line)
            else:
                name, outcome, spent, peak = json.loads(line)
                yield Tried(number, name, outcome, spent, peak)
                number = None
    if number is not None:
        name, _ = spoiled(number, how.seed, how.by_structure)
        yield Tried(number, name, "hang" if hung else f"crash: exit code {child.returncode}")
    elif child.returncode:
        raise RuntimeError(f"a child ended with {child.returncode} between two inputs")


def _lines(source: int) -> Iterator[bytes | None]:
    """Lines as they arrive; None if there is none for too long."""
    rest = b""
    with selectors.DefaultSelector() as ready:
        ready.register(source, selectors.EVENT_READ)
        while True:
            if not ready.select(_SECONDS):
                yield None
                return
            piece = os.read(source, 65_536)
            if not piece:
                return
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole


def _run(inputs: int, how: _How, workers: int, keep: Path | None) -> tuple[dict[str, _Row], int]:
    rows: dict[str, _Row] = {}
    faults = 0
    began = time.monotonic()

    def shard(first: int) -> None:
        nonlocal faults
        for tried in _watched(range(first, inputs, workers), how):
            rows.setdefault(tried.format, _Row()).add(tried)
            if tried.fault:
                faults += 1
                say(f"{tried.format} {tried.number}: {tried.fault}")
                if keep is not None:
                    name = f"{tried.format}-{how.seed}-{tried.number}.bin"
                    data = spoiled(tried.number, how.seed, how.by_structure)[1]
                    (keep / name).write_bytes(data)
            if tried.number % 5_000 == 0:
                say(f"{tried.number:,} of {inputs:,}, {time.monotonic() - began:.0f} s")

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(shard, range(workers)))
    return rows, faults


def _shown(rows: dict[str, _Row]) -> str:
    head = ["format", "inputs", "decoded", "skipped", "slowest", "peak", *_FAULTS]
    lines = []
    for name, row in sorted(rows.items()):
        skipped = [
            f"{what} {times:,}"
            for what, times in row.outcomes.most_common()
            if what not in ("decoded", *_FAULTS)
        ]
        counts = f"{row.inputs:,}", f"{row.outcomes['decoded']:,}", ", ".join(skipped)
        costs = f"{row.slowest:,.0f} ms", f"{row.peak:,.0f} MB"
        lines.append([name, *counts, *costs, *(row.outcomes[what] for what in _FAULTS)])
    return table(head, lines)


def main() -> int:
    if sys.argv[1:2] == ["--child"]:
        *numbers, folder = sys.argv[2:]
        start, stop, step, seed, by_structure = map(int, numbers)
        _child(range(start, stop, step), _How(seed, bool(by_structure)), Path(folder))
        return 0
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--structure", action="store_true")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="a folder for the inputs at fault")
    args = parser.parse_args()
    if args.keep is not None:
        args.keep.mkdir(parents=True, exist_ok=True)
    rows, faults = _run(args.inputs, _How(args.seed, args.structure), args.workers, args.keep)
    how = "by structure" if args.structure else "at random"
    peak = max(row.peak for row in rows.values())
    text = (
        f"{args.inputs:,} files mutated {how}, seed {args.seed}: {faults} faults, "
        f"most memory {peak:.0f} MB."
    )
    section("Hostile pictures", "fuzz", text, _shown(rows))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
