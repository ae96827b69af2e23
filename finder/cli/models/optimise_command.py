"""What `image-finder models optimise …` does."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Generator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from finder.cli.printing import ProgressBar, say, show
from finder.core.errors import FinderError
from finder.core.i18n import tr, trn
from finder.core.models.registry import pick_models
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home

if TYPE_CHECKING:
    from finder.core.optimising.report import OptimisationProgress, Report, VariantMeasurement

_SHAPE = "{:<9} {:>9} {:>16} {:>16} {:>11} {:>7}"


def optimise(home: Home, options: argparse.Namespace, installed: Sequence[ModelSpec]) -> list[str]:
    """Make variants, show what they are worth, and keep those that are wanted. Gives the names of
    those kept."""
    from finder.core.models.runtime.extractor import Extractor
    from finder.core.models.runtime.known_files import is_known, note_known
    from finder.core.optimising.optimisation import OptimisationRequest
    from finder.core.optimising.optimisation import optimise as optimised
    from finder.core.optimising.variants import keep_variant, variant_workspace
    from finder.workers.model_process import ModelProcess
    from finder.workers.model_trial import ModelTrials
    from finder.workers.variant_process import make
    from finder.workers.worker_pools import query_pool, worker_count

    (spec,) = pick_models(installed, [options.name])
    wish = OptimisationRequest(spec, tuple(options.precisions or options.keep), options.pictures)
    if spec.has_file:
        ModelTrials(home)(spec)
    with variant_workspace(home) as parent:
        with query_pool() as pool, ProgressBar() as bar:
            # the variants of a stranger's model are a stranger's, too
            open_model = Extractor if is_known(home, spec) else ModelProcess
            run = optimised(home, wish, parent, make, pool, worker_count(), open_model)
            report = _watched(run, bar)
        _show(report)
        chosen = _chosen(report, options.keep)
        kept = [keep_variant(home, measured.spec) for measured in chosen]
        for variant in kept if is_known(home, spec) else ():
            note_known(home, variant)
    for variant in kept:
        show(tr("Kept {name}.").format(name=variant.name))
    if kept and not options.switch:
        words = f"image-finder models --off {spec.name} --on {kept[0].name}"
        say(tr("“{words}” switches to it; then index again.").format(words=words))
    elif not kept:
        say(tr("Nothing was kept."))
    return [variant.name for variant in kept]


def _watched(run: Generator[OptimisationProgress], bar: ProgressBar) -> Report:
    with closing(run):
        for look in run:
            bar.look_at_work(look)
    assert look.report is not None
    return look.report


def _show(report: Report) -> None:
    base, *variants = report.measured
    pictures = trn("{n} picture of the library", "{n} pictures of the library", report.pictures)
    if report.are_samples:
        pictures = trn("{n} sample picture", "{n} sample pictures", report.pictures)
        say(tr("The library has too few pictures, so the sample pictures are used instead."))
    show(tr("{title}, measured on {pictures}").format(title=base.spec.title, pictures=pictures))
    threads = trn("{n} thread", "{n} threads", report.threads)
    one = trn("{n} thread", "{n} threads", 1)
    show(_SHAPE.format("", tr("size"), one, threads, tr("overlap@10"), tr("cosine")))
    for measured in report.measured:
        show(_row(measured, base))
    for measured in variants:
        show(f"{measured.precision}: {_sentence(measured, base)}")
    for note in report.notes:
        say(note)


def _row(measured: VariantMeasurement, base: VariantMeasurement) -> str:
    return _SHAPE.format(
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
    from finder.core.optimising.neighbour_overlap import verdict

    return tr("{verdict}, {times:.1f} times as fast, with {share:.0%} of the size.").format(
        verdict=verdict(measured.overlap),
        times=measured.all_threads / base.all_threads,
        share=measured.bytes / base.bytes,
    )


def _chosen(report: Report, keep: Sequence[str]) -> list[VariantMeasurement]:
    """Those to keep: as told, else as answered at the terminal, else none."""
    made = {measured.precision: measured for measured in report.measured[1:]}
    if not keep and sys.stdin.isatty():
        keep = _asked(list(made))
    return [made[precision] for precision in dict.fromkeys(keep) if precision in made]


def _asked(precisions: Sequence[str]) -> list[str]:
    names = ", ".join(precisions)
    try:
        answer = input(tr("Keep which one ({names}; Enter for none)? ").format(names=names))
    except EOFError:
        return []
    wanted = answer.replace(",", " ").split()
    unknown = [word for word in wanted if word not in precisions]
    if unknown:
        raise FinderError(
            tr("There is no variant “{word}”; nothing was kept.").format(word=unknown[0]),
            tr("Choose one of these: {names}.").format(names=names),
        )
    return wanted
