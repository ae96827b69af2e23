"""From a terminal: odd names and special files, from the scan until they are forgotten."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import command, error_of, output_of
from making import assert_in_step

from finder.core.errors import Reason, SkippedPicture
from finder.core.paths import Home
from finder.core.pictures.decode import read_file

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows allows no such names")

MODEL = "pixels"
LONGEST_PATH = 4_095
"""Bytes, of what can be opened by its path (Linux: PATH_MAX less the end)."""

_OPENED = """
import os, sys
def note(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".jpg"):
        with open(os.environ["OPENED"], "a") as opened:
            print(os.path.basename(os.fsdecode(arguments[0])), file=opened)
sys.addaudithook(note)
"""
_SWAP = """
import os, sys
folder = os.environ["FOLDER"]
def swap(event, arguments):
    if event != "open" or os.path.dirname(os.fsdecode(str(arguments[0]))) != folder:
        return
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if path != arguments[0] and os.path.isfile(path):
            os.remove(path)
            os.mkfifo(path)
sys.addaudithook(swap)
"""
"""The first picture that is opened turns all others into pipes."""


@pytest.fixture
def pictures(samples: Path) -> list[Path]:
    return sorted((samples / "birds").glob("*.jpg")) + sorted((samples / "cats").glob("*.jpg"))


def indexed(*folders: Path, home: Home) -> str:
    return output_of("index", "--model", MODEL, *folders, home=home)


def found(query: Path, home: Home, *words: str | Path) -> list[str]:
    """The paths of all that is in the library, the most similar first."""
    answer = json.loads(output_of("search", query, "--json", "--top", "200", *words, home=home))
    return [match["path"] for match in answer["models"][MODEL]]


def with_hook(code: str, folder: Path, **more: str) -> dict[str, str]:
    (folder / "site").mkdir()
    (folder / "site" / "sitecustomize.py").write_text(code)
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(folder / "site"), os.getcwd()])} | more


def deep_path(folder: Path, length: int, name: str) -> Path:
    """A path of this many bytes below the folder; its folders are created."""
    path, left = str(folder), length - len(os.fsencode(folder)) - len(name) - 1
    while left > 255:
        path, left = f"{path}/{'d' * 200}", left - 201
    path = f"{path}/{'e' * (left - 1)}"
    os.makedirs(path)
    return Path(path, name)


def test_a_path_of_4000_bytes(tmp_path: Path, home: Home, pictures: list[Path]) -> None:
    folder = tmp_path / "long"
    deep = deep_path(folder, 4_000, "picture.jpg")
    assert len(os.fsencode(deep)) == 4_000
    shutil.copy(pictures[0], deep)
    bad = deep.with_name("bad.jpg")
    bad.write_text("no picture")
    assert indexed(folder, home=home) == "1 picture indexed, 1 skipped.\n"
    assert found(deep, home) == [str(deep)]
    assert found(deep, home, "--folder", deep.parent) == [str(deep)]
    assert str(deep) in output_of("search", deep, home=home)
    assert output_of("skipped", home=home).startswith(f"{bad}\t")
    assert indexed(folder, home=home) == "Everything is up to date: 2 files.\n"
    assert output_of("forget", folder, home=home).startswith(f"Forgot {folder}: 2 files.")
    assert "Contents  0 pictures" in output_of("status", home=home)


def test_a_path_too_long_to_be_opened_is_reported(
    tmp_path: Path, home: Home, pictures: list[Path]
) -> None:
    folder = tmp_path / "long"
    deep = deep_path(folder, 4_000, "picture.jpg")
    shutil.copy(pictures[0], deep)
    at = os.open(deep.parent, os.O_RDONLY)
    os.mkdir("f" * 200, dir_fd=at)
    os.close(at)
    assert len(str(deep.parent / ("f" * 200))) > LONGEST_PATH
    assert indexed(folder, home=home) == "1 picture indexed, 1 skipped.\n"
    assert output_of("skipped", home=home).startswith(str(deep.parent / ("f" * 200)))
    assert_in_step(home, MODEL)


def test_names_that_differ_in_case_or_are_no_text(
    tmp_path: Path, home: Home, pictures: list[Path]
) -> None:
    lower, upper = tmp_path / "pictures", tmp_path / "Pictures"
    names = [
        *(b"a.jpg", b"A.jpg", b"a.JPG", "straße.jpg".encode(), b"STRASSE.jpg"),
        *(b"\xff\xfe.jpg", b"\xe9.jpg", "é.jpg".encode(), "e\u0301.jpg".encode()),
        *("\u05d0\u202e\u05d1.jpg".encode(), "🏳️\u200d🌈.jpg".encode()),
        *(b"new\nline\r\t.jpg", b"n" * 251 + b".jpg", "\u2028.jpg".encode()),
    ]
    paths = []
    for folder in (lower, upper):
        folder.mkdir()
        for number, name in enumerate(names):
            path = folder / os.fsdecode(name)
            path.write_bytes(pictures[0].read_bytes() + b"%d" % number + os.fsencode(folder))
            paths.append(str(path))
        (folder / os.fsdecode(b"bad\xff.jpg")).write_text("no picture")
    if len(os.listdir(lower)) < len(names):
        pytest.skip("this disk takes two such names for one")
    assert indexed(lower, upper, home=home) == "28 pictures indexed, 2 skipped.\n"
    assert sorted(found(Path(paths[0]), home)) == sorted(paths)
    for path in map(Path, paths):
        assert json.loads(output_of("search", path, "--json", home=home))["query"] == str(path)
        if path.parent == lower and len(path.name) > 20:
            break
    assert set(found(Path(paths[0]), home, "--folder", upper)) == set(paths[len(names) :])
    skipped = output_of("skipped", home=home).splitlines()
    assert [line.partition("\t")[0] for line in skipped[:2]] == [
        f"{folder}/bad\\udcff.jpg" for folder in (upper, lower)
    ]
    assert output_of("forget", lower, home=home).startswith(f"Forgot {lower}: 15 files.")
    assert set(found(Path(paths[-1]), home)) == set(paths[len(names) :])
    assert_in_step(home, MODEL)


def make_nodes(folder: Path) -> list[str]:
    """Pipes, sockets and devices with names of pictures. Returns the names."""
    os.mkfifo(folder / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as listening:
        here = os.getcwd()
        os.chdir(folder)  # a socket's path may have some 100 bytes
        try:
            listening.bind("socket.jpg")
        finally:
            os.chdir(here)
    if os.geteuid() == 0:
        os.mknod(folder / "null.jpg", stat.S_IFCHR | 0o666, os.makedev(1, 3))
        os.mknod(folder / "zero.jpg", stat.S_IFCHR | 0o666, os.makedev(1, 5))
        os.mknod(folder / "block.jpg", stat.S_IFBLK | 0o666, os.makedev(7, 200))
    return [name for name in os.listdir(folder) if not (folder / name).is_file()]


def test_pipes_sockets_and_devices_are_never_opened(
    tmp_path: Path, home: Home, pictures: list[Path]
) -> None:
    folder, opened = tmp_path / "pictures", tmp_path / "opened"
    folder.mkdir()
    nodes = make_nodes(folder)
    shutil.copy(pictures[0], folder / "bird.jpg")
    env = with_hook(_OPENED, tmp_path, OPENED=str(opened))
    words = ("index", "--model", MODEL, folder)
    run = subprocess.run(
        command(*words, home=home), env=env, capture_output=True, text=True, timeout=120, check=True
    )
    assert run.stdout == "1 picture indexed.\n"
    assert output_of("skipped", home=home) == ""
    for name in nodes:
        asked = subprocess.run(
            command("search", folder / name, home=home),
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (asked.returncode, asked.stdout) == (1, "")
        assert asked.stderr.startswith("image-finder: ")
        assert "Traceback" not in asked.stderr
    seen = set(opened.read_text().splitlines())
    assert "bird.jpg" in seen
    assert not seen & set(nodes)


def test_a_picture_that_becomes_a_pipe_does_not_block(
    tmp_path: Path, home: Home, many: Path, pictures: list[Path]
) -> None:
    """Replaced between the scan and the reading, and between the last check and the opening."""
    env = with_hook(_SWAP, tmp_path, FOLDER=str(many))
    words = ("index", "--model", MODEL, many)
    subprocess.run(
        command(*words, home=home), env=env, capture_output=True, timeout=200, check=True
    )
    assert sum(path.is_fifo() for path in many.iterdir()) >= 296, "few are read at a time"
    shutil.copy(pictures[0], many / "bird.jpg")
    output_of(*words, home=home)
    assert all(Path(path).is_file() for path in found(many / "bird.jpg", home))
    assert_in_step(home, MODEL)


@pytest.mark.parametrize("kind", [os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/zero", path)])
def test_a_file_that_is_replaced_at_the_last_moment_is_not_read(
    kind: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "picture.jpg")
    Path(path).write_bytes(b"x")
    look = os.stat

    def look_and_swap(at: str, **how: bool) -> os.stat_result:
        facts = look(at, **how)
        os.remove(at)
        kind(at)
        return facts

    with monkeypatch.context() as patched:
        patched.setattr("finder.core.pictures.file_reading.os.stat", look_and_swap)
        with pytest.raises(SkippedPicture) as refusal:
            read_file(path)
    assert refusal.value.reason in (Reason.NOT_A_PICTURE, Reason.UNREADABLE)


def test_links_in_circles_and_hard_links(tmp_path: Path, home: Home, pictures: list[Path]) -> None:
    folder = tmp_path / "pictures"
    (folder / "a" / "b").mkdir(parents=True)
    shutil.copy(pictures[0], folder / "bird.jpg")
    shutil.copy(pictures[-1], folder / "a" / "cat.jpg")
    os.link(folder / "bird.jpg", folder / "a" / "b" / "again.jpg")
    (folder / "a" / "b" / "up").symlink_to(folder)
    (folder / "a" / "round").symlink_to(folder / "a" / "round")
    (folder / "one.jpg").symlink_to(folder / "two.jpg")
    (folder / "two.jpg").symlink_to(folder / "one.jpg")
    (folder / "to-bird.jpg").symlink_to(folder / "bird.jpg")
    indexed(folder, home=home)
    assert len(found(folder / "bird.jpg", home)) == 2
    assert "2 pictures" in output_of("status", home=home)
    assert "(3 files)" in output_of("status", home=home)
    for loop in ("one.jpg", "a/round"):
        assert "There is no file" in error_of("search", folder / loop, home=home)
    (folder / "bird.jpg").unlink()
    indexed(folder, home=home)
    first = found(folder / "a" / "b" / "again.jpg", home)[0]
    assert first == str(folder / "a" / "b" / "again.jpg")
    assert_in_step(home, MODEL)


@pytest.mark.parametrize("forgotten", ["outer", "inner"])
def test_folders_inside_one_another(
    forgotten: str, tmp_path: Path, home: Home, pictures: list[Path]
) -> None:
    outer, inner = tmp_path / "outer", tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    shutil.copy(pictures[0], outer / "bird.jpg")
    shutil.copy(pictures[-1], inner / "cat.jpg")
    assert indexed(outer, inner, outer, home=home) == "2 pictures indexed.\n"
    assert indexed(inner, home=home).startswith("Everything is up to date")
    assert indexed(home=home).startswith("Everything is up to date")
    said = output_of("status", home=home)
    assert f"{outer} (2 files)\n" in said
    assert f"{inner} (1 file)\n" in said
    first, last = (outer, inner) if forgotten == "outer" else (inner, outer)
    lost = 1 if forgotten == "outer" else 0  # what no other folder covers
    assert output_of("forget", first, home=home).startswith(f"Forgot {first}: {lost} file")
    left = found(inner / "cat.jpg", home)
    assert left[0] == str(inner / "cat.jpg")
    assert len(left) == 2 - lost
    assert_in_step(home, MODEL)
    output_of("forget", last, home=home)
    assert "Contents  0 pictures" in output_of("status", home=home)
