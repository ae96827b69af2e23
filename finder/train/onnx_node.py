"""A node of an ONNX graph, and what of it is known before any picture is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

Constant = NDArray[Any]
Operation = Callable[..., Any]
"""From the values that depend on the picture, in the order of the node's inputs, to the output."""


class Unsupported(Exception):
    """A node that cannot be turned into PyTorch. Its text: the operator, and what of it."""


@dataclass(frozen=True)
class Node:
    """A node of the graph. constants: its inputs that do not depend on the picture, by position."""

    kind: str
    attributes: Mapping[str, Any]
    constants: Mapping[int, Constant]
    inputs: int

    @classmethod
    def of(cls, node: onnx.NodeProto, known: Mapping[str, Constant]) -> Node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        constants = {at: known[name] for at, name in enumerate(node.input) if name in known}
        return cls(node.op_type, attributes, constants, len(node.input))

    def number(self, name: str, default: float) -> float:
        return float(self.attributes.get(name, default))

    def integer(self, name: str, default: int) -> int:
        return int(self.attributes.get(name, default))

    def integers(self, name: str) -> list[int]:
        """Empty where the attribute is missing."""
        return [int(value) for value in self.attributes.get(name, [])]

    def fixed(self, at: int) -> Constant:
        """The input at this position. Raises Unsupported if it depends on the picture."""
        if at not in self.constants:
            raise Unsupported(f"{self.kind} with a computed input")
        return self.constants[at]

    def optional(self, at: int, attribute: str) -> Constant | None:
        """What newer operator sets have as an input, and older ones as an attribute."""
        if at in self.constants:
            return self.constants[at]
        value = self.attributes.get(attribute)
        return None if value is None else np.asarray(value)

    def axes(self, at: int) -> list[int]:
        found = self.optional(at, "axes")
        return [] if found is None else [int(axis) for axis in np.atleast_1d(found)]


def tensor(values: Constant) -> Any:
    """As float32 if they are floating-point numbers of any width."""
    array = np.array(values)  # a copy, which PyTorch may write to
    return torch.from_numpy(array.astype(np.float32) if array.dtype.kind == "f" else array)


def pads_of(node: Node) -> tuple[list[int] | None, bool]:
    """(left, right, top, bottom, None for “same”; whether “same” pads more at the end)."""
    automatic = node.attributes.get("auto_pad", b"NOTSET").decode()
    if automatic.startswith("SAME"):
        return None, automatic == "SAME_UPPER"
    pads = node.integers("pads") if automatic == "NOTSET" else []
    top, left, bottom, right = pads or [0] * 4
    return [left, right, top, bottom], True


def same_pads(size: Any, kernel: Any, strides: Any, dilations: Any, more_at_end: bool) -> list[int]:
    """For a map of ⌈size / stride⌉."""
    pads: list[int] = []
    for side, length, stride, dilation in zip(size, kernel, strides, dilations, strict=True):
        count = -(-side // stride)
        total = max(0, (count - 1) * stride + dilation * (length - 1) + 1 - side)
        less, more = total // 2, total - total // 2
        pads = [less, more, *pads] if more_at_end else [more, less, *pads]
    return pads


def pair_of(node: Node, name: str) -> tuple[int, int]:
    found = node.integers(name) or [1, 1]
    if len(found) != 2:
        raise Unsupported(f"{node.kind} of another rank than 2")
    return found[0], found[1]
