"""The sample pictures that ship with the program."""

from __future__ import annotations

from pathlib import Path

from finder.core.paths import samples_dir
from finder.core.pictures.formats import EXTENSIONS


def sample_pictures(folder: Path | None = None) -> list[Path]:
    """The picture files in a folder and below it, sorted; by default the samples. Empty where they
    are not installed."""
    files = (folder or samples_dir()).rglob("*")
    return sorted(path for path in files if path.suffix.lower() in EXTENSIONS)


def spread_samples(number: int) -> list[Path]:
    """So many samples at most, evenly spread over all of them: some of every kind."""
    paths = sample_pictures()
    return paths[:: max(1, len(paths) // number)][:number]
