"""Pictures of coloured shapes, and words that are true of them or not: what the two towers in
tests/models/two_towers were trained on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
COLOURS: dict[str, Colour] = {
    "red": (214, 40, 40),
    "orange": (245, 140, 20),
    "yellow": (250, 220, 50),
    "green": (40, 160, 70),
    "blue": (40, 90, 210),
    "purple": (140, 60, 170),
}
BACKGROUNDS: dict[str, Colour] = {
    "white": (245, 245, 245),
    "grey": (128, 128, 128),
    "black": (20, 20, 20),
}
SHAPES = ("circle", "square", "triangle", "star", "cross", "ring")
NUMBERS = ("one", "two", "three")
_CELLS = 3


@dataclass(frozen=True)
class Group:
    """So many shapes of one kind and colour."""

    number: int
    colour: str
    shape: str


@dataclass(frozen=True)
class Scene:
    groups: tuple[Group, ...]
    background: str = "white"


def random_scene(random: Random) -> Scene:
    """One or two groups, of different shapes and colours."""
    number = random.choice((1, 1, 2))
    shapes, colours = random.sample(SHAPES, number), random.sample(list(COLOURS), number)
    groups = (Group(random.randint(1, 3), c, s) for c, s in zip(colours, shapes, strict=True))
    return Scene(tuple(groups), random.choice(list(BACKGROUNDS)))


def painted(scene: Scene, random: Random, side: int = 160) -> Image.Image:
    """The scene, with its shapes at random places and of random sizes."""
    image = Image.new("RGB", (side, side), _near(BACKGROUNDS[scene.background], random))
    draw = ImageDraw.Draw(image)
    cell = side / _CELLS
    kinds = [group for group in scene.groups for _ in range(group.number)]
    for group, place in zip(kinds, random.sample(range(_CELLS**2), len(kinds)), strict=True):
        radius = cell * random.uniform(0.32, 0.46)
        x, y = ((part + 0.5) * cell for part in divmod(place, _CELLS))
        x, y = (n + random.uniform(-1, 1) * (cell / 2 - radius) for n in (x, y))
        _draw(draw, group.shape, (x, y), radius, _near(COLOURS[group.colour], random))
    return image


def _near(colour: Colour, random: Random) -> Colour:
    red, green, blue = (min(255, max(0, n + random.randint(-10, 10))) for n in colour)
    return red, green, blue


def _draw(
    draw: ImageDraw.ImageDraw, shape: str, at: tuple[float, float], radius: float, colour: Colour
) -> None:
    x, y = at
    box = (x - radius, y - radius, x + radius, y + radius)
    if shape == "circle":
        draw.ellipse(box, fill=colour)
    elif shape == "ring":
        draw.ellipse(box, outline=colour, width=round(radius * 0.35))
    elif shape == "square":
        draw.rectangle(
            [x - radius * 0.85, y - radius * 0.85, x + radius * 0.85, y + radius * 0.85],
            fill=colour,
        )
    elif shape == "cross":
        bar = radius * 0.28
        draw.rectangle([x - radius, y - bar, x + radius, y + bar], fill=colour)
        draw.rectangle([x - bar, y - radius, x + bar, y + radius], fill=colour)
    elif shape == "triangle":
        draw.polygon(_points(at, [radius] * 3), fill=colour)
    else:
        draw.polygon(_points(at, [radius, radius * 0.42] * 5), fill=colour)


def _points(at: tuple[float, float], radii: Sequence[float]) -> list[tuple[float, float]]:
    """The corners around a centre, the first one at the top."""
    turns = (2 * math.pi * n / len(radii) - math.pi / 2 for n in range(len(radii)))
    return [
        (at[0] + radius * math.cos(turn), at[1] + radius * math.sin(turn))
        for radius, turn in zip(radii, turns, strict=True)
    ]
