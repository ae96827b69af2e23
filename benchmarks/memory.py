"""How much memory indexing takes, and how much more when there are many pictures.

python -m benchmarks.memory [--short] [--runs N]
"""

from __future__ import annotations

import io
import json
import math
import re
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image

from benchmarks.common import in_turn, median, options, run_python, say, section, table, verdict
from benchmarks.indexing import index_folder, ready
from benchmarks.material import make_mix, photographs, shipped_models
from finder.core.models.registry import pick_models
from finder.core.models.spec import DEFAULT_MODEL
from finder.core.paths import Home

_GROWTH, _ONE_MODEL, _ALL_MODELS = 60, 700, 1300  # MB
_FEW, _MANY = 500, 20_000
_MANY_SHORT = 4_000
_EVERY = 0.05  # seconds between two readings of the memory


@dataclass(frozen=True)
class Case:
    """What one process of its own indexes."""

    models: Sequence[str]
    pictures: str
    number: int
    folder: Path


@dataclass(frozen=True)
class Peak:
    """The most that a process held, in MB. anonymous: without the pages of files; NaN where the
    system does not report it."""

    resident: float
    anonymous: float


def main() -> None:
    args = options(__doc__, runs=3, short_runs=1)
    with tempfile.TemporaryDirectory() as folder:
        cases = _cases(Path(folder), args.short)
        peaks: dict[str, list[Peak]] = {name: [] for name in cases}
        in_turn(
            args.runs,
            {name: partial(_measure, case, peaks[name]) for name, case in cases.items()},
        )
    middle = {name: _median(found) for name, found in peaks.items()}
    section(
        "Memory while indexing",
        "memory",
        _explained(args.runs),
        _table(cases, middle),
        _growth(cases["many"].number, middle["few"], middle["many"]),
    )


def make_small(folder: Path, number: int) -> list[Path]:
    """Distinct JPEG files of 320 × 240 pixels: few scenes, which differ by a comment in the
    file."""
    folder.mkdir(parents=True, exist_ok=True)
    scenes = [_small(path) for path in photographs()[:10]]
    made = []
    for at in range(number):
        start, rest = scenes[at % len(scenes)][:2], scenes[at % len(scenes)][2:]
        mark = f"picture {at}".encode()
        path = folder / f"{at:06d}.jpg"
        path.write_bytes(start + b"\xff\xfe" + (len(mark) + 2).to_bytes(2, "big") + mark + rest)
        made.append(path)
    return made


def child() -> None:
    """In a process of its own: index the folder argv[1] for the models argv[2:], print the peak."""
    folder, names = sys.argv[1], sys.argv[2:]
    with Watch() as watch, tempfile.TemporaryDirectory() as library:
        specs = pick_models(shipped_models(), names)
        index_folder(Home(Path(library)), Path(folder), specs, ready(specs))
    print(json.dumps({"resident": _resident_peak(), "anonymous": watch.peak}))


class Watch(threading.Thread):
    """A context manager that samples the process's anonymous memory."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = math.nan
        self._ended = threading.Event()

    def __enter__(self) -> Watch:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join()

    def run(self) -> None:
        while not self._ended.wait(_EVERY):
            now = _status("RssAnon")
            self.peak = now if math.isnan(self.peak) else max(self.peak, now)


def _resident_peak() -> float:
    peak = _status("VmHWM")
    if not math.isnan(peak) or sys.platform == "win32":
        return peak
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def _status(name: str) -> float:
    """A value of /proc/self/status in MB, NaN where there is no such file."""
    try:
        text = Path("/proc/self/status").read_text()
    except OSError:
        return math.nan
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else math.nan


def _cases(folder: Path, short: bool) -> dict[str, Case]:
    """Small pictures show growth in little time; the mix shows what large ones need in addition."""
    everyone = [spec.name for spec in shipped_models()]
    made = [
        ("few", [DEFAULT_MODEL], "small", _FEW),
        ("many", [DEFAULT_MODEL], "small", _MANY_SHORT if short else _MANY),
        ("all", everyone, "small", 200 if short else 2_000),
        ("mix", [DEFAULT_MODEL], "mix", 60 if short else 600),
        ("all, mix", everyone, "mix", 40 if short else 400),
    ]
    cases = {}
    for name, models, pictures, number in made:
        (make_small if pictures == "small" else make_mix)(folder / name, number)
        cases[name] = Case(models, pictures, number, folder / name)
    return cases


def _measure(case: Case, peaks: list[Peak]) -> float:
    say(f"memory: {case.number} {case.pictures}, {', '.join(case.models)}")
    code = "from benchmarks.memory import child; child()"
    peaks.append(Peak(**json.loads(run_python(code, str(case.folder), *case.models))))
    return peaks[-1].resident


def _median(peaks: Sequence[Peak]) -> Peak:
    return Peak(median([p.resident for p in peaks]), median([p.anonymous for p in peaks]))


def _explained(runs: int) -> str:
    return f"""\
Each line is a process of its own that indexes into a new library; medians of {runs}. *Resident* is
the system's high-water mark (VmHWM) and contains the pages of mapped files (program libraries, the
fast-search matrix). *Anonymous* does not; it is read every {1000 * _EVERY:.0f} ms. *Small* are
JPEGs of 320 × 240; *mix* are large and small pictures as in "Indexing"."""


def _table(cases: dict[str, Case], peaks: dict[str, Peak]) -> str:
    rows = []
    for name, case in cases.items():
        peak = peaks[name]
        limit = _ONE_MODEL if len(case.models) == 1 else _ALL_MODELS
        rows.append(
            [
                case.models[0] if len(case.models) == 1 else "all together",
                f"{case.number:,} {case.pictures}",
                verdict(peak.resident, limit, " MB"),
                f"{peak.anonymous:.0f} MB",
            ]
        )
    return table(["models", "pictures", "peak, resident", "peak, anonymous"], rows)


def _growth(number: int, few: Peak, many: Peak) -> str:
    known = not math.isnan(many.anonymous)
    grown = many.anonymous - few.anonymous if known else many.resident - few.resident
    kind = "anonymous" if known else "resident, which is the upper limit,"
    text = f"{number:,} pictures beside {_FEW}: the {kind} peak is higher by "
    text += verdict(grown, _GROWTH, " MB")
    if number < _MANY:
        slope = grown / (number - _FEW)
        text += f""".

That is {1000 * slope:.1f} kB for each further picture. Extrapolated, not measured: if it all kept
growing, {_MANY:,} pictures would take {slope * (_MANY - _FEW):.0f} MB more than {_FEW}; but buffers
that only fill up once are in it, too. The long form measures {_MANY:,}"""
    return text + "."


def _small(path: Path) -> bytes:
    buffer = io.BytesIO()
    with Image.open(path) as image:
        image.convert("RGB").resize((320, 240), Image.Resampling.BICUBIC).save(
            buffer, "JPEG", quality=85
        )
    return buffer.getvalue()


if __name__ == "__main__":
    main()
