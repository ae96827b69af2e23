"""Which execution provider computes each model: the one that the user has set, else the one that
was fastest on this computer. That is measured once for each model file, release of ONNX Runtime and
set of providers; where there is only the CPU, nothing is measured.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from finder.core.errors import FinderError, SkippedPicture
from finder.core.i18n import tr
from finder.core.library.catalogue.settings import load_settings
from finder.core.models.runtime.provider_names import AUTO, CPU, Choice
from finder.core.pictures.samples import spread_samples
from finder.core.small_files import read_json, write_json
from finder.workers.worker_pools import query_pool, worker_count

if TYPE_CHECKING:
    from PIL import Image

    from finder.core.models.runtime.providers import OpenModel, ProviderMeasurement
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home

log = logging.getLogger(__name__)

_PICTURES = 8


class ModelProviders:
    """Call it with a model that is about to be loaded: returns its provider, never fails.

    Other threads wait while a model is measured, for some seconds. available, open_model: the
    providers, and a function that opens a model on one of them; by default ONNX Runtime's.
    """

    def __init__(
        self,
        home: Home,
        available: Sequence[str] | None = None,
        open_model: OpenModel | None = None,
    ) -> None:
        self._home = home
        self._available = available
        self._open_model = open_model
        self._lock = threading.Lock()

    def __call__(self, spec: ModelSpec) -> Choice:
        available, wanted = self.available(), self._setting()
        if wanted == CPU or (wanted == AUTO and available == [CPU]):
            return Choice()
        if wanted not in (AUTO, *available):
            note = tr("{provider} is not available on this computer; models run on the processor.")
            return Choice(note=note.format(provider=wanted))
        try:
            return _choice(wanted, self.tried(spec))
        except (FinderError, SkippedPicture) as error:  # loading the model raises it again
            log.warning("%s", error)
            return Choice()

    def as_measured(self, spec: ModelSpec) -> Choice:
        """The same, but the CPU for a model that was not measured yet."""
        known = self._home.providers.is_file() and self._known(spec) is not None
        return self(spec) if known else Choice()

    def available(self) -> list[str]:
        from finder.core.models.runtime.session import available_providers

        return available_providers() if self._available is None else list(self._available)

    def tried(self, spec: ModelSpec) -> list[ProviderMeasurement]:
        """How each provider ran this model; measured if need be. Raises FinderError or
        SkippedPicture if the CPU cannot run it."""
        with self._lock:
            found = self._known(spec)
            if found is None:
                found = self._measure(spec)
                entry = {"under": self._conditions(), "tried": [asdict(one) for one in found]}
                self._store(self._stored() | {spec.sha256: entry})
            return found

    def _known(self, spec: ModelSpec) -> list[ProviderMeasurement] | None:
        return _tried_of(self._stored().get(spec.sha256), self._conditions())

    def _measure(self, spec: ModelSpec) -> list[ProviderMeasurement]:
        from finder.core.models.runtime.extractor import Extractor
        from finder.core.models.runtime.providers import try_providers

        images = _sample_images(spec)
        threads = worker_count()
        open_model = self._open_model or Extractor
        with query_pool() as pool:
            return try_providers(spec, self.available(), images, pool, threads, open_model)

    def _setting(self) -> str:
        from finder.core.library.catalogue.catalogue import Catalogue

        if not self._home.catalogue.is_file():
            return AUTO
        try:
            with closing(Catalogue(self._home)) as catalogue:
                return load_settings(catalogue).provider
        except (FinderError, sqlite3.Error) as error:
            log.warning("%s", error)
            return AUTO

    def _conditions(self) -> str:
        """What a measurement depends on besides the model."""
        from finder.core.models.runtime.session import runtime_version

        return f"{runtime_version()} {' '.join(self.available())} {worker_count()}"

    def _stored(self) -> dict[str, Any]:
        try:
            stored = read_json(self._home.providers)
        except (OSError, ValueError):  # none yet, or unreadable: measured again
            return {}
        return stored if isinstance(stored, dict) else {}

    def _store(self, entries: dict[str, Any]) -> None:
        try:
            self._home.root.mkdir(parents=True, exist_ok=True)
            write_json(self._home.providers, entries)
        except OSError:
            log.warning("measurements of providers cannot be stored", exc_info=True)


def _choice(wanted: str, tried: Sequence[ProviderMeasurement]) -> Choice:
    from finder.core.models.runtime.providers import fastest

    if wanted == AUTO:
        return Choice(fastest(tried))
    (one,) = (one for one in tried if one.provider == wanted)
    return Choice(note=one.refusal) if one.refusal else Choice(wanted)


def _tried_of(entry: object, conditions: str) -> list[ProviderMeasurement] | None:
    from finder.core.models.runtime.providers import ProviderMeasurement

    if not isinstance(entry, dict) or entry.get("under") != conditions:
        return None
    try:
        tried = [ProviderMeasurement(**one) for one in entry["tried"]]
    except (KeyError, TypeError):
        return None
    return tried if tried and all(map(_is_valid, tried)) else None


def _is_valid(tried: ProviderMeasurement) -> bool:
    texts, numbers = (tried.provider, tried.refusal), (tried.rate, tried.difference)
    return all(isinstance(text, str) for text in texts) and all(
        type(number) in (int, float) for number in numbers
    )


def _sample_images(spec: ModelSpec) -> list[Image.Image]:
    """The same on every computer."""
    from finder.core.pictures.decode import decode

    return [decode(p.read_bytes(), spec.decode_side).image for p in spread_samples(_PICTURES)]
