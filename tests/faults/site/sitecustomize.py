"""Loaded by each Python that has this folder on its path, before the program itself, or executed
where the program has been imported: ends the process by SIGKILL at a named point, changes settings,
and notes what was extracted.

KILLED_AT: JSON of [module, name, after, nth]; only the process itself obeys, not its children.
WITH_SETTINGS: JSON of {"module:name": value}. EXTRACTED_TO: a file that gets a line of JSON for
each picture that was decoded and embedded.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import itertools
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

Change = Callable[[Any], Any]
_changes: dict[str, list[tuple[str, Change]]] = {}


class _Changing(importlib.abc.MetaPathFinder):
    """Changes modules as soon as they are loaded, before others take names out of them."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        spec = importlib.machinery.PathFinder.find_spec(name, path) if name in _changes else None
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_and_change(module: ModuleType) -> None:
                load(module)
                for names, change in _changes[name]:
                    _apply(module, names, change)

            spec.loader.exec_module = load_and_change  # type: ignore[method-assign]
        return spec


def _apply(module: ModuleType, names: str, change: Change) -> None:
    *owners, last = names.split(".")
    owner = functools.reduce(getattr, owners, module)
    setattr(owner, last, change(getattr(owner, last)))


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _deadly(after: bool, nth: int) -> Change:
    calls = itertools.count(1)

    def change(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def deadly(*args: Any, **options: Any) -> Any:
            is_last = next(calls) == nth
            if is_last and not after:
                _die()
            given = function(*args, **options)
            if is_last:
                _die()
            return given

        return deadly

    return change


def _noting(path: str) -> Change:
    def change(extract: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(extract)
        def noting(file: Any, picture: int, *rest: Any) -> Any:
            given = extract(file, picture, *rest)
            with open(path, "a") as notes:
                notes.write(f"{json.dumps(picture)}\n")
            return given

        return noting

    return change


def _exchanged_for(value: Any) -> Change:
    return lambda _: value


def _plan(module: str, names: str, change: Change) -> None:
    if module not in sys.modules:
        _changes.setdefault(module, []).append((names, change))
        return
    loaded = sys.modules[module]
    before = vars(loaded).get(names)
    _apply(loaded, names, change)
    if before is not None:  # others have taken the name out of it
        package = module.partition(".")[0]
        for other in [m for name, m in sys.modules.items() if name.partition(".")[0] == package]:
            if vars(other).get(names) is before:
                setattr(other, names, vars(loaded)[names])


for _where, _value in json.loads(os.environ.get("WITH_SETTINGS", "{}")).items():
    _module, _, _names = _where.partition(":")
    _plan(_module, _names, _exchanged_for(_value))
if "EXTRACTED_TO" in os.environ:
    _plan("finder.core.library.indexing.worker", "_extract", _noting(os.environ["EXTRACTED_TO"]))
if "KILLED_AT" in os.environ:
    _module, _names, _after, _nth = json.loads(os.environ.pop("KILLED_AT"))
    _plan(_module, _names, _deadly(_after, _nth))
if _changes:
    sys.meta_path.insert(0, _Changing())
