"""Models are installed, measured and removed by commands, from a server on this computer."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest
from command_line import error_of, locked_by_process, output_of, run
from making import assert_in_step, copied
from model_folders import Made, make_model
from model_servers import ServedFile, in_turn, publish, stalling
from offered_graphs import catalogue_of, small_file
from serving import Site, headers

from finder.cli.arguments import parse
from finder.core.models.downloads import offers
from finder.core.models.runtime.provider_names import Choice
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home, resources_dir, shipped_models_dir
from finder.core.web.partial_file import partial_file_size
from finder.use_cases.models import install_model, models_overview
from finder.workers.provider_choice import ModelProviders

NAME = "resnet18-v1-7"
FAST = ("--model", "pixels", "--model", "dhash-64")


@dataclass(frozen=True)
class Program:
    """The program with its own catalogue, which offers NAME; the file's content is `content`."""

    folder: Path
    home: Home
    content: bytes
    sha256: str
    catalogue: Path

    def start(self, *words: str | Path) -> subprocess.Popen[str]:
        """In a process, from a copy of the program; once in a test."""
        package = Path(sys.modules["finder"].__path__[0])
        shutil.copytree(package, self.folder / "finder")  # with what is compiled already
        models = self.folder / "finder" / "_data" / "models"
        models.mkdir(parents=True)
        models.with_name("resources").symlink_to(resources_dir())
        for path in shipped_models_dir().iterdir():
            if path.is_dir():
                (models / path.name).symlink_to(path)
        shutil.copy(self.catalogue, models / "catalogue.toml")
        words = ("models", *words, "--home", self.home.root)
        return subprocess.Popen(
            [sys.executable, "-m", "finder", *map(str, words)],
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str | Path, answer: str = "") -> tuple[int, str, str]:
        """Exit code, stdout, stderr; run in this process."""
        with patch.object(sys, "stdin", io.StringIO(answer)):
            ended = run("models", *words, home=self.home)
        return ended.returncode, ended.stdout, ended.stderr


@pytest.fixture
def program(
    tmp_path: Path, home: Home, site: Site, no_proxy: None, monkeypatch: pytest.MonkeyPatch
) -> Program:
    content = small_file(NAME)
    url = publish(site, ServedFile(content))
    folder = tmp_path / "program"
    folder.mkdir()
    catalogue = folder / "catalogue.toml"
    catalogue.write_text(catalogue_of(resnet18_v1_7=(content, url)), encoding="utf-8")
    for module in (offers, install_model, models_overview):
        monkeypatch.setattr(module, "catalogue_file", lambda: catalogue)
    return Program(folder, home, content, hashlib.sha256(content).hexdigest(), catalogue)


@pytest.fixture
def pictures(samples: Path, tmp_path: Path) -> Path:
    copied(sorted((samples / "cats").glob("*.jpg")), tmp_path / "pictures")
    return tmp_path / "pictures"


def wait_for(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_list_of_models_needs_no_network(program: Program, site: Site) -> None:
    code, out, err = program.run()
    assert (code, err) == (0, "")
    *_, head, first, second, third = out.splitlines()
    assert head == "Not installed; “image-finder models install NAME” downloads one:"
    size = len(program.content) / 1e6
    assert first == f"{NAME:<22} 512 numbers · {size:.1f} MB · Apache-2.0"
    assert second.startswith("  ResNet-18. ")
    assert "huggingface.co" in third
    assert site.seen == []
    assert not program.home.root.exists()


def test_the_list_has_a_name_of_its_own(home: Home) -> None:
    assert output_of("models", "list", home=home) == output_of("models", home=home)


def test_the_list_is_in_columns_whatever_the_names(home: Home) -> None:
    make_model(home.models, Made(name="a-model-with-a-really-long-name"))
    rows = [line for line in output_of("models", home=home).splitlines() if line[:1].isalnum()]
    places = {line.index(" of 0 pictures") for line in rows if " of 0 pictures" in line}
    assert len(places) == 1


def test_a_model_is_installed_used_and_removed(program: Program, pictures: Path) -> None:
    code, out, err = program.run("install", NAME)
    assert (code, out) == (0, f"ResNet-18 is installed as {NAME}.\n"), err
    assert err.splitlines()[0] == "Connecting to 127.0.0.1 …"
    assert err.splitlines()[-3:-1] == ["Checking …", "Preparing the model …"]
    assert "Not installed" not in program.run()[1]
    assert "already a model called" in program.run("install", NAME)[2]

    home, number = program.home, len(list(pictures.iterdir()))
    output_of("index", pictures, "--model", NAME, "--model", "pixels", home=home)
    pixels = assert_in_step(home, "pixels")
    listed = program.run()[1]
    assert re.search(rf"{NAME} +on +{number} of {number} pictures\n", listed)
    assert re.search(r"512 numbers · .* MB · 0\.0 MB of vectors · ", listed)

    code, out, err = program.run("remove", NAME, answer="n\n")
    assert (code, out) == (1, "")
    assert err.startswith(f"Remove ResNet-18 and the vectors of {number} pictures, 0.")
    assert "Nothing was removed. Use --yes to skip the question." in err
    assert program.run("remove", NAME)[0] == 1, "no terminal to ask at"
    assert assert_in_step(home, NAME)

    code, out, err = program.run("remove", NAME, answer="y\n")
    assert (code, out) == (0, "ResNet-18 was removed.\n"), err
    assert "Not installed" in program.run()[1]
    assert os.listdir(home.models) == []
    assert not [path for path in home.nearest.iterdir() if NAME in path.name]
    after = assert_in_step(home, "pixels")
    assert {p: v.tobytes() for p, v in after.items()} == {p: v.tobytes() for p, v in pixels.items()}
    assert f"no model called “{NAME}”" in program.run("remove", NAME, "--yes")[2]


def test_a_file_from_the_disk_is_accepted_instead(
    program: Program, site: Site, tmp_path: Path
) -> None:
    file = tmp_path / "mine.onnx"
    file.write_bytes(program.content[:-1])
    code, out, err = program.run("install", NAME, "--from", file)
    assert (code, out) == (1, "")
    assert "mine.onnx is not the file of ResNet-18 that the catalogue describes" in err
    assert program.sha256 in err
    file.write_bytes(program.content)
    assert program.run("install", NAME, "--from", file)[0] == 0
    assert site.seen == []


def test_a_stopped_download_continues(program: Program, site: Site) -> None:
    half = len(program.content) // 2
    begin = headers(f"Content-Length: {len(program.content)}") + program.content[:half]
    rest = ServedFile(program.content)
    publish(site, in_turn(stalling(begin), rest))
    process = program.start("install", NAME)
    downloads = program.home.downloads
    wait_for(lambda: partial_file_size(downloads, program.sha256) > 0)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out) == (1, "")
    assert "Traceback" not in err
    at = partial_file_size(downloads, program.sha256)
    assert 0 < at <= half
    assert f"{at / 1e6:.1f} MB are kept; the same command continues from there." in err
    assert f" · {at / 1e6:.1f} MB downloaded · " in program.run()[1]
    assert program.run("install", NAME)[0] == 0
    assert rest.asked == [(f"bytes={at}-", None)]


