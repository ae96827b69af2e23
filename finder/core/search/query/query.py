"""A query: pictures, each from a file or from pasted bytes, or a part of one; words; or both."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil, sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from finder.core.errors import Failure, FinderError, ModelFailedError, SkippedPicture
from finder.core.i18n import tr
from finder.core.library.indexing.worker import embedded_or_failure
from finder.core.limits import MAX_PIXELS
from finder.core.models.spec import SMALLEST_DECODE_SIDE, ModelSpec
from finder.core.pictures.content_id import ContentHash
from finder.core.pictures.decode import DecodedPicture, decode, read_file
from finder.core.pictures.transform import (
    IDENTITY,
    ORIENTATIONS,
    UPRIGHT,
    Box,
    Orientation,
    Transform,
)
from finder.core.search.query.query_caches import QueryCaches
from finder.core.search.query.query_errors import cannot_use, gone, no_stored_vector

if TYPE_CHECKING:
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.pictures.mapped_file import Bytes
    from finder.core.search.query.query_words import QueryWords

_CROPPED_PIXELS = 8_000_000
"""Crops are taken from a decode of at least so many pixels, so that all but small ones share it."""


@dataclass(frozen=True)
class QueryRules:
    """How a library reads the pictures of a query. max_pixels: a larger picture is refused;
    content_hash: the hash behind the library's content ids."""

    max_pixels: int = MAX_PIXELS
    content_hash: ContentHash = ContentHash.BLAKE3


_DEFAULT_RULES = QueryRules()


@dataclass
class QueryItem:
    """One picture of a query, or a part of it, with a cache of what was computed for it.

    label: its display name (a path or "Pasted picture"); path: of its file, if it has one;
    picture: its content id; max_pixels: a larger picture is refused; weight: its share in the
    query, not 0; transform: the part that is searched for. is_gone: no file exists any more, so
    that only the library's stored vectors can be used. Belongs to one search at a time, which may
    use several threads.

    `dataclasses.replace` with another weight or transform keeps the caches.
    """

    label: str
    data: Bytes
    path: str | None = None
    picture: int | None = None
    max_pixels: int = MAX_PIXELS
    weight: float = 1.0
    transform: Transform = IDENTITY
    is_gone: bool = False
    caches: QueryCaches = field(default_factory=QueryCaches, repr=False)
    _source: object = field(default_factory=object, repr=False)

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
            raise cannot_use(full, skip) from skip
        return cls(full, data, full, rules.content_hash.content_id(data), rules.max_pixels, weight)

    @classmethod
    def from_bytes(
        cls, label: str, data: bytes, rules: QueryRules = _DEFAULT_RULES, weight: float = 1.0
    ) -> QueryItem:
        content_id = rules.content_hash.content_id(data)
        return cls(label, data, None, content_id, rules.max_pixels, weight)

    @property
    def source(self) -> object:
        """Equal for items of the same picture."""
        return self._source

    @property
    def stored_picture(self) -> int | None:
        """The content id under which the library may have its vectors: only of a whole picture as
        it is."""
        return self.picture if self.transform.is_identity else None

    def turned(self, after: Orientation) -> QueryItem:
        """The same, turned and mirrored."""
        return self if after.is_upright else replace(self, transform=self.transform.then(after))

    def decoded(self, short_side: int) -> DecodedPicture:
        """The whole picture. Raises FinderError if it is not one that can be decoded."""
        if self.is_gone:
            raise gone(self.label)
        return self.caches.images.get((self._source, short_side), partial(self._decode, short_side))

    def image(self, short_side: int) -> Image.Image:
        """What is searched for, with the short side that `decode` would give a file of it. Raises
        FinderError."""
        crop = self.transform.crop
        part = self.decoded(short_side) if crop is None else self.part(crop, short_side)
        return self.transform.orientation.apply(part.image)

    def prepare_parts(self) -> None:
        """Decode what all but small parts are taken from, so that the first one is quick. Raises
        FinderError."""
        facts = self.decoded(SMALLEST_DECODE_SIDE).facts
        self.decoded(_usual_side_for_crops(facts.width, facts.height))

    def part(self, crop: Box, short_side: int) -> DecodedPicture:
        """A part of the upright picture. Raises FinderError."""
        return self.caches.images.get(
            (self._source, short_side, crop), partial(self._crop, crop, short_side)
        )

    def has_vector(self, spec: ModelSpec) -> bool:
        """Whether `vector` needs no extraction."""
        return self.caches.vectors.peek(self._vector_key(spec)) is not None

    def set_vector(self, spec: ModelSpec, vector: NDArray[np.float32]) -> None:
        """Use this embedding, float32 [dimension] of length 1, instead of extracting one."""
        self.caches.vectors.put(self._vector_key(spec), vector)

    def vector(self, spec: ModelSpec, extractors: ExtractorPool) -> NDArray[np.float32]:
        """The embedding, float32 [dimension]. Raises FinderError; ModelFailedError if the model has
        none for this picture."""
        return self.caches.vectors.get(
            self._vector_key(spec), partial(self._extract, spec, extractors)
        )

    def _vector_key(self, spec: ModelSpec) -> object:
        return self._source, self.transform, spec.sha256

    def _decode(self, short_side: int) -> DecodedPicture:
        try:
            return decode(self.data, short_side, self.max_pixels)
        except SkippedPicture as skip:
            raise cannot_use(self.label, skip) from skip

    def _crop(self, crop: Box, short_side: int) -> DecodedPicture:
        facts = self.decoded(short_side).facts
        whole = self.decoded(_side_for_crop(crop, facts.width, facts.height, short_side))
        part = whole.image.crop(crop.in_pixels(*whole.image.size))
        factor = min(part.size) // short_side
        return DecodedPicture(part.reduce(factor) if factor > 1 else part, facts)

    def _extract(self, spec: ModelSpec, extractors: ExtractorPool) -> NDArray[np.float32]:
        if self.is_gone:
            raise no_stored_vector(self, spec)
        made = embedded_or_failure(extractors.get(spec), self.image(spec.decode_side))
        if isinstance(made, Failure):
            raise ModelFailedError(
                made.reason.sentence_about(spec.title),
                tr("Try another picture, or another model."),
            )
        return made


