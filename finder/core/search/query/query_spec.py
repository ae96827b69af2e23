"""What is searched for, as the user asked it: plain values that can be compared, kept in a history
and stored. Cheap to import, nothing is read here.

`use_cases.search.query_reader` makes a `Query` of a `QuerySpec`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.pictures.transform import IDENTITY, Transform

MOST_QUERY_PICTURES = 32
"""More pictures in one query are probably a mistake, such as dropping a whole selection."""
LARGEST_WEIGHT = 2.0
LESS = -0.5
"""The usual weight of “less like this”: what is like that picture goes back, what is like the
others stays in its order. With −1, the matches after the first few are like nothing that was given.
"""


@dataclass(frozen=True)
class FileSource:
    """A picture file anywhere. path: absolute."""

    path: str

    @property
    def label(self) -> str:
        return self.path


@dataclass(frozen=True)
class LibrarySource:
    """A picture of the library by its content id: one of its files if any exists, else its stored
    vectors. name: shown until the library is asked."""

    picture: int
    name: str = field(default="", compare=False)

    @property
    def label(self) -> str:
        return self.name


@dataclass(frozen=True)
class BytesSource:
    """An image file's bytes, as from the clipboard. label: shown as its name."""

    label: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class WebSource:
    """A picture's web address. label: shown as its name. It is downloaded once while the library is
    open; the user is asked before each download."""

    url: str
    label: str = field(default="", compare=False)


Source = FileSource | LibrarySource | BytesSource | WebSource


@dataclass(frozen=True)
class QueryExample:
    """One picture of a query, or a part of it. weight: −2 to 2, but not 0; below 0 for “less like
    this”."""

    source: Source
    weight: float = 1.0
    transform: Transform = IDENTITY

    def __post_init__(self) -> None:
        if self.weight == 0 or not -LARGEST_WEIGHT <= self.weight <= LARGEST_WEIGHT:
            raise ValueError(f"a weight is −2 to 2, but not 0: {self.weight}")


@dataclass(frozen=True)
class QuerySpec:
    """any_orientation: whether pictures are found that look like the query when it is turned or
    mirrored in any of eight ways."""

    items: tuple[QueryExample, ...]
    any_orientation: bool = False

    @classmethod
    def of_files(cls, paths: Sequence[str]) -> QuerySpec:
        """Files that count alike."""
        full = (os.path.abspath(os.path.expanduser(path)) for path in paths)
        return cls(tuple(QueryExample(FileSource(path)) for path in full))

    def check(self) -> None:
        """Raises FinderError if it cannot be searched for, whatever its pictures are."""
        if not any(item.weight > 0 for item in self.items):
            raise FinderError(
                tr("“Less like this” needs a picture to start from."),
                tr("Add a picture to search for."),
            )
        if len(self.items) > MOST_QUERY_PICTURES:
            raise FinderError(
                tr("A query can have at most {n} pictures.").format(n=MOST_QUERY_PICTURES),
                tr("Choose fewer pictures."),
            )
