"""All models that a user can have: installed ones, those that cannot be used, and those that can be
downloaded.
"""

from __future__ import annotations

from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.models.downloads.offers import Offer, catalogue_file, read_offers
from finder.use_cases.models.install_model import downloaded_bytes

if TYPE_CHECKING:
    from finder.core.library.model_usage import ModelUsage
    from finder.core.models.registry import BrokenModel
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.use_cases.models.model_speed import Speed


@dataclass(frozen=True)
class ModelEntry:
    """One model, installed or offered. spec: None where it cannot be used, for the reason in
    `problem`; usage: its data in the library; words: what an installed one can be given;
    downloaded: bytes of the offer's files, or of the words'; is_on: whether it indexes new
    pictures."""

    name: str
    title: str
    spec: ModelSpec | None = None
    usage: ModelUsage | None = None
    offer: Offer | None = None
    downloaded: int = 0
    speed: Speed | None = None
    problem: str = ""
    is_on: bool = False
    words: Offer | None = None

    @property
    def is_baseline(self) -> bool:
        return self.spec is not None and self.spec.is_baseline

    @property
    def installable(self) -> Offer | None:
        """What can be downloaded: the model, or the words of an installed one."""
        return self.offer or self.words

    @property
    def is_removable(self) -> bool:
        """Models that the user added can be removed, and what is left of them; those that ship with
        the program cannot."""
        return self.usage is not None and (self.spec is None or self.usage.folder is not None)

    @property
    def takes_words(self) -> bool:
        """Whether the user can give it words from files: it was added, and the catalogue has none
        for it."""
        if self.spec is None or not self.spec.has_file or not self.is_removable:
            return False
        return self.spec.text is None and self.words is None

    def missing(self, pictures: int) -> int:
        """How many of the library's pictures it has not tried yet."""
        if self.spec is None or self.usage is None:
            return 0
        return max(0, pictures - self.usage.indexed - self.usage.failed)


@dataclass(frozen=True)
class ModelsOverview:
    """All models: installed ones in their order, those that cannot be used, baselines, offers.
    catalogue_error: why no models can be offered; is_snapshot: the disk is full or read-only, and
    the library can only be read."""

    entries: tuple[ModelEntry, ...] = ()
    pictures: int = 0
    is_snapshot: bool = False
    catalogue_error: FinderError | None = None


def models_overview(home: Home) -> ModelsOverview:
    """Reads the library if there is one; never creates one. Raises FinderError where its catalogue
    cannot be read."""
    from finder.core.library.catalogue.settings import indexing_models, load_settings
    from finder.core.library.model_usage import model_usages
    from finder.core.models.registry import list_models
    from finder.use_cases.models.model_speed import stored_speeds

    specs, broken = list_models(home.model_dirs())
    exists = home.catalogue.is_file()
    with closing(Catalogue(home)) if exists else nullcontext() as catalogue:
        usages = model_usages(home, catalogue, specs, broken)
        pictures = catalogue.pictures.count() if catalogue else 0
        is_snapshot = catalogue.is_snapshot if catalogue else False
        models_on = load_settings(catalogue).models_on if catalogue else None
    on, speeds = indexing_models(models_on, specs), stored_speeds(home)
    offers, error = _offers()
    usable = [
        _with_words(
            home,
            ModelEntry(
                spec.name,
                spec.title,
                spec,
                usages[spec.name],
                speed=speeds.get(spec.sha256),
                is_on=spec in on,
            ),
            offers,
        )
        for spec in specs
    ]
    entries = [entry for entry in usable if not entry.is_baseline]
    entries += _unusable({spec.name for spec in specs}, broken, usages)
    entries += [entry for entry in usable if entry.is_baseline]
    names = {entry.name for entry in entries}
    entries += [_offered(home, offer) for offer in offers if offer.spec.name not in names]
    return ModelsOverview(tuple(entries), pictures, is_snapshot, error)


def _unusable(
    usable: set[str], broken: list[BrokenModel], usages: dict[str, ModelUsage]
) -> list[ModelEntry]:
    """Folders that cannot be used, and what is left of models whose folder is gone."""
    reasons = {model.folder.name: model.sentence for model in broken}
    gone = tr("The model's folder is missing. Put it back, or remove the model's data.")
    names = [name for name in dict.fromkeys([*reasons, *usages]) if name not in usable]
    return [
        ModelEntry(name, name, usage=usages.get(name), problem=reasons.get(name, gone))
        for name in names
    ]


def _offers() -> tuple[list[Offer], FinderError | None]:
    try:
        return read_offers(catalogue_file()), None
    except FinderError as error:  # the installed models are listed in any case
        return [], error


def _with_words(home: Home, entry: ModelEntry, offers: list[Offer]) -> ModelEntry:
    """An installed model, with the words that it could have."""
    found = (o for o in offers if entry.spec is not None and o.adds_words_to(entry.spec))
    words = next(found, None)
    if words is None:
        return entry
    return replace(entry, words=words, downloaded=downloaded_bytes(home, words))


def _offered(home: Home, offer: Offer) -> ModelEntry:
    downloaded = downloaded_bytes(home, offer)
    return ModelEntry(offer.spec.name, offer.spec.title, offer=offer, downloaded=downloaded)
