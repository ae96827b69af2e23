"""Which pictures variants are calibrated and compared on."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import load_settings
from finder.core.library.indexing.reliability.crash_journal import CrashSuspects
from finder.core.limits import MAX_PIXELS
from finder.core.pictures.samples import sample_pictures

if TYPE_CHECKING:
    from finder.core.paths import Home

CALIBRATION_PICTURES: Final = 150
"""The maximum: one or two hundred are usual for measuring ranges."""
COMPARISON_PICTURES: Final = 500
_MIN_PICTURES = 20
"""A library with fewer pictures is too small to compare on: the samples are used instead."""


@dataclass(frozen=True)
class ComparisonPictures:
    """Paths; are_samples: whether they are the sample pictures rather than the library's."""

    calibration: tuple[str, ...]
    comparison: tuple[str, ...]
    are_samples: bool
    max_pixels: int


def choose_pictures(home: Home, number: int) -> ComparisonPictures:
    """Pictures of the library at random: ids are hashes, so the first are as good as any. The
    calibration uses other pictures than the comparison where there are enough."""
    max_pixels = MAX_PIXELS
    if home.catalogue.is_file():
        with closing(Catalogue(home)) as catalogue:
            max_pixels = load_settings(catalogue).max_pixels
            paths = catalogue.files.first_paths(number + CALIBRATION_PICTURES)
        suspects = CrashSuspects(home).paths
        paths = [path for path in paths if path not in suspects]
        if len(paths) >= _MIN_PICTURES:
            calibration = tuple(paths[-CALIBRATION_PICTURES:])
            return ComparisonPictures(calibration, tuple(paths[:number]), False, max_pixels)
    samples = [str(path) for path in sample_pictures()]
    some = samples[:: max(1, len(samples) // number)][:number]
    return ComparisonPictures(tuple(samples), tuple(some), True, max_pixels)
