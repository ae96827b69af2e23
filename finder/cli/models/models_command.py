"""What `image-finder models …` does."""

from __future__ import annotations

import argparse
from contextlib import closing
from dataclasses import replace

from finder.cli.models.commands import WORDS, run_word
from finder.cli.models.listing import show_all, show_installed, show_offers
from finder.cli.models.provider_command import choose_provider, providers_used
from finder.cli.printing import say, show
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.catalogue import Catalogue, open_existing
from finder.core.library.catalogue.settings import indexing_models, load_settings, save_settings
from finder.core.library.model_usage import model_usages
from finder.core.models.downloads.offers import catalogue_file, read_offers
from finder.core.models.registry import list_models, pick_models
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home


def models(home: Home, options: argparse.Namespace) -> None:
    if options.word == "import":
        from finder.cli.models.import_command import import_model

        import_model(home, options)
        return
    installed = installed_models(home)
    if options.word in WORDS:
        run_word(home, options, installed, list_models(home.model_dirs())[1])
        return
    if options.word == "optimise":
        _optimise(home, options, installed)
        return
    if options.provider:
        choose_provider(home, options.provider, installed)
    if options.on or options.off:
        _switch_models(home, installed, options.on, options.off)
    if home.catalogue.is_file():
        with closing(open_existing(home)) as catalogue:
            _show_models(home, catalogue, installed)
    else:
        _show_models(home, None, installed)
    names = {spec.name for spec in installed}
    try:
        offers = read_offers(catalogue_file())
    except FinderError as error:  # no reason not to list what is installed
        say(str(error))
        return
    show_offers(home, [offer for offer in offers if offer.spec.name not in names])


def _optimise(home: Home, options: argparse.Namespace, installed: list[ModelSpec]) -> None:
    from finder.cli.models.optimise_command import optimise

    kept = optimise(home, options, installed)
    if kept and options.switch:
        _switch_models(home, installed_models(home), kept, [options.name])
        say(tr("New pictures are indexed with {names} now.").format(names=", ".join(kept)))


def installed_models(home: Home) -> list[ModelSpec]:
    """Those that can be used; what is wrong with the others is said on standard error."""
    specs, broken = list_models(home.model_dirs())
    for model in broken:
        say(model.sentence)
    if not specs:
        raise FinderError(tr("No model is installed."), tr("Install Image Finder again."))
    return specs


def show_models_of(home: Home, catalogue: Catalogue, installed: list[ModelSpec]) -> None:
    """In short, as a part of something larger."""
    on = indexing_models(load_settings(catalogue).models_on, installed)
    show_installed(
        installed, on, model_usages(home, catalogue, installed), catalogue.pictures.count()
    )
    _show_providers(home, installed)


def _show_models(home: Home, catalogue: Catalogue | None, installed: list[ModelSpec]) -> None:
    from finder.use_cases.model_speed import kept_speeds

    names = load_settings(catalogue).models_on if catalogue else None
    total = catalogue.pictures.count() if catalogue else 0
    held = model_usages(home, catalogue, installed, list_models(home.model_dirs())[1])
    show_all(installed, indexing_models(names, installed), held, total, kept_speeds(home))
    _show_providers(home, installed)


def _show_providers(home: Home, installed: list[ModelSpec]) -> None:
    for name, provider in providers_used(home, installed).items():
        show(tr("{name} runs on {provider}.").format(name=name, provider=provider))


def _switch_models(home: Home, installed: list[ModelSpec], on: list[str], off: list[str]) -> None:
    """Keep which models index new pictures; at least one must."""
    to_on, to_off = pick_models(installed, on), pick_models(installed, off)
    with closing(Catalogue(home)) as catalogue:
        settings = load_settings(catalogue)
        before = indexing_models(settings.models_on, installed)
        after = [s for s in installed if s in to_on or (s in before and s not in to_off)]
        if not after:
            raise FinderError(tr("One model must stay on."), tr("Switch another one on first."))
        usual = after == indexing_models(None, installed)
        names = None if usual else tuple(spec.name for spec in after)
        save_settings(catalogue, replace(settings, models_on=names))
