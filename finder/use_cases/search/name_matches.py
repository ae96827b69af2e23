"""Pictures found by the words in their names, folders, labels, captions, and in the pictures."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.library.name_search import search_files
from finder.core.library.words.name_match import NameMatch, Where

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue


def find_names(
    catalogue: Catalogue, text: str, limit: int = 50, filter: Filter = NO_FILTER
) -> list[NameMatch]:
    """The pictures that have the words of the text, at most `limit`, the best first."""
    begins, others = search_files(catalogue.connection, text, limit)
    found: dict[int, NameMatch] = {}
    for path in [*begins, *others]:
        picture = catalogue.files.picture_of(path)
        for record in catalogue.pictures.get([picture] if picture is not None else []).values():
            found.setdefault(record.id, NameMatch(record, Where.NAME, os.path.basename(path)))
    return list(found.values())[:limit]
