"""The execution providers by the names that users choose from; light to import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CPU: Final = "cpu"
DIRECT_ML: Final = "directml"
AUTO: Final = "auto"
"""Whatever is fastest on this computer."""
PROVIDERS: Final = {
    CPU: "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    DIRECT_ML: "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
}
"""Their names in ONNX Runtime."""


@dataclass(frozen=True)
class Choice:
    """The provider that shall compute a model; note: a sentence if it is not the one asked for."""

    provider: str = CPU
    note: str = ""
