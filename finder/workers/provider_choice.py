"""Which execution provider computes each model: what the user has set, else what a measured run on
this computer found fastest. Measured once for a model file, a release of ONNX Runtime and its
providers; where there is only the CPU, nothing is measured.
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
from finder.core.paths import Home, samples_dir
from finder.core.small_files import read_json, write_json
from finder.workers.model_process import ModelProcesses
from finder.workers.model_trial import ModelTrials
from finder.workers.worker_pools import query_pool, worker_count

if TYPE_CHECKING:
    from PIL import Image

    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.runtime.providers import OpenModel, ProviderMeasurement
    from finder.core.models.spec import ModelSpec

log = logging.getLogger(__name__)

_PICTURES = 8


class ModelProviders:
    """Call it with a model that is about to be loaded: gives the provider to take, never fails.

    Others wait while a model is measured, some seconds. available, open_model: what there is, and
    what opens a model on it, if not ONNX Runtime.
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
        available, wanted = self.available(), self._wanted()
        if wanted == CPU or (wanted == AUTO and available == [CPU]):
            return Choice()
        if wanted not in (AUTO, *available):
            note = tr("{provider} is not available on this computer; models run on the processor.")
            return Choice(note=note.format(provider=wanted))
        try:
            return _choice(wanted, self.tried(spec))
        except (FinderError, SkippedPicture) as error:  # who loads the model next meets it, too
            log.warning("%s", error)
            return Choice()

    def as_measured(self, spec: ModelSpec) -> Choice:
        """The same, without measuring what was not measured yet."""
        known = self._home.providers.is_file() and self._known(spec) is not None
        return self(spec) if known else Choice()

    def available(self) -> list[str]:
        from finder.core.models.runtime.session import available_providers

        return available_providers() if self._available is None else list(self._available)

    def tried(self, spec: ModelSpec) -> list[ProviderMeasurement]:
        """Each provider as it ran this model. Raises FinderError or SkippedPicture if the CPU
        cannot."""
        with self._lock:
            found = self._known(spec)
            if found is None:
                found = self._measure(spec)
                entry = {"under": self._under(), "tried": [asdict(one) for one in found]}
                self._keep(self._kept() | {spec.sha256: entry})
            return found

    def _known(self, spec: ModelSpec) -> list[ProviderMeasurement] | None:
        return _tried_of(self._kept().get(spec.sha256), self._under())

    def _measure(self, spec: ModelSpec) -> list[ProviderMeasurement]:
        from finder.core.models.runtime.extractor import Extractor
        from finder.core.models.runtime.providers import try_providers

        images = _images(spec)
        threads = worker_count()
        open_model = self._open_model or Extractor
        with query_pool() as pool:
            return try_providers(spec, self.available(), images, pool, threads, open_model)

    def _wanted(self) -> str:
        from finder.core.library.catalogue.catalogue import Catalogue

        if not self._home.catalogue.is_file():
            return AUTO
        try:
            with closing(Catalogue(self._home)) as catalogue:
                return load_settings(catalogue).provider
        except (FinderError, sqlite3.Error) as error:
            log.warning("%s", error)
            return AUTO

    def _under(self) -> str:
        """What a measurement depends on beside the model."""
        from finder.core.models.runtime.session import runtime_version

        return f"{runtime_version()} {' '.join(self.available())} {worker_count()}"

    def _kept(self) -> dict[str, Any]:
        try:
            kept = read_json(self._home.providers)
        except (OSError, ValueError):  # nothing was measured yet, or it is measured again
            return {}
        return kept if isinstance(kept, dict) else {}

    def _keep(self, entries: dict[str, Any]) -> None:
        try:
            self._home.root.mkdir(parents=True, exist_ok=True)
            write_json(self._home.providers, entries)
        except OSError:
            log.warning("what was measured could not be noted", exc_info=True)


def _choice(wanted: str, tried: Sequence[ProviderMeasurement]) -> Choice:
    from finder.core.models.runtime.providers import fastest

    if wanted == AUTO:
        return Choice(fastest(tried))
    (one,) = (one for one in tried if one.provider == wanted)
    return Choice(note=one.refusal) if one.refusal else Choice(wanted)


def extractors_of(home: Home) -> ExtractorPool:
    """The models' sessions as the program uses them: tried, each on its provider; those of
    strangers in processes of their own."""
    from finder.core.models.runtime.pool import ExtractorPool

    return ExtractorPool(ModelTrials(home), ModelProviders(home), ModelProcesses(home))


def plain_extractors_of(home: Home) -> ExtractorPool:
    """The same, but all computed by the processor."""
    from finder.core.models.runtime.pool import ExtractorPool

    return ExtractorPool(ModelTrials(home), isolate=ModelProcesses(home))


def _tried_of(entry: object, under: str) -> list[ProviderMeasurement] | None:
    from finder.core.models.runtime.providers import ProviderMeasurement

    if not isinstance(entry, dict) or entry.get("under") != under:
        return None
    try:
        tried = [ProviderMeasurement(**one) for one in entry["tried"]]
    except (KeyError, TypeError):
        return None
    return tried if tried and all(map(_is_sound, tried)) else None


def _is_sound(tried: ProviderMeasurement) -> bool:
    texts, numbers = (tried.provider, tried.refusal), (tried.rate, tried.difference)
    return all(isinstance(text, str) for text in texts) and all(
        type(number) in (int, float) for number in numbers
    )


def _images(spec: ModelSpec) -> list[Image.Image]:
    """Some of the samples: every computer has the same."""
    from finder.core.pictures.decode import decode

    paths = sorted(samples_dir().rglob("*.jpg"))
    step = max(1, len(paths) // _PICTURES)
    return [decode(p.read_bytes(), spec.decode_side).image for p in paths[::step][:_PICTURES]]
