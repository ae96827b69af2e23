"""What a folder here means where a library has files of several machines: the catalogue with a
mirror, which keeps them as "MACHINE:PATH", and the places on a server. Filters for both are made
from the same `Scope`s.

A file lies in a folder of this machine if its path here does: its own, or that of the innermost
mapped folder that it is in (`path_mappings.path_here`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from finder.core.library.catalogue.records import machine_of


@dataclass(frozen=True)
class Here:
    """This machine. machine: its name among those that share the library; empty if it is not
    shared. offline: folders here that do not exist now, which `available` is about. mappings:
    folders of other machines as "MACHINE:FOLDER", and where they are here."""

    machine: str = ""
    offline: Collection[str] = ()
    mappings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_shared(self) -> bool:
        """Whether the library may have files of other machines."""
        return bool(self.machine or self.mappings)

    def folders(self, library: Iterable[str]) -> list[str]:
        """All folders that may be offline. library: those of the library."""
        return list(dict.fromkeys((*library, *self.mappings.values())))


NOT_SHARED: Final = Here()
"""Where all files of a library are this machine's."""


@dataclass(frozen=True)
class Scope:
    """A folder of a machine. prefix: what the path of each file in it begins with; but: prefixes of
    what is inside and does not count, because it is mapped to somewhere else."""

    machine: str
    prefix: str
    but: tuple[str, ...] = ()

    def has(self, machine: str, path: str) -> bool:
        return (
            machine == self.machine
            and path.startswith(self.prefix)
            and not path.startswith(self.but)
        )


@dataclass(frozen=True)
class Mapped:
    """A folder of another machine, and where it is here. prefix: as in `Scope`."""

    machine: str
    prefix: str
    here: str

    @property
    def separator(self) -> str:
        return self.prefix[-1]


def scopes(folders: Iterable[str], here: Here) -> list[Scope]:
    """What folders mean: "MACHINE:FOLDER" that machine's; any other one this machine's, and what is
    mapped into it."""
    mappings = tuple(here.mappings.items())
    return [scope for folder in folders for scope in _scopes(folder, here.machine, mappings)]


def scopes_here(here: Here) -> list[Scope]:
    """The files that have a path here, whether or not it is offline."""
    mapped = mapped_folders(here.mappings, here.machine)
    return [Scope(here.machine, ""), *(Scope(one.machine, one.prefix) for one in mapped)]


def mapped_folders(mappings: Mapping[str, str], machine: str = "") -> tuple[Mapped, ...]:
    """The innermost first. machine: this one, whose own folders are never mapped."""
    return _mapped_folders(tuple(mappings.items()), machine)


def inside(folder: str) -> str:
    """What the path of each file in a folder of this machine begins with."""
    return folder.rstrip(os.sep) + os.sep


@lru_cache(256)  # it is asked for each place of each candidate
def _scopes(folder: str, machine: str, mappings: tuple[tuple[str, str], ...]) -> tuple[Scope, ...]:
    if machine_of(folder):
        return (Scope(*_parts(folder)),)
    mapped = _mapped_folders(mappings, machine)
    found = (_part(folder, one, mapped) for one in mapped)
    return (Scope(machine, inside(folder)), *(one for one in found if one is not None))


@lru_cache(16)
def _mapped_folders(mappings: tuple[tuple[str, str], ...], machine: str) -> tuple[Mapped, ...]:
    found = {}
    for there, here in mappings:
        name, prefix = _parts(there)
        if machine_of(there) and name != machine:
            found[name, prefix] = Mapped(name, prefix or "/", here)
    return tuple(sorted(found.values(), key=lambda one: len(one.prefix), reverse=True))


def _parts(folder: str) -> tuple[str, str]:
    """Machine and prefix of "MACHINE:FOLDER"; without a folder all of the machine."""
    machine, _, path = folder.partition(":")
    if not path:
        return machine, ""
    separator = _separator(path)
    if separator == "\\":
        path = path.replace("/", "\\")
    return machine, path.rstrip(separator) + separator


def _part(folder: str, mapped: Mapped, others: Iterable[Mapped]) -> Scope | None:
    """What of a mapped folder is in the folder: all, a part, or None."""
    prefix = mapped.prefix
    if not inside(mapped.here).startswith(inside(folder)):
        rest = inside(folder).removeprefix(inside(mapped.here))
        if rest == inside(folder):
            return None
        parts = [part for part in rest.split(os.sep) if part]
        if any(mapped.separator in part for part in parts):
            return None
        prefix += "".join(part + mapped.separator for part in parts)
    inner = [
        other.prefix
        for other in others
        if other.machine == mapped.machine
        and other.prefix != mapped.prefix
        and other.prefix.startswith(mapped.prefix)
    ]
    if prefix.startswith(tuple(inner)):
        return None
    but = tuple(one for one in inner if one.startswith(prefix))
    return Scope(mapped.machine, prefix, but)


def _separator(path: str) -> str:
    """What separates the names in a path of another machine."""
    return "\\" if re.match(r"[A-Za-z]:|\\\\", path) else "/"
