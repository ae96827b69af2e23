"""What `image-finder models install | remove | measure | reindex` do."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from finder.cli.download_bar import DownloadBar
from finder.cli.printing import ProgressBar, say, show, show_summary
from finder.core.errors import FinderError
from finder.core.i18n import tr, trn
from finder.core.library.catalogue.catalogue import Catalogue, open_existing
from finder.core.library.model_usage import ModelUsage, model_usages, remove_model
from finder.core.models.downloads.offers import catalogue_file, find_offer, read_offers
from finder.core.models.registry import BrokenModel, pick_models
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.printable import printable
from finder.core.web.partial_file import partial_file_size


def run_word(
    home: Home,
    options: argparse.Namespace,
    installed: Sequence[ModelSpec],
    broken: Sequence[BrokenModel],
) -> None:
    """Do what `options.word` says."""
    if options.word == "remove":
        _remove(home, options, installed, broken)
    else:
        _WORDS[options.word](home, options, installed)


def _install(home: Home, options: argparse.Namespace, installed: Sequence[ModelSpec]) -> None:
    from finder.core.models.downloads.installation import install, tidy_downloads

    offers = read_offers(catalogue_file())
    offer = find_offer(offers, options.name)
    tidy_downloads(home, offers)
    file = Path(options.file).expanduser() if options.file else None
    try:
        with DownloadBar() as bar, closing(install(home, offer, file)) as run:
            for step in run:
                bar.look(step)
    except KeyboardInterrupt:
        kept = partial_file_size(home.downloads, offer.file.sha256) / 1e6
        if kept:
            say(tr("{n:.1f} MB are kept; the same command continues from there.").format(n=kept))
        raise
    show(tr("{title} is installed as {name}.").format(title=offer.spec.title, name=options.name))
    hint = tr("“image-finder index --model {name}” indexes your pictures with it.")
    say(hint.format(name=options.name))


def _remove(
    home: Home,
    options: argparse.Namespace,
    installed: Sequence[ModelSpec],
    broken: Sequence[BrokenModel],
) -> None:
    holding = _removable(home, options.name, installed, broken)
    if not options.yes and not _agreed(_what_goes(holding)):
        raise FinderError(tr("Nothing was removed."), tr("Use --yes to skip the question."))
    remove_model(home, holding, "image-finder models remove")
    show(tr("{title} was removed.").format(title=holding.title))


def _removable(
    home: Home, name: str, installed: Sequence[ModelSpec], broken: Sequence[BrokenModel]
) -> ModelUsage:
    """Raises FinderError for a model that is not there, or that ships."""
    if home.catalogue.is_file():
        with closing(Catalogue(home)) as catalogue:
            found = model_usages(home, catalogue, installed, broken)
    else:
        found = model_usages(home, None, installed, broken)
    if name not in found:
        pick_models(installed, [name])  # says so
    if found[name].folder is None and name in {spec.name for spec in installed}:
        raise FinderError(
            tr("{title} comes with Image Finder and cannot be removed.").format(
                title=found[name].title
            ),
            tr("Switch it off: image-finder models --off {name}").format(name=name),
        )
    return found[name]


def _what_goes(holding: ModelUsage) -> str:
    megabytes = (holding.file_bytes + holding.vector_bytes) / 1e6
    return trn(
        "Remove {title} and the vectors of {n} picture, {mb:.1f} MB? [y/N] ",
        "Remove {title} and the vectors of {n} pictures, {mb:.1f} MB? [y/N] ",
        holding.indexed,
        title=holding.title,
        mb=megabytes,
    )


def _agreed(question: str) -> bool:
    print(printable(question), end="", file=sys.stderr, flush=True)  # noqa: T201
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        say("")
    return answer.strip().lower() in (tr("y"), tr("yes"))


def _measure(home: Home, options: argparse.Namespace, installed: Sequence[ModelSpec]) -> None:
    from finder.use_cases.model_speed import measure_and_keep
    from finder.workers.provider_choice import plain_extractors_of

    extractors = plain_extractors_of(home)
    specs = pick_models(installed, [options.name]) if options.name else installed
    for spec in specs:
        speed = measure_and_keep(home, spec, extractors, "image-finder models measure")
        line = trn(
            "{name:<20} {one:>7.1f} pictures/s, {all:.1f} on {n} core",
            "{name:<20} {one:>7.1f} pictures/s, {all:.1f} on {n} cores",
            speed.cores,
            name=spec.name,
            one=speed.single,
            all=speed.all_cores,
        )
        show(line)
        sys.stdout.flush()


def _reindex(home: Home, options: argparse.Namespace, installed: Sequence[ModelSpec]) -> None:
    from finder.core.library.indexing.index_run import index
    from finder.core.library.model_usage import drop_for_reindexing
    from finder.core.library.writer import LibraryWriter
    from finder.workers.provider_choice import plain_extractors_of
    from finder.workers.worker_pools import worker_pool

    (spec,) = pick_models(installed, [options.name])
    open_existing(home).close()
    extractors = plain_extractors_of(home)
    extractors.get(spec)  # one that cannot be loaded keeps its vectors
    with LibraryWriter(home, "image-finder models reindex") as writer, worker_pool() as crew:
        writer.adopt([spec])
        dropped = drop_for_reindexing(writer, spec.name)
        say(trn("{n} vector deleted", "{n} vectors deleted", dropped))
        run = index(writer, writer.catalogue.folders.paths(), [spec], extractors, crew)
        with ProgressBar() as bar, closing(run):
            for progress in run:
                bar.look(progress)
    show_summary(progress)


_WORDS: dict[str, Callable[[Home, argparse.Namespace, Sequence[ModelSpec]], None]] = {
    "install": _install,
    "measure": _measure,
    "reindex": _reindex,
}
WORDS = (*_WORDS, "remove")
