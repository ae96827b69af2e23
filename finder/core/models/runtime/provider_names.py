"""The execution providers by the names that users choose from; cheap to import."""

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
    """The provider to compute a model with; note: a sentence if it is not the requested one."""

    provider: str = CPU
    note: str = ""
