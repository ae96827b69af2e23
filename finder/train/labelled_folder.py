"""The pictures of a folder whose subfolders are labels, and their division into three parts."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from blake3 import blake3

from finder.core.errors import FinderError, SkippedPicture
from finder.core.evaluation.labels import LabelledPictures, folder_label
from finder.core.i18n import tr, trn
from finder.core.pictures.content_id import content_id
from finder.core.pictures.decode import read_file
from finder.core.pictures.scan import UnreadablePath, walk
from finder.core.training.settings import Progress

if TYPE_CHECKING:
    from finder.train.decoded_pictures import DecodedPictures

_PART: Final = 0.1
"""The share of the validation part, and of the test part."""
_COPY: Final = "--"
"""In a file's name, what follows says how a copy was altered: sunset--crop.jpg."""


@dataclass(frozen=True)
class Example:
    """picture: its content id; label: the number of its label; original: the name without ending
    of the picture that it is a copy of, else its own."""

    picture: int
    path: str
    label: int
    original: str


@dataclass(frozen=True)
class Split:
    """names: of the labels, in natural order. notes: a sentence on each kind of what is left
    out."""

    names: tuple[str, ...]
    train: tuple[Example, ...]
    validation: tuple[Example, ...]
    test: tuple[Example, ...]
    notes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The same for the same pictures and labels in the same parts."""
        parts = (self.train, self.validation, self.test)
        rows = [[(one.picture, self.names[one.label]) for one in part] for part in parts]
        return blake3(repr(rows).encode()).hexdigest()[:16]

    def sizes(self) -> list[int]:
        """The number of pictures of each label in the training part."""
        counts = np.bincount([one.label for one in self.train], minlength=len(self.names))
        found: list[int] = counts.tolist()
        return found


def read_split(
    folder: str, seed: int, pictures: DecodedPictures
) -> Generator[Progress, None, Split]:
    """Read every picture below the folder once. Raises FinderError if there are not two labels with
    three pictures each."""
    files, unreadable = _files(folder)
    doing = tr("Reading the pictures …")
    found: dict[int, tuple[str, str]] = {}
    labelled: list[tuple[int, str]] = []
    broken = unreadable
    for done, (path, label) in enumerate(files):
        yield Progress(doing, done / len(files))
        try:
            data = read_file(path, follow_link=False)
            picture = content_id(data)
            if picture not in found:
                pictures.add(path, data)
        except SkippedPicture:
            broken += 1
            continue
        found.setdefault(picture, (path, _original(path)))
        labelled.append((picture, label))
    single = LabelledPictures.of(labelled)
    examples = [
        Example(picture, *_placed(found[picture], label))
        for picture, label in zip(single.pictures.tolist(), single.labels.tolist(), strict=True)
    ]
    notes = _left_out(broken, single.ambiguous)
    return split(examples, single.names, seed, (*notes, *_empty_labels(folder, single.names)))


def split(
    examples: Sequence[Example], names: Sequence[str], seed: int, notes: Sequence[str] = ()
) -> Split:
    """Eight, one and one tenth of each label's pictures; all copies of a picture in the same part.
    Labels with one picture are left out: it could not be measured. Raises FinderError."""
    of_label: list[dict[str, list[Example]]] = [{} for _ in names]
    for one in examples:
        of_label[one.label].setdefault(one.original, []).append(one)
    kept = [number for number, groups in enumerate(of_label) if len(groups) > 1]
    if sum(len(of_label[number]) > 2 for number in kept) < 2:
        raise FinderError(
            tr("Training needs at least two labels with three pictures each."),
            tr("Each subfolder is a label: put the pictures of each kind into one of their own."),
        )
    alone = [names[number] for number in range(len(names)) if number not in kept]
    parts: tuple[list[Example], ...] = ([], [], [])
    for label, number in enumerate(kept):
        groups = sorted(of_label[number].values(), key=lambda some: some[0].picture)
        random = np.random.default_rng([seed, label])
        order = random.permutation(len(groups)).tolist()
        for position, group in enumerate(order):
            part = parts[_part(position, len(groups))]
            part += [Example(one.picture, one.path, label, one.original) for one in groups[group]]
    train, validation, test = (tuple(sorted(part, key=lambda one: one.picture)) for part in parts)
    kept_names = tuple(names[number] for number in kept)
    return Split(kept_names, train, validation, test, (*notes, *_alone(alone)))


def _part(position: int, number: int) -> int:
    """Of the picture at this position in the drawn order: 0 training, 1 validation, 2 test."""
    share = max(1, round(_PART * number))
    if position < share:
        return 1
    return 2 if position < 2 * share and number > 2 else 0


def _files(folder: str) -> tuple[list[tuple[str, str]], int]:
    """(path, label) of the pictures, sorted; how many files or folders cannot be read."""
    found, unreadable = [], 0
    for some in walk(folder):
        if isinstance(some, UnreadablePath):
            unreadable += 1
            continue
        for stamp in some:
            path = os.fsdecode(stamp[0])
            label = folder_label(path, os.path.abspath(folder))
            if label is not None:
                found.append((path, label))
    return sorted(found), unreadable


def _placed(found: tuple[str, str], label: int) -> tuple[str, int, str]:
    path, original = found
    return path, label, original


def _original(path: str) -> str:
    stem = os.path.splitext(os.path.basename(path))[0]
    return stem.partition(_COPY)[0] or stem


def _left_out(broken: int, ambiguous: int) -> list[str]:
    notes = []
    if broken:
        notes.append(
            trn(
                "{n} file cannot be used as a picture and is left out.",
                "{n} files cannot be used as pictures and are left out.",
                broken,
            )
        )
    if ambiguous:
        notes.append(
            trn(
                "{n} picture is there with several labels and is left out.",
                "{n} pictures are there with several labels and are left out.",
                ambiguous,
            )
        )
    return notes


def _empty_labels(folder: str, names: Iterable[str]) -> list[str]:
    entries = [entry for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]
    shown = {entry.name for entry in entries if not entry.name.startswith(".")}
    empty = sorted(shown - set(names))
    if not empty:
        return []
    text = tr("Left out, because they have no usable picture of their own: {names}.")
    return [text.format(names=", ".join(empty))]


def _alone(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    text = tr("Left out, because one picture cannot be both learned and measured: {names}.")
    return [text.format(names=", ".join(names))]
