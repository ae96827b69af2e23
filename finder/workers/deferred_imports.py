"""Garbage collection and imports: what modules create lives as long as the process, and looking
through it again and again takes time."""

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
    gc.disable()
    try:
        for module in modules:
            import_module(module)
    finally:
        start_collecting()


def start_collecting() -> None:
    """Enable garbage collection, for objects that are created from now on."""
    gc.freeze()
    gc.enable()
