"""A part of a picture, turned and mirrored: plain values, cheap to import."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True)
class Box:
    """A part of an upright picture, in fractions 0 … 1 of its width and height."""

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        if not (0 <= self.left < self.right <= 1 and 0 <= self.top < self.bottom <= 1):
            raise ValueError(f"not a part of a picture: {self}")

    def short_side(self, width: int, height: int) -> float:
        """Of this part of a picture of width × height, in pixels."""
        return min((self.right - self.left) * width, (self.bottom - self.top) * height)

    def in_pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) in a picture of width × height; at least one pixel."""
        left = min(round(self.left * width), width - 1)
        top = min(round(self.top * height), height - 1)
        right = max(left + 1, round(self.right * width))
        return left, top, right, max(top + 1, round(self.bottom * height))


@dataclass(frozen=True)
class Orientation:
    """quarter_turns: 0 to 3, clockwise; then mirrored: left and right exchanged."""

    quarter_turns: int = 0
    mirrored: bool = False

    def __post_init__(self) -> None:
        if self.quarter_turns not in range(4):
            raise ValueError(f"not 0 to 3 quarter turns: {self.quarter_turns}")

    @property
    def is_upright(self) -> bool:
        return self == UPRIGHT

    def apply(self, image: Image.Image) -> Image.Image:
        from PIL.Image import Transpose

        counter_clockwise = (None, Transpose.ROTATE_270, Transpose.ROTATE_180, Transpose.ROTATE_90)
        turn = counter_clockwise[self.quarter_turns]
        turned = image if turn is None else image.transpose(turn)
        return turned.transpose(Transpose.FLIP_LEFT_RIGHT) if self.mirrored else turned


UPRIGHT = Orientation()
ORIENTATIONS = tuple(
    Orientation(turns, mirrored) for mirrored, turns in product((False, True), range(4))
)
"""All eight, first the upright one."""


@dataclass(frozen=True)
class Transform:
    """What is searched for instead of the whole upright picture: a part of it (None: all), then
    turned clockwise, then mirrored."""

    crop: Box | None = None
    quarter_turns: int = 0
    mirrored: bool = False

    def __post_init__(self) -> None:
        Orientation(self.quarter_turns)  # raises ValueError

    @property
    def is_identity(self) -> bool:
        return self == IDENTITY

    @property
    def orientation(self) -> Orientation:
        return Orientation(self.quarter_turns, self.mirrored)

    def then(self, after: Orientation) -> Transform:
        """This transform, and its result turned and mirrored."""
        turns = -after.quarter_turns if self.mirrored else after.quarter_turns
        return Transform(
            self.crop, (self.quarter_turns + turns) % 4, self.mirrored != after.mirrored
        )

    def apply(self, image: Image.Image) -> Image.Image:
        """image: the upright picture, at any scale."""
        if self.crop is not None:
            image = image.crop(self.crop.in_pixels(*image.size))
        return self.orientation.apply(image)


IDENTITY = Transform()


@dataclass(frozen=True)
class CropText:
    """A crop as the user wrote it: left, top, width, height, in pixels or in percent."""

    numbers: tuple[float, float, float, float]
    is_percent: bool

    @classmethod
    def parse(cls, text: str) -> CropText:
        """ "X,Y,W,H" in pixels or "X%,Y%,W%,H%". Raises FinderError."""
        parts = [part.strip() for part in text.split(",")]
        is_percent = all(part.endswith("%") for part in parts)
        try:
            x, y, width, height = (float(part[: -1 if is_percent else None]) for part in parts)
        except ValueError:
            raise _not_a_crop(text) from None
        if not (x >= 0 and y >= 0 and 0 < width < float("inf") and 0 < height < float("inf")):
            raise _not_a_crop(text)
        return cls((x, y, width, height), is_percent)

    def box(self, width: int, height: int) -> Box:
        """In an upright picture of width × height pixels; what is outside is left out. Raises
        FinderError if nothing is inside."""
        x, y, crop_width, crop_height = self.numbers
        across, down = (100, 100) if self.is_percent else (width, height)
        if x >= across or y >= down:
            raise FinderError(
                tr("The crop is outside the picture, which has {width} × {height} pixels.").format(
                    width=width, height=height
                ),
                tr("Give left, top, width and height, from the picture's top left corner."),
            )
        right, bottom = min(1.0, (x + crop_width) / across), min(1.0, (y + crop_height) / down)
        return Box(x / across, y / down, right, bottom)


def _not_a_crop(text: str) -> FinderError:
    return FinderError(
        tr("“{text}” is not a part of a picture.").format(text=text),
        tr("Write left, top, width and height, like 40,30,200,150 or 10%,10%,50%,50%."),
    )
