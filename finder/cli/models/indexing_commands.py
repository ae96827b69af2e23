"""`image-finder models measure` and `reindex`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Generator, Iterator
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from finder.cli.output.output import say, show
from finder.cli.parsers import Commands, add_command
from finder.core.i18n import tr, trn

if TYPE_CHECKING:
    from finder.core.library.indexing.progress import Progress
    from finder.core.paths import Home
    from finder.use_cases.models.model_speed import Speed
    from finder.use_cases.models.reindex_model import ReindexProgress


def add_measure(commands: Commands) -> None:
    parser = add_command(
        commands,
        "measure",
        tr("Measure how fast models are on this computer."),
        tr("“image-finder models” then shows the result."),
        handler=measure,
    )
    parser.add_argument("name", metavar="NAME", nargs="?", help=tr("one model (default: all)"))


def add_reindex(commands: Commands) -> None:
    parser = add_command(
        commands,
        "reindex",
        tr("Delete a model's vectors and compute them again."),
        tr(
            "Vectors of pictures on a drive that is not connected are kept. Ctrl+C stops; "
            "“index --model NAME” continues from there."
        ),
        handler=reindex,
    )
    parser.add_argument("name", metavar="NAME")


def measure(home: Home, options: argparse.Namespace) -> None:
    from finder.cli.models.installed import installed_model, installed_models
    from finder.use_cases.models.model_speed import measure_model
    from finder.workers.extractor_pools import SharedExtractors

    specs = [installed_model(home, options.name)] if options.name else installed_models(home)
    with closing(SharedExtractors(home)) as extractors:
        for spec in specs:
            speed = measure_model(home, spec, extractors.get, "image-finder models measure")
            show(_line(spec.name, speed))
            sys.stdout.flush()


def reindex(home: Home, options: argparse.Namespace) -> None:
    from finder.cli.index_command import show_index_run
    from finder.cli.models.installed import installed_model
    from finder.core.library.catalogue.catalogue import open_existing
    from finder.use_cases.models.reindex_model import reindex_model
    from finder.workers.extractor_pools import open_extractors

    spec = installed_model(home, options.name)
    open_existing(home).close()
    extractors = partial(open_extractors, home)
    with closing(reindex_model(home, spec, extractors, "image-finder models reindex")) as run:
        show_index_run(_after_drop(run))


def _after_drop(run: Generator[ReindexProgress]) -> Iterator[Progress]:
    """Print how many vectors were dropped; then the progress of indexing."""
    dropped = next(run).dropped
    say(trn("{n} vector deleted", "{n} vectors deleted", dropped))
    for step in run:
        if step.progress is not None:
            yield step.progress


def _line(name: str, speed: Speed) -> str:
    return trn(
        "{name:<20} {one:>7.1f} pictures/s, {all:.1f} on {n} core",
        "{name:<20} {one:>7.1f} pictures/s, {all:.1f} on {n} cores",
        speed.cores,
        name=name,
        one=speed.single,
        all=speed.all_cores,
    )
