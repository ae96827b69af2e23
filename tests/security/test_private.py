"""Whatever the umask is, nobody else can read a library."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import command
from model_folders import Made, make_model
from scripted_window import running_window, wait_for

from finder.core.library.writer import LibraryWriter
from finder.core.paths import Home
from finder.core.system.permissions import original_umask, restrict_to_owner

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")


def run_openly(*words: str | Path, home: Home) -> None:
    """A command under a umask that takes nothing away."""
    subprocess.run(command(*words, home=home), check=True, capture_output=True, umask=0)


def open_to_others(home: Home) -> list[str]:
    """What other users may access in the home. Not the models: the user put them there."""
    places = [home.root]
    for folder, folders, files in os.walk(home.root):
        if Path(folder) == home.root:
            folders.remove(home.models.name)
        places += [Path(folder, name) for name in (*folders, *files)]
    assert len(places) > 5
    return [str(place) for place in places if not _is_private(place)]


def _is_private(place: Path) -> bool:
    try:
        mode = place.lstat().st_mode
    except FileNotFoundError:  # a program is at work here
        return True
    if stat.S_ISREG(mode):
        return stat.S_IMODE(mode) == 0o600
    if stat.S_ISDIR(mode):
        return stat.S_IMODE(mode) == 0o700
    return not mode & 0o077  # a socket: whoever may write to it may connect


@pytest.fixture
def open_home(short_folder: Path) -> Home:
    """A folder that everybody may enter, with a model that was added, where a library will be."""
    home = Home(short_folder / "home")
    home.root.mkdir()
    home.root.chmod(0o777)
    make_model(home.models, Made(name="added"))
    return home


def test_every_file_of_a_library_is_private(open_home: Home, samples: Path) -> None:
    home, birds = open_home, samples / "birds"
    run_openly("index", birds, "--model", "added", home=home)
    assert home.tried.exists()
    assert open_to_others(home) == []
    for matrix in home.nearest.glob("*.f32"):
        matrix.write_bytes(bytes(matrix.stat().st_size))
    run_openly("search", samples / "birds" / "kingfisher.jpg", home=home)
    assert home.log.exists()
    assert open_to_others(home) == []
    home.thumbnails.unlink()
    run_openly("check", "--repair", home=home)
    run_openly("restore", "latest", home=home)
    assert open_to_others(home) == []


def test_the_window_keeps_it_so(open_home: Home, samples: Path) -> None:
    picture = samples / "cats" / "kitten.jpg"
    with running_window(open_home, samples / "birds", picture, umask=0) as window:
        for word in ("indexing", "answered"):
            wait_for(word, window)
            assert open_to_others(open_home) == []
        assert (open_home.run / "window.sock").is_socket()
    assert open_to_others(open_home) == []


@pytest.mark.parametrize(("beside", "mode"), [("catalogue.sqlite-wal", 0o700), ("a.txt", 0o755)])
def test_a_folder_with_other_things_in_it_is_left_as_it_is(
    home: Home, beside: str, mode: int
) -> None:
    home.root.mkdir()
    home.root.chmod(0o755)
    (home.root / beside).touch()
    with LibraryWriter(home):
        pass
    assert stat.S_IMODE(home.root.stat().st_mode) == mode


def test_what_the_program_starts_has_the_users_own_umask(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("finder.core.system.permissions._original_umasks", [])
    before = os.umask(0o027)
    try:
        with original_umask():
            assert os.umask(0o027) == 0o027
        restrict_to_owner()
        restrict_to_owner()
        assert os.umask(0o077) == 0o077
        with original_umask():
            assert os.umask(0o027) == 0o027
        assert os.umask(0o077) == 0o077
    finally:
        os.umask(before)
