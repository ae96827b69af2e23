"""Which folders, and of which machines, a folder of a filter means."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from finder.core.library.catalogue.records import machine_of


@dataclass(frozen=True)
class Scope:
    """A folder of a machine. prefix: what the path of each file in it begins with."""

    machine: str
    prefix: str

    def has(self, machine: str, path: str) -> bool:
        return machine == self.machine and path.startswith(self.prefix)


def scopes(folders: Iterable[str], machine: str, mappings: Mapping[str, str]) -> list[Scope]:
    """What folders mean: "MACHINE:FOLDER" that machine's; any other one this machine's (its name is
    `machine`), and what is mapped into it.

    mappings: folders as "MACHINE:FOLDER", and where they are here.
    """
    mapped = tuple(mappings.items())
    return [scope for folder in folders for scope in _scopes(folder, machine, mapped)]


@lru_cache(256)  # it is asked for each place of each candidate
def _scopes(folder: str, machine: str, mappings: tuple[tuple[str, str], ...]) -> tuple[Scope, ...]:
    if machine_of(folder):
        return (_scope(folder),)
    mapped = (_mapped(folder, there, here) for there, here in mappings)
    return (Scope(machine, inside(folder)), *(_scope(one) for one in mapped if one))


def inside(folder: str) -> str:
    """What the path of each file in a folder of this machine begins with."""
    return folder.rstrip(os.sep) + os.sep


def _scope(folder: str) -> Scope:
    """folder: as "MACHINE:FOLDER"; without a folder all of the machine."""
    machine, _, path = folder.partition(":")
    if not path:
        return Scope(machine, "")
    separator = _separator(path)
    if separator == "\\":
        path = path.replace("/", "\\")
    return Scope(machine, path.rstrip(separator) + separator)


def _mapped(folder: str, there: str, here: str) -> str | None:
    """What of a mapped folder is in the folder: all, a part, or None."""
    if not machine_of(there):
        return None
    if inside(here).startswith(inside(folder)):
        return there
    rest = inside(folder).removeprefix(inside(here))
    if rest == inside(folder):
        return None
    separator = _separator(there.partition(":")[2])
    parts = [part for part in rest.split(os.sep) if part]
    if any(separator in part for part in parts):
        return None
    return separator.join((there.rstrip("/\\"), *parts))


def _separator(path: str) -> str:
    """What separates the names in a path of another machine."""
    return "\\" if re.match(r"[A-Za-z]:|\\\\", path) else "/"
