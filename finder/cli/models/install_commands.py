"""`image-finder models install` and `remove`."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from finder.cli.output.output import confirm, say, show
from finder.cli.parsers import Commands, add_command
from finder.core.errors import FinderError
from finder.core.i18n import tr, trn

if TYPE_CHECKING:
    from finder.core.library.model_usage import ModelUsage
    from finder.core.paths import Home


def add_install(commands: Commands) -> None:
    parser = add_command(
        commands,
        "install",
        tr("Download a model of the catalogue, check it, and add it."),
        tr("Ctrl+C stops; what was downloaded is kept, and the same command continues from there."),
        handler=install,
    )
    parser.add_argument("name", metavar="NAME", help=tr("as “image-finder models” lists it"))
    parser.add_argument(
        "--from",
        dest="files",
        nargs="+",
        default=[],
        metavar="FILE",
        help=tr("use these copies of the model's files; nothing is downloaded"),
    )


def add_remove(commands: Commands) -> None:
    parser = add_command(
        commands,
        "remove",
        tr("Remove a model that was added, with all its vectors."),
        tr("The pictures and the other models' vectors are not touched."),
        handler=remove,
    )
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--yes", action="store_true", help=tr("do not ask"))


def install(home: Home, options: argparse.Namespace) -> None:
    from finder.cli.models.installed import installed_models
    from finder.cli.output.progress_bars import DownloadBar
    from finder.core.models.downloads.installation import lacks_words
    from finder.core.models.downloads.offers import catalogue_file, find_offer, read_offers
    from finder.use_cases.models.install_model import downloaded_bytes, install_model

    installed_models(home)
    offer = find_offer(read_offers(catalogue_file()), options.name)
    files = [Path(file).expanduser() for file in options.files]
    adds_words = lacks_words(home, offer) is not None
    try:
        with DownloadBar() as bar, closing(install_model(home, offer, files)) as run:
            for progress in run:
                bar.show(progress)
    except KeyboardInterrupt:
        downloaded = downloaded_bytes(home, offer) / 1e6
        if downloaded:
            text = tr("{n:.1f} MB are kept; the same command continues from there.")
            say(text.format(n=downloaded))
        raise
    if adds_words:
        show(tr("{title} understands words now.").format(title=offer.spec.title))
        say(tr("What it has indexed stays. “image-finder search --text” asks it."))
        return
    show(tr("{title} is installed as {name}.").format(title=offer.spec.title, name=options.name))
    hint = tr("“image-finder index --model {name}” indexes your pictures with it.")
    say(hint.format(name=options.name))


def remove(home: Home, options: argparse.Namespace) -> None:
    from finder.cli.models.installed import installed_models
    from finder.use_cases.models.install_model import find_removable, remove_installed

    installed_models(home)
    usage = find_removable(home, options.name)
    if not options.yes and not confirm(_question(usage)):
        raise FinderError(tr("Nothing was removed."), tr("Use --yes to skip the question."))
    remove_installed(home, usage, "image-finder models remove")
    show(tr("{title} was removed.").format(title=usage.title))


def _question(usage: ModelUsage) -> str:
    megabytes = (usage.file_bytes + usage.vector_bytes) / 1e6
    return trn(
        "Remove {title} and the vectors of {n} picture, {mb:.1f} MB? [y/N] ",
        "Remove {title} and the vectors of {n} pictures, {mb:.1f} MB? [y/N] ",
        usage.indexed,
        title=usage.title,
        mb=megabytes,
    )
