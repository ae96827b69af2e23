"""Teaching: how long it takes, and what it gains on pictures and labels that were not taught.

Prints the tables of docs/teaching.md. Three labelled sets: the samples by their folders; copies of
the samples, altered strongly, where each photograph is a label; scikit-learn's handwritten digits.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from benchmarks.common import machine, options, say, seconds, table, verdict
from benchmarks.material import default_model, photographs, unit_vectors
from finder.core.evaluation.labels import LabelledPictures
from finder.core.library.indexing.file_result import FileResult
from finder.core.library.writer import LibraryWriter
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.facts import PictureFacts
from finder.core.pictures.scan import FoundFile
from finder.core.teaching.choice import choose_head
from finder.core.teaching.heads import Method, Teacher, possible_heads
from finder.core.teaching.projection import Basis
from finder.core.teaching.report import Lesson, judge
from finder.use_cases.evaluation.labelled_vectors import LabelSource
from finder.use_cases.evaluation.teach_model import Taught, TeachingWish, store_vectors, teach_model
from finder.workers.extractor_pools import open_extractors

Found = TypeVar("Found")
COPIES = 10
_HEAD = ("set", "", "pictures", "labels", "mAP of the base", "taught", "gain", "95 %", "numbers")


def make_folders(folder: Path) -> Path:
    """The sample photographs in their folders, without the altered copies, which are of no kind."""
    for path in photographs():
        own = folder / path.parent.name
        own.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, own)
    return folder


def make_copies(folder: Path) -> Path:
    """A folder for each sample photograph, with altered copies of it: other parts, colours, sizes,
    angles, sharpness, all at the same time."""
    random = np.random.default_rng(3)
    for path in photographs():
        own = folder / f"{path.parent.name}-{path.stem}"
        own.mkdir(parents=True)
        with Image.open(path) as opened:
            image = opened.convert("RGB")
        image.thumbnail((800, 800))
        for number in range(COPIES):
            altered(image, random).save(own / f"{number}.jpg", quality=60)
    return folder


def altered(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """A part of a third to two thirds of the picture's area, turned, recoloured and blurred."""
    share = random.uniform(0.55, 0.8)
    width, height = (round(side * share) for side in image.size)
    left = int(random.integers(0, image.width - width + 1))
    top = int(random.integers(0, image.height - height + 1))
    part = image.crop((left, top, left + width, top + height))
    if random.random() < 0.5:
        part = ImageOps.mirror(part)
    part = part.rotate(float(random.uniform(-25, 25)), Image.Resampling.BICUBIC, expand=True)
    if random.random() < 0.4:
        part = part.convert("L").convert("RGB")
    part = ImageEnhance.Brightness(part).enhance(float(random.uniform(0.5, 1.6)))
    part = ImageEnhance.Contrast(part).enhance(float(random.uniform(0.6, 1.5)))
    return part.filter(ImageFilter.GaussianBlur(float(random.uniform(0, 3))))


def make_digits(folder: Path) -> Path:
    """scikit-learn's 1,797 handwritten digits, a folder for each."""
    from sklearn.datasets import load_digits

    found = load_digits()
    for number, (pixels, digit) in enumerate(zip(found.images, found.target, strict=True)):
        own = folder / str(digit)
        own.mkdir(parents=True, exist_ok=True)
        small = Image.fromarray((255 - pixels * 15).astype(np.uint8))
        small.resize((112, 112), Image.Resampling.BICUBIC).save(own / f"{number}.png")
    return folder


def main() -> None:
    asked = options(__doc__, runs=1, short_runs=1)
    say(machine())
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        print(_gains(folder, asked.short), end="\n\n", flush=True)
        print(_times(folder, asked.short))


# What it gains


def _gains(folder: Path, is_short: bool) -> str:
    sets: dict[str, Callable[[], Path]] = {
        "samples, by folder": partial(make_folders, folder / "folders"),
        "samples, altered copies": partial(make_copies, folder / "copies"),
    }
    if not is_short:
        sets["digits"] = partial(make_digits, folder / "digits")
    home = Home(folder / "home")
    rows = []
    for number, (title, make) in enumerate(sets.items()):
        say(f"teaching: {title}")
        rows += _rows(title, taught(home, make(), f"set-{number}"))
    return table(_HEAD, rows)


