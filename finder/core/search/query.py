"""The picture that is asked about: from a file or from pasted bytes."""

from __future__ import annotations

import os
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


@dataclass
class Query:
    """A query picture and what was computed for it. Asking again never extracts again.

    label: how it is called (a path or "Pasted picture"); path: its file, if it has one;
    picture: its content id; max_pixels: what has more is refused. Belongs to one search at a
    time, which may use several threads, each for another size or model.
    """

    label: str
    data: Bytes
    path: str | None = None
    picture: int | None = None
    max_pixels: int = MAX_PIXELS
    _decoded: dict[int, DecodedPicture] = field(default_factory=dict)
    _vectors: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    @classmethod
    def from_file(
        cls,
        path: str,
        max_pixels: int = MAX_PIXELS,
        content_hash: ContentHash = ContentHash.BLAKE3,
    ) -> Query:
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
        return cls(full, data, full, content_hash.content_id(data), max_pixels)

    @classmethod
    def from_bytes(
        cls,
        label: str,
        data: bytes,
        max_pixels: int = MAX_PIXELS,
        content_hash: ContentHash = ContentHash.BLAKE3,
    ) -> Query:
        return cls(label, data, None, content_hash.content_id(data), max_pixels)

    def decoded(self, short_side: int) -> DecodedPicture:
        """Raises FinderError if it is not a picture that can be decoded."""
        if short_side not in self._decoded:
            try:
                self._decoded[short_side] = decode(self.data, short_side, self.max_pixels)
            except SkippedPicture as skip:
                raise _cannot_use(self.label, skip) from skip
        return self._decoded[short_side]

    def has_vector(self, spec: ModelSpec) -> bool:
        """Whether `vector` needs no extraction any more."""
        return spec.sha256 in self._vectors

    def vector(self, spec: ModelSpec, extractors: ExtractorPool) -> NDArray[np.float32]:
        """The picture's embedding, float32 [dimension]. Raises FinderError; ModelFailedError where
        the model has none for this picture."""
        if spec.sha256 not in self._vectors:
            image = self.decoded(spec.decode_side).image
            made = embedded_or_failure(extractors.get(spec), image)
            if isinstance(made, Failure):
                raise ModelFailedError(
                    made.reason.sentence_about(spec.title),
                    tr("Try another picture, or another model."),
                )
            self._vectors[spec.sha256] = made
        return self._vectors[spec.sha256]


def _cannot_use(label: str, skip: SkippedPicture) -> FinderError:
    return FinderError(
        tr("“{name}” cannot be used: {why}").format(
            name=os.path.basename(label), why=skip.reason.sentence()
        ),
        tr("Try another picture."),
    )
