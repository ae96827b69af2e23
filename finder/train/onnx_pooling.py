"""The largest or the mean value of each window of a map."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch.nn import functional

from finder.train.onnx_node import Node, Operation, Unsupported, pads_of, pair_of, same_pads


def pooling(node: Node, is_max: bool) -> Operation:
    kernel, strides = node.integers("kernel_shape"), pair_of(node, "strides")
    dilations = pair_of(node, "dilations")
    pads, more_at_end = pads_of(node)
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
        around = pads or same_pads(maps.shape[2:], kernel, strides, dilations, more_at_end)
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
    if counted or node.integer("ceil_mode", 0) or pair_of(node, "dilations") != (1, 1):
        raise Unsupported("AveragePool with dilations or ceil_mode")

    def pooled(maps: Any) -> Any:
        around = pads or same_pads(maps.shape[2:], kernel, strides, (1, 1), more_at_end)
        inside = torch.ones_like(maps[:, :1])
        total, share = (
            functional.avg_pool2d(functional.pad(values, around), kernel, strides)
            for values in (maps, inside)
        )
        return total / share

    return pooled
