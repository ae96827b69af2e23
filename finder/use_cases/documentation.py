"""The documentation as far as it is on this computer: all pages in a checkout, else the README."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Final

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.use_cases.about_program import PROGRAM

FIRST_PAGE: Final = "README.md"
_ROOT = Path(__file__).resolve().parents[2]
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Page:
    """name: its path in the project. text: Markdown, in which links to other pages are such names;
    without pictures, and without links to what is not there."""

    name: str
    text: str


def documentation_page(name: str = FIRST_PAGE, root: Path = _ROOT) -> Page:
    """Raises FinderError where there is none."""
    text = _read(name, root)
    if text is None:
        raise FinderError(tr("The page {name} is not on this computer.").format(name=name))
    return Page(name, _LINK.sub(lambda found: _link(found, name, root), text))


def _read(name: str, root: Path) -> str | None:
    if _is_page(name, root):
        return (root / name).read_text(encoding="utf-8")
    if name != FIRST_PAGE:
        return None
    try:
        found = metadata(PROGRAM)
        # where another package has imported importlib_metadata, it is a header
        text = found.get("Description") or found.get_payload()  # type: ignore[attr-defined]
        return str(text)
    except PackageNotFoundError:
        return None


def _is_page(name: str, root: Path) -> bool:
    """Whether this is a page of a checkout. Beside an installed package are other programs'
    files."""
    is_within = not (name.startswith(("..", "/")) or ":" in name)
    is_checkout = (root / "pyproject.toml").is_file() and (root / FIRST_PAGE).is_file()
    return is_checkout and is_within and name.endswith(".md") and (root / name).is_file()


def _link(found: re.Match[str], name: str, root: Path) -> str:
    is_picture, text, target = found.groups()
    if is_picture:
        return ""
    if target.startswith("https://"):
        return found.group()
    path = posixpath.normpath(posixpath.join(posixpath.dirname(name), target.partition("#")[0]))
    return f"[{text}]({path})" if _is_page(path, root) else text
