"""Sessions of ONNX Runtime, opened and checked. The only module that imports it, except for the one
that imports its quantiser (`optimising.quantise`)."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

# Its official builds keep a number for this computer in the user's cache and report to Microsoft
# over HTTPS, unless this is set before they are loaded (onnxruntime's Privacy.md).
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime as ort

from finder.core.errors import FinderError, first_line
from finder.core.i18n import tr
from finder.core.limits import MAX_BYTES
from finder.core.models.runtime.external_data import has_external_data
from finder.core.models.runtime.provider_names import CPU, DIRECT_ML, PROVIDERS
from finder.core.models.runtime.session_errors import (
    ProviderFailed,
    cannot_load,
    wrong_dimension,
)

if TYPE_CHECKING:
    from pathlib import Path

    from finder.core.models.spec import ModelSpec, TextSpec

ort.disable_telemetry_events()  # Windows' own tracing ignores the variable

_TENSOR_TYPES = {
    "float32": "tensor(float)",
    "float16": "tensor(float16)",
    "uint8": "tensor(uint8)",
}
"""ONNX Runtime's names for `manifest.INPUT_TYPES`."""
_TEXT_THREADS = min(4, os.cpu_count() or 1)
"""One text is embedded at a time, while somebody waits for it."""
_ERROR, _FATAL = 3, 4
"""The severities from which ONNX Runtime writes to standard error."""


def available_providers() -> list[str]:
    """Those that this installation of ONNX Runtime has; the CPU is always there, and first."""
    names = ort.get_available_providers()
    return [provider for provider, name in PROVIDERS.items() if name in names]


def runtime_version() -> str:
    return str(ort.__version__)


def run_once(content: bytes, batches: Sequence[NDArray[Any]]) -> list[list[NDArray[Any]]]:
    """All outputs of a model file with one input, for each of these inputs.

    For a model that is just being made; its errors do not go to standard error. Raises FinderError
    if it cannot be run.
    """
    return _run_all(content, [{"": batch} for batch in batches])


