"""Importing pymilvus without pandas, in half the time: no data frame is ever passed to it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from types import ModuleType
from typing import Any


@contextmanager
def pandas_stand_in() -> Iterator[None]:
    """Within the context, `import pandas` finds a stand-in with the few names that pymilvus 3.0
    looks up while it is imported. Its functions load the real pandas when they are called.

    WORKAROUND: pymilvus imports pandas at the top of its modules, for `isinstance` checks and four
    type tests. That costs 0.2 s at every start.
    """
    if "pandas" in sys.modules:
        yield
        return
    stand_ins = _make_stand_ins()
    sys.modules.update(stand_ins)
    try:
        _keep_out_of_arrow()
        yield
    finally:
        for name, module in stand_ins.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


def _keep_out_of_arrow() -> None:
    """WORKAROUND: pyarrow imports pandas, if it is installed, when it makes its first array; in C++
    and again in Python. Both try only once: let them find the stand-in."""
    import pyarrow

    with suppress(AttributeError):  # the stand-in has no version
        pyarrow.lib._pandas_api.have_pandas  # noqa: B018
    pyarrow.array([0.0])


class _DataFrame:
    """A class without instances."""


def _make_stand_ins() -> dict[str, ModuleType]:
    pandas, api, types = map(ModuleType, ("pandas", "pandas.api", "pandas.api.types"))
    pandas.__dict__.update(DataFrame=_DataFrame, api=api)
    api.__dict__.update(types=types)
    for name in ("infer_dtype", "is_array_like", "is_float", "is_list_like", "is_scalar"):
        types.__dict__[name] = _Deferred(name)
    return {module.__name__: module for module in (pandas, api, types)}


class _Deferred:
    """A function of pandas.api.types."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return getattr(import_module("pandas.api.types"), self._name)(*arguments, **options)