def taught(home: Home, folder: Path, name: str) -> Taught:
    wish = TeachingWish(name, (default_model(),), tuple(Method))
    source = LabelSource((str(folder),))
    return finished(teach_model(home, partial(open_extractors, home), "benchmark", source, wish))


def _rows(title: str, found: Taught) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    groups = {"held-out pictures": found.report.pictures, "labels not taught": found.report.labels}
    for kind, group in groups.items():
        if group is not None:
            base, new = (figures.means["map"] for figures in group.models.values())
            gain = group.gain
            interval = f"{gain.interval.low:+.3f} to {gain.interval.high:+.3f}"
            pictures, labels = len(found.labelled), len(found.labelled.names)
            shown = f"{base:.3f}", f"{new:.3f}", f"{gain.value:+.3f}", interval
            rows.append((title, kind, pictures, labels, *shown, found.spec.dimension))
    return rows


# How long it takes


def _times(folder: Path, is_short: bool) -> str:
    pictures, stored = (1_500, 10_000) if is_short else (5_000, 100_000)
    lesson = _made_up_lesson(pictures)
    judging = processor_seconds(lambda: finished(judge(lesson)))
    choosing = processor_seconds(lambda: finished(_chosen(lesson)))
    teaching = processor_seconds(lambda: _taught_once(lesson))
    storing = _storing(Home(folder / "stored"), stored)
    rows = [
        (f"teaching once, {pictures:,} × 1,280, 20 labels", f"{teaching:.1f} s of a core"),
        ("choosing the head by cross-validation", f"{choosing:.1f} s of a core"),
        ("the same without the pictures that judge, twice", f"{judging:.1f} s of a core"),
        (f"computing and storing {stored:,} vectors of 128", verdict(storing, 60.0, " s")),
    ]
    return table(("", "time"), rows)


def processor_seconds(work: Callable[[], object]) -> float:
    """Processor time of one call, of all threads."""
    began = time.process_time()
    work()
    return time.process_time() - began


def _made_up_lesson(number: int) -> Lesson:
    labels = LabelledPictures.of((n, f"label {n % 20}") for n in range(number))
    vectors = unit_vectors(np.random.default_rng(1), number, 1_280)
    heads = possible_heads(tuple(Method), 20, 1_280)
    return Lesson("taught", labels, {"base": vectors}, vectors[:0], heads, 0)


def _chosen(lesson: Lesson) -> Generator[float, None, object]:
    return choose_head(lesson.vectors, lesson.labelled.labels, lesson.others, lesson.heads, 0)


def _taught_once(lesson: Lesson) -> None:
    teacher = Teacher(Basis(lesson.vectors), lesson.vectors, lesson.labelled.labels, 0)
    teacher.projection(lesson.heads[0])


def _storing(home: Home, number: int) -> float:
    """Seconds for the product and for storing what it gives, in a library of this size."""
    base = default_model()
    random = np.random.default_rng(2)
    with LibraryWriter(home) as writer:
        writer.register_models([base])
        for first in range(1, number + 1, 2_000):
            vectors = unit_vectors(random, 2_000, base.dimension)
            writer.write([_file(first + at, base, vectors[at]) for at in range(2_000)])
    vectors = unit_vectors(random, 2_000, base.dimension)
    labels = np.arange(2_000) % 20
    head = possible_heads([Method.DISCRIMINANT], 20, base.dimension)[1]
    projection = Teacher(Basis(vectors), vectors, labels, 0).projection(head)
    new = replace(base, name="taught", dimension=projection.dimension, sha256="a" * 64)

    def store() -> None:
        with LibraryWriter(home, "benchmark") as writer:
            finished(store_vectors(writer, new, [base], projection))

    return seconds(store)


def _file(picture: int, base: ModelSpec, vector: NDArray[np.float32]) -> FileResult:
    facts = PictureFacts(4_000, 3_000, "JPEG", None, 1)
    file = FoundFile(f"/made-up/{picture:08}.jpg", 3_000_000, 1_700_000_000 * 10**9)
    return FileResult(file, picture, facts, {base.name: vector})


def finished(run: Generator[object, None, Found]) -> Found:
    while True:
        try:
            next(run)
        except StopIteration as stop:
            found: Found = stop.value
            return found


if __name__ == "__main__":
    main()
