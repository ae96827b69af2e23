"""What verification finds: originals of altered copies, pairs that are wrongly the same, and the
next photographs of a series.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from benchmarks.finding.copies import Copy
from benchmarks.finding.sets import OTHERS, SAMPLES, LabelledFile
from finder.core.pictures.decode import decode
from finder.core.pictures.thumbnails import encode_thumbnail
from finder.core.search.verify.comparison import compare
from finder.core.search.verify.local_features import DECODE_SIDE, LocalFeatures, local_features
from finder.core.search.verify.sameness import SameKind

Scores = NDArray[np.float64]
"""float64 [queries, pictures]: of the combined ranking, larger is nearer."""

Known = dict[tuple[Path, int], SameKind | None]
"""What comparing a copy with a picture has found."""

_THUMBNAIL_DECODE = 320
_HARD = 20
"""Of each picture, the others that are most like it."""
_TWINS = 4.0
"""Mean difference of two pictures at 16 × 16 pixels (0 … 255) that show the same: the sets have
some twice."""
_VERSIONS: Final = tuple(
    frozenset(names.split())
    for names in (
        "black blue brown gray green mauve orange-color pink red white yellow",
        "reptile snake",
        "face head",
        "animal camel",
    )
)
"""Drawings that the sets have in several versions: pots of paint in eleven colours, a snake in two,
a face with and without a ring around it, and one that is a part of another."""
_ORDER = tuple(SameKind)


@dataclass(frozen=True)
class KindRow:
    """Of the copies of one kind, the shares whose original is first without and with verification,
    and that are proven. held_out: with verification, of the originals that chose no limits."""

    kind: str
    number: int
    first_without: float
    first_with: float
    proven: float
    held_out: float


@dataclass(frozen=True)
class FalsePairs:
    """Pairs of different pictures that are proven to be the same. pairs: those that were compared,
    each picture's most similar others; false: (one, other), to be looked at."""

    pairs: int
    false: Sequence[tuple[int, int]]
    seconds_per_pair: float


def verification_rows(
    pictures: Sequence[LabelledFile],
    copies: Sequence[Copy],
    candidates: Sequence[Sequence[int]],
    features: Sequence[LocalFeatures],
    known: Known | None = None,
) -> list[KindRow]:
    """A row for each kind of copies, then one for all. candidates: for each copy the pictures that
    are verified, the best first; features: of the pictures (`features_of`). known: what was found
    before, with what is found now added."""
    twins = twins_of(pictures)
    known = {} if known is None else known
    measured = [
        (copy, *_places(copy, row, features, twins[copy.original], known))
        for copy, row in zip(copies, candidates, strict=True)
    ]
    held_out = set(sorted({copy.original for copy in copies})[1::2])

    def row(kind: str, chosen: Sequence[tuple[Copy, bool, bool, bool]]) -> KindRow:
        others = [after for copy, _, after, _ in chosen if copy.original in held_out]
        before, after, proven = (
            float(np.mean([one[column] for one in chosen])) for column in (1, 2, 3)
        )
        return KindRow(kind, len(chosen), before, after, proven, float(np.mean(others)))

    kinds = dict.fromkeys(copy.kind for copy in copies)
    return [
        *(row(kind, [one for one in measured if one[0].kind == kind]) for kind in kinds),
        row("all", measured),
    ]


def false_pairs(
    pictures: Sequence[LabelledFile],
    scores: Scores,
    features: Sequence[LocalFeatures],
    queries: Iterable[int],
) -> FalsePairs:
    """scores: of each picture as query; queries: which of them are compared with those that are
    most like them. Pairs that show the same, or versions of one drawing, are left out."""
    twins = twins_of(pictures)
    pairs, false, began = 0, [], time.process_time()
    for one in queries:
        order = np.argsort(-scores[one], kind="stable").tolist()
        others = (
            at
            for at in order
            if at not in twins[one] and not _are_versions(pictures[one], pictures[at])
        )
        for other in islice(others, _HARD):
            pairs += 1
            if compare(features[one], features[other]) is not None:
                false.append((one, other))
    return FalsePairs(pairs, false, (time.process_time() - began) / max(1, pairs))


def series_rows(
    pictures: Sequence[LabelledFile], features: Sequence[LocalFeatures], originals: Iterable[int]
) -> dict[str, float]:
    """For each change between two photographs of a series, the share that is taken for a copy."""
    chosen = [at for at in originals if pictures[at].set in (SAMPLES, OTHERS)]
    rows = {}
    for name, change in _NEXT_SHOTS.items():
        proven = [
            compare(_next_shot(pictures[at].path, change, at), features[at]) is not None
            for at in chosen
        ]
        rows[name] = float(np.mean(proven))
    return rows


