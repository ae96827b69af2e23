"""Runs the short form of every benchmark program and writes docs/performance.md.

    python -m benchmarks.run_all [--only NAME …] [--long] [--runs N]
    python -m benchmarks.run_all --only whole_answer first_scan --long

Under 15 minutes on two cores; to be run on a quiet machine. A section of a program that was not run
now, or that failed, stays as it was.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date

from benchmarks.common import ROOT, machine, say

PROGRAMS = (
    "indexing",
    "peers",
    "nearest",
    "answering",
    "start",
    "stutter",
    "rescan",
    "memory",
    "growth",
    "word_search",
)
ON_REQUEST = ("whole_answer", "first_scan", "candidates", "words")
"""Programs that run only if they are named: their long form is about a large library."""
PAGE = ROOT / "docs" / "performance.md"
_SECTION = re.compile(r"^## .*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_PROGRAM = re.compile(r"^`python -m benchmarks\.(\w+)", re.MULTILINE)
_HEAD = """# Performance

Made by `make bench` (the short form of each program) on {date}: {machine}.

Everything is measured side by side in one run, in turn; a ratio is the median of the runs' ratios.
✓ and ✗ say whether a target is met. Times of another machine, or of another day, do not compare;
ratios do. Each section names its program; without `--short` it measures longer and larger, as it
did for the sections about a million pictures.
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", nargs="+", choices=PROGRAMS + ON_REQUEST, default=PROGRAMS, metavar="NAME"
    )
    parser.add_argument("--long", action="store_true", help="the long form of the programs")
    parser.add_argument("--runs", type=int, help="how often each measurement is repeated")
    args = parser.parse_args()
    form = [] if args.long else ["--short"]
    if args.runs:
        form += ["--runs", str(args.runs)]
    sections = _sections_there()
    failed = []
    for name in args.only:
        began = time.perf_counter()
        printed = _run(name, form)
        say(f"{name}: {time.perf_counter() - began:.0f} s")
        if printed:
            sections[name] = printed
        else:
            failed.append(name)
    _write(sections)
    if failed:
        say(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


def _run(name: str, form: Sequence[str]) -> str:
    """What a program prints; empty if it failed."""
    say(f"{name} …")
    # Compiled modules, as an installed program has them.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *form],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def _sections_there() -> dict[str, str]:
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    sections = {}
    for found in _SECTION.finditer(text):
        program = _PROGRAM.search(found.group())
        if program:
            sections[program.group(1)] = found.group().strip()
    return sections


def _write(sections: dict[str, str]) -> None:
    parts = [_HEAD.format(date=date.today(), machine=machine()).strip()]
    parts += [sections[name] for name in PROGRAMS + ON_REQUEST if name in sections]
    PAGE.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
