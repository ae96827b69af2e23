"""Whether two pictures are the same, whole or in part, mirrored or turned: geometric verification.

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

_FEWEST_POINTS: Final = 3
_FEWEST_BLOCKS: Final = 4
_LEAST_SHOWN: Final = 0.3
"""Of the picture that is a part of the other, the share that the other shows."""
_WIDEST: Final = 1.4
"""How much wider a copy may be for its height."""
_COLOURFUL: Final = 8.0
_LEAST_COLOUR: Final = 0.6
"""If both are colourful: a drawing in other colours is another one."""

# Where points enough are matched, most of them agree in a copy: in the next photograph of a series,
# what has moved and what is nearer does not. Letters and stickers may hide half of the picture.
_MANY_MATCHED: Final = 30
_ENOUGH_POINTS: Final = 10
_LEAST_SHARE: Final = 0.8
_LEAST_GOOD: Final = 0.45

# Where few are matched, as in soft or plain pictures, nearly all pixels have to agree; also where
# both are icons, of which others may differ in a detail only.
_FEW_GOOD: Final = 0.95
_FEW_WHOLE: Final = 0.95
_SMALL_GOOD: Final = 0.97
_SMALL_WHOLE: Final = 0.985

# Where hardly any points are found, the pictures are compared as they are.
_PLAIN: Final = 60
_PLAIN_GOOD: Final = 0.97
_PLAIN_WHOLE: Final = 0.985
_FEWEST_PLAIN_BLOCKS: Final = 9
_WIDEST_PLAIN: Final = 1.15

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
    if found is None or not is_proof(found):
        found = _alike_as_they_are(query, match)
    return _sameness(query, match, found) if found is not None else None


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
    fit, pixels = found.fit, found.pixels
    if fit.agreeing < _FEWEST_POINTS or max(found.shown) < _LEAST_SHOWN or _is_recoloured(pixels):
        return False
    if found.is_small:
        return _pixels_agree(pixels, _SMALL_GOOD, _SMALL_WHOLE)
    if fit.matched >= _MANY_MATCHED:
        shows_nothing = pixels.blocks < _FEWEST_BLOCKS  # fine sand, seen from afar
        return fit.share >= _LEAST_SHARE and (shows_nothing or pixels.good >= _LEAST_GOOD)
    if fit.agreeing >= _ENOUGH_POINTS and fit.share >= _LEAST_SHARE:
        return _pixels_agree(pixels, _LEAST_GOOD)
    return _pixels_agree(pixels, _FEW_GOOD, _FEW_WHOLE)


def _pixels_agree(
    pixels: PixelAgreement, good: float, whole: float = -1.0, blocks: int = _FEWEST_BLOCKS
) -> bool:
    return pixels.blocks >= blocks and pixels.good >= good and pixels.whole >= whole


def _alike_as_they_are(query: LocalFeatures, match: LocalFeatures) -> Evidence | None:
    """Proof that two plain pictures with hardly any points to match are the same, whole or
    mirrored. Its share is that of the pixels."""
    across, down = np.divide(match.size, query.size)
    has_points = min(len(query.points), len(match.points)) >= _PLAIN
    if has_points or max(across, down) > _WIDEST_PLAIN * min(across, down):
        return None
    map = np.array([[across, 0.0, 0.0], [0.0, down, 0.0]])
    for is_mirrored, one in enumerate((query, query.mirrored())):
        pixels = compare_pixels(one, match, map)
        is_same = _pixels_agree(pixels, _PLAIN_GOOD, _PLAIN_WHOLE, _FEWEST_PLAIN_BLOCKS)
        if is_same and not _is_recoloured(pixels):
            fit = Fit(map, 0, 0, pixels.good)
            return Evidence(fit, bool(is_mirrored), (1.0, 1.0), pixels, False)
    return None


def _is_recoloured(pixels: PixelAgreement) -> bool:
    return pixels.colourful > _COLOURFUL and pixels.colour < _LEAST_COLOUR


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
    shows_all, is_all = (shown >= _NEARLY_ALL for shown in found.shown)
    return Sameness(
        _kind(found),
        found.fit.share,
        outline,
        is_by_pixels=not found.fit.matched,
        shows_more=shows_all and not is_all,
    )


def _kind(found: Evidence) -> SameKind:
    (across, _, _), (down, _, _) = found.fit.map
    if abs(np.degrees(np.arctan2(down, across))) > _TILT:
        return SameKind.TURNED
    if found.is_mirrored:
        return SameKind.MIRRORED
    return SameKind.WHOLE if min(found.shown) >= _NEARLY_ALL else SameKind.PART
