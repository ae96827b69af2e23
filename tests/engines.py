"""The two engines that a vector store may run on, for tests that run on each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from milvus_lite.engine import collection
from milvus_lite.storage.segment import Segment

from finder.core.library.vectors import lean_engine as lean

ENGINES = ("lean", "plain")
_OTHER_VERSION = "finder.core.library.vectors.engine.differences"

IN_A_CHILD = f"""
import sys
if sys.argv[1] == "plain":
    from unittest import mock
    import finder.core.library.vectors.engine
    mock.patch({_OTHER_VERSION!r}, lambda: ("another version",)).start()
"""
"""The beginning of a program whose first argument is one of ENGINES."""


@contextmanager
def on_engine(name: str) -> Iterator[None]:
    """Stores that are opened inside run on this engine. The plain one is what the program uses
    where milvus-lite has another version."""
    with pytest.MonkeyPatch.context() as patch:
        if name == "plain":
            patch.setattr(_OTHER_VERSION, lambda: ("another version",))
            lean.remove()
        else:
            lean.install()
        assert (collection.Segment is Segment) == (name == "plain")
        yield
        assert (collection.Segment is Segment) == (name == "plain"), "not changed by opening"
    lean.install()
