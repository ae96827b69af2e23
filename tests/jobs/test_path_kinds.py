"""What dragged paths are: by name at once, then by what is there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from finder.jobs.path_kinds import PathKinds, kinds_by_name, look_at


def test_names_tell_pictures_and_models_only() -> None:
    names = ("/a/one.JPG", "/a/two.heic", "/a/net.onnx", "/a/folder", "/a/note.txt")
    assert kinds_by_name(names) == PathKinds(
        pictures=names[:2], models=names[2:3], unknown=names[3:]
    )
    assert kinds_by_name(()) == PathKinds()


def test_what_is_there_counts_more_than_the_name(tmp_path: Path, samples: Path) -> None:
    folder, odd, note = tmp_path / "summer.jpg", tmp_path / "cache.tmp", tmp_path / "note.txt"
    folder.mkdir()
    shutil.copy(samples / "cats" / "kitten.jpg", odd)
    note.write_text("not a picture")
    gone = tmp_path / "gone.png"
    paths = [str(path) for path in (note, odd, folder, gone, tmp_path / "nothing")]
    kinds = look_at(paths)
    assert kinds == PathKinds(
        folders=(str(folder),),
        pictures=(str(odd), str(gone)),
        others=(str(note), str(tmp_path / "nothing")),
    )
    assert kinds.usable == (str(folder), str(odd), str(gone))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert look_at([str(pipe)]).others == (str(pipe),)


def test_the_home_folder_may_be_written_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Pictures").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert look_at(["~/Pictures"]).folders == ("~/Pictures",)


def test_of_very_many_only_the_first_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "last").mkdir()
    paths = [f"/nowhere/{number}.png" for number in range(1_000)]
    kinds = look_at([*paths, str(tmp_path / "last"), "/nowhere/1000.png"])
    assert len(kinds.pictures) == 1_001
    assert kinds.others == (str(tmp_path / "last"),)
