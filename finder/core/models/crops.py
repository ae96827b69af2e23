"""Several crops of a picture as one vector, so that a thing in a scene is found.

Each network has a companion: a model of its own for catalogue, vector store and matrix, which
users never see. Its vector is made of the vectors of five crops, one after the other, and has the
length 1 like any other, so everything that stores vectors stores crops.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from math import sqrt
from typing import TYPE_CHECKING, Final, TypeVar

from finder.core.i18n import tr
from finder.core.models.manifest import MAX_DIMENSION
from finder.core.models.spec import ModelSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from finder.core.models.runtime.embedder import Embedder

_Value = TypeVar("_Value")

CROPS: Final = (
    (0.0, 0.0, 0.5, 0.5),
    (0.5, 0.0, 1.0, 0.5),
    (0.0, 0.5, 0.5, 1.0),
    (0.5, 0.5, 1.0, 1.0),
    (0.25, 0.25, 0.75, 0.75),
)
"""Left, top, right and bottom of each, in fractions of an upright picture: the corners and the
middle. Nine that overlap find no more (docs/finding.md)."""
SCALE: Final = sqrt(len(CROPS))
"""A crop's vector of length 1 is its part of the companion's vector, times this."""
_SUFFIX: Final = "+crops"
"""No model that a user has may have this in its name (`spec.NAME`)."""


@dataclass(frozen=True)
class CropsSpec(ModelSpec):
    """The companion of a model. base: that model."""

    base: ModelSpec = field(kw_only=True)

    @property
    def decode_side(self) -> int:
        """Twice the base's: then a crop has the pixels that a file of it would have."""
        return 2 * self.base.decode_side


def has_crops(spec: ModelSpec) -> bool:
    """Whether there is a companion: of networks, unless the vector would be too long for a
    store."""
    return spec.has_file and len(CROPS) * spec.dimension <= MAX_DIMENSION


def crops_of(spec: ModelSpec) -> CropsSpec:
    """The companion of a model that has one."""
    values = {one.name: getattr(spec, one.name) for one in fields(ModelSpec)}
    return CropsSpec(
        **{**values, "name": crops_name(spec.name), "dimension": len(CROPS) * spec.dimension},
        base=spec,
    )


def with_crops(specs: Iterable[ModelSpec]) -> list[ModelSpec]:
    """The models, then the companions of those that have one."""
    models = list(specs)
    return [*models, *(crops_of(spec) for spec in models if has_crops(spec))]


def crops_name(model: str) -> str:
    """The name of a model's companion."""
    return model + _SUFFIX


def base_name(model: str) -> str:
    """The name that users know: of the model itself if it is a companion's."""
    return model.removesuffix(_SUFFIX)


def is_crops(model: str) -> bool:
    """Whether this is the name of a companion."""
    return model.endswith(_SUFFIX)


def without_crops(by_model: Mapping[str, _Value]) -> dict[str, _Value]:
    """What is known of models by name, without their companions."""
    return {name: value for name, value in by_model.items() if not is_crops(name)}


def title_of(model: str, titles: Mapping[str, str]) -> str:
    """What to call a model, or its companion, in a sentence. titles: of models, by name."""
    name = base_name(model)
    title = titles.get(name, name)
    return tr("Crops for {title}").format(title=title) if is_crops(model) else title


class CropsEmbedder:
    """The `Embedder` of a companion: that of its model, five times."""

    def __init__(self, spec: CropsSpec, base: Embedder) -> None:
        self.spec: ModelSpec = spec
        self._base = base

    def embed_image(self, image: Image.Image) -> NDArray[np.float32]:
        """The five crops' vectors: float32 [5 · dimension of the base], of length 1. Raises
        SkippedPicture."""
        import numpy as np

        vectors = [self._base.embed_image(image.crop(_pixels(crop, *image.size))) for crop in CROPS]
        joined: NDArray[np.float32] = (np.concatenate(vectors) / SCALE).astype(np.float32)
        return joined


def _pixels(
    crop: tuple[float, float, float, float], width: int, height: int
) -> tuple[int, int, int, int]:
    """The crop in an image of width × height, at least one pixel of it."""
    left, top = min(round(crop[0] * width), width - 1), min(round(crop[1] * height), height - 1)
    right, bottom = max(left + 1, round(crop[2] * width)), max(top + 1, round(crop[3] * height))
    return left, top, right, bottom
