"""What the program says that it is built with."""

from __future__ import annotations

import tomllib
from pathlib import Path

from finder.core.paths import Home
from finder.use_cases.about_program import licences

ROOT = Path(__file__).parent.parent


def test_all_required_libraries_are_named_with_version_and_licence(home: Home) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {part.name.casefold() for part in licences(home).libraries}
    required = {_name(text) for text in project["dependencies"]}
    assert required <= names
    assert names - required == {"python", "lucide"}
    for part in licences(home).libraries:
        assert part.licence, part
        assert part.version or part.name == "Lucide", part


def test_the_models_have_their_licences(home: Home) -> None:
    found = {part.name: part.licence for part in licences(home).models}
    assert found["EfficientNet-Lite0"] == "Apache-2.0"
    assert found["VGG16"] == "CC-BY-4.0"


def test_the_texts_of_the_licences_are_there(home: Home) -> None:
    found = licences(home)
    assert "Apache License" in found.own
    assert "Version 2.0" in found.own
    for words in ("Karen Simonyan", "Lucide", "CC BY"):
        assert words in found.notices


def _name(requirement: str) -> str:
    return next(requirement[:at] for at, c in enumerate(requirement) if c in "><=!").casefold()
