"""How well closeness tells altered copies, related and unrelated pictures apart: the tables of
docs/closeness.md.

    python -m benchmarks.closeness [--vectors FILE]

The 67 sample photographs are the library, in 12 groups by what they show; made-up edits of each
are compared with it. FILE keeps the vectors for another run.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps

from finder.core.models.registry import list_models
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import samples_dir, shipped_models_dir
from finder.core.pictures.decode import decode
from finder.core.pictures.samples import sample_pictures
from finder.core.search.closeness.closeness import (
    NEARLY_THE_SAME,
    SIMILAR,
    number_hidden,
    suggested_cut_off,
)
from finder.core.search.closeness.closeness_scale import ClosenessScale, measured_scale
from finder.core.search.distance import Metric
from finder.core.search.near_duplicates import PairsOfModel, near_duplicates
from finder.core.search.ranking.similarity import Similarity, similarity_of

Edit = Callable[[Image.Image], Image.Image]
Vectors = dict[str, NDArray[np.float32]]
"""For each model [1 + edits, pictures, D]: first those of the pictures themselves."""
Bools = NDArray[np.bool_]
_SMALL = 10
"""Pictures of a small library."""


def _smaller(share: float) -> Edit:
    def edit(image: Image.Image) -> Image.Image:
        size = (round(image.width * share), round(image.height * share))
        return image.resize(size, Image.Resampling.LANCZOS)

    return edit


def _crop(share: float) -> Edit:
    """So much of the width and of the height is left."""

    def edit(image: Image.Image) -> Image.Image:
        x, y = image.width * (1 - share) / 2, image.height * (1 - share) / 2
        return image.crop((round(x), round(y), round(image.width - x), round(image.height - y)))

    return edit


def _tilted(image: Image.Image) -> Image.Image:
    return _crop(0.92)(image.rotate(2, Image.Resampling.BICUBIC))


EDITS: dict[str, tuple[Edit, int]] = {
    "saved again, quality 92": (lambda image: image, 92),
    "quality 50": (lambda image: image, 50),
    "quality 20": (lambda image: image, 20),
    "half the size": (_smaller(1 / 2), 90),
    "a third of the size": (_smaller(1 / 3), 90),
    "brightness + 10 %": (lambda image: ImageEnhance.Brightness(image).enhance(1.1), 90),
    "brightness + 25 %": (lambda image: ImageEnhance.Brightness(image).enhance(1.25), 90),
    "contrast + 20 %": (lambda image: ImageEnhance.Contrast(image).enhance(1.2), 90),
    "crop to 95 %": (_crop(0.95), 90),
    "crop to 90 %": (_crop(0.9), 90),
    "crop to 80 %": (_crop(0.8), 90),
    "crop to 60 %": (_crop(0.6), 90),
    "tilted by 2°": (_tilted, 90),
    "mirrored": (ImageOps.mirror, 90),
    "grey": (ImageOps.grayscale, 90),
}
"""Each with the JPEG quality it is saved with."""


def library() -> tuple[list[Path], Bools]:
    """The photographs, and which two of them [n, n] are of one group."""
    altered = samples_dir() / "altered"
    paths = [path for path in sample_pictures() if path.parent != altered]
    groups = np.array([path.parent.name for path in paths])
    related: Bools = groups[:, None] == groups
    np.fill_diagonal(related, val=False)
    return paths, related


def extract(paths: list[Path], specs: list[ModelSpec]) -> Vectors:
    pictures = [[path.read_bytes() for path in paths]]
    for edit, quality in EDITS.values():
        pictures.append([_edited(path, edit, quality) for path in paths])
    extractors = ExtractorPool()
    return {
        spec.name: np.array(
            [
                [
                    extractors.get(spec).embed_image(decode(data, spec.decode_side).image)
                    for data in row
                ]
                for row in pictures
            ]
        )
        for spec in specs
    }


def _edited(path: Path, edit: Edit, quality: int) -> bytes:
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    file = io.BytesIO()
    edit(upright).convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


class Model:
    """One model's figures over the library and the edits."""

    def __init__(self, spec: ModelSpec, vectors: NDArray[np.float32]) -> None:
        self.spec, self.originals, self.edited = spec, vectors[0], vectors[1:]
        self.similarity: Similarity = similarity_of(spec, Metric(spec.metrics[0]))
        self.scale = measured_scale(spec, self.similarity, self.originals)
        self.closeness = self.scale.closeness(self.similarity.among(self.originals))

    def of_edits(self, scale: ClosenessScale | None = None) -> NDArray[np.float64]:
        """[edits, pictures]: the closeness of each edited picture to its original."""
        similarities = [
            [
                self.similarity.similarities(self.similarity.distances(one, other[np.newaxis]))[0]
                for one, other in zip(self.originals, row, strict=True)
            ]
            for row in self.edited
        ]
        return (scale or self.scale).closeness(np.array(similarities))

    def small_scales(self, number: int) -> list[ClosenessScale]:
        """Of made-up libraries of so many of the pictures."""
        random = np.random.default_rng(0)
        chosen = (random.choice(len(self.originals), number, replace=False) for _ in range(200))
        return [measured_scale(self.spec, self.similarity, self.originals[c]) for c in chosen]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--vectors", type=Path)
    file = parser.parse_args().vectors
    specs = list_models([shipped_models_dir()])[0]
    paths, related = library()
    if file is not None and file.exists():
        vectors: Vectors = dict(np.load(file))
    else:
        vectors = extract(paths, specs)
        if file is not None:
            np.savez(file, **vectors)  # type: ignore[arg-type]
    models = [Model(spec, vectors[spec.name]) for spec in specs]
    print_pairs(models, related)
    print_edits(models)
    print_small(models, related)
    print_stacks(models, related)
    print_cut_offs(models, related)


