"""Declaring a newly exported model in an opset that older releases of ONNX Runtime support."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from finder.core.models.graph.traversal import all_nodes

if TYPE_CHECKING:
    import onnx

MAX_OPSET: Final = 21
MAX_IR_VERSION: Final = 10
"""The newest that ONNX Runtime 1.20 supports."""


def lower_opset(model: onnx.ModelProto) -> None:
    """Declare the model in the opset and IR version of ONNX Runtime 1.20 if it uses nothing newer.

    To existing operators, opsets 22 to 28 only added types, attributes whose defaults are the old
    behaviour, and changes of the documentation (compared with `onnx.defs`).
    """
    model.ir_version = MAX_IR_VERSION
    if all(_is_supported(node) for node in all_nodes(model) if node.domain in ("", "ai.onnx")):
        for imports in (model.opset_import, *(f.opset_import for f in model.functions)):
            for opset in imports:
                if opset.domain in ("", "ai.onnx"):
                    opset.version = min(opset.version, MAX_OPSET)


def _is_supported(node: onnx.NodeProto) -> bool:
    from onnx import defs

    try:
        schema = defs.get_schema(node.op_type, MAX_OPSET, "")
    except defs.SchemaError:
        return False
    own = {attribute.name for attribute in node.attribute}
    return own <= schema.attributes.keys() and len(node.input) <= schema.max_input
