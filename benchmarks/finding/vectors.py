"""The vectors of picture files with each model, computed as the program does, and kept."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.common import say
from finder.core.errors import Failure
from finder.core.library.indexing.worker import embedded_or_failure
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.decode import decode
from finder.core.pictures.transform import UPRIGHT, Orientation
from finder.workers.extractor_pools import open_extractors

_BATCH = 64


def vectors_of(
    folder: Path,
    name: str,
    paths: Sequence[Path],
    spec: ModelSpec,
    orientations: Sequence[Orientation] = (UPRIGHT,),
) -> NDArray[np.float32]:
    """float32 [O, n, dimension]: of each picture in each orientation. name: of what is kept in the
    folder, so that a second run need not compute it."""
    kept = folder / f"{name}-{spec.name}.npy"
    if kept.is_file():
        found: NDArray[np.float32] = np.load(kept)
        return found
    say(f"embedding {name} with {spec.title}")
    folder.mkdir(parents=True, exist_ok=True)
    embedder = open_extractors(Home(folder / "home")).get(spec)

    def embed(path: Path) -> NDArray[np.float32]:
        image = decode(path.read_bytes(), spec.decode_side).image
        return np.stack([_vector(turn.apply(image)) for turn in orientations])

    def _vector(image: Image.Image) -> NDArray[np.float32]:
        vector = embedded_or_failure(embedder, image)
        if isinstance(vector, Failure):
            raise RuntimeError(f"{spec.name}: {vector}")
        return vector

    with ThreadPoolExecutor(2) as pool:
        made = np.stack(list(pool.map(embed, paths)), axis=1)
    np.save(kept, made)
    return made
