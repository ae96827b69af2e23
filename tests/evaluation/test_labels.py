from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from finder.core.errors import FinderError
from finder.core.evaluation.labels import (
    LabelledPictures,
    folder_label,
    read_label_table,
    require_labels,
)


def test_the_label_is_the_subfolder_or_the_whole_path_below() -> None:
    root = os.path.join(os.sep, "data")
    inside = os.path.join(root, "animals", "cats", "a.jpg")
    assert folder_label(inside, root) == "animals"
    assert folder_label(inside, root, nested=True) == "animals/cats"
    assert folder_label(os.path.join(root, "a.jpg"), root) is None, "in the folder itself"
    assert folder_label(os.path.join(root, "a.jpg"), root, nested=True) is None


def test_pictures_are_in_order_and_labels_in_natural_order() -> None:
    found = LabelledPictures.of([(9, "set 10"), (3, "set 9"), (5, "set 10")])
    assert found.pictures.tolist() == [3, 5, 9]
    assert found.names == ("set 9", "set 10")
    assert found.labels.tolist() == [0, 1, 1]
    assert found.sizes().tolist() == [1, 2]


def test_a_picture_with_two_labels_is_left_out() -> None:
    found = LabelledPictures.of([(1, "a"), (1, "b"), (2, "a"), (2, "a"), (3, "b")])
    assert found.pictures.tolist() == [2, 3]
    assert found.ambiguous == 1


def test_some_are_chosen_with_their_labels_only() -> None:
    found = LabelledPictures.of([(1, "a"), (2, "b"), (3, "c"), (4, "c")])
    chosen = found.chosen(np.array([True, False, True, True]))
    assert chosen.pictures.tolist() == [1, 3, 4]
    assert chosen.names == ("a", "c")
    assert chosen.labels.tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    "labels", [[], ["a", "a"], ["a", "b"], ["a", "a", "b"]], ids=["none", "one", "single", "1+2"]
)
def test_two_labels_with_two_pictures_each_are_needed(labels: list[str]) -> None:
    with pytest.raises(FinderError, match="at least two labels"):
        require_labels(LabelledPictures.of(enumerate(labels)))


def test_two_labels_with_two_pictures_are_enough() -> None:
    require_labels(LabelledPictures.of(enumerate(["a", "a", "b", "b", "c"])))


def test_a_table_has_paths_and_labels(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    absolute = tmp_path / "elsewhere" / "b.jpg"
    file.write_text(
        f'\ufefflabel,path,by\ncat,"sub/a, 1.jpg",me\nhündchen,{absolute},me\n,left out.jpg,\n',
        encoding="utf-8",
    )
    assert read_label_table(file) == {
        str(tmp_path / "sub" / "a, 1.jpg"): "cat",
        str(absolute): "hündchen",
    }


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"file,kind\na.jpg,cat\n", "no rows with a path and a label"),
        (b"path,label\n", "no rows with a path and a label"),
        (b"", "no rows with a path and a label"),
        (b"path,label\n\xff\xfe,cat\n", "cannot be read"),
        (b'path,label\n"a' + b"x" * 200_000 + b'",cat\n', "cannot be read"),
    ],
    ids=["other columns", "empty", "nothing", "no UTF-8", "endless field"],
)
def test_another_file_is_no_table(content: bytes, words: str, tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_bytes(content)
    with pytest.raises(FinderError, match=words) as caught:
        read_label_table(file)
    assert caught.value.hint


def test_a_missing_table_is_said(tmp_path: Path) -> None:
    with pytest.raises(FinderError, match="cannot be read"):
        read_label_table(tmp_path / "labels.csv")
