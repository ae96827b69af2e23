"""The window with one fast model, for tests that prove nothing about several."""

from __future__ import annotations

from contextlib import closing

import pytest
from playing import LITE0

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import Settings, save_settings
from finder.core.models.registry import list_models
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home, shipped_models_dir

ONE_MODEL = Settings(models_on=(LITE0,), models_shown=(LITE0,), fold_near_duplicates=False)
HASH = "dhash-64"
"""It costs next to nothing: for libraries that a test indexes itself."""
BY_HASH = Settings(models_on=(HASH,), models_shown=(HASH,))


def keep(home: Home, settings: Settings) -> None:
    """Store the settings: some runs index with the models that are switched on in them."""
    with closing(Catalogue(home)) as catalogue:
        save_settings(catalogue, settings)


@pytest.fixture(scope="session")
def hash_spec() -> ModelSpec:
    found, _ = list_models([shipped_models_dir()])
    return next(spec for spec in found if spec.name == HASH)
