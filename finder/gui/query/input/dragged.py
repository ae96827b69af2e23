"""What is being dragged over the window, as far as that can be told without opening it."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QMimeData

from finder.gui.common.card_mime import card_in
from finder.gui.query.input.drop_data import (
    DropData,
    first_text,
    has_pixels,
    local_paths,
    read_text,
    read_words,
)
from finder.jobs.path_kinds import PathKinds, kinds_by_name


@dataclass(frozen=True)
class Dragged:
    """pixels: a picture that is no file, or a card of this window; link: a web address, perhaps of
    a picture; words: to search for; kinds: of the local paths."""

    pixels: bool = False
    link: bool = False
    words: str = ""
    kinds: PathKinds = field(default_factory=PathKinds)

    @property
    def pictures(self) -> int:
        return len(self.kinds.pictures) or int(self.pixels or self.link)

    @property
    def paths(self) -> tuple[str, ...]:
        return (*self.kinds.usable, *self.kinds.others, *self.kinds.unknown)

    @property
    def is_usable(self) -> bool:
        """Also while that is not known yet."""
        return bool(self.pictures or self.words or self.kinds.usable or self.kinds.unknown)

    @property
    def is_known(self) -> bool:
        return not self.kinds.unknown


def glance(mime: QMimeData) -> Dragged:
    """By formats and names only."""
    if card_in(mime) is not None:
        return Dragged(pixels=True)
    paths = local_paths(mime)
    if not paths and has_pixels(mime):
        return Dragged(pixels=True)
    text = "" if paths else first_text(mime)
    if text.startswith("data:"):  # may be long
        return Dragged(pixels=text[5:].lower().startswith("image/"))
    data = DropData(paths=paths) if paths else read_text(text)
    data = read_words(mime) if data.words else data
    return Dragged(link=bool(data.url), words=data.words, kinds=kinds_by_name(data.paths))
