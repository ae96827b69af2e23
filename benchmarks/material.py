"""Pictures and libraries to measure with, made from the samples and from made-up vectors."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from finder.core.library.indexing.file_result import FileResult
from finder.core.library.writer import LibraryWriter
from finder.core.models.registry import list_models
from finder.core.models.spec import DEFAULT_MODEL, ModelSpec
from finder.core.paths import Home, samples_dir, shipped_models_dir
from finder.core.pictures.decode import PictureFacts
from finder.core.pictures.scan import FoundFile

_SCENES = 6
_BATCH = 500


def shipped_models() -> list[ModelSpec]:
    """The models that ship, without the baselines."""
    specs, broken = list_models([shipped_models_dir()])
    assert not broken
    return [spec for spec in specs if not spec.is_baseline]


def default_model() -> ModelSpec:
    return next(spec for spec in shipped_models() if spec.name == DEFAULT_MODEL)


def photographs() -> list[Path]:
    """The sample photographs, the altered copies left out."""
    found = sorted(samples_dir().rglob("*.jpg"))
    return [path for path in found if "altered" not in path.parts]


def make_jpegs(folder: Path, number: int, megapixels: int) -> list[Path]:
    """Distinct JPEG files like a camera's: enlarged samples with fine grain, quality 90.

    A few scenes, made different files by a comment in each: each has a content id of its own and
    costs what its scene costs.
    """
    return list(_numbered(folder, ".jpg", number, _jpegs(megapixels)))


def make_mix(folder: Path, number: int) -> list[Path]:
    """What a photo collection holds: of twenty files eight 12 MP and four 3 MP JPEGs, four 1 MP
    and two small JPEGs, one PNG screenshot of 2 MP, one WebP of 1 MP."""
    large, middle, small = _jpegs(12), _jpegs(3), _jpegs(1)
    tiny = [path.read_bytes() for path in photographs()[:_SCENES]]
    png, webp = _encoded(2, "PNG"), _encoded(1, "WEBP")
    pattern = [(".jpg", large)] * 8 + [(".jpg", middle)] * 4 + [(".jpg", small)] * 4
    pattern += [(".jpg", tiny)] * 2 + [(".png", png), (".webp", webp)]
    made: list[Path] = []
    folder.mkdir(parents=True, exist_ok=True)
    for at, (ending, scenes) in enumerate(islice(cycle(pattern), number)):
        path = folder / f"{at:06d}{ending}"
        path.write_bytes(_marked(scenes[at % len(scenes)], ending, at))
        made.append(path)
    return made


def unit_vectors(random: np.random.Generator, number: int, dimension: int) -> NDArray[np.float32]:
    """float32 [number, dimension], each of length 1, in loose clusters as pictures are."""
    centres = random.standard_normal((64, dimension), dtype=np.float32)
    vectors = random.standard_normal((number, dimension), dtype=np.float32)
    vectors += centres[random.integers(0, 64, number)]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def made_up_outcomes(
    specs: Sequence[ModelSpec], first: int, number: int, folder: str
) -> list[FileResult]:
    """Pictures `first` … with random vectors; they look like files in ten sub-folders, taken one
    hour after the other."""
    random = np.random.default_rng(first)
    vectors = {spec.name: unit_vectors(random, number, spec.dimension) for spec in specs}
    outcomes = []
    for at in range(number):
        picture = first + at
        path = os.path.join(folder, f"part-{picture % 10}", f"{picture:08d}.jpg")
        taken = str(np.datetime64("2010-01-01T00:00:00") + np.timedelta64(picture, "h"))
        facts = PictureFacts(4000, 3000, "JPEG", taken.replace("T", " "), 1)
        file = FoundFile(path, 3_000_000, 1_700_000_000 * 10**9 + picture)
        mine = {name: rows[at] for name, rows in vectors.items()}
        outcomes.append(FileResult(file, picture, facts, mine))
    return outcomes


def fill_library(home: Home, specs: Sequence[ModelSpec], number: int, folder: str) -> None:
    """A library of `number` made-up pictures (ids 1 …) below `folder`, through the real writer."""
    with LibraryWriter(home) as writer:
        with writer.catalogue.transaction():
            writer.catalogue.folders.add(folder)
        writer.register_models(specs)
        for first in range(1, number + 1, _BATCH):
            size = min(_BATCH, number + 1 - first)
            writer.write(made_up_outcomes(specs, first, size, folder))


def _numbered(folder: Path, ending: str, number: int, scenes: Sequence[bytes]) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for at in range(number):
        path = folder / f"{at:06d}{ending}"
        path.write_bytes(_marked(scenes[at % len(scenes)], ending, at))
        yield path


def _marked(data: bytes, ending: str, number: int) -> bytes:
    """The same picture as another file: a comment in a JPEG, bytes behind the end elsewhere."""
    mark = f"picture {number}".encode()
    if ending == ".jpg":
        return data[:2] + b"\xff\xfe" + (len(mark) + 2).to_bytes(2, "big") + mark + data[2:]
    return data + mark


def _jpegs(megapixels: int) -> list[bytes]:
    return _encoded(megapixels, "JPEG")


def _encoded(megapixels: int, kind: str) -> list[bytes]:
    random = np.random.default_rng(megapixels)
    width = round((megapixels * 1e6 * 4 / 3) ** 0.5)
    encoded = []
    for path in photographs()[:_SCENES]:
        with Image.open(path) as opened:
            image = opened.convert("RGB").resize((width, width * 3 // 4), Image.Resampling.BICUBIC)
        pixels = np.asarray(image).astype(np.int16)
        pixels += random.integers(-6, 7, pixels.shape, dtype=np.int16)
        grainy = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
        buffer = io.BytesIO()
        grainy.save(buffer, kind, quality=90)
        encoded.append(buffer.getvalue())
    return encoded
