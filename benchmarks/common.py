"""What the benchmark programs share: arguments, medians, Markdown tables, the machine's name.

Every speed or memory claim is a ratio of things measured in turn in one run: A, B, A, B …; the
ratio printed is the median of the runs' ratios, so that a temporary slowdown of the machine does
not matter.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Options:
    """short: the form that `make bench` runs. runs: how often each measurement is repeated."""

    short: bool
    runs: int


def options(description: str | None, runs: int = 5, short_runs: int = 3) -> Options:
    """The command line that all programs have: --short, --runs N."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--short", action="store_true", help="smaller sizes, fewer runs")
    parser.add_argument("--runs", type=int, help="how often each measurement is repeated")
    args = parser.parse_args()
    return Options(args.short, args.runs or (short_runs if args.short else runs))


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def in_turn(runs: int, measures: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Every measure's values, taken in turn: first run of all, second run of all …"""
    values: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(runs):
        for name, measure in measures.items():
            values[name].append(measure())
    return values


def ratio(values: Sequence[float], base: Sequence[float]) -> float:
    """The median of the runs' ratios values / base."""
    return statistics.median(a / b for a, b in zip(values, base, strict=True))


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def verdict(value: float, limit: float, unit: str = "", at_least: bool = False) -> str:
    """A measured value beside its target: "1.12 (target ≤ 1.5) ✓"."""
    met = value >= limit if at_least else value <= limit
    sign = "≥" if at_least else "≤"
    shown = f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{shown}{unit} (target {sign} {limit:g}{unit}) {'✓' if met else '✗'}"


def section(title: str, module: str, *parts: str) -> None:
    """Print one section of docs/performance.md. module: the program's name in `benchmarks`."""
    print(f"## {title}\n\n`python -m benchmarks.{module}`\n")
    print("\n\n".join(parts), flush=True)


def say(text: str) -> None:
    """To the terminal (stderr), not into the page."""
    print(text, file=sys.stderr, flush=True)


def machine() -> str:
    """A description of this machine in one line."""
    return (
        f"{_processor()}, {os.cpu_count()} cores, {_memory_gigabytes():.0f} GB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def run_python(code: str, *arguments: str, **environment: str) -> str:
    """Run Python code in a process of its own, from the project's root; returns what it prints.

    It may keep its compiled modules, as an installed program does.
    """
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"a measured process failed:\n{done.stderr}")
    return done.stdout


def bench_python() -> Path | None:
    """The Python of the environment with the programs to compare with; None if there is none."""
    chosen = os.environ.get("IMAGE_FINDER_BENCH_PYTHON")
    inside = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")
    path = Path(chosen) if chosen else ROOT.joinpath(".venv-bench", *inside)
    return path if path.is_file() else None


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory_gigabytes() -> float:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (ValueError, AttributeError):  # Windows
        return float("nan")