def print_pairs(models: list[Model], related: Bools) -> None:
    unrelated = ~related & ~np.eye(len(related), dtype=np.bool_)
    print(
        "\n| model | 0 | similar from | nearly from | unrelated ≥ 40 | related ≥ 40 | closest two |"
    )
    print("|---|---|---|---|---|---|---|")
    for model in models:
        scale, closeness = model.scale, model.closeness
        print(
            f"| {model.spec.name} | {scale.zero:.3f} | {scale.similar:.3f} | {scale.nearly:.3f} "
            f"| {np.mean(closeness[unrelated] >= SIMILAR):.1%} "
            f"| {np.mean(closeness[related] >= SIMILAR):.1%} "
            f"| {closeness[related | unrelated].max():.0f} |"
        )


def print_edits(models: list[Model]) -> None:
    print("\n| edit | " + " | ".join(model.spec.name for model in models) + " |")
    print("|---" * (len(models) + 1) + "|")
    rows = zip(EDITS, *(model.of_edits() for model in models), strict=True)
    for edit, *of_models in rows:
        cells = [f"{np.median(c):.0f} ({np.mean(c >= NEARLY_THE_SAME):.0%})" for c in of_models]
        print(f"| {edit} | " + " | ".join(cells) + " |")


def print_small(models: list[Model], related: Bools) -> None:
    """The same shares by the scales of libraries of a few pictures."""
    unrelated = ~related & ~np.eye(len(related), dtype=np.bool_)
    print("\n| library | model | unrelated ≥ 40 | related ≥ 40 | others ≥ 80 | crop to 95 % ≥ 80 |")
    print("|---|---|---|---|---|---|")
    crop = list(EDITS).index("crop to 95 %")
    for number in (1, _SMALL):
        for model in models:
            shares = []
            for scale in model.small_scales(number):
                closeness = scale.closeness(model.similarity.among(model.originals))
                shares.append(
                    [
                        np.mean(closeness[unrelated] >= SIMILAR),
                        np.mean(closeness[related] >= SIMILAR),
                        np.mean(closeness[related | unrelated] >= NEARLY_THE_SAME),
                        np.mean(model.of_edits(scale)[crop] >= NEARLY_THE_SAME),
                    ]
                )
            means = " | ".join(f"{share:.1%}" for share in np.mean(shares, axis=0))
            print(f"| {number} pictures | {model.spec.name} | {means} |")


