"""The labelled sets: kinds of things, pieces of paintings, emoji by four hands, and others.

All files are made once, in a folder: RGB on white, as a program would show them. What is chosen at
random is chosen with a fixed seed.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from benchmarks.finding.packages import VENDORS, emoji, lessons, stamps
from benchmarks.material import photographs

KINDS: Final = "kinds of things"
PAINTINGS: Final = "paintings"
EMOJI: Final = "emoji"
SAMPLES: Final = "samples"
OTHERS: Final = "others"
LABELLED: Final = (KINDS, PAINTINGS, EMOJI, SAMPLES)

_EMOJI = 500
_FEWEST = 4
"""Pictures that a label has at least: with fewer, there is little to find."""
_LARGEST = 800
_SEED = 15
_NOT_THINGS = ("symbols", "seasonal", "space")
"""Stamps that are letters, or mixtures."""
_CATEGORIES = ("fishes", "monuments", "renewable", "tools")
_MIXED = ("renewable", "tools")
"""Of these, where the file's name says what it shows."""


@dataclass(frozen=True)
class LabelledFile:
    """A picture of a set, and what it shows; the label is empty for pictures that are only there
    to be confused with others."""

    path: Path
    set: str
    label: str


def make_sets(folder: Path, packages: Path) -> list[LabelledFile]:
    """All sets. folder: where the pictures are made; packages: where what is fetched is kept."""
    packages.mkdir(parents=True, exist_ok=True)
    listed = folder / "sets.json"
    if not listed.is_file():
        made = [*_kinds(packages), *_paintings(packages), *_emoji(packages), *_samples()]
        made += _others(packages)
        named = dict.fromkeys(_files(folder, made))
        listed.write_text(json.dumps([(str(p.relative_to(folder)), s, b) for p, s, b in named]))
    rows = json.loads(listed.read_text())
    return [LabelledFile(folder / path, set, label) for path, set, label in rows]


def _files(
    folder: Path, sources: Iterable[tuple[Path, str, str]]
) -> Iterator[tuple[Path, str, str]]:
    """The files, written as RGB on white."""
    for number, (source, set, label) in enumerate(sources):
        path = folder / set / (label or "none") / f"{number:05}-{source.stem}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(source) as opened:
            image = opened.convert("RGBA")
        image.thumbnail((_LARGEST, _LARGEST))
        white = Image.new("RGBA", image.size, "white")
        Image.alpha_composite(white, image).convert("RGB").save(path, compress_level=1)
        yield path, set, label


def _kinds(packages: Path) -> list[tuple[Path, str, str]]:
    """Stamps by their folder, without cartoons, which are another style; and the pictures of
    GCompris that are sorted by kind."""
    root = stamps(packages)
    found = []
    for path in sorted(root.rglob("*.png")):
        parts = path.relative_to(root).parts[:-1]
        if parts[0] not in _NOT_THINGS and "cartoon" not in parts and not _is_variant(path):
            label = "-".join(parts[:3])
            found.append((path, KINDS, "fishes" if label == "animals-fish" else label))
    images = lessons(packages) / "categorization/gcompris/src/activities/categorization/resource"
    for folder in _CATEGORIES:
        for path in sorted((images / "images" / folder).glob("*.webp")):
            label = re.sub(r"\d+$", "", path.stem) if folder in _MIXED else folder
            found.append((path, KINDS, label))
    counts = Counter(label for _, _, label in found)
    return [one for one in found if counts[one[2]] >= _FEWEST]


def _is_variant(path: Path) -> bool:
    """Whether a stamp is another one, mirrored."""
    return path.stem.endswith(("_mirror", "_flip"))


def _paintings(packages: Path) -> list[tuple[Path, str, str]]:
    """The pieces of puzzles, by the painting that they are of."""
    folder = lessons(packages) / "paintings/gcompris/src/activities/paintings/resource/image"
    return [
        (path, PAINTINGS, re.sub(r"[-_][a-z]?\d+$", "", path.stem))
        for path in sorted(folder.glob("*.webp"))
    ]


def _emoji(packages: Path) -> Iterator[tuple[Path, str, str]]:
    """Of emoji that all four vendors have drawn, some chosen at random."""
    folders = {vendor: emoji(packages, vendor) for vendor in VENDORS}
    known = json.loads((folders[VENDORS[0]] / "emoji.json").read_text())
    common = [one for one in known if all(one[f"has_img_{vendor}"] for vendor in VENDORS)]
    chosen = np.random.default_rng(_SEED).choice(len(common), _EMOJI, replace=False)
    for number in sorted(chosen.tolist()):
        one = common[number]
        for vendor, folder in folders.items():
            path = folder / "img" / vendor / "64" / one["image"]
            yield path, EMOJI, one["unified"]


def _samples() -> Iterator[tuple[Path, str, str]]:
    for path in photographs():
        yield path, SAMPLES, path.parent.name


def _others(packages: Path) -> Iterator[tuple[Path, str, str]]:
    """Photographs and drawings of GCompris that have no label."""
    root = lessons(packages)
    for path in sorted(root.rglob("*.webp")):
        activity = path.relative_to(root).parts[0]
        if activity.startswith(("explore", "clickgame", "erase", "lang", "louis")):
            yield path, OTHERS, ""
