"""What int8 and float16 variants of the models gain and lose: speed, size, neighbours.

python -m benchmarks.variants [--short] [--runs N] [--pictures DIR]

The library is made of the pictures in DIR, or of the samples; every model is compared with its
variants picture by picture, as `image-finder models optimise` does.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from benchmarks.common import median, say, section, table
from benchmarks.material import shipped_models
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.records import FileRecord
from finder.core.models.spec import ModelSpec
from finder.core.optimising.comparison_pictures import CALIBRATION_PICTURES
from finder.core.optimising.neighbour_overlap import Verdict, verdict
from finder.core.optimising.optimisation import OptimisationRequest, optimise
from finder.core.optimising.report import Report, VariantMeasurement
from finder.core.optimising.variants import variant_workspace
from finder.core.paths import Home, samples_dir
from finder.core.pictures.content_id import content_id
from finder.core.pictures.facts import PictureFacts
from finder.workers.models.variant_process import make_in_child as make
from finder.workers.worker_pools import worker_count

_FACTS = PictureFacts(1, 1, "?", None, 1)
_PICTURE = {".bmp", ".jpeg", ".jpg", ".png", ".webp"}
_VERDICTS = {
    Verdict.NEARLY_THE_SAME: "finds nearly the same pictures",
    Verdict.MOSTLY_THE_SAME: "finds mostly the same pictures",
    Verdict.DIFFERENT: "finds clearly different pictures",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--short", action="store_true", help="fewer pictures, one run")
    parser.add_argument("--runs", type=int, default=3, help="how often all is repeated")
    parser.add_argument("--pictures", type=Path, default=samples_dir(), metavar="DIR")
    args = parser.parse_args()
    rows, number = [], 0
    for spec in shipped_models():
        if spec.is_baseline:
            continue
        runs = []
        for run in range(1 if args.short else args.runs):
            say(f"{spec.name}, run {run + 1} …")
            runs.append(_run(spec, args.pictures, 50 if args.short else 500))
        rows += _rows(runs)
        number = runs[0].pictures
    section("Variants of the models", "variants", _explained(number), _table(rows))


def _run(spec: ModelSpec, pictures: Path, number: int) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        _know(home, pictures)
        threads = worker_count()
        with variant_workspace(home) as parent, ThreadPoolExecutor(threads) as pool:
            wish = OptimisationRequest(spec, pictures=number)
            *_, last = optimise(home, wish, parent, make, pool, threads)
    assert last.report is not None
    return last.report


def _know(home: Home, pictures: Path) -> None:
    """A catalogue of the pictures, without vectors: the comparison extracts its own."""
    files = [path for path in sorted(pictures.rglob("*")) if path.suffix.lower() in _PICTURE]
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        for path in files:
            picture = content_id(path.read_bytes())
            catalogue.pictures.put(picture, _FACTS)
            catalogue.files.put(FileRecord(os.path.abspath(path), 1, 1, picture))


def _rows(runs: Sequence[Report]) -> list[list[str]]:
    return [
        _row([run.measured[at] for run in runs], [run.measured[0] for run in runs])
        for at in range(len(runs[0].measured))
    ]


def _row(runs: Sequence[VariantMeasurement], bases: Sequence[VariantMeasurement]) -> list[str]:
    """One model or variant, medians over the runs."""
    pairs = list(zip(runs, bases, strict=True))
    is_base = runs[0] is bases[0]
    return [
        bases[0].spec.name if is_base else "",
        runs[0].precision,
        f"{runs[0].bytes / 1e6:.1f}",
        f"{median([run.single_thread for run in runs]):.1f}",
        "1"
        if is_base
        else f"{median([run.single_thread / base.single_thread for run, base in pairs]):.2f}",
        f"{median([run.all_threads for run in runs]):.1f}",
        "1"
        if is_base
        else f"{median([run.all_threads / base.all_threads for run, base in pairs]):.2f}",
        "" if is_base else f"{median([run.overlap for run in runs]):.3f}",
        "" if is_base else f"{median([run.cosine for run in runs]):.4f}",
        "" if is_base else _VERDICTS[verdict(median([run.overlap for run in runs]))],
    ]


def _explained(number: int) -> str:
    return f"""\
Each model as it ships, and its variants as `image-finder models optimise` makes them: int8 is
calibrated on {CALIBRATION_PICTURES} pictures at most. Compared on {number} pictures: *overlap@10*
is the share of ten exact nearest neighbours that a variant has, too, *cosine* the mean between
both vectors. Pictures per second of preprocessing and extraction (no decoding), on one thread and
on {worker_count()}; × is the ratio to the model itself, both measured in turn in the same run.
"""


def _table(rows: Sequence[Sequence[str]]) -> str:
    head = ["model", "precision", "MB", "1 thread, pictures/s", "×"]
    head += [f"{worker_count()} threads, pictures/s", "×", "overlap@10", "cosine", "verdict"]
    return table(head, rows)


if __name__ == "__main__":
    main()
