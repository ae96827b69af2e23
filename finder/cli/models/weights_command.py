"""`image-finder models weights`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from finder.cli.output.output import say, show
from finder.cli.parsers import Commands, add_command
from finder.core.errors import FinderError
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.paths import Home

_MOST = 100.0


def add_weights(commands: Commands) -> None:
    parser = add_command(
        commands,
        "weights",
        tr("Show or set how much each model counts in the combined ranking."),
        tr("“image-finder measure FOLDER” finds out which weights are best."),
        handler=weights,
    )
    parser.add_argument(
        "weights",
        nargs="*",
        metavar="NAME=WEIGHT",
        help=tr("a model and its weight, from 0 to 100; 1 is the default of each model"),
    )
    parser.add_argument("--equal", action="store_true", help=tr("all models count the same again"))


def weights(home: Home, options: argparse.Namespace) -> None:
    from finder.use_cases.models.model_weights import model_weights, set_model_weights

    chosen = _chosen(home, options.weights)
    if options.equal:
        set_model_weights(home, chosen)
    elif chosen:
        set_model_weights(home, {**model_weights(home), **chosen})
    kept = model_weights(home)
    if not kept:
        say(tr("All models count the same."))
    for name, weight in kept.items():
        show(name, f"{weight:g}")


def _chosen(home: Home, texts: list[str]) -> dict[str, float]:
    """Raises FinderError."""
    from finder.cli.models.installed import installed_model

    chosen = {}
    for text in texts:
        name, _, number = text.rpartition("=")
        try:
            weight = float(number)
        except ValueError:
            weight = -1.0
        if not name or not 0 <= weight <= _MOST:
            raise FinderError(
                tr("“{text}” is no model with a weight.").format(text=text),
                tr("Write it as NAME=1.5, with a number from 0 to 100."),
            )
        chosen[installed_model(home, name).name] = weight
    return chosen
