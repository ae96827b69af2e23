"""No process of the program runs code from the folder in which it was started."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from command_line import script_command
from importable import EXPORTED
from scripted_window import window_command
from sharing import made_once
from word_models import PICTURE_TOWER, TEXT_TOWER, TOKENIZER

from finder.core.import_path import SEARCHED
from finder.core.paths import Home

BIRD = "kingfisher.jpg"
LITE = "efficientnet-lite0"
KINDS = (
    *("_try-model", "_process-picture", "_make-variant"),
    *("_inspect-model", "_truncate-model", "_match-samples"),
    *("_inspect-text", "_truncate-text"),
)

_PLANTER = """
import os, sys
album, marks, notes, spared = os.environ["PLANTED"].split("|")
noted = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

def plant(name):
    os.write(noted, f"{name}\\n".encode())
    path = os.path.join(album, name)
    if name in spared.split() or os.path.exists(path) or os.path.exists(path + ".py"):
        return
    if len(name) % 2:
        os.mkdir(path)
        path = os.path.join(path, "__init__")
    with open(path + ".py", "w") as file:
        file.write(f"open({os.path.join(marks, name)!r}, 'a').close()\\n")
    for entry in ("", ".", album):
        if entry in sys.path_importer_cache:
            sys.path_importer_cache[entry].invalidate_caches()

class Planter:
    def find_spec(self, name, path=None, target=None):
        plant(name.partition(".")[0])

os.write(noted, "".join(f"{name.partition('.')[0]}\\n" for name in sys.modules).encode())
os.write(noted, "".join(f"kind {word}\\n" for word in sys.argv if word[:1] == "_").encode())
sys.meta_path.insert(0, Planter())
"""
"""Notes each module that a process has or looks for. What it looks for, and is not in the album
yet, is there when Python looks."""
CUSTOM = ("sitecustomize", "usercustomize")
_MARKING = "open({mark!r}, 'a').close()\n"
_BEFORE_US = "import sys; print(*sys.modules)"


@dataclass
class Album:
    """A folder of pictures with a model, in which the program is started."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Home:
        return Home(self.folder.parent / "home")

    def run(self, *command: str) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=os.environ | self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def do_everything(self, begin: list[str]) -> None:
        """Run every kind of process. begin: how the program is started."""
        home = ["--home", "../home"]
        self.run(*begin, "models", "import", "m.onnx", "--yes", "--name", "own", *home)
        towers = str(PICTURE_TOWER), "--text", str(TEXT_TOWER), "--tokenizer", str(TOKENIZER)
        words = "--preprocess", "siglip", "--yes", "--name", "shapes"
        self.run(*begin, "models", "import", *towers, *words, *home)
        self.index_and_search(begin, "own")
        words = "--float16", "--keep", "float16", "--pictures", "20"
        self.run(*begin, "models", "optimise", "own", *words, *home)

    def index_and_search(self, begin: list[str], model: str) -> None:
        """The program's own process, and a child."""
        words = ["--model", model, "--home", "../home"]
        self.leave_suspect()  # which is indexed by a child
        assert "2 pictures indexed." in self.run(*begin, "index", ".", *words)
        assert BIRD in self.run(*begin, "search", BIRD, *words)

    def leave_suspect(self) -> None:
        """A new picture, noted as one that was being decoded when the process died."""
        suspect = self.folder / "suspect.jpg"
        suspect.write_bytes((self.folder / BIRD).read_bytes() + b"\0")
        noted = bytes(suspect)
        self.home.root.mkdir(exist_ok=True)
        slot = len(noted).to_bytes(2, "little") + noted
        self.home.crash_journal.write_bytes(slot.ljust(8_192, b"\0"))


def album_in(folder: Path, samples: Path) -> Album:
    album = folder / "album"
    album.mkdir(parents=True)
    shutil.copy(samples / "birds" / BIRD, album)
    shutil.copy(EXPORTED / "torch_cnn.onnx", album / "m.onnx")
    return Album(album)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Path:
    """A folder with the marks and notes of every kind of process, started with search paths that
    begin with relative entries. All of them did their work."""
    return made_once(tmp_path_factory, "recorded", lambda folder: record(folder, samples))


