"""`image-finder train`."""

from __future__ import annotations

import argparse
import math
from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

from finder.cli.output.output import say, show, show_lines, show_raw
from finder.cli.parsers import Commands, Parser, add_command, whole_number
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.paths import Home
    from finder.core.training.settings import Epoch, Progress, Settings
    from finder.train.trained_model import TrainedModel
    from finder.train.training import Training

Result = TypeVar("Result")


def add_train(commands: Commands) -> None:
    parser = add_command(
        commands,
        "train",
        tr("Train a model on a folder whose subfolders are labels."),
        tr(
            "The epoch that does best on pictures it has not learned becomes a model of the "
            "library. Ctrl+C stops, and keeps the best epoch so far; after a crash, the same "
            "command goes on with the epoch that was interrupted."
        ),
        handler=train,
    )
    parser.add_argument("folder", metavar="FOLDER", help=tr("a folder whose subfolders are labels"))
    parser.add_argument("--name", required=True, metavar="NAME", help=tr("the new model's name"))
    parser.add_argument(
        "--from",
        dest="base",
        default="efficientnet-lite0",
        metavar="NETWORK",
        help=tr(
            "a model of the library, a network of torchvision, such as resnet18, or “scratch”, a "
            "small new network (default: efficientnet-lite0)"
        ),
    )
    parser.add_argument(
        "--method",
        choices=["scratch", "transfer", "finetune"],
        help=tr(
            "scratch: from random weights; transfer: learn the classifier only; finetune: change "
            "the network, too (default: transfer, with --from scratch: scratch)"
        ),
    )
    _add_numbers(parser)
    parser.add_argument(
        "--weights",
        metavar="WEIGHTS",
        default="imagenet",
        help=tr("of a network of torchvision: imagenet (the default), their name, or a file"),
    )
    parser.add_argument(
        "--optimiser", choices=["adam", "sgd"], default="adam", help=tr("default: adam")
    )
    parser.add_argument(
        "--restart", action="store_true", help=tr("forget an unfinished training of this name")
    )
    parser.add_argument("--json", action="store_true", help=tr("print JSON and nothing else"))


def _add_numbers(parser: Parser) -> None:
    for option, least, most, default, text in (
        ("--layers", 1, 10_000, None, tr("fine-tune so many of the last layers (default: all)")),
        ("--epochs", 1, 10_000, 20, tr("the most epochs (default: 20)")),
        (
            "--patience",
            1,
            10_000,
            5,
            tr("end after so many epochs without a lower validation loss (default: 5)"),
        ),
        ("--seed", 0, 1_000_000, 0, tr("another division and other changes (default: 0)")),
        ("--input", 32, 1_024, None, tr("of the pictures, in pixels (default: the network's)")),
        ("--batch", 1, 4_096, None, tr("pictures at a time (default: up to 32, by memory)")),
    ):
        parser.add_argument(
            option, type=whole_number(least, most), default=default, metavar="N", help=text
        )
    parser.add_argument(
        "--rate",
        type=_rate,
        metavar="X",
        help=tr("the first learning rate of the classifier (default: the method's)"),
    )


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 0 < rate <= 10:
        raise argparse.ArgumentTypeError(
            tr("“{text}” is not a number above 0, up to 10").format(text=text)
        )
    return rate


def train(home: Home, options: argparse.Namespace) -> None:
    from finder.core.training.settings import require_packages

    require_packages()
    say(tr("Loading PyTorch …"))
    from finder.train.training import prepare

    lines = _Lines()
    with closing(_follow(lines, prepare(home, _settings(options), options.restart))) as training:
        _introduce(training)
        lines.shown = len(training.epochs)
        try:
            _follow(lines, training.run())
        except KeyboardInterrupt:
            if not training.epochs:
                raise
            say(tr("Stopped. The best epoch so far is kept."))
        model = _follow(lines, training.keep())
        notes = training.split.notes
    if options.json:
        _show_json(model, notes)
    else:
        _show(model)


