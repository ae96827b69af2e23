"""The operators of convolutional networks, from ONNX (opset 7 to 22) to PyTorch.

Each is built once, from a node and the values that are known before any picture is, and then called
with the others. What has weights becomes a PyTorch layer (`onnx_layers`), which can be trained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import onnx
import torch
from torch.nn import functional

from finder.train.onnx_layers import convolution, gemm, normalisation, product
from finder.train.onnx_node import Node, Operation, Unsupported, tensor
from finder.train.onnx_pooling import pooling


def build(node: Node) -> Operation:
    """The node as a function of its inputs that are no constants. Raises Unsupported."""
    maker = _MAKERS.get(node.kind)
    if maker is None:
        raise Unsupported(node.kind)
    return maker(node)


class _WithConstant(torch.nn.Module):  # type: ignore[misc]
    """Arithmetic with a constant, which is moved to the network's device with it."""

    def __init__(self, calculate: Operation, constant: Any, is_first: bool) -> None:
        super().__init__()
        self._calculate, self._is_first = calculate, is_first
        self.register_buffer("constant", constant)

    def forward(self, values: Any) -> Any:
        if self._is_first:
            return self._calculate(self.constant, values)
        return self._calculate(values, self.constant)


def _arithmetic(calculate: Operation, node: Node) -> Operation:
    if not node.constants:
        return calculate
    ((at, constant),) = node.constants.items()
    return _WithConstant(calculate, tensor(constant), at == 0)


def _clip(node: Node) -> Operation:
    low, high = node.optional(1, "min"), node.optional(2, "max")
    least, most = (None if end is None else float(end) for end in (low, high))
    return partial(torch.clamp, min=least, max=most)


def _hard_sigmoid(node: Node) -> Operation:
    slope, shift = node.number("alpha", 0.2), node.number("beta", 0.5)
    return lambda values: torch.clamp(values * slope + shift, 0.0, 1.0)


def _leaky(node: Node) -> Operation:
    return partial(functional.leaky_relu, negative_slope=node.number("alpha", 0.01))


def _global_pool(reduce: Operation, node: Node) -> Operation:
    return lambda maps: reduce(maps, dim=tuple(range(2, maps.ndim)), keepdim=True)


def _reduction(reduce: Operation, node: Node) -> Operation:
    axes, keep = node.axes(1), bool(node.integer("keepdims", 1))
    if not axes:
        raise Unsupported(f"{node.kind} over all axes")
    return partial(reduce, dim=tuple(axes), keepdim=keep)


def _reshape(node: Node) -> Operation:
    shape = [int(length) for length in node.fixed(1)]
    if node.integer("allowzero", 0) and 0 in shape:
        raise Unsupported("Reshape to nothing")

    def reshaped(values: Any) -> Any:
        sizes = [values.shape[at] if length == 0 else length for at, length in enumerate(shape)]
        if sizes and sizes[0] == 1 and -1 not in sizes:
            sizes[0] = -1  # an exported batch of one
        return values.reshape(sizes)

    return reshaped


def _flatten(node: Node) -> Operation:
    if node.integer("axis", 1) != 1:
        raise Unsupported("Flatten of another axis than 1")
    return partial(torch.flatten, start_dim=1)


def _squeeze(node: Node) -> Operation:
    axes = tuple(node.axes(1))
    if not axes:
        raise Unsupported("Squeeze without axes")
    return partial(torch.squeeze, dim=axes)


def _transpose(node: Node) -> Operation:
    order = node.integers("perm")
    return lambda values: values.permute(order or list(range(values.ndim))[::-1])


def _concatenation(node: Node) -> Operation:
    if node.constants:
        raise Unsupported("Concat with constants")
    axis = node.integer("axis", 1)
    return lambda *values: torch.cat(values, dim=axis)


def _padding(node: Node) -> Operation:
    pads = node.optional(1, "pads")
    mode = node.attributes.get("mode", b"constant").decode()
    if pads is None or len(pads) != 8 or any(pads[[0, 1, 4, 5]]) or mode not in _PAD_MODES:
        raise Unsupported("Pad of other axes than height and width")
    top, left, bottom, right = (int(pads[at]) for at in (2, 3, 6, 7))
    value = node.optional(2, "value")
    if mode != "constant":
        return partial(functional.pad, pad=[left, right, top, bottom], mode=_PAD_MODES[mode])
    fill = 0.0 if value is None else float(value)
    return partial(functional.pad, pad=[left, right, top, bottom], value=fill)


def _softmax(node: Node) -> Operation:
    return partial(torch.softmax, dim=node.integer("axis", -1))


def _identity(node: Node) -> Operation:
    return lambda values: values


def _float_cast(node: Node) -> Operation:
    """Numbers of any width are float32 here."""
    types = onnx.TensorProto
    if node.integer("to", 0) not in (types.FLOAT, types.FLOAT16, types.DOUBLE):
        raise Unsupported("Cast to whole numbers")
    return lambda values: values.to(torch.float32)


_PAD_MODES: Final = {"constant": "constant", "reflect": "reflect", "edge": "replicate"}


def _plain(operation: Operation) -> Callable[[Node], Operation]:
    return lambda node: operation


_MAKERS: Final[Mapping[str, Callable[[Node], Operation]]] = {
    "Conv": convolution,
    "Gemm": gemm,
    "MatMul": product,
    "BatchNormalization": normalisation,
    "MaxPool": partial(pooling, is_max=True),
    "AveragePool": partial(pooling, is_max=False),
    "GlobalAveragePool": partial(_global_pool, torch.mean),
    "GlobalMaxPool": partial(_global_pool, torch.amax),
    "ReduceMean": partial(_reduction, torch.mean),
    "ReduceMax": partial(_reduction, torch.amax),
    "Add": partial(_arithmetic, torch.add),
    "Sub": partial(_arithmetic, torch.sub),
    "Mul": partial(_arithmetic, torch.mul),
    "Div": partial(_arithmetic, torch.div),
    "Clip": _clip,
    "Relu": _plain(torch.relu),
    "LeakyRelu": _leaky,
    "Sigmoid": _plain(torch.sigmoid),
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": _plain(functional.hardswish),
    "Tanh": _plain(torch.tanh),
    "Softmax": _softmax,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Squeeze": _squeeze,
    "Transpose": _transpose,
    "Concat": _concatenation,
    "Pad": _padding,
    "Cast": _float_cast,
    "Identity": _identity,
    "Dropout": _identity,
}