def test_a_download_that_fails_says_why(program: Program, site: Site) -> None:
    del site.pages["/model.onnx"]
    code, out, err = program.run("install", NAME)
    assert (code, out) == (1, "")
    assert err.splitlines()[-1] == (
        "image-finder: 127.0.0.1 no longer has the file (error 404). Try again later, or "
        "get the file another way and choose it from your disk."
    )
    assert "Traceback" not in err


def test_names_that_cannot_be_used_are_reported(home: Home) -> None:
    assert "The catalogue has no model called “x”" in error_of("models", "install", "x", home=home)
    for word in ("remove", "measure", "reindex"):
        assert "There is no model called “x”" in error_of("models", word, "x", home=home)
    message = error_of("models", "remove", "vgg16", "--yes", home=home)
    assert "VGG16 comes with Image Finder and cannot be removed." in message
    assert "--off vgg16" in message
    assert not home.root.exists()


# What is left of a model whose folder is gone


def test_leftovers_of_a_model_are_listed_and_can_be_removed(
    program: Program, pictures: Path
) -> None:
    program.run("install", NAME)
    output_of("index", pictures, "--model", NAME, home=program.home)
    shutil.rmtree(program.home.models / NAME)
    code, _, err = program.run()
    assert code == 0
    assert re.fullmatch(
        rf"{NAME} can no longer be used, but its data still takes 0\.\d MB; to remove it:"
        rf" image-finder models remove {NAME}\n",
        err,
    )
    assert program.run("remove", NAME, "--yes")[:2] == (0, f"{NAME} was removed.\n")
    assert program.run()[2] == ""


# Measuring, re-indexing


def test_a_measured_speed_is_listed(home: Home) -> None:
    words = r" +([\d.]+) pictures/s, ([\d.]+) on \d+ cores?\n"
    out = output_of("models", "measure", "dhash-64", home=home)
    assert re.fullmatch("dhash-64" + words, out)
    assert not home.root.exists()
    home.root.mkdir()
    measured = re.fullmatch(
        "dhash-64" + words, output_of("models", "measure", "dhash-64", home=home)
    )
    assert measured
    assert float(measured[1]) > 0
    listed = output_of("models", home=home)
    assert f" · {measured[1]} pictures/s, {measured[2]} on " in listed
    assert listed.count("pictures/s") == 1


def test_nothing_is_measured_beside_another_writer(home: Home) -> None:
    home.root.mkdir()
    with locked_by_process(home):
        assert "is being written to" in error_of("models", "measure", "dhash-64", home=home)
    assert not home.speeds.exists()


def test_a_model_is_measured_on_the_provider_that_was_chosen(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the window: `ModelProviders` is asked."""
    asked: list[str] = []

    def choice(self: ModelProviders, spec: ModelSpec) -> Choice:
        asked.append(spec.name)
        return Choice()

    monkeypatch.setattr(ModelProviders, "__call__", choice)
    options = parse(["models", "measure", "efficientnet-lite0", "--home", str(home.root)])
    options.handler(home, options)
    assert asked == ["efficientnet-lite0"]


def test_vectors_are_computed_again(home: Home, pictures: Path) -> None:
    output_of("index", pictures, *FAST, home=home)
    before, other = assert_in_step(home, "pixels"), assert_in_step(home, "dhash-64")
    ended = run("models", "reindex", "pixels", home=home)
    assert (ended.returncode, f"{len(before)} vectors deleted" in ended.stderr) == (0, True)
    assert f"{len(before)} pictures" in ended.stdout
    for name, vectors in (("pixels", before), ("dhash-64", other)):
        after = assert_in_step(home, name)
        assert {p: v.tobytes() for p, v in after.items()} == {
            p: v.tobytes() for p, v in vectors.items()
        }


def test_nothing_is_dropped_beside_another_writer(home: Home, pictures: Path) -> None:
    output_of("index", pictures, *FAST, home=home)
    with locked_by_process(home):
        assert "is being written to" in error_of("models", "reindex", "pixels", home=home)
    assert assert_in_step(home, "pixels")


def test_without_a_library_nothing_is_computed_again(home: Home) -> None:
    assert "There is no library" in error_of("models", "reindex", "pixels", home=home)
    assert not home.root.exists()
