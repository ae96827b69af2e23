"""The name that is suggested for a search."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from finder.core.i18n import tr
from finder.core.library.catalogue.folded_text import folded
from finder.core.printable import printable
from finder.core.search.query.query_spec import FileSource, LibrarySource, QuerySpec
from finder.core.search.query.typed_words import words_text
from finder.core.search.saved_search import LONGEST_NAME
from finder.gui.query.filtering.filter_words import filter_parts

if TYPE_CHECKING:
    from finder.core.library.catalogue.filter.picture_filter import Filter

_MOST_CONDITIONS = 3
_LONGEST_STEM = 40
_LONGEST_LABEL = 60


def suggested_name(spec: QuerySpec, filter: Filter, taken: Sequence[str]) -> str:
    """What the search is about and its filters, in words; none of `taken`."""
    pictures = [item for item in spec.pictures if item.weight > 0]
    if not pictures:
        return _named(printable(words_text(spec.words)), filter, taken)
    first = pictures[0]
    label = printable(os.path.basename(first.source.label))
    if isinstance(first.source, FileSource | LibrarySource):
        label = os.path.splitext(label)[0]
    label = label[:_LONGEST_STEM] or tr("Search")
    if first.transform.crop is not None:
        label = tr("{name} (a part)").format(name=label)
    if spec.words:
        label = f"{label}, {printable(words_text(spec.words))}"
    elif len(spec.items) > 1:
        label = tr("{name} and {n} more").format(name=label, n=len(spec.items) - 1)
    return _named(label, filter, taken)


def _named(label: str, filter: Filter, taken: Sequence[str]) -> str:
    label = label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1].rstrip() + "…"
    words = [part.words for part in filter_parts(filter)[:_MOST_CONDITIONS]]
    name = ", ".join([label, *words])[: LONGEST_NAME - 4].strip()
    return _free(name, {folded(one) for one in taken})


def _free(name: str, taken: set[bytes]) -> str:
    number, free = 2, name
    while folded(free) in taken:
        free, number = f"{name} {number}", number + 1
    return free
