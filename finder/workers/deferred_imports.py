"""Loading heavy modules beside a window that must not stand still."""

from __future__ import annotations

import gc
import sys
from importlib import import_module


def import_deferred(*modules: str) -> None:
    """Import modules without collecting garbage meanwhile, and take all that is there now out of
    the collector's sight: going through pandas and Milvus takes it 90 ms each time, in which no
    other thread runs."""
    if all(module in sys.modules for module in modules):
        return
    gc.disable()
    try:
        for module in modules:
            import_module(module)
    finally:
        gc.freeze()
        gc.enable()
