"""`image-finder models`: the list, switching models on and off, and choosing the provider."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from finder.cli.models.add_text_command import add_add_text
from finder.cli.models.import_command import add_import
from finder.cli.models.indexing_commands import add_measure, add_reindex
from finder.cli.models.install_commands import add_install, add_remove
from finder.cli.models.labels_command import add_labels
from finder.cli.models.optimise_command import add_optimise
from finder.cli.models.weights_command import add_weights
from finder.cli.output.output import say, show
from finder.cli.parsers import Commands, add_command
from finder.core.i18n import tr
from finder.core.models.runtime.provider_names import AUTO, PROVIDERS

if TYPE_CHECKING:
    from finder.core.models.runtime.providers import ProviderMeasurement
    from finder.core.paths import Home


def add_models(commands: Commands) -> None:
    summary = tr("List the models, and how much each has indexed.")
    more = tr("Those that are switched on index new pictures and answer searches.")
    parser = add_command(commands, "models", summary, more, handler=models)
    for option, text in (
        ("--on", tr("switch this model on; may be repeated")),
        ("--off", tr("switch this model off; may be repeated; its vectors are kept")),
    ):
        parser.add_argument(option, action="append", metavar="NAME", default=[], help=text)
    parser.add_argument(
        "--provider",
        choices=[AUTO, *PROVIDERS],
        help=tr(
            "compute models with this provider; auto: the fastest here; remembered (default: auto)"
        ),
    )
    subcommands = parser.add_subparsers(
        title=tr("commands"), dest="models_command", metavar=tr("COMMAND")
    )
    same = tr("List the models; “models” alone does the same.")
    add_command(subcommands, "list", same, handler=models)
    add_install(subcommands)
    add_remove(subcommands)
    add_measure(subcommands)
    add_reindex(subcommands)
    add_import(subcommands)
    add_add_text(subcommands)
    add_optimise(subcommands)
    add_weights(subcommands)
    add_labels(subcommands)


def models(home: Home, options: argparse.Namespace) -> None:
    from finder.cli.models.installed import installed_models
    from finder.cli.models.listing import show_models, show_offers, show_providers
    from finder.cli.output.lines import text_line
    from finder.use_cases.library.library_overview import library_overview
    from finder.use_cases.models.model_settings import switch_models
    from finder.use_cases.models.models_overview import models_overview

    installed_models(home)
    if options.on or options.off:
        on = switch_models(home, options.on, options.off)
        names = ", ".join(spec.name for spec in on)
        show(tr("Switched on: {names}.").format(names=names))
    if options.provider:
        _choose_provider(home, options.provider)
    if options.provider or options.on or options.off:
        return
    overview = models_overview(home)
    show_models(overview)
    show_providers(home)
    # without a library, none is made
    if home.catalogue.is_file() and (line := text_line(library_overview(home))):
        show(tr("Text in pictures: {line}").format(line=line))
    if overview.catalogue_error is not None:
        say(str(overview.catalogue_error))
    show_offers(overview)


def _choose_provider(home: Home, provider: str) -> None:
    """Store the choice, and show how fast each provider is with each model."""
    from finder.use_cases.models.model_settings import (
        choose_provider,
        measure_providers,
        provider_models,
    )

    if not choose_provider(home, provider):
        say(tr("This computer can run models on its processor only."))
        return
    for spec in provider_models(home):
        chosen, tried = measure_providers(home, spec)
        show(f"{spec.name:<24} {chosen}")
        for one in tried:
            show(f"  {_line(one)}")


def _line(tried: ProviderMeasurement) -> str:
    if tried.refusal:
        return f"{tried.provider:<10} {tried.refusal}"
    return tr("{provider:<10} {rate:>7.1f} pictures/s, differs by {difference:.0e}").format(
        provider=tried.provider, rate=tried.rate, difference=tried.difference
    )
