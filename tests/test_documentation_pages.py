"""The documentation that the window shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from finder.core.errors import FinderError
from finder.use_cases.documentation import FIRST_PAGE, documentation_page

_LINKS = re.compile(r"\]\(([^)]+)\)")


def test_each_page_of_a_checkout_can_be_reached() -> None:
    seen, waiting = set(), [FIRST_PAGE]
    while waiting:
        page = documentation_page(waiting.pop())
        assert "![" not in page.text
        seen.add(page.name)
        links = {link for link in _LINKS.findall(page.text) if not link.startswith("https:")}
        waiting += [link for link in links if link not in seen and link not in waiting]
    docs = {f"docs/{path.name}" for path in (Path(__file__).parent.parent / "docs").glob("*.md")}
    assert docs <= seen


@pytest.mark.parametrize("also_imported", ["", "importlib_metadata"])
def test_an_installed_package_has_the_readme_without_dead_links(
    tmp_path: Path, also_imported: str
) -> None:
    """importlib_metadata, which keyring imports, reads all packages from then on."""
    if also_imported:
        pytest.importorskip(also_imported)
    (tmp_path / "README.md").write_text("another program's")
    page = documentation_page(root=tmp_path)
    assert page.text.startswith("# Image Finder")
    assert "docs/models.md" in documentation_page().text
    assert all(link.startswith("https://") for link in _LINKS.findall(page.text))


@pytest.mark.parametrize("name", ["../secret.md", "docs/none.md", "/etc/hosts.md", "LICENSE"])
def test_nothing_else_is_read(name: str) -> None:
    with pytest.raises(FinderError, match="not on this computer"):
        documentation_page(name)
