"""Pictures as extraction decodes them, kept in memory as far as there is room."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from finder.core.errors import Reason, SkippedPicture
from finder.core.pictures.decode import decode, read_file
from finder.core.pictures.decode_limits import BudgetExceeded

if TYPE_CHECKING:
    from PIL import Image

    from finder.core.pictures.mapped_file import Bytes

_LARGEST: Final = 100_000_000
"""Pixels: larger pictures are left out. Indexing decodes them in a process of its own."""


class DecodedPictures:
    """Thread-safe. short_side: what the model's extraction decodes with; room: bytes to keep."""

    def __init__(self, short_side: int, room: int) -> None:
        self._side, self._room = short_side, room
        self._kept: dict[str, Image.Image] = {}
        self._lock = threading.Lock()

    def add(self, path: str, data: Bytes) -> None:
        """Decode a picture whose bytes are read already. Raises SkippedPicture."""
        self._keep(path, self._decoded(data))

    def get(self, path: str) -> Image.Image:
        """Raises SkippedPicture, if the file has changed since it was added."""
        with self._lock:
            image = self._kept.get(path)
        if image is None:
            image = self._decoded(read_file(path, follow_link=False))
            self._keep(path, image)
        return image

    def _decoded(self, data: Bytes) -> Image.Image:
        try:
            return decode(data, self._side, _LARGEST).image
        except BudgetExceeded as error:
            raise SkippedPicture(Reason.TOO_MANY_PIXELS, str(error)) from error

    def _keep(self, path: str, image: Image.Image) -> None:
        size = 3 * image.width * image.height
        with self._lock:
            if size <= self._room and path not in self._kept:
                self._room -= size
                self._kept[path] = image
