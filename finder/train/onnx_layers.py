"""Operators with weights: they become PyTorch layers, which can be trained."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from finder.train.onnx_node import Node, Operation, Unsupported, pads_of, pair_of, same_pads, tensor


class _Convolution(torch.nn.Conv2d):  # type: ignore[misc]  # untyped where PyTorch is not installed
    """Conv2d that also pads unevenly, as ONNX can. pads: left, right, top, bottom, None for
    “same”."""

    def __init__(self, pads: list[int] | None, more_at_end: bool, **options: Any) -> None:
        super().__init__(**options)
        self._pads, self._more_at_end = pads, more_at_end

    def forward(self, maps: Any) -> Any:
        pads = self._pads
        if pads is None:
            pads = same_pads(
                maps.shape[2:], self.kernel_size, self.stride, self.dilation, self._more_at_end
            )
        return super().forward(functional.pad(maps, pads) if any(pads) else maps)


class _Normalisation(torch.nn.modules.batchnorm._BatchNorm):  # type: ignore[misc]
    """Batch normalisation of values of any rank."""

    def _check_input_dim(self, maps: Any) -> None:
        pass


def convolution(node: Node) -> Operation:
    weight = tensor(node.fixed(1))
    bias = tensor(node.fixed(2)) if node.inputs > 2 else None
    if weight.ndim != 4:
        raise Unsupported("Conv of another rank than 2")
    groups = node.integer("group", 1)
    pads, more_at_end = pads_of(node)
    even = pads is not None and pads[0] == pads[1] and pads[2] == pads[3]
    layer = _Convolution(
        [0] * 4 if even else pads,
        more_at_end,
        in_channels=weight.shape[1] * groups,
        out_channels=weight.shape[0],
        kernel_size=tuple(weight.shape[2:]),
        stride=pair_of(node, "strides"),
        dilation=pair_of(node, "dilations"),
        padding=(pads[2], pads[0]) if even and pads is not None else 0,
        groups=groups,
        bias=bias is not None,
    )
    return _filled(layer, weight, bias)


def gemm(node: Node) -> Operation:
    weight = tensor(node.fixed(1))
    scales = node.number("alpha", 1.0), node.number("beta", 1.0)
    if node.integer("transA", 0) or scales != (1.0, 1.0):
        raise Unsupported("Gemm with transA, alpha or beta")
    bias = tensor(node.fixed(2)) if node.inputs > 2 else None
    return _linear(weight if node.integer("transB", 0) else weight.T, bias)


def product(node: Node) -> Operation:
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


def normalisation(node: Node) -> Operation:
    scale, shift, mean, variance = (tensor(node.fixed(at)) for at in range(1, 5))
    momentum = 1 - node.number("momentum", 0.9)
    layer = _Normalisation(len(scale), eps=node.number("epsilon", 1e-5), momentum=momentum)
    layer.running_mean.copy_(mean)
    layer.running_var.copy_(variance)
    return _filled(layer, scale, shift)
