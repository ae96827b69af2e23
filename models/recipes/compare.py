"""Compare two ONNX files of one model by the embeddings they give for the same pictures.

The preprocessing follows the model's ``model.toml``. It is written here once more, on purpose:
a recipe needs nothing of the application.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

MINIMUM_COSINE = 0.9999
"""Two files whose embeddings are at least this alike give the same search results."""

PICTURE_ENDINGS = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}


@dataclass(frozen=True)
class Agreement:
    """How well two files agree over some pictures, on L2-normalised embeddings.

    ``difference`` is the largest absolute difference of two components, ``cosine`` the smallest
    cosine similarity (1 = same direction).
    """

    pictures: int
    difference: float
    cosine: float

    @property
    def good(self) -> bool:
        """Whether one file may stand in for the other."""
        return self.cosine >= MINIMUM_COSINE


def compare(model: Path, other: Path, pictures: list[Path]) -> Agreement:
    """Embed ``pictures`` with the model folder ``model`` and with the ONNX file ``other``.

    Raises ``ValueError`` if there are no pictures, or if ``model.toml`` asks for something which
    no shipped model needs.
    """
    if not pictures:
        raise ValueError("there are no pictures to compare with")
    description = tomllib.loads((model / "model.toml").read_text(encoding="utf-8"))
    batches = [preprocess(path, description["input"]) for path in pictures]
    shipped = embed(model / description["file"]["name"], batches)
    rebuilt = embed(other, batches)
    if shipped.shape != rebuilt.shape:
        raise ValueError(f"the embeddings have shapes {shipped.shape} and {rebuilt.shape}")
    return Agreement(
        pictures=len(pictures),
        difference=float(np.abs(shipped - rebuilt).max()),
        cosine=float((shipped * rebuilt).sum(axis=1).min()),
    )


def find_pictures(folder: Path) -> list[Path]:
    """Return the picture files anywhere below ``folder``, sorted by path."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_ENDINGS)


def preprocess(path: Path, wanted: dict[str, Any]) -> Floats:
    """Return a picture as float32 [1, 3, height, width], as the ``[input]`` table asks."""
    supported = {"layout": "NCHW", "resize": "squash", "resample": "bicubic", "colour": "RGB"}
    for key, value in supported.items():
        if wanted[key] != value:
            raise ValueError(f"{key} = {wanted[key]!r} is not supported by the recipes")
    size = (wanted["width"], wanted["height"])
    with Image.open(path) as picture:
        resized = picture.convert("RGB").resize(size, Image.Resampling.BICUBIC)
    pixels = np.asarray(resized, dtype=np.float32)
    scaled = (pixels - np.float32(wanted["mean"])) / np.float32(wanted["std"])
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[np.newaxis])


def embed(model: Path, batches: list[Floats]) -> Doubles:
    """Return the L2-normalised embeddings of ``batches``, float64 [pictures, dimension]."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    outputs = [session.run(["embedding"], {"input": batch})[0] for batch in batches]
    vectors: Doubles = np.concatenate(outputs).astype(np.float64)
    norms: Doubles = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / norms
