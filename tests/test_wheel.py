"""The wheel as it would be installed from PyPI: in an empty environment, outside the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from making import copied
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from finder import __version__

pytestmark = [pytest.mark.wheel, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parent.parent
BIRD, CROP = "birds/kingfisher.jpg", "altered/kingfisher--crop.jpg"
MODELS = ["efficientnet-lite0", "efficientnet-lite2", "vgg16"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel built from this tree; the build tool comes from the network."""
    target = tmp_path_factory.mktemp("dist")
    checked(sys.executable, "-m", "build", "--wheel", "--outdir", str(target), str(ROOT))
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that has the wheel and what it asks for, no more."""
    environment = tmp_path_factory.mktemp("venv")
    venv.create(environment, with_pip=False)
    programs = environment / ("Scripts" if sys.platform == "win32" else "bin")
    pip = (sys.executable, "-m", "pip", "--python", str(programs / "python"))
    checked(*pip, "install", "--quiet", "--no-compile", "--no-deps", str(wheel))
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(checked(str(programs / "python"), "-c", where).strip())
    (own,) = packages.glob("image_finder-*.dist-info")
    for name in required_by(Distribution.at(own)):
        link_package(distribution(name), packages)
    return programs


def required_by(installed: Distribution) -> set[str]:
    """The names of the packages that this one needs without extras, and those that they need."""
    found: set[str] = set()
    waiting = [installed]
    while waiting:
        for line in waiting.pop().requires or ():
            asked = Requirement(line)
            name = canonicalize_name(asked.name)
            if name not in found and (not asked.marker or asked.marker.evaluate({"extra": ""})):
                found.add(name)
                waiting.append(distribution(name))
                assert waiting[-1].version in asked.specifier
    return found


def link_package(package: Distribution, folder: Path) -> None:
    """Let another environment have a package of this one: its folders and modules."""
    for name in {file.parts[0] for file in package.files or () if file.parts[0] != ".."}:
        source = Path(str(package.locate_file(name)))
        if name != "__pycache__" and not (folder / name).exists():
            (folder / name).symlink_to(source, target_is_directory=source.is_dir())


def checked(*command: str, cwd: Path | None = None) -> str:
    """The stdout of a command, which must succeed, run where this checkout cannot be imported."""
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    ended = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=clean, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_it_carries_models_samples_and_licences(wheel: Path) -> None:
    assert wheel.name == f"image_finder-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        sizes = {info.filename: info.file_size for info in archive.infolist()}
    licences = f"image_finder-{__version__}.dist-info/licenses"
    assert names >= {
        f"{licences}/LICENSE",
        f"{licences}/models/NOTICE.md",
        f"{licences}/resources/samples/CREDITS.md",
        f"{licences}/resources/icons/lucide/LICENSE",
        "finder/_data/models/NOTICE.md",
        "finder/_data/models/catalogue.toml",
        "finder/_data/resources/samples/CREDITS.md",
        "finder/__main__.py",
    }
    for model in MODELS:
        assert f"finder/_data/models/{model}/model.toml" in names
        size = (ROOT / "models" / model / "model.onnx").stat().st_size
        assert sizes[f"finder/_data/models/{model}/model.onnx"] == size
    for path in (ROOT / "resources").rglob("*"):
        if path.is_file():
            assert f"finder/_data/{path.relative_to(ROOT).as_posix()}" in names
    assert not [n for n in names if n.startswith(("tests", "benchmarks")) or "__pycache__" in n]


def test_it_works_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    def finder(*words: str) -> str:
        program = str(installed / "image-finder")
        return checked(program, *words, "--home", str(tmp_path / "home"), cwd=tmp_path)

    assert finder("--help").startswith("usage: image-finder")
    where = "import finder, finder.core.paths as p; print(finder.__file__); print(p.samples_dir())"
    package, samples = checked(str(installed / "python"), "-c", where, cwd=tmp_path).splitlines()
    for path in (package, samples):
        assert Path(path).is_relative_to(installed.parent)
        assert not Path(path).is_relative_to(ROOT)
    listed = finder("models")
    assert [line.split()[0] for line in listed.splitlines()[: 4 * len(MODELS) : 4]] == MODELS
    assert "resnet50-v1-12 " in listed

    others = sorted(Path(samples, "birds").glob("*.jpg"))[-3:]
    copied({*others, Path(samples, BIRD), Path(samples, CROP)}, tmp_path / "album")
    number = len(os.listdir(tmp_path / "album"))
    assert finder("index", str(tmp_path / "album")) == f"{number} pictures indexed.\n"
    query = f"{samples}/{CROP}"
    found = json.loads(finder("search", query, "--json", "--top", "2"))
    assert list(found["models"]) == MODELS
    assert [Path(match["path"]).stem for match in found["combined"]] == [
        "kingfisher--crop",
        "kingfisher",
    ]
    assert finder("index") == f"Everything is up to date: {number} files.\n"
