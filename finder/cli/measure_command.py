"""`image-finder measure`."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from finder.cli.evaluation_progress import follow
from finder.cli.label_options import add_labels, label_source
from finder.cli.output.output import say, show, show_lines, show_raw
from finder.cli.parsers import Commands, add_command, add_model, whole_number
from finder.core.errors import FinderError
from finder.core.evaluation.alteration_names import TITLES
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.evaluation.copy_measurement import CopyMeasurement
    from finder.core.evaluation.measurement import LeftOut, MeasuredRankings, Measurement
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.use_cases.evaluation.labelled_vectors import LabelSource


def add_measure(commands: Commands) -> None:
    parser = add_command(
        commands,
        "measure",
        tr("Measure which model finds pictures with the same label best."),
        tr(
            "Each subfolder of FOLDER is a label. Each picture is searched for among all the "
            "others: the more pictures with its label come first, the better. A folder that is not "
            "in the library becomes part of it."
        ),
        handler=measure,
    )
    add_labels(parser)
    _add_copy_options(parser)
    add_model(
        parser, tr("measure this model; may be repeated (default: those that are switched on)")
    )
    parser.add_argument(
        "--combine",
        action="append",
        metavar="A+B",
        default=[],
        help=tr("also measure this combination of models; may be repeated"),
    )
    parser.add_argument(
        "--metric",
        choices=["euclidean", "cosine", "ip", "l1", "hamming"],
        default="euclidean",
        help=tr("by which distance single models rank; it matters for “pixels” only"),
    )
    parser.add_argument(
        "--use-weights",
        action="store_true",
        help=tr("use the best weights that were found in the library's combined ranking"),
    )
    parser.add_argument("--json", action="store_true", help=tr("print JSON and nothing else"))
    parser.add_argument(
        "--csv", metavar="FILE", type=Path, help=tr("write the figures of each label to this file")
    )
    parser.add_argument(
        "--html", metavar="FILE", type=Path, help=tr("write a report with plots to this file")
    )


def _add_copy_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--copies",
        action="store_true",
        help=tr(
            "make altered copies (cropped, blurred, turned …), and measure how well the originals "
            "are found; no labels are needed"
        ),
    )
    parser.add_argument(
        "--altered",
        metavar="FOLDER",
        help=tr(
            "the same with the copies in this folder; sunset--crop.jpg is a copy of sunset.jpg"
        ),
    )
    parser.add_argument(
        "--alteration",
        action="append",
        choices=list(TITLES),
        help=tr("make copies in this way; may be repeated (default: in all ways)"),
    )
    parser.add_argument(
        "--originals",
        type=whole_number(1, 100_000),
        default=100,
        metavar="N",
        help=tr("make copies of so many pictures (default: 100)"),
    )
    parser.add_argument(
        "--seed",
        type=whole_number(0, 1_000_000),
        default=0,
        metavar="N",
        help=tr("choose other pictures and alterations by another number (default: 0)"),
    )


def measure(home: Home, options: argparse.Namespace) -> None:
    from finder.core.search.distance import Metric
    from finder.use_cases.evaluation.measure_copies import CopySource, measure_copies
    from finder.use_cases.evaluation.measure_models import measure_models
    from finder.workers.extractor_pools import open_extractors

    labels = _labels(options)
    combinations = [text.split("+") for text in options.combine]
    specs = _models(home, options.model, combinations)
    extractors, holder = partial(open_extractors, home), "image-finder measure"
    metric = Metric(options.metric)
    if options.copies or options.altered is not None:
        copies = CopySource(
            labels.folders,
            options.altered,
            options.originals,
            options.seed,
            tuple(options.alteration or TITLES),
        )
        with closing(
            measure_copies(home, extractors, holder, copies, specs, metric, combinations)
        ) as run:
            _show_copies(home, follow(run), options)
        return
    with closing(
        measure_models(home, extractors, holder, labels, specs, metric, combinations)
    ) as run:
        _show_labels(home, follow(run), options)


def _show_labels(home: Home, measurement: Measurement, options: argparse.Namespace) -> None:
    _say_left_out(measurement.left_out)
    _write_files(home, measurement, options)
    if options.use_weights:
        _use_weights(home, measurement)
    if options.json:
        import json

        from finder.core.evaluation.measurement_tables import as_json

        show_raw(json.dumps(as_json(measurement), indent=1))  # as ASCII
    else:
        _show(measurement)


def _show_copies(home: Home, measurement: CopyMeasurement, options: argparse.Namespace) -> None:
    from finder.core.evaluation.measurement_words import copies_left_out, copy_amounts

    if measurement.left_out:
        say(copies_left_out(measurement.left_out))
    _write_files(home, measurement, options)
    if options.json:
        import json

        from finder.core.evaluation.measurement_tables import copies_as_json

        show_raw(json.dumps(copies_as_json(measurement), indent=1))  # as ASCII
        return
    _show_table(measurement, copy_amounts(measurement))


def _labels(options: argparse.Namespace) -> LabelSource:
    """Raises FinderError where options do not fit each other."""
    from finder.core.library.indexing.index_run import require_folder

    of_copies = options.copies or options.altered is not None
    if of_copies and (options.labels or options.nested or options.use_weights):
        raise FinderError(
            tr("Copies have no labels and no weights."),
            tr("Leave out --labels, --nested and --use-weights."),
        )
    if options.alteration and (options.altered is not None or not options.copies):
        raise FinderError(
            tr("--alteration is for copies that are made here."),
            tr("Use it with --copies, and without --altered."),
        )
    if options.altered is not None:
        options.altered = require_folder(options.altered)
    return label_source(options)


def _models(home: Home, names: list[str], combinations: list[list[str]]) -> list[ModelSpec]:
    """Those named, else those that are switched on; and those of combinations. Raises
    FinderError."""
    from finder.cli.models.installed import installed_models
    from finder.core.models.registry import pick_models
    from finder.use_cases.models.model_settings import models_switched_on

    installed = installed_models(home)
    chosen = pick_models(installed, names) or models_switched_on(home, installed)
    combined = pick_models(installed, [name for some in combinations for name in some])
    return list(dict.fromkeys([*chosen, *combined]))


def _say_left_out(left_out: LeftOut) -> None:
    from finder.core.evaluation.measurement_words import left_out_sentences

    for sentence in left_out_sentences(left_out):
        say(sentence)


def _write_files(
    home: Home, measurement: Measurement | CopyMeasurement, options: argparse.Namespace
) -> None:
    """Those that were asked for."""
    from finder.use_cases.evaluation.measurement_report import write_csv, write_report

    if options.csv is not None:
        write_csv(measurement, options.csv)
    if options.html is not None:
        write_report(home, measurement, options.html)


def _use_weights(home: Home, measurement: Measurement) -> None:
    from finder.use_cases.models.model_weights import set_model_weights

    choice = measurement.weights
    if choice is None:
        say(tr("A single model has no weights."))
    elif not choice.helps:
        say(tr("No weights surely find better: all models go on counting as before."))
    else:
        set_model_weights(home, choice.weights)
        say(tr("The combined ranking uses these weights from now on."))


def _show(measurement: Measurement) -> None:
    from finder.core.evaluation.measurement_words import amounts, weight_words

    weights = measurement.weights
    more = weight_words(weights, measurement.titles) if weights is not None else ""
    _show_table(measurement, ", ".join(amounts(measurement)), more)


def _show_table(measurement: MeasuredRankings, title: str, more: str = "") -> None:
    """As a table on a terminal, or as lines with tabs for another program."""
    import shutil

    from finder.cli.output.measurement_table import measurement_cells, measurement_lines

    if not sys.stdout.isatty():
        for cells in measurement_cells(measurement):
            show(*cells)
        return
    show(title)
    show_lines(measurement_lines(measurement, shutil.get_terminal_size().columns, more))
