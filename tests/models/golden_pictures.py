"""The sample pictures whose embeddings are kept in golden.json, and how they are made."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from finder.core.models.spec import ModelSpec
from finder.core.pictures.decode import decode, read_file

GOLDEN = Path(__file__).with_name("golden.json")
COMPONENTS = 16
PICTURES = (
    "altered/goldfish--smaller.png",
    "birds/kingfisher.jpg",
    "castles/neuschwanstein.jpg",
    "fish/clownfish.webp",
    "night-sky/carina-nebula.jpg",
    "windmills/chesterton-windmill.jpg",
)


def decoded(samples: Path, name: str, spec: ModelSpec) -> Image.Image:
    return decode(read_file(str(samples / name)), spec.decode_side).image


def load_golden() -> dict[str, dict[str, list[float]]]:
    """For each model and picture the first components of the embedding."""
    golden: dict[str, dict[str, list[float]]] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return golden
