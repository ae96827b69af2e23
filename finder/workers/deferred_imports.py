"""Importing heavy modules in a worker thread without stalling the window."""

from __future__ import annotations

import gc
import sys
from importlib import import_module


def import_deferred(*modules: str) -> None:
    """Import modules with garbage collection disabled, and exclude all objects that exist then from
    later collections: with Milvus and its packages loaded, each full collection takes 90 ms in
    which no other thread runs."""
    if all(module in sys.modules for module in modules):
        return
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        for module in modules:
            import_module(module)
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
