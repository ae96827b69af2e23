"""What computes the training, and how many pictures it takes at a time."""

from __future__ import annotations

import os
from typing import Any, Final

import torch

_MOST, _LEAST = 32, 4
_UNKNOWN: Final = 4_000_000_000
_SHARE: Final = 0.25
"""Of the memory that is free: others use it, too, and the weights need some."""
_COPIES: Final = 3
"""How often each value is kept while a network learns: itself, its gradient, and what is being
computed."""


def best_device() -> Any:
    """A graphics processor where PyTorch has one, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def free_memory(device: Any) -> int:
    """Bytes that the device has left, roughly."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return 1024 * int(line.split()[1])
    except (OSError, ValueError):
        pass
    try:
        return int(os.sysconf("SC_PHYS_PAGES")) * int(os.sysconf("SC_PAGE_SIZE")) // 2
    except (AttributeError, ValueError, OSError):
        return _UNKNOWN


def fitting_batch(network: Any, height: int, width: int, memory: int) -> int:
    """A power of two from 4 to 32: as many pictures as a share of the memory holds."""
    values = 0

    def count(part: Any, given: Any, output: Any) -> None:
        nonlocal values
        if isinstance(output, torch.Tensor):
            values += output.numel()

    handles = [part.register_forward_hook(count) for part in network.modules()]
    try:
        network.eval()
        with torch.inference_mode():
            network(torch.zeros(1, 3, height, width))
    finally:
        for handle in handles:
            handle.remove()
    fits = memory * _SHARE / max(1, 4 * _COPIES * values)
    batch = _MOST
    while batch > _LEAST and batch > fits:
        batch //= 2
    return batch


def is_out_of_memory(error: BaseException) -> bool:
    """PyTorch has a class of its own for graphics processors only."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and "memory" in str(error).lower()
