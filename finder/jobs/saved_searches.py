"""The saved searches of the library, for the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finder.use_cases.search.saved_searches import (
    OpenedSearch,
    delete_search,
    open_search,
    rename_search,
    save_search,
    search_names,
    use_other_file,
)

if TYPE_CHECKING:
    from finder.core.paths import Home
    from finder.core.search.saved_search import SavedSearch


class SavedSearches:
    """Methods are called in lanes, never in the GUI thread: QUICK, but `open`. They raise
    FinderError."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def names(self) -> list[str]:
        return search_names(self._home)

    def save(self, search: SavedSearch, replaces: bool) -> SavedSearch:
        return save_search(self._home, search, replaces)

    def rename(self, old: str, new: str) -> str:
        return rename_search(self._home, old, new)

    def delete(self, name: str) -> SavedSearch | None:
        return delete_search(self._home, name)

    def open(self, name: str) -> OpenedSearch:
        """With the installed models (lane DRIVES)."""
        from finder.core.models.registry import list_models

        specs, _ = list_models(self._home.model_dirs())
        return open_search(self._home, name, {spec.name for spec in specs})

    def open_with(self, name: str, old: str, new: str) -> OpenedSearch:
        """`open`, after a file of the search was replaced by another one (lane DRIVES)."""
        use_other_file(self._home, name, old, new)
        return self.open(name)
