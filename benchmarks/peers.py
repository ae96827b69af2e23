"""How fast pictures are embedded by others: fastembed and a PyTorch loop, on the same pictures.

    python -m benchmarks.peers [--short] [--runs N]

The others have an environment of their own, because they need other versions of our packages:

    python -m venv .venv-bench && .venv-bench/bin/pip install -r benchmarks/requirements.txt

IMAGE_FINDER_BENCH_PYTHON names the Python of another environment.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np

from benchmarks.common import (
    ROOT,
    bench_python,
    in_turn,
    median,
    options,
    ratio,
    say,
    section,
    table,
    verdict,
)
from benchmarks.indexing import index_files, ready
from benchmarks.material import default_model, make_jpegs
from finder.core.models.spec import DEFAULT_MODEL, ModelSpec
from finder.core.pictures.decode import decode
from finder.workers.worker_pools import worker_count

_TIMES_THE_BEST = {12: 2.0}
_OURS = "Image Finder, whole path"
_PEERS = {
    "fastembed": "fastembed, one process, batches of 16",
    "fastembed-parallel": "fastembed, a process for each core, batches of 1",
    "torch": "PyTorch, batches of 32",
    "torch-tuned": "PyTorch, batches of 8, channels last, one thread",
}
_PICTURES = {12: 32, 1: 64}  # for each core, so that each worker has whole batches
_DIVISORS = {"torch": 2, _OURS: 1}  # of the pictures, for each measurement; others a quarter
_MISSING = "there is no environment for it: " + (
    "`python -m venv .venv-bench && .venv-bench/bin/pip install -r benchmarks/requirements.txt`"
)
_ANSWER_SECONDS = 600.0


class Peer:
    """Another way to embed pictures, in a process that keeps its model loaded."""

    def __init__(self, python: Path, name: str, spec: ModelSpec, folder: Path) -> None:
        """folder: a new one, for the peer's copy of the model."""
        self.name = name
        self.vector: list[float] | None = None
        self.why_not = ""
        folder.mkdir()
        shutil.copy(spec.file, folder / "model.onnx")
        self._errors = (folder / "errors").open("w+", encoding="utf-8")
        program = str(ROOT / "benchmarks" / "peer_loops.py")
        self._process = subprocess.Popen(
            [str(python), program, name, str(worker_count()), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.stdin:
            with suppress(OSError):  # it has ended already
                self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._errors.close()

    def rate(self, files: Sequence[Path]) -> float:
        """Pictures per second; NaN, with `why_not`, if it fails."""
        if self.why_not:
            return float("nan")
        say(f"{self.name}: {len(files)} pictures")
        try:
            answer = json.loads(self._ask(json.dumps([str(path) for path in files])))
        except (OSError, ValueError):
            self.why_not = self._last_error()
            return float("nan")
        self.vector = answer["vector"]
        return float(answer["rate"])

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None and self._process.stdout is not None
        watchdog = threading.Timer(_ANSWER_SECONDS, self._process.kill)
        watchdog.start()
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
            return self._process.stdout.readline()
        finally:
            watchdog.cancel()

    def _last_error(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().strip().splitlines()
        return lines[-1] if lines else "it ended without an error message"


class Bench:
    """All peers and Image Finder, started and warmed up."""

    def __init__(self, python: Path, folder: Path, stack: ExitStack) -> None:
        self.spec = default_model()
        self.extractors = ready([self.spec])
        self.peers: list[Peer] = []
        some = make_jpegs(folder / "some", 4 * worker_count(), 1)
        for name in _PEERS:  # one after the other: loading would disturb a measurement
            peer = stack.enter_context(Peer(python, name, self.spec, folder / name))
            peer.rate(some)
            self.peers.append(peer)

    def measure(self, files: Sequence[Path], runs: int) -> dict[str, list[float]]:
        """Pictures per second of everyone that can be measured, one value for each run."""
        measures: dict[str, Callable[[], float]] = {
            peer.name: partial(peer.rate, _some(files, peer.name)) for peer in self.peers
        }
        measures[_OURS] = partial(self._ours, _some(files, _OURS))
        values = in_turn(runs, measures)
        failed = {peer.name for peer in self.peers if peer.why_not}
        return {name: rates for name, rates in values.items() if name not in failed}

    def _ours(self, files: Sequence[Path]) -> float:
        return len(files) / index_files(files, [self.spec], self.extractors)

    def agreements(self, first: Path) -> list[str]:
        """The cosines of the peers' vectors of the first picture to ours."""
        image = decode(first.read_bytes(), self.spec.decode_side).image
        ours = self.extractors.get(self.spec).embed_image(image)
        return [
            f"{_PEERS[peer.name]}: {np.dot(ours, np.asarray(peer.vector)):.4f}"
            for peer in self.peers
            if peer.vector
        ]


def main() -> None:
    args = options(__doc__)
    python = bench_python()
    if python is None:
        section("Beside others", "peers", f"Not measured: {_MISSING}.")
        return
    each = 1 if args.short else 3
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        bench = Bench(python, folder, stack)
        results = {}
        for megapixels, number in _PICTURES.items():
            say(f"{megapixels} MP")
            files = make_jpegs(
                folder / str(megapixels), round(2 * each * number * worker_count()), megapixels
            )
            results[megapixels] = bench.measure(files, args.runs)
        agreements = bench.agreements(files[0])
        failed = [f"{_PEERS[peer.name]} ({peer.why_not})" for peer in bench.peers if peer.why_not]
    section(
        "Beside others",
        "peers",
        _explained(args.runs, agreements),
        _table(results),
        *([f"Not measured: {'; '.join(failed)}."] if failed else []),
    )


def _some(files: Sequence[Path], name: str) -> Sequence[Path]:
    """Fewer files for slower peers. Every six files cost the same."""
    return files[: len(files) // _DIVISORS.get(name, 4)]


def _explained(runs: int, agreements: Sequence[str]) -> str:
    return f"""\
{DEFAULT_MODEL}, the same files: pictures per second on {worker_count()} cores, medians of {runs},
taken in turn. *fastembed*: `ImageEmbedding` with our ONNX file. *PyTorch*: a `DataLoader` with a
worker for each core (Pillow's plain decode and resize) and the network that the ONNX file was made
of; torchvision's wheel does not load beside a PyTorch for the CPU. Of these, steady work alone is
timed: neither loading nor starting processes. *{_OURS}* has scanning, hashing,
thumbnails, Milvus and the catalogue in it, and opening and closing the library.

Cosine of a picture's vector to ours: {"; ".join(agreements) or "not measured"}."""


def _table(results: Mapping[int, dict[str, list[float]]]) -> str:
    head = ["", *(f"{megapixels} MP" for megapixels in results)]
    names = [name for name in (*_PEERS, _OURS) if all(name in rates for rates in results.values())]
    rows = [
        [_PEERS.get(name, name), *(f"{median(rates[name]):.1f}" for rates in results.values())]
        for name in names
    ]
    if names != [_OURS]:
        times = [_beside_best(rates, megapixels) for megapixels, rates in results.items()]
        rows.append(["Image Finder ÷ the best of the others", *times])
    return table(head, rows)


def _beside_best(rates: Mapping[str, list[float]], megapixels: int) -> str:
    others = [name for name in rates if name != _OURS]
    best = max(others, key=lambda name: median(rates[name]))
    times = ratio(rates[_OURS], rates[best])
    if megapixels in _TIMES_THE_BEST:
        return verdict(times, _TIMES_THE_BEST[megapixels], "×", at_least=True)
    return f"{times:.2f}×"


if __name__ == "__main__":
    main()
