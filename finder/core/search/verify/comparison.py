"""Whether two pictures are the same, whole or in part, mirrored or turned.

Points that agree on one map are the evidence, pixels that agree along that map the proof: pictures
with the same logo, letters or pattern have many points in common, but little else. How the limits
were chosen is in docs/closeness.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from finder.core.search.verify.aligned_pixels import PixelAgreement, compare_pixels
from finder.core.search.verify.local_features import LONG_SIDE, LocalFeatures
from finder.core.search.verify.matching import Fit, Map, fit, mapped
from finder.core.search.verify.outlines import area, clipped, rectangle
from finder.core.search.verify.sameness import SameKind, Sameness

_FEW_POINTS: Final = 5
_MANY_POINTS: Final = 10
"""From so many that agree, a part of the picture may be covered by something."""
_LEAST_SHARE: Final = 0.5
_LEAST_GOOD: Final = 0.45
_FEW_GOOD: Final = 0.85
_FEW_WHOLE: Final = 0.93
_SMALL_GOOD: Final = 0.97
_SMALL_WHOLE: Final = 0.97
_COLOURFUL: Final = 8.0
_LEAST_COLOUR: Final = 0.6
_FEWEST_BLOCKS: Final = 4
_WIDEST: Final = 1.4
"""How much wider a copy may be for its height."""
_LEAST_SHOWN: Final = 0.3
"""Of the picture that is a part of the other, the share that the other shows."""
_TILT: Final = 20.0
"""Degrees up to which a picture is not turned."""
_NEARLY_ALL: Final = 0.9
"""The share of each picture that the other shows, if neither is a part."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What two pictures have in common. fit: of the query, mirrored if is_mirrored, to the match.
    shown: the share of the query that the match shows, and the other way round. is_small: both
    are icons, of which others may differ in a detail only."""

    fit: Fit
    is_mirrored: bool
    shown: tuple[float, float]
    pixels: PixelAgreement
    is_small: bool


def compare(query: LocalFeatures, match: LocalFeatures) -> Sameness | None:
    """How the match is the same picture as the query; None if it is another one."""
    found = evidence(query, match)
    return _sameness(query, match, found) if found is not None and is_proof(found) else None


def evidence(query: LocalFeatures, match: LocalFeatures) -> Evidence | None:
    """What speaks for the same picture; None if nothing does."""
    mirrored = query.mirrored()
    tried = [(fit(one, match), one) for one in (query, mirrored)]
    fits = [(found, one) for found, one in tried if found is not None]
    if not fits:
        return None
    found, one = max(fits, key=lambda pair: pair[0].agreeing)
    if not _is_plausible(found.map):
        return None
    shown = _shown(one, match, found.map)
    pixels = compare_pixels(one, match, found.map)
    is_small = max(*one.size, *match.size) < LONG_SIDE
    return Evidence(found, one is mirrored, shown, pixels, is_small)


def is_proof(found: Evidence) -> bool:
    """Whether it is enough."""
    pixels, agreeing = found.pixels, found.fit.agreeing
    if agreeing < _FEW_POINTS or max(found.shown) < _LEAST_SHOWN or pixels.blocks < _FEWEST_BLOCKS:
        return False
    if pixels.colourful > _COLOURFUL and pixels.colour < _LEAST_COLOUR:
        return False
    if found.is_small:
        return pixels.good >= _SMALL_GOOD and pixels.whole >= _SMALL_WHOLE
    if pixels.good >= _FEW_GOOD and pixels.whole >= _FEW_WHOLE:
        return True
    is_much = agreeing >= _MANY_POINTS and found.fit.share >= _LEAST_SHARE
    return is_much and pixels.good >= _LEAST_GOOD


def _is_plausible(map: Map) -> bool:
    """Whether a picture may be scaled like this: hardly skewed, and not to nothing."""
    large, small = np.linalg.svd(map[:, :2])[1]
    return bool(small > 0.05 and large < _WIDEST * small and np.linalg.det(map[:, :2]) > 0)


def _shown(query: LocalFeatures, match: LocalFeatures, map: Map) -> tuple[float, float]:
    outline = mapped(map, rectangle(*query.size))
    common = area(clipped(outline, *match.size))
    return common / area(outline), common / (match.size[0] * match.size[1])


def _sameness(query: LocalFeatures, match: LocalFeatures, found: Evidence) -> Sameness:
    corners = mapped(found.fit.map, rectangle(*query.size)) / match.size
    top_left, top_right, bottom_right, bottom_left = ((float(x), float(y)) for x, y in corners)
    outline = (top_left, top_right, bottom_right, bottom_left)
    if found.is_mirrored:  # what is left in the query is right in its mirror image
        outline = (top_right, top_left, bottom_left, bottom_right)
    return Sameness(_kind(found), found.fit.share, outline)


def _kind(found: Evidence) -> SameKind:
    (across, _, _), (down, _, _) = found.fit.map
    if abs(np.degrees(np.arctan2(down, across))) > _TILT:
        return SameKind.TURNED
    if found.is_mirrored:
        return SameKind.MIRRORED
    return SameKind.WHOLE if min(found.shown) >= _NEARLY_ALL else SameKind.PART