def run_named(content: bytes, inputs: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
    """All outputs of a model file for these inputs, by their names; else as `run_once`."""
    (outputs,) = _run_all(content, [inputs])
    return outputs


def _run_all(content: bytes, runs: Sequence[dict[str, NDArray[Any]]]) -> list[list[NDArray[Any]]]:
    """runs: inputs by name; “” for the only one."""
    try:
        session = _new_session(content, severity=_FATAL)
        only = session.get_inputs()[0].name
        options = ort.RunOptions()
        options.log_severity_level = _FATAL
        named = [{name or only: values for name, values in inputs.items()} for inputs in runs]
        return [
            [np.asarray(output) for output in session.run(None, inputs, options)]
            for inputs in named
        ]
    except Exception as error:  # ONNX Runtime's classes have no base of their own
        raise FinderError(
            tr("ONNX Runtime cannot run this model: {why}.").format(why=first_line(error)),
            tr("Try another feature, or export the model again."),
        ) from error


def open_session(spec: ModelSpec, provider: str) -> ort.InferenceSession:
    """A session of the model as its file is now. Raises ProviderFailed where the CPU may still be
    able to load it, else FinderError."""
    content = _checked_content(spec, spec.file, spec.sha256)
    try:
        session = _new_session(content, provider)
    except Exception as error:  # ONNX Runtime's classes have no base of their own
        if provider != CPU:
            raise ProviderFailed(first_line(error)) from error
        raise cannot_load(spec, first_line(error)) from error
    # Where its library is missing, ONNX Runtime only logs it.
    if session.get_providers()[0] != PROVIDERS[provider]:
        raise ProviderFailed(tr("it cannot be loaded"))
    _check_input(session, spec)
    _check_output(session, spec, spec.output)
    return session


def open_text_session(spec: ModelSpec, text: TextSpec) -> ort.InferenceSession:
    """A session of the model's text tower as its file is now, on the processor. Raises
    FinderError."""
    content = _checked_content(spec, text.file, text.sha256)
    try:
        session = _new_session(content, threads=_TEXT_THREADS)
    except Exception as error:  # ONNX Runtime's classes have no base of their own
        raise cannot_load(spec, first_line(error)) from error
    _check_text_inputs(session, spec, text)
    _check_output(session, spec, text.output)
    return session


def _new_session(
    content: bytes, provider: str = CPU, severity: int = _ERROR, threads: int = 1
) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = severity
    options.add_session_config_entry(
        "session.load_model_format", "ONNX"
    )  # the format that was checked
    options.enable_mem_pattern = provider != DIRECT_ML  # it does not support them
    names = list(dict.fromkeys([PROVIDERS[provider], PROVIDERS[CPU]]))
    # Its own fallback prints, and does not report to the caller.
    return ort.InferenceSession(content, options, providers=names, enable_fallback=0)


def _checked_content(spec: ModelSpec, file: Path, sha256: str) -> bytes:
    """The file's bytes, read once: those that are checked are those that are loaded."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise cannot_load(spec, tr("its file is larger than 2 GB"))
        content = file.read_bytes()
    except OSError as error:
        raise cannot_load(spec, str(error)) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise FinderError(
            tr("The model file {file} is not the one its model.toml describes.").format(file=file),
            tr("It is damaged or was replaced: install the model again."),
        )
    try:
        outside = has_external_data(content)
    except ValueError as error:
        raise cannot_load(spec, tr("it is not an ONNX model ({why})").format(why=error)) from error
    if outside:
        raise cannot_load(spec, tr("part of it is in another file"))
    return content


def _check_input(session: ort.InferenceSession, spec: ModelSpec) -> None:
    inputs = session.get_inputs()
    if [i.name for i in inputs] != [spec.input.name]:
        raise cannot_load(spec, tr("its inputs are {names}").format(names=[i.name for i in inputs]))
    height, width = spec.input.height, spec.input.width
    wanted = [1, 3, height, width] if spec.input.layout == "NCHW" else [1, height, width, 3]
    shape = inputs[0].shape  # a free axis is a name or None; an undeclared shape is []
    same = [have == want for have, want in zip(shape, wanted, strict=False) if type(have) is int]
    has_type = inputs[0].type == _TENSOR_TYPES[spec.input.dtype]
    if not has_type or len(shape) not in (0, 4) or not all(same):
        why = tr("its input is {type} {shape} instead of {dtype} {wanted}")
        why = why.format(type=inputs[0].type, shape=shape, dtype=spec.input.dtype, wanted=wanted)
        raise cannot_load(spec, why)


def _check_text_inputs(session: ort.InferenceSession, spec: ModelSpec, text: TextSpec) -> None:
    inputs = session.get_inputs()
    names = [i.name for i in inputs]
    if set(names) != {text.input, text.mask} - {""}:
        raise cannot_load(spec, tr("the inputs for its words are {names}").format(names=names))
    for given in inputs:
        lengths = given.shape[1:]
        same = [length == text.length for length in lengths if type(length) is int]
        if given.type != f"tensor({text.dtype})" or len(given.shape) not in (0, 2) or not all(same):
            why = tr("its input is {type} {shape} instead of {dtype} {wanted}")
            wanted = [1, text.length]
            why = why.format(type=given.type, shape=given.shape, dtype=text.dtype, wanted=wanted)
            raise cannot_load(spec, why)


def _check_output(session: ort.InferenceSession, spec: ModelSpec, output: str) -> None:
    outputs = {o.name: o.shape for o in session.get_outputs()}
    if output not in outputs:
        raise cannot_load(spec, tr("its outputs are {names}").format(names=list(outputs)))
    lengths = outputs[output][1:]
    if lengths and all(type(length) is int for length in lengths):
        length = math.prod(lengths)
        if length != spec.dimension:
            raise wrong_dimension(spec, length)
