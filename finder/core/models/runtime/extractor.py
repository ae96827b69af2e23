"""Model input → embedding, by a session of ONNX Runtime, with the CPU as fallback.

ONNX Runtime (`session`) is imported when the first extractor is made.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from finder.core.errors import first_line
from finder.core.i18n import tr
from finder.core.models.preprocess import to_input
from finder.core.models.runtime.embedder import normalised
from finder.core.models.runtime.provider_names import CPU, DIRECT_ML
from finder.core.models.runtime.session_errors import (
    ProviderFailed,
    cannot_load,
    wrong_dimension,
)
from finder.core.models.spec import ModelSpec

log = logging.getLogger(__name__)


class Session(Protocol):
    """The part of `onnxruntime.InferenceSession` that is needed here."""

    def run(self, outputs: Sequence[str] | None, inputs: dict[str, NDArray[Any]]) -> list[Any]: ...


OpenSession = Callable[[ModelSpec, str], Session]
"""As `session.open_session`."""


class Extractor:
    """One model's ONNX session, made once; safe to use from several threads at a time.

    Each call runs on the calling thread (`intra_op_num_threads=1`): with as many callers as
    cores that is the fastest arrangement measured, and batches gain nothing on a CPU.
    """

    def __init__(
        self, spec: ModelSpec, provider: str = CPU, opener: OpenSession | None = None
    ) -> None:
        """provider: one of `available_providers`; if it fails, now or later, the CPU takes over.

        Raises FinderError if the file is not the one that `model.toml` describes.
        """
        self.spec = spec
        self.fallback_note = ""
        """A sentence for the user, once the CPU has taken over."""
        self._open_session = opener or _default_opener()
        self._lock = threading.Lock()
        # DirectML's sessions allow one caller at a time.
        self._turn = threading.Lock() if provider == DIRECT_ML else nullcontext()
        self._provider = provider
        try:
            self._session = self._open_session(spec, provider)
        except ProviderFailed as error:
            self._session = self._open_session(spec, CPU)
            self._note_fallback(error)

    @property
    def provider(self) -> str:
        """What computes it now."""
        return CPU if self.fallback_note else self._provider

    def embed_image(self, image: Image.Image) -> NDArray[np.float32]:
        """An RGB image's embedding: float32 [dimension], L2-normalised. Raises SkippedPicture."""
        vector: NDArray[np.float32] = self.embed(to_input(image, self.spec.input))[0]
        return vector

    def embed(self, batch: NDArray[Any]) -> NDArray[np.float32]:
        """Inputs [N, …] to embeddings float32 [N, dimension], each L2-normalised.

        Raises SkippedPicture(NO_FEATURE) where a feature is zero or not finite, FinderError as
        `features` does.
        """
        return normalised(self.features(batch))

    def features(self, batch: NDArray[Any]) -> NDArray[np.floating]:
        """Inputs [N, …] to the file's unscaled output for them, [N, dimension].

        Raises FinderError if the file cannot be run or gives another dimension than `model.toml`
        has.
        """
        features = np.asarray(self._run(batch))
        if features.dtype.kind != "f":
            raise cannot_load(self.spec, tr("its output is not made of numbers"))
        length, rest = divmod(features.size, len(batch))
        if rest or length != self.spec.dimension:  # not all files declare it
            raise wrong_dimension(self.spec, length)
        return features.reshape(len(batch), length)

    def _run(self, batch: NDArray[Any]) -> object:
        session = self._session
        try:
            with self._turn:
                (output,) = session.run([self.spec.output], {self.spec.input.name: batch})
        except Exception as error:  # ONNX Runtime's classes have no base of their own
            if self.provider == CPU and session is self._session:
                raise cannot_load(self.spec, first_line(error)) from error
            self._fall_back(error)
            return self._run(batch)
        return output

    def _fall_back(self, error: Exception) -> None:
        """Switch to the CPU. Several threads may call this at the same time."""
        with self._lock:
            if not self.fallback_note:
                self._session = self._open_session(self.spec, CPU)
                self._note_fallback(error)

    def _note_fallback(self, error: Exception) -> None:
        self.fallback_note = tr(
            "{provider} could not run {title} ({why}); the processor is used instead."
        ).format(provider=self._provider, title=self.spec.title, why=first_line(error))
        log.warning("%s", self.fallback_note)


def _default_opener() -> OpenSession:
    from finder.core.models.runtime.session import open_session

    return open_session
