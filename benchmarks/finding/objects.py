"""Objects in scenes: cut-out pictures of things, each pasted small into a photograph."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from benchmarks.finding.sets import KINDS, OTHERS, SAMPLES, LabelledFile
from benchmarks.finding.vectors import vectors_of
from finder.core.models.spec import ModelSpec
from finder.core.pictures.transform import Box

_SEED = 17
_SMALLEST = 300
"""The short side of a scene, in pixels."""
_WHITE = 245
_LEAST_WHITE = 0.95
"""Of the border of a picture that is cut out."""
_MONUMENTS = "monuments"
_SIDES = (0.0, 0.25, 0.5)
NINE: Final = tuple(Box(x, y, x + 0.5, y + 0.5) for y in _SIDES for x in _SIDES)
"""Crops of half the picture's sides, which overlap by a half."""
FIVE: Final = (0, 2, 4, 6, 8)
"""Of these, the corners and the middle."""


@dataclass(frozen=True)
class Scene:
    """thing: the number of the picture that was pasted into it."""

    path: Path
    thing: int


def make_scenes(folder: Path, pictures: Sequence[LabelledFile], number: int) -> list[Scene]:
    """So many scenes, each with another thing, at 20 to 35 % of the scene's short side."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(_SEED)
    backgrounds = [one.path for one in pictures if _is_scene(one)]
    things = [at for at, one in enumerate(pictures) if _is_cut_out(one)]
    scenes = []
    for thing in sorted(random.choice(things, number, replace=False).tolist()):
        path = folder / f"{thing:05}.jpg"
        background = backgrounds[int(random.integers(len(backgrounds)))]
        share, across, down = random.uniform(0.2, 0.35), random.random(), random.random()
        if not path.is_file():
            scene = _pasted(background, pictures[thing].path, share, (across, down))
            scene.save(path, quality=92)
        scenes.append(Scene(path, thing))
    return scenes


def make_crops(folder: Path, paths: Sequence[Path]) -> list[Path]:
    """For each picture its nine crops, one picture after the other."""
    folder.mkdir(parents=True, exist_ok=True)

    def crops(picture: Path) -> list[Path]:
        made = [folder / f"{picture.stem}-{number}.png" for number in range(len(NINE))]
        if not made[-1].is_file():
            with Image.open(picture) as opened:
                image = opened.convert("RGB")
            for box, path in zip(NINE, made, strict=True):
                image.crop(box.in_pixels(*image.size)).save(path, compress_level=1)
        return made

    with ThreadPoolExecutor(2) as pool:
        return [crop for made in pool.map(crops, paths) for crop in made]


def whole_and_crops(
    folder: Path, name: str, paths: Sequence[Path], spec: ModelSpec
) -> NDArray[np.float32]:
    """float32 [n, 10, dimension]: of each picture, then of its nine crops."""
    whole = vectors_of(folder / "vectors", name, paths, spec)[0]
    crops = make_crops(folder / f"{name}-crops", paths)
    parts = vectors_of(folder / "vectors", f"{name}-crops", crops, spec)[0]
    parts = parts.reshape(len(paths), len(NINE), -1)
    return np.concatenate([whole[:, np.newaxis], parts], axis=1)


def _is_scene(picture: LabelledFile) -> bool:
    if picture.set not in (SAMPLES, OTHERS) and picture.label != _MONUMENTS:
        return False
    with Image.open(picture.path) as opened:
        return min(opened.size) >= _SMALLEST


def _is_cut_out(picture: LabelledFile) -> bool:
    """Whether its border is white."""
    if picture.set != KINDS or picture.label == _MONUMENTS:
        return False
    with Image.open(picture.path) as opened:
        pixels = np.asarray(opened.convert("RGB")).min(axis=2)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return float((border >= _WHITE).mean()) >= _LEAST_WHITE


def _pasted(background: Path, thing: Path, share: float, at: tuple[float, float]) -> Image.Image:
    """The thing without its white, its long side this share of the scene's short one. at: from left
    and from above, 0 … 1 of the room there is."""
    with Image.open(background) as opened:
        scene = opened.convert("RGB")
    with Image.open(thing) as opened:
        image = opened.convert("RGB")
    solid = Image.fromarray((np.asarray(image).min(axis=2) < _WHITE).astype(np.uint8) * 255)
    box = solid.getbbox() or (0, 0, *image.size)
    image, solid = image.crop(box), solid.crop(box)
    factor = share * min(scene.size) / max(image.size)
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    image = image.resize(size, Image.Resampling.LANCZOS)
    mask = solid.filter(ImageFilter.MedianFilter(5)).resize(size, Image.Resampling.LANCZOS)
    left = round(at[0] * (scene.width - image.width))
    top = round(at[1] * (scene.height - image.height))
    scene.paste(image, (left, top), mask)
    return scene
