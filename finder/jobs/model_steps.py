"""The models of a library, as steps for the door: looked at, installed, measured, removed."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.cancellation import CancelToken
from finder.core.errors import FinderError
from finder.core.i18n import mark, tr
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.models.downloads.offers import Offer, catalogue_file, read_offers
from finder.core.paths import Home
from finder.core.web.remote_file import DownloadProgress, Stage
from finder.workers.shutdown import shut

if TYPE_CHECKING:
    from finder.core.library.model_usage import ModelUsage
    from finder.core.models.registry import BrokenModel
    from finder.core.models.spec import ModelSpec
    from finder.jobs.workspace import Workspace
    from finder.use_cases.model_speed import Speed

_PREPARING_SECONDS = 60.0
"""How long a model that is being cut is waited for, once that cannot be stopped any more."""


@dataclass(frozen=True)
class ModelEntry:
    """One model, installed or offered. spec: None where it cannot be used, of which `trouble`
    says why; held: what the library has of it; come: bytes of an offer's file that are here."""

    name: str
    title: str
    spec: ModelSpec | None = None
    held: ModelUsage | None = None
    offer: Offer | None = None
    come: int = 0
    speed: Speed | None = None
    trouble: str = ""

    @property
    def is_baseline(self) -> bool:
        return self.spec is not None and self.spec.is_baseline

    @property
    def is_removable(self) -> bool:
        """An added model is, and what is left of one; one that ships is not."""
        return self.held is not None and (self.spec is None or self.held.folder is not None)

    def missing(self, pictures: int) -> int:
        """How many of the library's pictures it has not tried yet."""
        if self.spec is None or self.held is None:
            return 0
        return max(0, pictures - self.held.indexed - self.held.failed)


@dataclass(frozen=True)
class ModelsOverview:
    """All models: installed ones in their order, those that cannot be used, baselines, offers.
    catalogue_error: why nothing can be offered; is_snapshot: the disk takes nothing now."""

    entries: tuple[ModelEntry, ...] = ()
    pictures: int = 0
    is_snapshot: bool = False
    catalogue_error: FinderError | None = None


def models_overview(home: Home) -> ModelsOverview:
    """Everything that is known of the models (lane LOOK)."""
    from finder.core.library.model_usage import model_usages
    from finder.core.models.registry import list_models
    from finder.use_cases.model_speed import kept_speeds

    specs, broken = list_models(home.model_dirs())
    with closing(Catalogue(home)) as catalogue:
        held = model_usages(home, catalogue, specs, broken)
        pictures, is_snapshot = catalogue.pictures.count(), catalogue.is_snapshot
    speeds = kept_speeds(home)
    usable = [
        ModelEntry(s.name, s.title, s, held[s.name], speed=speeds.get(s.sha256)) for s in specs
    ]
    baselines = [entry for entry in usable if entry.is_baseline]
    entries = [entry for entry in usable if not entry.is_baseline]
    entries += _unusable({spec.name for spec in specs}, broken, held)
    entries += baselines
    try:
        offers, trouble = read_offers(catalogue_file()), None
    except FinderError as error:
        offers, trouble = [], error
    taken = {entry.name for entry in entries}
    entries += [_offered(home, offer) for offer in offers if offer.spec.name not in taken]
    return ModelsOverview(tuple(entries), pictures, is_snapshot, trouble)


def install_model(
    home: Home, offer: Offer, file: Path | None = None
) -> Generator[DownloadProgress]:
    """Download an offered model, or take the user's file (lane DOWNLOAD). Closing it keeps what
    has come. Raises FinderError."""
    from finder.core.models.downloads.installation import install, tidy_downloads

    step = DownloadProgress(Stage.CONNECTING)
    with suppress(FinderError):  # then nobody knows what is still of use
        tidy_downloads(home, read_offers(catalogue_file()))
    pool = ThreadPoolExecutor(1, "finder-server")
    try:
        with closing(install(home, offer, file, pool)) as steps:
            for step in steps:
                yield step
    finally:  # a server that does not answer is left behind
        shut(pool, seconds=_PREPARING_SECONDS if step.stage is Stage.PREPARING else 0)


def remove_installed(workspace: Workspace, held: ModelUsage) -> None:
    """Remove an added model with its vectors (lane LIBRARY). Raises FinderError."""
    from finder.core.library.model_usage import remove_model

    remove_model(workspace.home, held, mark("the window"))
    workspace.let_go(held.name)


def measure_model(workspace: Workspace, spec: ModelSpec, stop: CancelToken) -> Speed:
    """`speed.measure_and_keep` for the window (lane LIBRARY). Raises FinderError, Cancelled."""
    from finder.use_cases.model_speed import measure_and_keep

    return measure_and_keep(workspace.home, spec, workspace.extractors(), mark("the window"), stop)


def drop_vectors(workspace: Workspace, spec: ModelSpec) -> int:
    """Give up a model's vectors, so that they are made anew; gives their number (lane LIBRARY).
    Raises FinderError; one that cannot be loaded keeps its vectors."""
    from finder.core.library.model_usage import drop_for_reindexing
    from finder.core.library.writer import LibraryWriter
    from finder.core.models.registry import require_installed

    workspace.extractors().get(spec)
    with LibraryWriter(workspace.home, mark("the window")) as writer:
        require_installed([spec])
        writer.adopt([spec])
        return drop_for_reindexing(writer, spec.name)


def _unusable(
    usable: set[str], broken: list[BrokenModel], held: dict[str, ModelUsage]
) -> list[ModelEntry]:
    """Folders that cannot be used, and what is left of models whose folder is gone."""
    reasons = {model.folder.name: model.sentence for model in broken}
    gone = tr("The model's folder is missing. Put it back, or remove the model's data.")
    names = [name for name in dict.fromkeys([*reasons, *held]) if name not in usable]
    return [
        ModelEntry(name, name, held=held.get(name), trouble=reasons.get(name, gone))
        for name in names
    ]


def _offered(home: Home, offer: Offer) -> ModelEntry:
    from finder.core.web.partial_file import partial_file_size

    come = partial_file_size(home.downloads, offer.file.sha256)
    return ModelEntry(offer.spec.name, offer.spec.title, offer=offer, come=come)
