"""Model input → embedding, by ONNX Runtime. Only this imports it (and `quantise` its quantiser)."""

from __future__ import annotations

import hashlib
import logging
import math
import os
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# Its official builds keep a number for this computer in the user's cache and report to Microsoft
# over HTTPS, unless told so before they are loaded (onnxruntime's Privacy.md).
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime as ort

from finder.core.errors import FinderError, Reason, SkippedPicture
from finder.core.i18n import tr
from finder.core.limits import MAX_BYTES
from finder.core.models.baselines import Baseline
from finder.core.models.preprocess import to_input
from finder.core.models.runtime.external_data import has_external_data
from finder.core.models.runtime.provider_names import CPU, DIRECT_ML, PROVIDERS, Choice
from finder.core.models.spec import ModelSpec

ort.disable_telemetry_events()  # Windows' own tracing does not know the variable

log = logging.getLogger(__name__)

# Below this length a feature says nothing: dividing by it would only magnify rounding.
_SMALLEST_NORM = 1e-6
_TENSORS = {"float32": "tensor(float)", "float16": "tensor(float16)", "uint8": "tensor(uint8)"}
"""ONNX Runtime's names for INPUT_TYPES."""
_ERROR, _FATAL = 3, 4
"""From which severity on ONNX Runtime writes on standard error."""


OpenSession = Callable[[ModelSpec, str], ort.InferenceSession]
"""As `open_session`."""


class Embedder(Protocol):
    """What makes one model's vectors; safe to use from several threads at a time."""

    spec: ModelSpec

    def embed_image(self, image: Image.Image) -> NDArray[np.float32]:
        """An RGB image's embedding: float32 [dimension], L2-normalised. Raises SkippedPicture."""


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
        self.fell_back = ""
        """A sentence, once the CPU has taken over."""
        self._open_session = opener or open_session
        self._lock = threading.Lock()
        # DirectML's sessions are for one caller at a time.
        self._turn = threading.Lock() if provider == DIRECT_ML else nullcontext()
        self._provider = provider
        try:
            self._session = self._open_session(spec, provider)
        except ProviderFailed as error:
            self._session = self._open_session(spec, CPU)
            self._fall_back(error)

    @property
    def provider(self) -> str:
        """What computes it now."""
        return CPU if self.fell_back else self._provider

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
        """Inputs [N, …] to what the file itself gives for them, [N, dimension].

        Raises FinderError if the file cannot be run or gives another dimension than `model.toml`
        says.
        """
        features = np.asarray(self._run(batch))
        if features.dtype.kind != "f":
            raise _cannot_load(self.spec, tr("its output is not made of numbers"))
        length, rest = divmod(features.size, len(batch))
        if rest or length != self.spec.dimension:  # not all files tell it beforehand
            raise _wrong_dimension(self.spec, length)
        return features.reshape(len(batch), length)

    def _run(self, batch: NDArray[Any]) -> object:
        session = self._session
        try:
            with self._turn:
                (output,) = session.run([self.spec.output], {self.spec.input.name: batch})
        except Exception as error:  # a class of its own for each kind of fault, as when opening
            if self.provider == CPU and session is self._session:
                raise _cannot_load(self.spec, _first_line(error)) from error
            self._take_over(error)
            return self._run(batch)
        return output

    def _take_over(self, error: Exception) -> None:
        """From now on the CPU computes it; several threads may find out at the same time."""
        with self._lock:
            if not self.fell_back:
                self._session = self._open_session(self.spec, CPU)
                self._fall_back(error)

    def _fall_back(self, error: Exception) -> None:
        self.fell_back = tr(
            "{provider} could not run {title} ({why}); the processor is used instead."
        ).format(provider=self._provider, title=self.spec.title, why=_first_line(error))
        log.warning("%s", self.fell_back)