def _settings(options: argparse.Namespace) -> Settings:
    from finder.core.training.settings import SCRATCH, Method, Settings

    usual = Method.SCRATCH if options.base == SCRATCH else Method.TRANSFER
    return Settings(
        folder=options.folder,
        base=options.base,
        method=Method(options.method) if options.method else usual,
        name=options.name,
        layers=options.layers,
        epochs=options.epochs,
        seed=options.seed,
        side=options.input,
        batch=options.batch,
        weights=options.weights,
        optimiser=options.optimiser,
        rate=options.rate,
        patience=options.patience,
    )


class _Lines:
    """What is said while it runs: a bar for each step, and a line for each epoch."""

    def __init__(self) -> None:
        self.shown = 0

    def say_epochs(self, progress: Progress) -> None:
        new = progress.epochs[self.shown :]
        self.shown += len(new)  # first: Ctrl+C may come at any time, and lines come once
        for epoch in new:
            say(_epoch_line(epoch, progress.seconds_left))


def _follow(lines: _Lines, work: Generator[Progress, None, Result]) -> Result:
    from finder.cli.output.progress_bars import ShareBar

    with closing(work), ShareBar() as bar:
        while True:
            try:
                progress = next(work)
            except StopIteration as stop:
                result: Result = stop.value
                return result
            if len(progress.epochs) > lines.shown:
                bar.close()
            lines.say_epochs(progress)
            bar.show(progress.doing, progress.share)


def _introduce(training: Training) -> None:
    split = training.split
    for note in split.notes:
        say(note)
    say(
        tr(
            "{labels} labels; {train} pictures to learn, {validation} to choose the best epoch, "
            "{test} to measure it. {weights:,} weights are trained."
        ).format(
            labels=len(split.names),
            train=len(split.train),
            validation=len(split.validation),
            test=len(split.test),
            weights=training.classifier.trained_parameters(),
        )
    )
    if training.epochs:
        say(tr("Going on after epoch {n}.").format(n=len(training.epochs)))


def _epoch_line(epoch: Epoch, seconds_left: float | None) -> str:
    line = tr(
        "epoch {n}: loss {loss:.3f}, {accuracy:.0%} right · validation: loss {validation_loss:.3f},"
        " {validation_accuracy:.0%} right · {seconds:.1f} s"
    ).format(
        n=epoch.number,
        loss=epoch.loss,
        accuracy=epoch.accuracy,
        validation_loss=epoch.validation_loss,
        validation_accuracy=epoch.validation_accuracy,
        seconds=epoch.seconds,
    )
    if not seconds_left:
        return line
    from finder.cli.output.progress_bars import duration

    return tr("{line} · {left} left at most").format(line=line, left=duration(seconds_left))


def _show(model: TrainedModel) -> None:
    import sys

    from finder.cli.output.training_table import training_lines
    from finder.core.training.comparison import training_cells

    if sys.stdout.isatty():
        show_lines(training_lines(model.compared))
    else:
        for cells in training_cells(model.compared):
            show(*cells)
    say(
        tr(
            "On {n} pictures the model differs from PyTorch by {difference:.1e} (limit: 1e-4)."
        ).format(n=model.parity.pictures, difference=max(model.parity.raw, model.parity.unit))
    )
    say(tr("“image-finder index --model {name}” indexes with it.").format(name=model.spec.name))


def _show_json(model: TrainedModel, notes: tuple[str, ...]) -> None:
    import json
    from dataclasses import asdict

    show_raw(
        json.dumps(
            {
                "name": model.spec.name,
                "folder": str(model.spec.file.parent),
                **model.card,
                "curve": [asdict(epoch) for epoch in model.epochs],
                "difference": max(model.parity.raw, model.parity.unit),
                "left_out": notes,
                "compared": model.compared,
            },
            indent=1,
        )
    )  # as ASCII
