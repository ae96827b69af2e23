"""Which models index new pictures, and which execution provider computes them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import indexing_models, load_settings, save_settings
from finder.core.models.registry import list_models, pick_models
from finder.core.models.runtime.known_files import is_known
from finder.core.models.runtime.provider_names import AUTO, CPU
from finder.workers.provider_choice import ModelProviders

if TYPE_CHECKING:
    from finder.core.models.runtime.providers import ProviderMeasurement
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home


def switch_models(home: Home, on: Sequence[str], off: Sequence[str]) -> list[ModelSpec]:
    """Switch models by their names: those that are on index new pictures. Returns these. Raises
    FinderError for an unknown name, and where none would be left on."""
    installed, _ = list_models(home.model_dirs())
    to_on, to_off = pick_models(installed, on), pick_models(installed, off)
    with closing(Catalogue(home)) as catalogue:
        settings = load_settings(catalogue)
        before = indexing_models(settings.models_on, installed)
        after = [s for s in installed if s in to_on or (s in before and s not in to_off)]
        if not after:
            raise FinderError(tr("One model must stay on."), tr("Switch another one on first."))
        is_default = after == indexing_models(None, installed)
        names = None if is_default else tuple(spec.name for spec in after)
        save_settings(catalogue, replace(settings, models_on=names))
    return after


def models_switched_on(home: Home, installed: Sequence[ModelSpec]) -> list[ModelSpec]:
    """The installed models that index new pictures. Creates no library."""
    if not home.catalogue.is_file():
        return indexing_models(None, installed)
    with closing(Catalogue(home)) as catalogue:
        return indexing_models(load_settings(catalogue).models_on, installed)


def choose_provider(home: Home, provider: str) -> bool:
    """Store which execution provider computes the models; AUTO is the fastest of each. Returns
    whether there is any beside the CPU. Raises FinderError where this computer does not have it."""
    from finder.core.models.runtime.providers import require_available

    available = ModelProviders(home).available()
    if provider != AUTO:
        require_available(provider, available)
    with closing(Catalogue(home)) as catalogue:
        save_settings(catalogue, replace(load_settings(catalogue), provider=provider))
    return available != [CPU]


def measure_providers(home: Home, spec: ModelSpec) -> tuple[str, list[ProviderMeasurement]]:
    """The provider that computes this model, and how each of them ran it; measured if it was not
    yet. Raises FinderError or SkippedPicture where the CPU cannot run it."""
    providers = ModelProviders(home)
    return providers(spec).provider, providers.tried(spec)


def providers_in_use(home: Home) -> dict[str, str]:
    """By the model's name, the provider that computes it, where that was measured and is not the
    CPU."""
    providers = ModelProviders(home)
    used = {s.name: providers.as_measured(s).provider for s in provider_models(home)}
    return {name: provider for name, provider in used.items() if provider != CPU}


def provider_models(home: Home) -> list[ModelSpec]:
    """The models that a provider can compute: models from unknown sources run on the CPU, in a
    process of their own."""
    installed, _ = list_models(home.model_dirs())
    return [spec for spec in installed if spec.has_file and is_known(home, spec)]
