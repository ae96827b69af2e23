"""Which picture a file is an altered copy of, by its name."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class AlteredFile:
    """original: the content id of the picture that it is a copy of; kind: how it was altered."""

    path: str
    original: int
    kind: str


def altered_files(
    paths: Iterable[str], folder: str, originals: Mapping[str, Collection[int]], unknown: str
) -> tuple[list[AlteredFile], int, int]:
    """The altered copies among the files below a folder; how many others there are; and how many
    whose original is not known, as several pictures have its name.

    A copy has its original's name without ending, alone or followed by more behind a character that
    is no letter or digit: `sunset.png` and `sunset--crop.jpg` are copies of `sunset.jpg`. What
    follows “--” is the kind of alteration; else the subfolder's name; else `unknown`.

    originals: for each name without ending the content ids of the pictures that have it.
    """
    found, others, ambiguous = [], 0, 0
    for path in paths:
        stem = os.path.splitext(os.path.basename(path))[0]
        name = _original_name(stem, originals)
        if name is None:
            others += 1
            continue
        if len(originals[name]) > 1:
            ambiguous += 1
            continue
        (original,) = originals[name]
        rest = stem[len(name) :]
        subfolder = os.path.relpath(os.path.dirname(path), folder).split(os.sep)[0]
        kind = rest[2:] if rest.startswith("--") else "" if subfolder == os.curdir else subfolder
        found.append(AlteredFile(path, original, kind or unknown))
    return found, others, ambiguous


def _original_name(stem: str, originals: Mapping[str, Collection[int]]) -> str | None:
    """The longest name of an original that this one begins with."""
    for end in range(len(stem), 0, -1):
        follows = stem[end : end + 1]
        if not follows.isalnum() and stem[:end] in originals:
            return stem[:end]
    return None
