"""What dragged paths are: by their names at once, then by looking at them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from finder.core.pictures.formats import EXTENSIONS

_MOST_LOOKED_AT = 1_000
"""More paths than these are judged by their names only."""


@dataclass(frozen=True)
class PathKinds:
    """Paths by what they are. unknown: their names do not tell; others: of no use here."""

    folders: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def usable(self) -> tuple[str, ...]:
        return (*self.folders, *self.pictures, *self.models)


def kinds_by_name(paths: Sequence[str]) -> PathKinds:
    """By the endings of the names, without touching a file."""
    return _sorted({path: _kind_by_name(path) for path in paths})


def look_at(paths: Sequence[str]) -> PathKinds:
    """By what is there (lane DRIVES). A file with another ending is a picture if it begins as
    one."""
    looked = {path: _kind(os.path.expanduser(path)) for path in islice(paths, _MOST_LOOKED_AT)}
    rest = {path: _kind_by_name(path) for path in paths[_MOST_LOOKED_AT:]}
    return _sorted({**looked, **{p: "others" if k == "unknown" else k for p, k in rest.items()}})


def _kind_by_name(path: str) -> str:
    ending = os.path.splitext(path)[1].lower()
    if ending in EXTENSIONS:
        return "pictures"
    return "models" if ending == ".onnx" else "unknown"


def _kind(path: str) -> str:
    if os.path.isdir(path):
        return "folders"
    by_name = _kind_by_name(path)
    if by_name != "unknown":
        return by_name
    from finder.core.pictures.file_reading import begins_as_picture

    return "pictures" if begins_as_picture(path) else "others"


def _sorted(kinds: dict[str, str]) -> PathKinds:
    groups: dict[str, list[str]] = {}
    for path, kind in kinds.items():
        groups.setdefault(kind, []).append(path)
    return PathKinds(**{kind: tuple(paths) for kind, paths in groups.items()})
