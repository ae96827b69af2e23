"""A query: one or several pictures, each from a file or from pasted bytes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import Failure, FinderError, ModelFailedError, SkippedPicture
from finder.core.i18n import tr
from finder.core.library.indexing.worker import embedded_or_failure
from finder.core.limits import MAX_PIXELS
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.pictures.content_id import ContentHash
from finder.core.pictures.decode import DecodedPicture, decode, read_file
from finder.core.pictures.mapped_file import Bytes

MOST_QUERY_PICTURES = 32
"""More pictures in one query are probably a mistake, such as dropping a whole selection."""


@dataclass(frozen=True)
class QueryRules:
    """How a library reads the pictures of a query. max_pixels: a larger picture is refused;
    content_hash: the hash behind the library's content ids."""

    max_pixels: int = MAX_PIXELS
    content_hash: ContentHash = ContentHash.BLAKE3


_DEFAULT_RULES = QueryRules()


@dataclass
class QueryItem:
    """One picture of a query, with a cache of what was computed for it.

    label: its display name (a path or "Pasted picture"); path: of its file, if it has one;
    picture: its content id; max_pixels: a larger picture is refused; weight: above 0, its share in
    the query. Belongs to one search at a time, which may use several threads, each for another
    size or model.
    """

    label: str
    data: Bytes
    path: str | None = None
    picture: int | None = None
    max_pixels: int = MAX_PIXELS
    weight: float = 1.0
    _decoded: dict[int, DecodedPicture] = field(default_factory=dict)
    _vectors: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    @classmethod
    def from_file(
        cls, path: str, rules: QueryRules = _DEFAULT_RULES, weight: float = 1.0
    ) -> QueryItem:
        """Raises FinderError if the file cannot be read."""
        full = os.path.abspath(os.path.expanduser(path))
        try:
            if os.path.isdir(full):
                raise FinderError(
                    tr("{path} is a folder, not a picture.").format(path=full),
                    tr("Choose a picture. A folder can be indexed, not searched for."),
                )
            if not os.path.exists(full):
                raise FinderError(
                    tr("There is no file {path}.").format(path=full), tr("Check its name.")
                )
            data = read_file(full)
        except SkippedPicture as skip:
            raise _cannot_use(full, skip) from skip
        return cls(full, data, full, rules.content_hash.content_id(data), rules.max_pixels, weight)

    @classmethod
    def from_bytes(
        cls, label: str, data: bytes, rules: QueryRules = _DEFAULT_RULES, weight: float = 1.0
    ) -> QueryItem:
        content_id = rules.content_hash.content_id(data)
        return cls(label, data, None, content_id, rules.max_pixels, weight)

    def decoded(self, short_side: int) -> DecodedPicture:
        """Raises FinderError if it is not a picture that can be decoded."""
        if short_side not in self._decoded:
            try:
                self._decoded[short_side] = decode(self.data, short_side, self.max_pixels)
            except SkippedPicture as skip:
                raise _cannot_use(self.label, skip) from skip
        return self._decoded[short_side]

    def has_vector(self, spec: ModelSpec) -> bool:
        """Whether `vector` needs no extraction."""
        return spec.sha256 in self._vectors

    def set_vector(self, spec: ModelSpec, vector: NDArray[np.float32]) -> None:
        """Use this embedding, float32 [dimension] of length 1, instead of extracting one."""
        self._vectors[spec.sha256] = vector

    def vector(self, spec: ModelSpec, extractors: ExtractorPool) -> NDArray[np.float32]:
        """The picture's embedding, float32 [dimension]. Raises FinderError; ModelFailedError if
        the model has none for this picture."""
        if not self.has_vector(spec):
            image = self.decoded(spec.decode_side).image
            made = embedded_or_failure(extractors.get(spec), image)
            if isinstance(made, Failure):
                raise ModelFailedError(
                    made.reason.sentence_about(spec.title),
                    tr("Try another picture, or another model."),
                )
            self.set_vector(spec, made)
        return self._vectors[spec.sha256]


@dataclass(frozen=True)
class Query:
    """One or several pictures: searching for it finds what resembles all of them."""

    items: tuple[QueryItem, ...]

    def __post_init__(self) -> None:
        if not self.items:
            raise ValueError("a query has at least one picture")

    @classmethod
    def from_file(cls, path: str, rules: QueryRules = _DEFAULT_RULES) -> Query:
        """A query of one file. Raises FinderError if it cannot be read."""
        return cls((QueryItem.from_file(path, rules),))

    @classmethod
    def from_files(cls, paths: Sequence[str], rules: QueryRules = _DEFAULT_RULES) -> Query:
        """Raises FinderError if one of the files cannot be read, or if they are too many."""
        if len(paths) > MOST_QUERY_PICTURES:
            raise FinderError(
                tr("A query can have at most {n} pictures.").format(n=MOST_QUERY_PICTURES),
                tr("Choose fewer pictures."),
            )
        return cls(tuple(QueryItem.from_file(path, rules) for path in paths))

    @classmethod
    def from_bytes(cls, label: str, data: bytes, rules: QueryRules = _DEFAULT_RULES) -> Query:
        """A query of one picture that has no file."""
        return cls((QueryItem.from_bytes(label, data, rules),))

    @property
    def first(self) -> QueryItem:
        return self.items[0]

    @property
    def label(self) -> str:
        """The display name of the first picture."""
        return self.first.label

    @property
    def own(self) -> frozenset[int]:
        """The content ids of its pictures."""
        return frozenset(item.picture for item in self.items if item.picture is not None)

    @property
    def weights(self) -> NDArray[np.float64]:
        """float64 [n]"""
        return np.array([item.weight for item in self.items], dtype=np.float64)

    def vectors(self, spec: ModelSpec, extractors: ExtractorPool) -> NDArray[np.float32]:
        """The embedding of each item, float32 [n, dimension]. Raises FinderError; ModelFailedError
        if the model has none for one of the pictures."""
        return np.stack([item.vector(spec, extractors) for item in self.items])


def _cannot_use(label: str, skip: SkippedPicture) -> FinderError:
    return FinderError(
        tr("“{name}” cannot be used: {why}").format(
            name=os.path.basename(label), why=skip.reason.sentence()
        ),
        tr("Try another picture."),
    )
