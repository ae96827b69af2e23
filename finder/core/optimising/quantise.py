"""Quantising a model to 8 bits with ONNX Runtime's quantiser. The only module that imports it.

To be run in a process of its own: it writes temporary files, and to the root logger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from finder.core.models.runtime import session  # noqa: F401  # first: turns off telemetry

import onnxruntime as ort  # isort: skip
from onnxruntime.quantization import (  # isort: skip
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process  # isort: skip


def as_int8(content: bytes, input_name: str, inputs: Iterable[NDArray[Any]], folder: Path) -> bytes:
    """The model with 8-bit weights (signed, a scale for each channel) and activations (unsigned,
    of the range that they have with these inputs), in the QDQ format.

    Unsigned activations are faster than signed ones on x86-64 (measured: 1.8 against 1.4 times as
    fast as float32, and as exact); ranges by percentile or entropy are no better than the plain
    minimum and maximum, and take three times as long. folder: for temporary files.
    """
    original, prepared, quantised = (
        folder / f"{name}.onnx" for name in ("original", "prepared", "quantised")
    )
    original.write_bytes(content)
    # Folds constants, also weights stored as float16; symbolic shapes are for transformers only.
    quant_pre_process(original, prepared, skip_symbolic_shape=True)
    quantize_static(
        prepared,
        quantised,
        _CalibrationData(input_name, inputs),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        reduce_range=products_saturate(),
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
    )
    return quantised.read_bytes()


class _CalibrationData(CalibrationDataReader):  # type: ignore[misc]  # it has no type stubs
    """The inputs that the ranges are measured on."""

    def __init__(self, name: str, inputs: Iterable[NDArray[Any]]) -> None:
        self._name = name
        self._inputs: Iterator[NDArray[Any]] = iter(inputs)

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        given = next(self._inputs, None)
        return None if given is None else {self._name: given}


def products_saturate() -> bool:
    """Whether this processor saturates sums of 8-bit products at 16 bits, as those without VNNI do:
    then weights must be limited to 7 bits (ONNX Runtime's documentation, “Quantize ONNX Models”,
    U8U8).
    """
    left = np.full((4, 64), 255, np.uint8)
    right = np.full((64, 4), 127, np.int8)
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("MatMulInteger", ["left", "right"], ["product"])],
        "product",
        [onnx.helper.make_tensor_value_info("left", onnx.TensorProto.UINT8, left.shape)],
        [onnx.helper.make_tensor_value_info("product", onnx.TensorProto.INT32, (4, 4))],
        [onnx.numpy_helper.from_array(right, "right")],
    )
    opset = onnx.helper.make_opsetid("", 20)
    model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=10)
    running = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (product,) = running.run(None, {"left": left})
    return bool((np.asarray(product) != 255 * 127 * 64).any())
