"""The commands, options, extras and files that the documents name exist."""

from __future__ import annotations

import importlib
import re
import tomllib
from itertools import takewhile
from pathlib import Path

import pytest
from command_line import run

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
_WORDS = re.compile(r"^ {4}image-finder ((?:[a-z][a-z|]*(?= |$) ?)*)(.*(?:\n {8,}.*)*)", re.M)
_EXTRA = re.compile(r"(?:image-finder|\.)\[([a-z]+)\]|`\[([a-z]+)\]`")
_INLINE = re.compile(r"`image-finder ([^`]+)`|“image-finder ([^”]+)”")
_NAMED = re.compile(
    r"python -m (benchmarks(?:\.\w+)+)"
    r"|(?<!\w/)\b((?:finder|tests|benchmarks|docs|models/recipes|packaging)/[\w/.-]*\w)"
    r"|`((?:core|workers|use_cases|jobs|gui|convert|cli|shell|vectors|workers)/[\w/.-]*\w)`"
)
_DOTTED = re.compile(
    r"`((?:finder\.)?(?:core|workers|use_cases|jobs|gui|convert|cli)(?:\.\w+)+)`"
    r"|`((?:models|vectors|indexing|runtime|graph)\.\w+(?:\.\w+)*)`"
)
_PARENTS = ("", "core/", "core/library/", "core/models/", "gui/")
"""Below `finder/`: where a path or name that documents shorten may begin."""


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


def inline_commands() -> list[tuple[str, str]]:
    """(subcommand, an option of it or nothing) for all that is named within sentences."""
    named = set()
    for document in DOCUMENTS:
        for found in _INLINE.findall(document.read_text(encoding="utf-8")):
            words = "".join(found).split()
            name = " ".join(takewhile(re.compile("[a-z]+$").match, words))
            options = [word for word in words if word.startswith("--")]
            named |= {(name, option) for option in ["", *options]}
    return sorted(named - set(commands()))


def test_the_commands_within_sentences_exist() -> None:
    named = inline_commands()
    assert ("models optimise", "") in commands()
    assert named
    for name, option in named:
        help_text = run(*name.split(), "--help")
        assert help_text.returncode == 0, f"{name}: {help_text.stderr}"
        assert option in help_text.stdout, f"{name} has no {option}"


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
    seen = 0
    for document in DOCUMENTS:
        for module, path, short in _NAMED.findall(document.read_text(encoding="utf-8")):
            named = module.replace(".", "/") or path or short
            roots = [f"finder/{parent}" for parent in _PARENTS] if short else [""]
            assert any(_is_there(root + named) for root in roots), f"{document.name}: {named}"
            seen += bool(short)
    assert seen > 5


def _is_there(path: str) -> bool:
    return (ROOT / path).exists() or (ROOT / f"{path}.py").exists()


def test_the_modules_and_their_members_exist() -> None:
    seen = 0
    for document in DOCUMENTS:
        for whole, short in _DOTTED.findall(document.read_text(encoding="utf-8")):
            assert _find(whole or short) is not None, f"{document.name}: {whole or short}"
            seen += 1
    assert seen > 8


def test_the_modules_that_docstrings_name_exist() -> None:
    layers = "core|workers|use_cases|jobs|gui|cli|convert"
    named = re.compile(rf"`((?:finder\.)?(?:{layers})(?:\.\w+)+)`")
    seen = 0
    for file in sorted((ROOT / "finder").rglob("*.py")):
        for dotted in named.findall(file.read_text(encoding="utf-8")):
            assert _find(dotted) is not None, f"{file.name}: {dotted}"
            seen += 1
    assert seen > 10


def test_the_table_of_the_window_names_modules() -> None:
    """A name without a package is in the one of the name before it."""
    table = (ROOT / "finder/gui/__init__.py").read_text(encoding="utf-8")
    package, seen = "", 0
    for names in re.findall(r"^\|[^|]*\|([^|]*)\|$", table, re.M)[2:]:
        for name in re.findall(r"[\w.…]+", names):
            before, _, module = name.rpartition(".")
            package = before or package
            pattern = f"{package.replace('.', '/')}/{module.replace('…', '*')}.py"
            assert list((ROOT / "finder/gui").glob(pattern)), name
            seen += 1
    assert seen > 60


def _find(dotted: str) -> object | None:
    """The module, class or function that documents call by this name."""
    parts = dotted.removeprefix("finder.").split(".")
    for parent in _PARENTS:
        for number in range(len(parts), 0, -1):
            path = f"finder/{parent}{'/'.join(parts[:number])}"
            if _is_there(path):
                value: object | None = importlib.import_module(path.replace("/", "."))
                for name in parts[number:]:
                    value = getattr(value, name, None)
                return value
    return None


def test_the_make_targets_that_are_named_exist() -> None:
    goals = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    for document in DOCUMENTS:
        for goal in re.findall(r"(?:`|^ {4})make ([a-z-]+)", document.read_text("utf-8"), re.M):
            assert goal in goals, f"{document.name}: make {goal}"
