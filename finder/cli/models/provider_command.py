"""What `image-finder models --provider …` does, and which provider each model uses."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from finder.cli.printing import say, show
from finder.core.i18n import tr
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import load_settings, save_settings
from finder.core.models.runtime.known_files import is_known
from finder.core.models.runtime.provider_names import AUTO, CPU
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.workers.provider_choice import ModelProviders

if TYPE_CHECKING:
    from finder.core.models.runtime.providers import ProviderMeasurement


def choose_provider(home: Home, provider: str, installed: Sequence[ModelSpec]) -> None:
    """Keep what shall compute the models, after a run of each on all that there is.

    Raises FinderError where this computer has no such provider.
    """
    from finder.core.models.runtime.providers import require_available

    providers = ModelProviders(home)
    available = providers.available()
    if provider != AUTO:
        require_available(provider, available)
    with closing(Catalogue(home)) as catalogue:
        settings = load_settings(catalogue)
        save_settings(catalogue, replace(settings, provider=provider))
    if available == [CPU]:
        say(tr("This computer can run models on its processor only."))
        return
    for spec in installed:
        if spec.has_file and is_known(home, spec):  # a stranger's runs on the processor
            show(f"{spec.name:<24} {providers(spec).provider}")
            for tried in providers.tried(spec):
                show(f"  {_line(tried)}")


def providers_used(home: Home, installed: Sequence[ModelSpec]) -> dict[str, str]:
    """What computes each model, where it was measured and is not the CPU."""
    providers = ModelProviders(home)
    models = [spec for spec in installed if spec.has_file and is_known(home, spec)]
    used = {spec.name: providers.as_measured(spec).provider for spec in models}
    return {name: provider for name, provider in used.items() if provider != CPU}


def _line(tried: ProviderMeasurement) -> str:
    if tried.refusal:
        return f"{tried.provider:<10} {tried.refusal}"
    return tr("{provider:<10} {rate:>7.1f} pictures/s, differs by {difference:.0e}").format(
        provider=tried.provider, rate=tried.rate, difference=tried.difference
    )