class ExtractorPool:
    """The sessions of this process, each made when first asked for and then kept.

    trial: what a model must pass before it is loaded; raises FinderError. choose: gives the
    provider that shall compute it. isolate: gives the embedder of a model that shall not be
    computed in this process, None for any other.
    """

    def __init__(
        self,
        trial: Callable[[ModelSpec], None] = lambda spec: None,
        choose: Callable[[ModelSpec], Choice] = lambda spec: Choice(),
        isolate: Callable[[ModelSpec], Embedder | None] = lambda spec: None,
    ) -> None:
        self._trial = trial
        self._choose = choose
        self._isolate = isolate
        self._notes: list[str] = []
        self._made: dict[ModelSpec, Embedder] = {}
        self._locks: defaultdict[ModelSpec, threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def get(self, spec: ModelSpec) -> Embedder:
        """The model's extractor; others can be loaded at the same time. Raises FinderError if it
        cannot be loaded."""
        with self._lock:
            lock = self._locks[spec]
        with lock:
            if spec not in self._made:
                if spec.is_baseline:
                    self._made[spec] = Baseline(spec)
                else:
                    self._trial(spec)
                    self._made[spec] = self._isolate(spec) or self._here(spec)
            return self._made[spec]

    def _here(self, spec: ModelSpec) -> Extractor:
        """The model computed in this process."""
        choice = self._choose(spec)
        extractor = Extractor(spec, choice.provider)
        self._notes += [choice.note] if choice.note else []
        return extractor

    def let_go(self, model: str) -> None:
        """Give up what is kept of the models of this name."""
        for spec in [spec for spec in list(self._made) if spec.name == model]:
            _close(self._made.pop(spec, None))

    def close(self) -> None:
        """End what runs in processes of its own. Nothing may be embedded any more."""
        for spec in list(self._made):
            _close(self._made.pop(spec, None))

    def notes(self) -> list[str]:
        """Sentences for the user on providers that are wished for and are not used."""
        made = list(self._made.values())
        fallen = [e.fell_back for e in made if isinstance(e, Extractor) and e.fell_back]
        return [*self._notes, *fallen]


def _close(embedder: Embedder | None) -> None:
    """Only what holds more than memory has something to close."""
    close = getattr(embedder, "close", None)
    if close is not None:
        close()


def available_providers() -> list[str]:
    """Those that this installation of ONNX Runtime has; the CPU is always there, and first."""
    names = ort.get_available_providers()
    return [provider for provider, name in PROVIDERS.items() if name in names]


def runtime_version() -> str:
    return str(ort.__version__)


def run_once(content: bytes, batches: Sequence[NDArray[Any]]) -> list[list[NDArray[Any]]]:
    """All outputs of a model file with one input, for each of these inputs.

    For a model that is just being made; its errors are not told on standard error. Raises
    FinderError if it cannot be run.
    """
    try:
        session = _session(content, severity=_FATAL)
        (given,) = session.get_inputs()
        options = ort.RunOptions()
        options.log_severity_level = _FATAL
        return [
            [np.asarray(output) for output in session.run(None, {given.name: batch}, options)]
            for batch in batches
        ]
    except Exception as error:  # a class of its own for each kind of fault, as when opening
        raise FinderError(
            tr("ONNX Runtime cannot run this model: {why}.").format(why=_first_line(error)),
            tr("Try another feature, or export the model again."),
        ) from error


def normalised(features: NDArray[np.floating]) -> NDArray[np.float32]:
    """Rows scaled to length 1, computed in float64. Raises SkippedPicture(NO_FEATURE)."""
    wide = features.astype(np.float64)
    norms = np.sqrt(np.vecdot(wide, wide))[:, np.newaxis]
    if not np.isfinite(norms).all() or (norms < _SMALLEST_NORM).any():
        raise SkippedPicture(Reason.NO_FEATURE, f"norms {norms.ravel().tolist()}")
    unit: NDArray[np.float32] = (wide / norms).astype(np.float32)
    return unit


def _session(content: bytes, provider: str = CPU, severity: int = _ERROR) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = severity
    options.add_session_config_entry("session.load_model_format", "ONNX")  # what is checked here
    options.enable_mem_pattern = provider != DIRECT_ML  # which cannot do with them
    names = list(dict.fromkeys([PROVIDERS[provider], PROVIDERS[CPU]]))
    # Its own way of falling back prints, and does not tell the caller.
    return ort.InferenceSession(content, options, providers=names, enable_fallback=0)


class ProviderFailed(Exception):
    """A provider other than the CPU does not take the model, or is not what it says."""


def open_session(spec: ModelSpec, provider: str) -> ort.InferenceSession:
    """A session of the model as its file is now. Raises FinderError; ProviderFailed, where the CPU
    might do."""
    content = _checked_content(spec)
    try:
        session = _session(content, provider)
    except Exception as error:  # ONNX Runtime raises a class of its own for each kind of fault
        if provider != CPU:
            raise ProviderFailed(_first_line(error)) from error
        raise _cannot_load(spec, _first_line(error)) from error
    if (
        session.get_providers()[0] != PROVIDERS[provider]
    ):  # its library was not found: only logged there
        raise ProviderFailed(tr("it cannot be loaded"))
    _check_input(session, spec)
    _check_output(session, spec)
    return session


def _checked_content(spec: ModelSpec) -> bytes:
    """The file's bytes, once: those that were checked are those that are loaded."""
    try:
        if spec.file.stat().st_size > MAX_BYTES:
            raise _cannot_load(spec, tr("its file is larger than 2 GB"))
        content = spec.file.read_bytes()
    except OSError as error:
        raise _cannot_load(spec, str(error)) from error
    if hashlib.sha256(content).hexdigest() != spec.sha256:
        raise FinderError(
            tr("The model file {file} is not the one its model.toml describes.").format(
                file=spec.file
            ),
            tr("It is damaged or was replaced: install the model again."),
        )
    try:
        outside = has_external_data(content)
    except ValueError as error:
        raise _cannot_load(spec, tr("it is not an ONNX model ({why})").format(why=error)) from error
    if outside:
        raise _cannot_load(spec, tr("part of it is in another file"))
    return content


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _check_input(session: ort.InferenceSession, spec: ModelSpec) -> None:
    inputs = session.get_inputs()
    if [i.name for i in inputs] != [spec.input.name]:
        raise _cannot_load(
            spec, tr("its inputs are {names}").format(names=[i.name for i in inputs])
        )
    height, width = spec.input.height, spec.input.width
    wanted = [1, 3, height, width] if spec.input.layout == "NCHW" else [1, height, width, 3]
    shape = inputs[0].shape  # what is not fixed is a name or None; all unknown is []
    same = [have == want for have, want in zip(shape, wanted, strict=False) if type(have) is int]
    if inputs[0].type != _TENSORS[spec.input.dtype] or len(shape) not in (0, 4) or not all(same):
        why = tr("its input is {type} {shape} instead of {dtype} {wanted}")
        why = why.format(type=inputs[0].type, shape=shape, dtype=spec.input.dtype, wanted=wanted)
        raise _cannot_load(spec, why)


def _check_output(session: ort.InferenceSession, spec: ModelSpec) -> None:
    outputs = {o.name: o.shape for o in session.get_outputs()}
    if spec.output not in outputs:
        raise _cannot_load(spec, tr("its outputs are {names}").format(names=list(outputs)))
    lengths = outputs[spec.output][1:]
    if lengths and all(type(length) is int for length in lengths):
        length = math.prod(lengths)
        if length != spec.dimension:
            raise _wrong_dimension(spec, length)


def _wrong_dimension(spec: ModelSpec, length: int) -> FinderError:
    why = tr("its dimension is {have} instead of {wanted}")
    return _cannot_load(spec, why.format(have=length, wanted=spec.dimension))


def _cannot_load(spec: ModelSpec, why: str) -> FinderError:
    return FinderError(
        tr("The model {title} cannot be loaded: {why}.").format(title=spec.title, why=why),
        tr("Install it again, or switch it off."),
    )