@dataclass(frozen=True)
class Query:
    """One or several pictures, words, or both: searching for it finds what resembles all of them,
    but not those of a weight below 0. any_orientation: whether its pictures may be turned or
    mirrored, all in the same way."""

    items: tuple[QueryItem, ...]
    any_orientation: bool = False
    words: tuple[QueryWords, ...] = ()

    def __post_init__(self) -> None:
        if not self.items and not self.words:
            raise ValueError("a query has at least one picture, or words")

    @classmethod
    def from_file(cls, path: str, rules: QueryRules = _DEFAULT_RULES) -> Query:
        """A query of one file. Raises FinderError if it cannot be read."""
        return cls((QueryItem.from_file(path, rules),))

    @classmethod
    def from_bytes(cls, label: str, data: bytes, rules: QueryRules = _DEFAULT_RULES) -> Query:
        """A query of one picture that has no file."""
        return cls((QueryItem.from_bytes(label, data, rules),))

    @property
    def first(self) -> QueryItem | None:
        """The first picture that matches should resemble; None if there is none."""
        return next((item for item in self.items if item.weight > 0), None)

    @property
    def text(self) -> str:
        """The words that matches should fit; empty if there are none."""
        return ", ".join(words.text for words in self.words if words.weight > 0)

    @property
    def label(self) -> str:
        """The display name of the first picture that matches should resemble, else the words."""
        return self.text if self.first is None else self.first.label

    @property
    def own(self) -> frozenset[int]:
        """The content ids of its pictures, but not of those that matches should not resemble."""
        return frozenset(i.picture for i in self.items if i.picture is not None and i.weight > 0)

    @property
    def leader(self) -> int | None:
        """The content id of its only picture, if nothing but that is searched for, as a whole:
        nothing is nearer to it than itself."""
        wanted = {(item.stored_picture, item.weight > 0) for item in self.items}
        if len(wanted) != 1 or self.words:
            return None
        picture, is_wanted = next(iter(wanted))
        return picture if is_wanted else None

    @property
    def orientations(self) -> tuple[Orientation, ...]:
        """Those that are asked, first the upright one. Words are not turned."""
        return ORIENTATIONS if self.any_orientation and self.items else (UPRIGHT,)

    @property
    def weights(self) -> NDArray[np.float64]:
        """Of the pictures: float64 [n]"""
        return np.array([item.weight for item in self.items], dtype=np.float64)

    @property
    def word_weights(self) -> NDArray[np.float64]:
        """float64 [m]"""
        return np.array([words.weight for words in self.words], dtype=np.float64)

    def vectors(self, spec: ModelSpec, extractors: ExtractorPool) -> NDArray[np.float32]:
        """The embedding of each picture, float32 [n, dimension]. Raises FinderError;
        ModelFailedError if the model has none for one of the pictures."""
        return np.stack([item.vector(spec, extractors) for item in self.items])


def _side_for_crop(crop: Box, width: int, height: int, short_side: int) -> int:
    """The short side to decode a picture of width × height with, so that this part of it keeps
    `short_side` pixels, if it has as many. One of three, so that a crop that is dragged needs few
    decodes."""
    whole = min(width, height)
    needed = ceil(short_side * whole / crop.short_side(width, height))
    usual = _usual_side_for_crops(width, height)
    return next((side for side in (short_side, usual) if side >= needed), max(whole, short_side))


def _usual_side_for_crops(width: int, height: int) -> int:
    return ceil(sqrt(_CROPPED_PIXELS * min(width, height) / max(width, height)))
