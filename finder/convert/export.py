"""Exports a PyTorch module to ONNX, with one input, one output and a dynamic batch."""

from __future__ import annotations

from typing import Any, Final

import onnx
import torch

from finder.convert.source import quietly
from finder.core.errors import FinderError, first_line
from finder.core.i18n import tr
from finder.core.limits import MAX_BYTES

OPSET: Final = 20
"""The ONNX operator set of exported models."""

IR_VERSION: Final = 10
"""The ONNX file version that belongs to it: older runtimes reject newer files."""


def export(network: Any, height: int, width: int) -> bytes:
    """The network as ONNX: `input` float32 [batch, 3, height, width] → `embedding`.

    Raises FinderError if it is too large for one file, or uses an operation that ONNX lacks.
    """
    if 4 * sum(weights.numel() for weights in network.parameters()) > MAX_BYTES:
        raise FinderError(
            tr("The network is larger than 2 GB, the limit of an ONNX file."),
            tr("Choose a smaller one of the same family."),
        )
    try:
        with quietly():
            program = torch.onnx.export(
                network,
                (torch.zeros(2, 3, height, width),),
                dynamo=True,
                opset_version=OPSET,
                input_names=["input"],
                output_names=["embedding"],
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                verbose=False,
            )
    except Exception as error:  # each of the exporter's steps raises another class
        reason = error.__cause__ if isinstance(error.__cause__, Exception) else error
        raise FinderError(
            tr("PyTorch could not write the network as ONNX: {why}.").format(why=first_line(reason))
        ) from error
    assert program is not None
    model: onnx.ModelProto = program.model_proto
    model.ir_version = IR_VERSION
    _remove_notes(model)
    content: bytes = model.SerializeToString()
    return content


def _remove_notes(model: onnx.ModelProto) -> None:
    """Remove the exporter's notes about this computer and the export, such as paths."""
    graph = model.graph
    model.ClearField("metadata_props")
    graph.ClearField("metadata_props")
    graph.ClearField("value_info")
    for item in [*graph.node, *graph.input, *graph.output, *graph.initializer]:
        item.ClearField("metadata_props")
        item.ClearField("doc_string")
