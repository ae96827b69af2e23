"""Pictures with labels: from the names of folders, or from a table."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.folded_text import folded, with_numbers

_PATH, _LABEL = "path", "label"
FEWEST: Final = 2
"""Of each of two labels: pictures that can be measured."""


@dataclass(frozen=True)
class LabelledPictures:
    """pictures: int64 [n], content ids, ascending; labels: int64 [n], for each the number of its
    label; names: of the labels, in natural order. ambiguous: how many pictures were left out,
    because their files have different labels."""

    pictures: NDArray[np.int64]
    labels: NDArray[np.int64]
    names: tuple[str, ...]
    ambiguous: int = 0

    def __len__(self) -> int:
        return len(self.pictures)

    @classmethod
    def of(cls, found: Iterable[tuple[int, str]]) -> LabelledPictures:
        """found: the content id and the label of each file."""
        by_picture: dict[int, set[str]] = {}
        for picture, label in found:
            by_picture.setdefault(picture, set()).add(label)
        single = {
            picture: next(iter(some)) for picture, some in by_picture.items() if len(some) == 1
        }
        names = sorted(set(single.values()), key=_natural)
        number = {name: position for position, name in enumerate(names)}
        pictures = sorted(single)
        return cls(
            np.array(pictures, dtype=np.int64),
            np.array([number[single[picture]] for picture in pictures], dtype=np.int64),
            tuple(names),
            len(by_picture) - len(single),
        )

    def chosen(self, mask: NDArray[np.bool_]) -> LabelledPictures:
        """Those of the mask [n], with their labels only."""
        left, labels = np.unique(self.labels[mask], return_inverse=True)
        names = tuple(self.names[number] for number in left.tolist())
        return LabelledPictures(self.pictures[mask], labels.astype(np.int64), names, self.ambiguous)

    def sizes(self) -> NDArray[np.int64]:
        """[labels]: the number of pictures of each."""
        return np.bincount(self.labels, minlength=len(self.names))


def folder_label(path: str, root: str, nested: bool = False) -> str | None:
    """The label of a file below a folder: the name of the folder's subfolder in which it is; with
    `nested`, the path of the folder that it is in. None for a file directly in the folder."""
    parts = os.path.relpath(os.path.dirname(path), root).split(os.sep)
    if parts[0] in (os.curdir, os.pardir):
        return None
    return "/".join(parts) if nested else parts[0]


def read_label_table(file: Path) -> Mapping[str, str]:
    """The label of each path in a CSV file with the columns `path` and `label`. A relative path
    begins in the file's folder. Raises FinderError."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            rows = csv.DictReader(lines)
            if not {_PATH, _LABEL} <= set(rows.fieldnames or ()):
                raise _no_label_table(file)
            labels = {}
            for row in rows:
                path, label = row[_PATH] or "", (row[_LABEL] or "").strip()
                if path and label:
                    labels[os.path.abspath(file.parent / os.path.expanduser(path))] = label
    except (OSError, UnicodeError, csv.Error) as error:
        raise FinderError(
            tr("{file} cannot be read: {why}").format(file=file, why=error),
            tr("Check the file’s name; it must be a text in UTF-8."),
        ) from error
    if not labels:
        raise _no_label_table(file)
    return labels


def has_labels(labelled: LabelledPictures, fewest: int) -> bool:
    """Whether at least two labels have so many pictures each."""
    return int(np.count_nonzero(labelled.sizes() >= fewest)) >= 2


def require_labels(labelled: LabelledPictures, of_table: bool = False) -> None:
    """Raises FinderError unless at least two labels have at least two pictures: else there is
    nothing to find, or nothing to be told apart. of_table: they are of a table."""
    if not has_labels(labelled, FEWEST):
        raise FinderError(
            tr("There must be at least two labels with two pictures each."),
            how_to_label(of_table),
        )


def how_to_label(of_table: bool) -> str:
    """What the user can do for more labels, in folders or in a table."""
    if of_table:
        return tr("Only pictures of the library count: add their folders, and check the paths.")
    return tr("Each subfolder is a label: put the pictures of each kind into one of their own.")


def _natural(name: str) -> tuple[bytes, str]:
    return with_numbers(folded(name)), name


def _no_label_table(file: Path) -> FinderError:
    return FinderError(
        tr("{file} has no rows with a path and a label.").format(file=file),
        tr("The first line must be “path,label”, and each other line a file and its label."),
    )
