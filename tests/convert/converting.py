"""What the conversion tests share."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from finder.convert.parity import TOLERANCE
from finder.convert.source import Source
from finder.core.models.model_folders import add_model
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home

tqdm.monitor_interval = 0  # the exporter's progress bar would leave a thread behind

_PACKAGES = ("keras", "onnxscript", "safetensors", "torch", "torchvision")


def skip_without_frameworks() -> None:
    """Skip the calling module. Not importorskip: what is there but cannot be imported must fail."""
    if not all(importlib.util.find_spec(name) for name in _PACKAGES):
        reason = "needs what the extra “convert” brings: make test-convert"
        pytest.skip(reason, allow_module_level=True)


def added(home: Home, source: Source) -> ModelSpec:
    """The converted source as a model of the library; its parity is that of a sound conversion."""
    from finder.convert.conversion import convert  # not there without the extra

    made = convert(source)
    assert made.parity.pictures == 8
    assert 0 <= made.parity.unit <= TOLERANCE
    assert 0 <= made.parity.raw <= TOLERANCE
    return add_model(home, made.spec, made.content)


def pictures(samples: Path) -> Iterator[Image.Image]:
    for path in sorted((samples / "cats").glob("*.jpg"))[:3]:
        with Image.open(path) as image:
            yield image.convert("RGB")


def embeddings(spec: ModelSpec, images: list[Image.Image]) -> NDArray[np.float32]:
    extractor = Extractor(spec)
    return np.stack([extractor.embed_image(image) for image in images])


def unit(features: NDArray[np.floating]) -> NDArray[np.floating]:
    scaled: NDArray[np.floating] = features / np.linalg.norm(features, axis=1, keepdims=True)
    return scaled