def features_of(paths: Sequence[Path], as_thumbnails: bool) -> list[LocalFeatures]:
    """as_thumbnails: of the thumbnails, as for the pictures of a library; else as for a query."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(partial(_features, as_thumbnails=as_thumbnails), paths))


def _features(path: Path, as_thumbnails: bool) -> LocalFeatures:
    data = path.read_bytes()
    if as_thumbnails:
        data = encode_thumbnail(decode(data, _THUMBNAIL_DECODE).image)
    return local_features(decode(data, DECODE_SIDE).image)


def _places(
    copy: Copy,
    first: Sequence[int],
    features: Sequence[LocalFeatures],
    wanted: set[int],
    known: Known,
) -> tuple[bool, bool, bool]:
    """Whether the original is first without, and with verification, and whether it is proven."""
    missing = [at for at in first if (copy.path, at) not in known]
    if missing:
        query = _features(copy.path, as_thumbnails=False)
        for at in missing:
            found = compare(query, features[at])
            known[copy.path, at] = None if found is None else found.kind
    proofs = {at: kind for at in first if (kind := known[copy.path, at]) is not None}
    order = {at: (_ORDER.index(proofs[at]) if at in proofs else len(_ORDER)) for at in first}
    ordered = sorted(first, key=lambda at: order[at])
    return first[0] in wanted, ordered[0] in wanted, not wanted.isdisjoint(proofs)


def twins_of(pictures: Sequence[LabelledFile]) -> list[set[int]]:
    """For each picture the numbers of those that show the same, itself among them."""
    small = np.stack([_tiny(picture.path) for picture in pictures])
    squares = (small**2).sum(1)
    twins = []
    for one in small:
        near = squares + (one**2).sum() - 2 * (small @ one)
        twins.append(set(np.flatnonzero(near <= _TWINS**2 * small.shape[1]).tolist()))
    return twins


def _are_versions(one: LabelledFile, other: LabelledFile) -> bool:
    names = {picture.path.stem.split("-", 1)[1] for picture in (one, other)}
    return any(names <= versions for versions in _VERSIONS)


def _tiny(path: Path) -> NDArray[np.float64]:
    with Image.open(path) as opened:
        tiny = opened.convert("RGB").resize((16, 16), Image.Resampling.BOX)
    return np.asarray(tiny, np.float64).reshape(-1)


# The next photographs of a series, made from one: seen from elsewhere, with a subject that moves


_Change = Callable[[Image.Image, np.random.Generator], Image.Image]


def _next_shot(path: Path, change: _Change, seed: int) -> LocalFeatures:
    random = np.random.default_rng(seed)
    with Image.open(path) as opened:
        image = change(opened.convert("RGB"), random)
    file = io.BytesIO()
    _reframed(image, random).save(file, "JPEG", quality=90)
    return local_features(decode(file.getvalue(), DECODE_SIDE).image)


def _reframed(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Held a little differently, and a little brighter or darker."""
    turned = image.rotate(random.uniform(-2, 2), Image.Resampling.BICUBIC)
    share = random.uniform(0.92, 0.98)
    width, height = (int(side * share) for side in image.size)
    left = int(random.integers(0, image.width - width + 1))
    top = int(random.integers(0, image.height - height + 1))
    framed = turned.crop((left, top, left + width, top + height))
    return ImageEnhance.Brightness(framed).enhance(random.uniform(0.93, 1.07))


def _seen_from_elsewhere(
    image: Image.Image, random: np.random.Generator, share: float
) -> Image.Image:
    """What is near and what is far are shifted differently, by up to this share of a side."""
    pixels = np.asarray(image)
    height, width = pixels.shape[:2]
    down, across = np.mgrid[0:height, 0:width]
    moved = []
    for at, side in ((across, width), (down, height)):
        depths = random.normal(size=(5, 5)).astype(np.float32)
        smooth = Image.fromarray(depths / abs(depths).max()).resize(
            (width, height), Image.Resampling.BICUBIC
        )
        shift = np.asarray(smooth) * share * max(width, height)
        moved.append(np.clip(np.rint(at + shift), 0, side - 1).astype(np.int64))
    return Image.fromarray(pixels[moved[1], moved[0]])


def _subject_moved(
    image: Image.Image, random: np.random.Generator, share: float, degrees: float
) -> Image.Image:
    """The middle, about a quarter of the picture, is shifted and turned."""
    width, height = (int(side * 0.55) for side in image.size)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    subject = image.crop((left, top, left + width, top + height))
    subject = subject.rotate(degrees * random.choice([-1, 1]), Image.Resampling.BICUBIC)
    mask = Image.new("L", (width, height), 0)
    ImageDraw.Draw(mask).ellipse((0, 0, width - 1, height - 1), fill=255)
    direction = random.uniform(0, 2 * np.pi)
    shift = share * max(image.size)
    place = left + int(np.cos(direction) * shift), top + int(np.sin(direction) * shift)
    copy = image.copy()
    copy.paste(subject, place, mask.filter(ImageFilter.GaussianBlur(4)))
    return copy


_NEXT_SHOTS: Final[Mapping[str, _Change]] = {
    "held a little differently": lambda image, random: image,
    "near and far shifted by 1 %": partial(_seen_from_elsewhere, share=0.01),
    "near and far shifted by 2 %": partial(_seen_from_elsewhere, share=0.02),
    "near and far shifted by 3 %": partial(_seen_from_elsewhere, share=0.03),
    "subject moved by 3 %": partial(_subject_moved, share=0.03, degrees=3),
    "subject moved by 6 %": partial(_subject_moved, share=0.06, degrees=6),
    "subject moved by 10 %": partial(_subject_moved, share=0.1, degrees=10),
}


def combined_scores(
    queries: Sequence[NDArray[np.float32]], libraries: Sequence[NDArray[np.float32]]
) -> Scores:
    """As the program combines models; of each model the vectors [n, D] of queries and pictures."""
    total: Scores = np.zeros((len(queries[0]), len(libraries[0])))
    for query, library in zip(queries, libraries, strict=True):
        mean = library.mean(0)
        one, other = (
            (vectors - mean) / np.linalg.norm(vectors - mean, axis=1, keepdims=True)
            for vectors in (query, library)
        )
        cosines = (one @ other.T).astype(np.float64)
        total += (cosines - cosines.mean(1, keepdims=True)) / cosines.std(1, keepdims=True)
    return total
