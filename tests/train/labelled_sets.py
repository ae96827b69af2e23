"""Labelled folders for the tests of training: parts of the photographs that ship."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

from finder.core.paths import samples_dir
from finder.train.labelled_folder import Example

LABELS = (
    *("birds", "castles", "cats", "city-nights", "farm-animals", "fish", "flowers", "lakes"),
    *("night-sky", "primates", "pyramids", "windmills"),
)


def photograph_parts(
    folder: Path, each: int, labels: tuple[str, ...] = LABELS, side: int = 160
) -> Path:
    """A subfolder for each label, in which `each` different parts of every photograph are. Their
    names say which photograph they are of, so no photograph is both learned and measured."""
    random = np.random.default_rng(0)
    for label in labels:
        (folder / label).mkdir(parents=True)
        for path in sorted((samples_dir() / label).iterdir()):
            with Image.open(path) as opened:
                image = opened.convert("RGB")
            for number in range(each):
                part = _part(image, random).resize((side, side))
                light = ImageEnhance.Brightness(part).enhance(random.uniform(0.7, 1.3))
                light.save(folder / label / f"{path.stem}--{number}.jpg", quality=85)
    return folder


def photographs_of(examples: Iterable[Example], names: tuple[str, ...], folder: Path) -> Path:
    """A subfolder for each label with the whole photographs of which these are parts."""
    for label, original in sorted({(names[one.label], one.original) for one in examples}):
        (folder / label).mkdir(parents=True, exist_ok=True)
        (path,) = (samples_dir() / label).glob(f"{original}.*")
        shutil.copy(path, folder / label)
    return folder


def _part(image: Image.Image, random: np.random.Generator) -> Image.Image:
    share = random.uniform(0.5, 0.9)
    side = round(min(image.size) * share)
    left = int(random.integers(0, image.width - side + 1))
    top = int(random.integers(0, image.height - side + 1))
    return image.crop((left, top, left + side, top + side))
