"""A network to be converted, with its preprocessing and its reference features."""

from __future__ import annotations

import importlib.util
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.spec import InputSpec, ModelSpec

IMAGENET, RANDOM = "imagenet", "random"
SEED = 0
"""The seed of random weights, so that the same command always gives the same model."""

Pixels = NDArray[np.uint8]
"""RGB [N, H, W, 3], 0 … 255, at the network's size."""
Features = NDArray[np.float32]
"""[N, dimension], the network's output."""


@dataclass(frozen=True)
class Source:
    """spec: the model's record, except for the dimension and the file, which the conversion sets.

    network: a torch.nn.Module in evaluation mode, float32 [N, 3, H, W] → [N, dimension].
    reference: from pixels to features by the framework itself, including its preprocessing.
    """

    spec: ModelSpec
    network: Any
    reference: Callable[[Pixels], Features]


def model_spec(
    name: str, title: str, description: str, licence: str, source: str, given: InputSpec
) -> ModelSpec:
    """The record for model.toml. Its dimension is set after the network has run."""
    return ModelSpec(
        name=name,
        version="1",
        title=title,
        description=description,
        dimension=1,
        licence=licence,
        source=source,
        file=Path("model.onnx"),
        sha256="",
        input=given,
        output="embedding",
    )


def require(*packages: str) -> None:
    """Raises FinderError if one of the frameworks' packages is not installed."""
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise FinderError(
            tr("Converting needs packages that are not installed: {names}.").format(
                names=", ".join(missing)
            ),
            tr('Install them: pip install "image-finder[convert]".'),
        )


@contextmanager
def quietly() -> Iterator[None]:
    """Suppress the frameworks' warnings of their own deprecated code, which users cannot change."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def plain_name(text: str) -> str:
    """The text as a valid model name: a-z, 0-9, “.”, “_” and “-”."""
    return re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._")[:64] or "model"
