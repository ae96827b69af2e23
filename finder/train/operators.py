"""The operators of convolutional networks, from ONNX (opset 7 to 22) to PyTorch.

Each is built once, from a node and the values that are known before any picture is, and then called
with the others. What has weights becomes a PyTorch layer, which can be trained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch.nn import functional

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


def build(node: Node) -> Operation:
    """The node as a function of its inputs that are no constants. Raises Unsupported."""
    maker = _MAKERS.get(node.kind)
    if maker is None:
        raise Unsupported(node.kind)
    return maker(node)


def tensor(values: Constant) -> Any:
    """As float32 if they are floating-point numbers of any width."""
    array = np.array(values)  # a copy, which PyTorch may write to
    return torch.from_numpy(array.astype(np.float32) if array.dtype.kind == "f" else array)


# Layers with weights


class _Convolution(torch.nn.Conv2d):  # type: ignore[misc]  # untyped where PyTorch is not installed
    """Conv2d that also pads unevenly, as ONNX can. pads: left, right, top, bottom, None for
    “same”."""

    def __init__(self, pads: list[int] | None, more_at_end: bool, **options: Any) -> None:
        super().__init__(**options)
        self._pads, self._more_at_end = pads, more_at_end

    def forward(self, maps: Any) -> Any:
        pads = self._pads
        if pads is None:
            pads = _same_pads(
                maps.shape[2:], self.kernel_size, self.stride, self.dilation, self._more_at_end
            )
        return super().forward(functional.pad(maps, pads) if any(pads) else maps)


class _Normalisation(torch.nn.modules.batchnorm._BatchNorm):  # type: ignore[misc]
    """Batch normalisation of values of any rank."""

    def _check_input_dim(self, maps: Any) -> None:
        pass


def _convolution(node: Node) -> Operation:
    weight = tensor(node.fixed(1))
    bias = tensor(node.fixed(2)) if node.inputs > 2 else None
    if weight.ndim != 4:
        raise Unsupported("Conv of another rank than 2")
    groups = node.integer("group", 1)
    pads, more_at_end = _pads(node)
    even = pads is not None and pads[0] == pads[1] and pads[2] == pads[3]
    layer = _Convolution(
        [0] * 4 if even else pads,
        more_at_end,
        in_channels=weight.shape[1] * groups,
        out_channels=weight.shape[0],
        kernel_size=tuple(weight.shape[2:]),
        stride=_pair(node, "strides"),
        dilation=_pair(node, "dilations"),
        padding=(pads[2], pads[0]) if even and pads is not None else 0,
        groups=groups,
        bias=bias is not None,
    )
    return _filled(layer, weight, bias)


def _gemm(node: Node) -> Operation:
    weight = tensor(node.fixed(1))
    scales = node.number("alpha", 1.0), node.number("beta", 1.0)
    if node.integer("transA", 0) or scales != (1.0, 1.0):
        raise Unsupported("Gemm with transA, alpha or beta")
    bias = tensor(node.fixed(2)) if node.inputs > 2 else None
    return _linear(weight if node.integer("transB", 0) else weight.T, bias)


def _product(node: Node) -> Operation:
    weight = tensor(node.fixed(1))
    if weight.ndim != 2:
        raise Unsupported("MatMul of another rank than 2")
    return _linear(weight.T, None)


def _linear(weight: Any, bias: Any) -> Operation:
    rows, columns = weight.shape
    return _filled(torch.nn.Linear(columns, rows, bias=bias is not None), weight, bias)


def _filled(layer: Any, weight: Any, bias: Any) -> Operation:
    with torch.no_grad():
        layer.weight.copy_(weight)
        if bias is not None:
            layer.bias.copy_(bias.reshape(layer.bias.shape))
    filled: Operation = layer
    return filled


def _normalisation(node: Node) -> Operation:
    scale, shift, mean, variance = (tensor(node.fixed(at)) for at in range(1, 5))
    momentum = 1 - node.number("momentum", 0.9)
    layer = _Normalisation(len(scale), eps=node.number("epsilon", 1e-5), momentum=momentum)
    layer.running_mean.copy_(mean)
    layer.running_var.copy_(variance)
    return _filled(layer, scale, shift)


# Pooling


def _pool(node: Node, is_max: bool) -> Operation:
    kernel, strides = node.integers("kernel_shape"), _pair(node, "strides")
    dilations = _pair(node, "dilations")
    pads, more_at_end = _pads(node)
    ceil = bool(node.integer("ceil_mode", 0))
    if is_max:
        pool = partial(
            functional.max_pool2d,
            kernel_size=kernel,
            stride=strides,
            dilation=dilations,
            ceil_mode=ceil,
        )
    else:
        counted = bool(node.integer("count_include_pad", 0))
        if dilations != (1, 1) or (not counted and pads != [0, 0, 0, 0]):
            return _average_of_inside(node, kernel, strides, pads, more_at_end, counted)
        pool = partial(functional.avg_pool2d, kernel_size=kernel, stride=strides, ceil_mode=ceil)
    fill = float("-inf") if is_max else 0.0

    def pooled(maps: Any) -> Any:
        around = pads or _same_pads(maps.shape[2:], kernel, strides, dilations, more_at_end)
        return pool(functional.pad(maps, around, value=fill) if any(around) else maps)

    return pooled


def _average_of_inside(
    node: Node,
    kernel: list[int],
    strides: tuple[int, int],
    pads: list[int] | None,
    more_at_end: bool,
    counted: bool,
) -> Operation:
    """The mean of what lies within the map, where the window is partly outside of it."""
    if counted or node.integer("ceil_mode", 0) or _pair(node, "dilations") != (1, 1):
        raise Unsupported("AveragePool with dilations or ceil_mode")

    def pooled(maps: Any) -> Any:
        around = pads or _same_pads(maps.shape[2:], kernel, strides, (1, 1), more_at_end)
        inside = torch.ones_like(maps[:, :1])
        total, share = (
            functional.avg_pool2d(functional.pad(values, around), kernel, strides)
            for values in (maps, inside)
        )
        return total / share

    return pooled


def _pads(node: Node) -> tuple[list[int] | None, bool]:
    """(left, right, top, bottom, None for “same”; whether “same” pads more at the end)."""
    automatic = node.attributes.get("auto_pad", b"NOTSET").decode()
    if automatic.startswith("SAME"):
        return None, automatic == "SAME_UPPER"
    pads = node.integers("pads") if automatic == "NOTSET" else []
    top, left, bottom, right = pads or [0] * 4
    return [left, right, top, bottom], True


def _same_pads(
    size: Any, kernel: Any, strides: Any, dilations: Any, more_at_end: bool
) -> list[int]:
    """For a map of ⌈size / stride⌉."""
    pads: list[int] = []
    for side, length, stride, dilation in zip(size, kernel, strides, dilations, strict=True):
        count = -(-side // stride)
        total = max(0, (count - 1) * stride + dilation * (length - 1) + 1 - side)
        less, more = total // 2, total - total // 2
        pads = [less, more, *pads] if more_at_end else [more, less, *pads]
    return pads


def _pair(node: Node, name: str) -> tuple[int, int]:
    found = node.integers(name) or [1, 1]
    if len(found) != 2:
        raise Unsupported(f"{node.kind} of another rank than 2")
    return found[0], found[1]


# Arithmetic, activations, shapes


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
    "Conv": _convolution,
    "Gemm": _gemm,
    "MatMul": _product,
    "BatchNormalization": _normalisation,
    "MaxPool": partial(_pool, is_max=True),
    "AveragePool": partial(_pool, is_max=False),
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
