"""`image-finder models optimise`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Generator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from finder.cli.output.output import ask, say, show
from finder.cli.parsers import Commands, add_command, whole_number
from finder.core.errors import FinderError
from finder.core.i18n import tr, trn

if TYPE_CHECKING:
    from finder.core.optimising.report import OptimisationProgress, Report, VariantMeasurement
    from finder.core.paths import Home

_ROW = "{:<9} {:>9} {:>16} {:>16} {:>11} {:>7}"


def add_optimise(commands: Commands) -> None:
    parser = add_command(
        commands,
        "optimise",
        tr("Make faster or smaller variants of a model, and compare them with it."),
        tr(
            "A variant is a model of its own: your pictures are indexed again with it. "
            "Nothing is kept unless you say so; Ctrl+C leaves nothing behind."
        ),
        handler=optimise,
    )
    parser.add_argument("name", metavar="NAME", help=tr("the model"))
    for precision, text in (
        ("int8", tr("make a variant with 8-bit numbers, calibrated on your pictures")),
        ("float16", tr("make a variant with weights stored as float16: half the file")),
    ):
        parser.add_argument(
            f"--{precision}",
            dest="precisions",
            action="append_const",
            const=precision,
            default=[],
            help=text,
        )
    parser.add_argument(
        "--pictures",
        type=whole_number(20, 5_000),
        metavar="N",
        default=500,
        help=tr("compare on this many of the library's pictures, 20 to 5000 (default: 500)"),
    )
    parser.add_argument(
        "--keep",
        action="append",
        choices=["int8", "float16"],
        default=[],
        help=tr("keep this variant without asking; may be repeated"),
    )
    parser.add_argument(
        "--switch",
        action="store_true",
        help=tr("index new pictures with the kept variant instead of the model"),
    )


def optimise(home: Home, options: argparse.Namespace) -> None:
    from finder.cli.models.installed import installed_model
    from finder.use_cases.models.model_settings import switch_models
    from finder.use_cases.models.optimise_model import variant_trial

    spec = installed_model(home, options.name)
    with variant_trial(home, spec) as trial:
        report = _follow(trial.compare(options.precisions or options.keep, options.pictures))
        _show_report(report)
        kept = [variant.name for variant in trial.keep(_chosen(report, options.keep))]
    for name in kept:
        show(tr("Kept {name}.").format(name=name))
    if not kept:
        say(tr("Nothing was kept."))
    elif options.switch:
        switch_models(home, kept, [spec.name])
        say(tr("New pictures are indexed with {names} now.").format(names=", ".join(kept)))
    else:
        command = f"image-finder models --off {spec.name} --on {kept[0]}"
        say(tr("“{words}” switches to it; then index again.").format(words=command))


def _follow(run: Generator[OptimisationProgress]) -> Report:
    from finder.cli.output.progress_bars import WorkBar

    with WorkBar() as bar, closing(run):
        for progress in run:
            bar.show(progress)
    assert progress.report is not None
    return progress.report


def _show_report(report: Report) -> None:
    base, *variants = report.measured
    if report.are_samples:
        say(tr("The library has too few pictures, so the sample pictures are used instead."))
    show(_title(report, base))
    threads = trn("{n} thread", "{n} threads", report.threads)
    one = trn("{n} thread", "{n} threads", 1)
    show(_ROW.format("", tr("size"), one, threads, tr("overlap@10"), tr("cosine")))
    for measured in report.measured:
        show(_row(measured, base))
    for measured in variants:
        show(_sentence(measured, base))
    for note in report.notes:
        say(note)


def _title(report: Report, base: VariantMeasurement) -> str:
    if report.are_samples:
        return trn(
            "{title}, measured on {n} sample picture",
            "{title}, measured on {n} sample pictures",
            report.pictures,
            title=base.spec.title,
        )
    return trn(
        "{title}, measured on {n} picture of the library",
        "{title}, measured on {n} pictures of the library",
        report.pictures,
        title=base.spec.title,
    )


def _row(measured: VariantMeasurement, base: VariantMeasurement) -> str:
    return _ROW.format(
        measured.precision,
        f"{measured.bytes / 1e6:.1f} MB",
        _rate(measured.single_thread, base.single_thread),
        _rate(measured.all_threads, base.all_threads),
        "" if measured is base else f"{measured.overlap:.3f}",
        "" if measured is base else f"{measured.cosine:.4f}",
    )


def _rate(rate: float, base: float) -> str:
    return f"{rate:.1f}/s ({rate / base:.2f}×)" if rate != base else f"{rate:.1f}/s"


def _sentence(measured: VariantMeasurement, base: VariantMeasurement) -> str:
    from finder.core.optimising.neighbour_overlap import Verdict, verdict

    sentence = {
        Verdict.NEARLY_THE_SAME: tr(
            "{precision}: finds nearly the same pictures, {times:.1f} times as fast, with "
            "{share:.0%} of the size."
        ),
        Verdict.MOSTLY_THE_SAME: tr(
            "{precision}: finds mostly the same pictures, {times:.1f} times as fast, with "
            "{share:.0%} of the size."
        ),
        Verdict.DIFFERENT: tr(
            "{precision}: finds clearly different pictures, {times:.1f} times as fast, with "
            "{share:.0%} of the size."
        ),
    }[verdict(measured.overlap)]
    return sentence.format(
        precision=measured.precision,
        times=measured.all_threads / base.all_threads,
        share=measured.bytes / base.bytes,
    )


def _chosen(report: Report, keep: Sequence[str]) -> list[VariantMeasurement]:
    """Those to keep: as the option says, else as answered at the terminal, else none."""
    made = {measured.precision: measured for measured in report.measured[1:]}
    if not keep and sys.stdin.isatty():
        keep = _ask_which(list(made))
    return [made[precision] for precision in dict.fromkeys(keep) if precision in made]


def _ask_which(precisions: Sequence[str]) -> list[str]:
    names = ", ".join(precisions)
    answer = ask(tr("Keep which one ({names}; Enter for none)? ").format(names=names))
    wanted = answer.replace(",", " ").split()
    unknown = [word for word in wanted if word not in precisions]
    if unknown:
        raise FinderError(
            tr("There is no variant “{word}”; nothing was kept.").format(word=unknown[0]),
            tr("Choose one of these: {names}.").format(names=names),
        )
    return wanted
