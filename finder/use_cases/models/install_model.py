"""Installing an offered model, and removing one that was added."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.models.downloads.offers import Offer, catalogue_file, read_offers
from finder.core.models.registry import list_models, pick_models
from finder.core.web.remote_file import DownloadProgress, Stage
from finder.workers.shutdown import shut_down

if TYPE_CHECKING:
    from finder.core.library.model_usage import ModelUsage
    from finder.core.paths import Home

_PREPARING_SECONDS = 60.0
"""How long to wait for a model that is being truncated when the generator is closed: that cannot be
interrupted."""


def install_model(
    home: Home, offer: Offer, given: Sequence[Path] = ()
) -> Generator[DownloadProgress]:
    """Download an offered model, or take the user's copies of its files. Closing the generator
    keeps what has been downloaded: the next attempt resumes. Raises FinderError."""
    from finder.core.models.downloads.installation import install, tidy_downloads

    step = DownloadProgress(Stage.CONNECTING)
    with suppress(FinderError):  # without the list, which files are still needed is unknown
        tidy_downloads(home, read_offers(catalogue_file()))
    pool = ThreadPoolExecutor(1, "finder-server")
    try:
        with closing(install(home, offer, given, pool)) as steps:
            for step in steps:
                yield step
    finally:  # the thread may wait for a server that does not respond
        shut_down(pool, seconds=_PREPARING_SECONDS if step.stage is Stage.PREPARING else 0)


def downloaded_bytes(home: Home, offer: Offer) -> int:
    """How much of what the offer still needs is downloaded."""
    from finder.core.models.downloads.installation import needed_files
    from finder.core.web.partial_file import partial_file_size

    return sum(partial_file_size(home.downloads, f.sha256) for f in needed_files(home, offer))


def find_removable(home: Home, name: str) -> ModelUsage:
    """The stored data of a model that can be removed. Raises FinderError for one that does
    not exist, or that ships with the program."""
    from finder.core.library.model_usage import model_usages

    installed, broken = list_models(home.model_dirs())
    if home.catalogue.is_file():
        with closing(Catalogue(home)) as catalogue:
            usages = model_usages(home, catalogue, installed, broken)
    else:
        usages = model_usages(home, None, installed, broken)
    if name not in usages:
        pick_models(installed, [name])  # raises the error
    if usages[name].folder is None and name in {spec.name for spec in installed}:
        raise FinderError(
            tr("{title} comes with Image Finder and cannot be removed.").format(
                title=usages[name].title
            ),
            tr("Switch it off: image-finder models --off {name}").format(name=name),
        )
    return usages[name]


def remove_installed(home: Home, usage: ModelUsage, holder: str) -> None:
    """Remove an added model with its vectors. holder: who takes the writer's lock. Raises
    FinderError."""
    from finder.core.library.model_usage import remove_model

    remove_model(home, usage, holder)