def record(folder: Path, samples: Path) -> None:
    album = album_in(folder, samples)
    marks = folder / "marks"
    marks.mkdir()
    code = _MARKING.format(mark=str(marks / "mount"))
    (album.folder / "mount").write_text(f"#!{sys.executable}\n{code}")
    (album.folder / "mount").chmod(0o755)
    album.env = {name: os.pathsep.join(["", ".", os.environ.get(name, "")]) for name in SEARCHED}
    for name in ("PYTHONHOME", "PYTHONPYCACHEPREFIX", "PYTHONUSERBASE"):
        album.env.pop(name, None)
    # what Python itself looks for before it runs us is beyond us; asked for by its name, what is
    # called “finder” would be the program
    plant_on_demand(album, marks, [*CUSTOM, "finder", *_loaded_first(folder)])
    album.do_everything(script_command(folder))


def plant_on_demand(album: Album, marks: Path, spared: Iterable[str] = ()) -> None:
    """Let the album have each module that a process looks for from now on, but for these."""
    site = marks.parent / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(_PLANTER)
    path = album.env.get("PYTHONPATH", "")
    album.env["PYTHONPATH"] = os.pathsep.join([path, str(site)]) if path else str(site)
    planted = (album.folder, marks, marks.parent / "names", " ".join(spared))
    album.env["PLANTED"] = "|".join(map(str, planted))


@pytest.fixture(scope="module")
def asked_for(recorded: Path) -> set[str]:
    """The top-level names of all modules that a process of the command line has or looks for."""
    lines = (recorded / "names").read_text().splitlines()
    assert {line for line in lines if line.startswith("kind ")} >= {f"kind {k}" for k in KINDS}
    names = {line for line in lines if line.isidentifier()}
    assert names >= {"finder", "numpy", "onnx", "PIL", "onnxruntime", "pymilvus"}
    return names | set(CUSTOM)


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    """A folder in which each planted module that is run leaves a file of its name."""
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


@pytest.fixture
def album(tmp_path: Path, samples: Path, asked_for: set[str], marks: Path) -> Album:
    """An album that has a module of each name beside the pictures, as a file or as a folder."""
    made = album_in(tmp_path, samples)
    for number, name in enumerate(sorted(asked_for)):
        code = _MARKING.format(mark=str(marks / name))
        if number % 2 or name == "finder":
            (made.folder / name).mkdir()
            (made.folder / name / "__init__.py").write_text(code)
            (made.folder / name / "__main__.py").write_text(code)
        else:
            (made.folder / f"{name}.py").write_text(code)
    return made


def marked(marks: Path) -> list[str]:
    return sorted(os.listdir(marks))


def test_relative_entries_of_search_paths_are_left_out(recorded: Path, asked_for: set[str]) -> None:
    """Of the main process, too."""
    assert asked_for, "all of it was run"
    assert marked(recorded / "marks") == []


def test_no_process_runs_what_lies_in_the_current_folder(
    album: Album, tmp_path: Path, marks: Path
) -> None:
    album.do_everything(script_command(tmp_path))
    assert marked(marks) == []


def test_started_as_a_module(album: Album, tmp_path: Path, marks: Path) -> None:
    """`python -m finder`: Python looks into the current folder first, but only until we run."""
    for name in _loaded_first(tmp_path):
        (album.folder / f"{name}.py").unlink(missing_ok=True)
        shutil.rmtree(album.folder / name, ignore_errors=True)
    shutil.rmtree(album.folder / "finder")
    album.index_and_search([sys.executable, "-m", "finder"], LITE)
    assert marked(marks) == []


def test_the_window(album: Album, tmp_path: Path, marks: Path) -> None:
    script = tmp_path / "window.py"
    words = window_command(Home(tmp_path / "window"), album.folder, album.folder / BIRD)
    script.write_text(words[2])
    plant_on_demand(album, marks)  # the window's own modules
    assert "answered" in album.run(sys.executable, str(script), *words[3:])
    assert (album.folder / "PySide6").exists()
    assert marked(marks) == []


def _loaded_first(folder: Path) -> list[str]:
    """What Python has loaded when it begins to run a module."""
    (folder / "early").mkdir()
    (folder / "early" / "begun_first.py").write_text(_BEFORE_US)
    done = subprocess.run(
        [sys.executable, "-m", "begun_first"],
        cwd=folder / "early",
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in done.stdout.split() if name.isidentifier()]
