"""From a terminal: folders and files closed to the user: the pictures' and the library's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import command
from making import assert_in_step
from normal_user import as_plain_user

from finder.core.paths import Home

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")

MODEL = "pixels"


def run(*words: str | Path, home: Home, code: int = 0) -> tuple[str, str]:
    """(stdout, stderr) of a user's run."""
    ended = subprocess.run(
        as_plain_user(command(*words, home=home)), capture_output=True, text=True, check=False
    )
    assert ended.returncode == code, ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stdout, ended.stderr


def error_line(*words: str | Path, home: Home) -> str:
    """The one sentence of a run that is refused."""
    stdout, stderr = run(*words, home=home, code=1)
    assert stdout == ""
    (line,) = (line for line in stderr.splitlines() if line.startswith("image-finder: "))
    return line


@pytest.fixture
def pictures(tmp_path: Path, samples: Path) -> Iterator[Path]:
    folder = tmp_path / "pictures"
    for name in ("birds", "cats"):
        shutil.copytree(samples / name, folder / name)
    yield folder
    for path in (folder / "birds", folder / "cats"):
        path.chmod(0o700)


def test_unreadable_folders_and_files_are_reported_and_lose_nothing(
    home: Home, pictures: Path, samples: Path
) -> None:
    run("index", "--model", MODEL, pictures, home=home)
    known = set(assert_in_step(home, MODEL))
    (pictures / "cats").chmod(0)
    shutil.copy(samples / "altered" / "kingfisher--crop.jpg", pictures / "birds" / "new.jpg")
    (pictures / "birds" / "new.jpg").chmod(0)
    stdout, _ = run("index", "--model", MODEL, pictures, home=home)
    assert stdout == "2 files were skipped.\n"
    assert "removed" not in stdout
    stdout, _ = run("skipped", home=home)
    assert stdout.splitlines() == [
        f"{pictures / 'cats'}\tYou have no permission to read this.",
        f"{pictures / 'birds' / 'new.jpg'}\tYou have no permission to read this.",
    ]
    assert set(assert_in_step(home, MODEL)) == known

    (pictures / "cats").chmod(0o700)
    (pictures / "birds" / "new.jpg").chmod(0o600)
    stdout, _ = run("index", "--model", MODEL, pictures, home=home)
    assert stdout.startswith("1 picture indexed")
    assert run("skipped", home=home)[0] == ""
    assert len(assert_in_step(home, MODEL)) == len(known) + 1


def test_a_library_that_cannot_be_written_can_be_searched(
    home: Home, pictures: Path, samples: Path
) -> None:
    run("index", "--model", MODEL, pictures, home=home)
    for folder, _, names in os.walk(home.root):
        for name in names:
            Path(folder, name).chmod(0o400)
        Path(folder).chmod(0o500)
    try:
        query = samples / "altered" / "kingfisher--crop.jpg"
        found = json.loads(run("search", query, "--json", home=home)[0])
        assert found["models"][MODEL][0]["path"] == str(pictures / "birds" / "kingfisher.jpg")
        assert "Traceback" not in "".join(run("status", home=home))
        for words in (["index"], ["forget", pictures], ["check"], ["restore", "latest"]):
            assert str(home.root) in error_line(*words, home=home)
    finally:
        for folder, _, _ in os.walk(home.root):
            Path(folder).chmod(0o700)


@pytest.mark.parametrize("words", [["status"], ["index"], ["check"], ["search", "x.jpg"]])
def test_a_library_that_cannot_be_entered_is_reported(words: list[str], library: Home) -> None:
    library.root.chmod(0)
    try:
        assert str(library.root) in error_line(*words, home=library)
    finally:
        library.root.chmod(0o700)
