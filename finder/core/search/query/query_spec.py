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
MOST_QUERY_WORDS = 16
LONGEST_TEXT = 1_000
"""Characters. Models read the first fifty words or so."""
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


@dataclass(frozen=True)
class TextSource:
    """Words, as the user has typed them."""

    text: str

    @property
    def label(self) -> str:
        return self.text


PictureSource = FileSource | LibrarySource | BytesSource | WebSource
Source = PictureSource | TextSource


@dataclass(frozen=True)
class QueryExample:
    """One picture of a query, or a part of it; or words, which are not turned. weight: −2 to 2, but
    not 0; below 0 for “less like this”, “without”."""

    source: Source
    weight: float = 1.0
    transform: Transform = IDENTITY

    def __post_init__(self) -> None:
        if self.weight == 0 or not -LARGEST_WEIGHT <= self.weight <= LARGEST_WEIGHT:
            raise ValueError(f"a weight is −2 to 2, but not 0: {self.weight}")


@dataclass(frozen=True)
class QuerySpec:
    """Pictures, words, or both. any_orientation: whether pictures are found that look like the
    query when its pictures are turned or mirrored in any of eight ways."""

    items: tuple[QueryExample, ...]
    any_orientation: bool = False

    @classmethod
    def of_files(cls, paths: Sequence[str]) -> QuerySpec:
        """Files that count alike."""
        full = (os.path.abspath(os.path.expanduser(path)) for path in paths)
        return cls(tuple(QueryExample(FileSource(path)) for path in full))

    @classmethod
    def of_text(cls, text: str) -> QuerySpec:
        """One description."""
        return cls((QueryExample(TextSource(" ".join(text.split()))),))

    @property
    def pictures(self) -> tuple[QueryExample, ...]:
        return tuple(item for item in self.items if not isinstance(item.source, TextSource))

    @property
    def words(self) -> tuple[QueryExample, ...]:
        return tuple(item for item in self.items if isinstance(item.source, TextSource))

    @property
    def lead(self) -> int | None:
        """The number of the item that the query is known by: the first picture that matches should
        resemble, else the first words; None if there are none of these."""
        wanted = [number for number, item in enumerate(self.items) if item.weight > 0]
        pictures = [n for n in wanted if not isinstance(self.items[n].source, TextSource)]
        return next(iter(pictures or wanted), None)

    def check(self) -> None:
        """Raises FinderError if it cannot be searched for, whatever its pictures are."""
        if not any(item.weight > 0 for item in self.items):
            self._refuse_only_less()
        if len(self.pictures) > MOST_QUERY_PICTURES:
            raise FinderError(
                tr("A query can have at most {n} pictures.").format(n=MOST_QUERY_PICTURES),
                tr("Choose fewer pictures."),
            )
        if len(self.words) > MOST_QUERY_WORDS:
            raise FinderError(
                tr("A query can have at most {n} descriptions.").format(n=MOST_QUERY_WORDS),
                tr("Leave some out."),
            )
        for item in self.words:
            _check_text(item.source.label)

    def _refuse_only_less(self) -> None:
        if self.words:
            raise FinderError(
                tr("“Without” needs something to start from."),
                tr("Add words or a picture to search for."),
            )
        raise FinderError(
            tr("“Less like this” needs a picture to start from."),
            tr("Add a picture to search for."),
        )


def _check_text(text: str) -> None:
    if not text.strip():
        raise FinderError(
            tr("There are no words to search for."), tr("Describe what you look for.")
        )
    if len(text) > LONGEST_TEXT:
        raise FinderError(
            tr("A description can have at most {n} characters.").format(n=LONGEST_TEXT),
            tr("Shorten it."),
        )
