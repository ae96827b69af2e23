"""Which pictures of a folder are learned, which choose the best epoch, and which measure it."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import pytest

from finder.core.errors import FinderError
from finder.core.training.settings import Progress
from finder.train.decoded_pictures import DecodedPictures
from finder.train.labelled_folder import Example, Split, read_split, split

Result = TypeVar("Result")


def finished(work: Generator[Progress, None, Result]) -> Result:
    while True:
        try:
            next(work)
        except StopIteration as stop:
            found: Result = stop.value
            return found


def read(folder: Path, seed: int = 0) -> Split:
    return finished(read_split(str(folder), seed, DecodedPictures(320, 0)))


def examples(*numbers: int) -> list[Example]:
    """So many pictures of each label."""
    return [
        Example(1_000 * label + n, f"{label}/{n}", label, f"{label} {n}")
        for label, number in enumerate(numbers)
        for n in range(number)
    ]


def counts(part: tuple[Example, ...]) -> list[int]:
    found = Counter(one.label for one in part)
    return [found[label] for label in range(max(found, default=-1) + 1)]


def test_each_label_is_divided_into_eight_one_and_one_tenth() -> None:
    made = split(examples(100, 40, 10, 3), "abcd", 0)
    assert counts(made.train) == [80, 32, 8, 1]
    assert counts(made.validation) == [10, 4, 1, 1]
    assert counts(made.test) == [10, 4, 1, 1]
    parts = [one.picture for part in (made.train, made.validation, made.test) for one in part]
    assert len(parts) == len(set(parts)) == 153


def test_a_seed_gives_one_division() -> None:
    first, again, other = (split(examples(40, 40), "ab", seed) for seed in (1, 1, 2))
    assert first == again
    assert first.digest == again.digest
    assert first.digest != other.digest
    assert split(examples(40, 40)[::-1], "ab", 1).digest == first.digest


def test_copies_of_a_picture_are_in_the_same_part() -> None:
    some = [
        Example(100 * label + 10 * n + k, "", label, f"{n}")
        for label in range(2)
        for n in range(10)
        for k in range(4)
    ]
    made = split(some, "ab", 0)
    originals = [
        {(one.label, one.original) for one in part}
        for part in (made.train, made.validation, made.test)
    ]
    assert [len(found) for found in originals] == [16, 2, 2]
    assert not originals[0] & originals[1]
    assert not (originals[0] | originals[1]) & originals[2]


def test_a_label_with_one_picture_is_left_out_with_a_sentence() -> None:
    made = split(examples(5, 1, 5, 2), ("a", "one", "c", "two"), 0)
    assert made.names == ("a", "c", "two")
    assert [note for note in made.notes if "one picture" in note and note.endswith(": one.")]
    assert counts(made.train) == [3, 3, 1]
    assert counts(made.validation) == [1, 1, 1]
    assert counts(made.test) == [1, 1]


def test_two_labels_with_three_pictures_are_needed() -> None:
    with pytest.raises(FinderError, match="two labels with three pictures"):
        split(examples(9, 2), "ab", 0)


def test_what_is_broken_empty_or_ambiguous_is_left_out(samples: Path, tmp_path: Path) -> None:
    for label in ("cats", "fish"):
        shutil.copytree(samples / label, tmp_path / label)
    (tmp_path / "cats" / "broken.jpg").write_bytes(b"no picture")
    (tmp_path / "fish" / "cut.jpg").write_bytes((samples / "cats/kitten.jpg").read_bytes()[:5_000])
    (tmp_path / "nothing").mkdir()
    shutil.copy(samples / "cats" / "kitten.jpg", tmp_path / "fish" / "twice.jpg")
    shutil.copy(samples / "cats" / "cheetah.jpg", tmp_path / "cats" / "again.jpg")
    shutil.copy(samples / "cats" / "cheetah.jpg", tmp_path / "loose.jpg")
    made = read(tmp_path)
    assert made.names == ("cats", "fish")
    parts = [one for part in (made.train, made.validation, made.test) for one in part]
    assert Counter(made.names[one.label] for one in parts) == {"cats": 4, "fish": 6}
    assert any(note.startswith("2 files cannot be used") for note in made.notes)
    assert any(note.startswith("1 picture is there with several labels") for note in made.notes)
    assert any(note.endswith(": nothing.") for note in made.notes)


def test_altered_copies_are_recognised_by_their_names(samples: Path, tmp_path: Path) -> None:
    for label in ("cats", "fish"):
        shutil.copytree(samples / label, tmp_path / label)
    data = (samples / "cats" / "kitten.jpg").read_bytes()
    (tmp_path / "cats" / "kitten--longer.jpg").write_bytes(data + b"more")
    made = read(tmp_path)
    kittens = [
        number
        for number, part in enumerate((made.train, made.validation, made.test))
        for one in part
        if one.original == "kitten"
    ]
    assert len(kittens) == 2
    assert len(set(kittens)) == 1
