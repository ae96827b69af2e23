"""The weights of models in a library's combined ranking."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING

from finder.core.library.catalogue.catalogue import open_existing
from finder.core.library.catalogue.settings import load_weights, save_weights

if TYPE_CHECKING:
    from finder.core.paths import Home


def model_weights(home: Home) -> dict[str, float]:
    """By the model's name; those that are missing have 1. Raises FinderError without a library."""
    with closing(open_existing(home)) as catalogue:
        return load_weights(catalogue)


def set_model_weights(home: Home, weights: Mapping[str, float]) -> None:
    """From the next search on. Empty: all models count the same. Raises FinderError without a
    library."""
    chosen = weights if len(set(weights.values())) > 1 else {}
    with closing(open_existing(home)) as catalogue:
        save_weights(catalogue, chosen)
