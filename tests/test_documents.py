"""What the documents say can be done: the commands, options, extras and files they name exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from command_line import run

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
_WORDS = re.compile(r"^ {4}image-finder ((?:[a-z][a-z|]*(?= |$) ?)*)(.*(?:\n {8,}.*)*)", re.M)
_EXTRA = re.compile(r"(?:image-finder|\.)\[([a-z]+)\]|`\[([a-z]+)\]`")
_NAMED = re.compile(
    r"(?:python -m (benchmarks\.\w+))|((?:tests|models/recipes|packaging)/[\w/.-]+\w)"
)


def commands() -> list[tuple[str, str]]:
    """(subcommand, an option of it or nothing) for all that is shown in blocks."""
    found = set()
    for document in DOCUMENTS:
        for words, rest in _WORDS.findall(document.read_text(encoding="utf-8")):
            shown = rest.partition("  ")[0] if "\n" not in rest else rest
            first, *others = [word.split("|") for word in words.split()]
            named = [
                " ".join([first[0], *([other] if other else [])]) for other in (others or [[""]])[0]
            ]
            for name in named:
                found |= {(name, option) for option in ["", *re.findall(r"--[a-z0-9-]+", shown)]}
    return sorted(found)


def test_the_commands_are_read_from_the_documents() -> None:
    shown = {name for name, _ in commands()}
    assert {"index", "search", "models install", "models reindex", "convert keras"} <= shown
    assert ("search", "--since") in commands()


@pytest.mark.parametrize("name", sorted({name for name, _ in commands()}))
def test_a_command_has_the_options_that_are_shown(name: str) -> None:
    help_text = run(*name.split(), "--help")
    assert help_text.returncode == 0, help_text.stderr
    usage = help_text.stdout
    for option in (option for of, option in commands() if of == name and option):
        assert re.search(rf"{option}\b", usage), f"{name} has no {option}"


def test_the_extras_that_are_named_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    for document in DOCUMENTS:
        for found in _EXTRA.findall(document.read_text(encoding="utf-8")):
            extra = "".join(found)
            assert extra in extras, f"{document.name} names [{extra}]"


def test_the_files_that_are_named_exist() -> None:
    for document in DOCUMENTS:
        for module, path in _NAMED.findall(document.read_text(encoding="utf-8")):
            named = ROOT / (module.replace(".", "/") + ".py" if module else path)
            assert named.exists() or named.with_suffix(".py").exists(), f"{document.name}: {named}"


def test_the_goals_of_make_that_are_named_exist() -> None:
    goals = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    for document in DOCUMENTS:
        for goal in re.findall(r"(?:`|^ {4})make ([a-z-]+)", document.read_text("utf-8"), re.M):
            assert goal in goals, f"{document.name}: make {goal}"