def print_stacks(models: list[Model], related: Bools) -> None:
    """The share of edits that are folded with their original, and of other pairs."""
    by_name = {model.spec.name: model for model in models}
    names = [name for name, model in by_name.items() if not model.spec.is_baseline]
    sets = {
        names[0]: names[:1],
        "three models": names,
        "three models, phash-64": [*names, "phash-64"],
        "all": list(by_name),
        "phash-64": ["phash-64"],
    }
    number = len(related)
    print("\n| edit | " + " | ".join(sets) + " |")
    print("|---" * (len(sets) + 1) + "|")
    edits = [by_name[name].edited for name in names]
    assert all(len(row) == len(EDITS) for row in edits)
    for place, edit in enumerate(EDITS):
        cells = []
        for chosen in sets.values():
            near = _near([by_name[name] for name in chosen], place)
            folded = np.mean(near[np.arange(number), number + np.arange(number)])
            cells.append(f"{folded:.0%}")
        print(f"| {edit} | " + " | ".join(cells) + " |")
    cells = []
    for chosen in sets.values():
        wrong = pairs = 0
        for place in range(len(EDITS)):
            near = _near([by_name[name] for name in chosen], place)
            other = ~np.tile(np.eye(number, dtype=np.bool_), (2, 2))
            wrong, pairs = wrong + int(near[other].sum()), pairs + int(other.sum())
        cells.append(f"{wrong // 2} of {pairs // 2:,}")
    print("| different pictures | " + " | ".join(cells) + " |")


def print_cut_offs(models: list[Model], related: Bools) -> None:
    """How well cut-offs separate a picture's group in its list of twenty: where the closeness falls
    most, at the border of "similar", and as suggested. Once more with two copies in the library."""
    copies = [list(EDITS).index(edit) for edit in ("quality 50", "crop to 90 %")]
    print("\n| model | copies | all: F1 | largest gap | border | suggested | precision | recall |")
    print("|---|---|---|---|---|---|---|---|")
    for model in models:
        for extra in (model.of_edits()[:0], model.of_edits()[copies]):
            scores = []
            for query, closeness in enumerate(model.closeness):
                values = np.concatenate([extra[:, query], np.delete(closeness, query)])
                wanted = np.concatenate(
                    [np.ones(len(extra), np.bool_), np.delete(related[query], query)]
                )
                scores.append(_cut_scores(values, wanted))
            means = " | ".join(f"{mean:.2f}" for mean in np.mean(scores, axis=0))
            print(f"| {model.spec.name} | {len(extra)} | {means} |")


def _cut_scores(values: NDArray[np.float64], wanted: Bools) -> list[float]:
    """F1 of the four ways to cut a list, and precision and recall of the last."""
    order = np.argsort(-values, kind="stable")[:20]
    values, good = values[order], wanted[order]
    gap = int(np.argmax(-np.diff(values))) + 1
    border = len(values) - number_hidden(values.tolist(), SIMILAR)
    suggested = suggested_cut_off(values.tolist())
    last = len(values) - number_hidden(values.tolist(), suggested or 0.0)
    qualities = [_quality(good[:cut], wanted) for cut in (len(values), gap, border, last)]
    return [*(quality[2] for quality in qualities), *qualities[-1][:2]]


def _quality(found: Bools, wanted: Bools) -> tuple[float, float, float]:
    """Precision, recall and F1. Of nothing found, the precision is 1."""
    precision = float(found.mean()) if len(found) else 1.0
    recall = float(found.sum() / wanted.sum())
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def _near(models: list[Model], edit: int) -> Bools:
    """[2n, 2n]: of the originals and the pictures of one edit, which are near-duplicates."""
    pairs = []
    for model in models:
        vectors = np.concatenate([model.originals, model.edited[edit]])
        closeness = model.scale.closeness(model.similarity.among(vectors))
        pairs.append(PairsOfModel(closeness, model.spec.is_baseline))
    return near_duplicates(pairs)


if __name__ == "__main__":
    main()
