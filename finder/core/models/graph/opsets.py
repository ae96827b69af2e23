"""Letting older releases of ONNX Runtime run a newly exported model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from finder.core.models.graph.traversal import every_node

if TYPE_CHECKING:
    import onnx

OPSET: Final = 21
IR_VERSION: Final = 10
"""The newest that ONNX Runtime 1.20 knows."""


def set_back(model: onnx.ModelProto) -> None:
    """Declare the model in the opset and format of ONNX Runtime 1.20, where it uses nothing newer.

    What opsets 22 to 28 changed of older operators is types that they take, new attributes whose
    defaults are the old ways, and words (onnx.defs, compared).
    """
    model.ir_version = IR_VERSION
    if all(_is_known(node) for node in every_node(model) if node.domain in ("", "ai.onnx")):
        for imports in (model.opset_import, *(f.opset_import for f in model.functions)):
            for opset in imports:
                if opset.domain in ("", "ai.onnx"):
                    opset.version = min(opset.version, OPSET)


def _is_known(node: onnx.NodeProto) -> bool:
    from onnx import defs

    try:
        schema = defs.get_schema(node.op_type, OPSET, "")
    except defs.SchemaError:
        return False
    own = {attribute.name for attribute in node.attribute}
    return own <= schema.attributes.keys() and len(node.input) <= schema.max_input
