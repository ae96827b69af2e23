"""Hypothesis' pictures with their places, and filters that let some of them pass."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from finder.core.library.catalogue.filter.picture_filter import (
    Availability,
    Filter,
    Orientation,
    Span,
)
from finder.core.library.server.filter_expression import Place
from finder.core.library.server.path_text import path_text
from finder.core.pictures.facts import PictureFacts

HOSTILE = (
    'a"b',
    "a'b",
    "a\\b",
    "a\\",
    "100%_sure_%",
    "%5C",
    "new\nline",
    "tab\tbell\x07del\x7f",
    "한국어",
    "😀",
    "not text \udcff\udc80",
    '" or id > 0 or "',
    "' or id > 0 or '",
    '\\" or id > 0 or "',
    "\\n\\x41\\u0041",
    "e\u0301",
    "a?b??",
    "{model}",
)
_DAY_NS = 86_400 * 10**9
_FIRST_NS = 1_704_067_200 * 10**9 + 12 * 3600 * 10**9
"""Noon of 2024-01-01, UTC."""
FOLDERS = ("/p", "/p/a", "/p/ab", "/p/a b", "/q", *(f"/p/{name}" for name in HOSTILE))


@dataclass(frozen=True)
class MadeUpPicture:
    """A picture: its files' size, its facts, its places."""

    id: int
    size: int
    facts: PictureFacts
    places: Sequence[Place]

    def picture_row(self) -> dict[str, str | int]:
        """The scalars of a model's collection."""
        facts = self.facts
        return {
            "id": self.id,
            "bytes": self.size,
            "width": facts.width,
            "height": facts.height,
            "pixels": facts.width * facts.height,
            "format": facts.format,
            "taken": facts.taken or "",
        }

    def place_rows(self) -> list[dict[str, str | int]]:
        return [
            {
                "id": self.id * 10 + number,
                "machine": place.machine,
                "path": path_text(place.path),
                "folder": path_text(os.path.dirname(place.path)),
                "size": place.size,
                "mtime_ns": place.mtime_ns,
                "picture": self.id,
            }
            for number, place in enumerate(self.places)
        ]


@st.composite
def pictures(
    draw: st.DrawFn, machines: Sequence[str] = ("here",), most: int = 8
) -> list[MadeUpPicture]:
    """No path twice on one machine."""
    made, used = [], set()
    for picture in range(draw(st.integers(1, most))):
        size = draw(st.integers(0, 6))
        places = []
        for _ in range(draw(st.integers(1, 3))):
            place = Place(draw(st.sampled_from(machines)), draw(paths()), size, draw(times()))
            if (place.machine, place.path) not in used:
                used.add((place.machine, place.path))
                places.append(place)
        if places:
            made.append(MadeUpPicture(picture, size, draw(facts()), places))
    return made


def paths() -> st.SearchStrategy[str]:
    names = st.sampled_from(("A.jpg", "b.PNG", *HOSTILE))
    return st.builds("{}/{}".format, st.sampled_from(FOLDERS), names)


def times() -> st.SearchStrategy[int]:
    return st.integers(0, 5).map(lambda day: _FIRST_NS + day * _DAY_NS)


def facts() -> st.SearchStrategy[PictureFacts]:
    taken = st.integers(1, 6).map("2024-01-{:02} 23:59:59".format)
    formats = st.sampled_from(("JPEG", "MPO", "PNG", "BMP", "DIB"))
    sides = st.integers(1, 4)
    return st.builds(PictureFacts, sides, sides, formats, st.one_of(st.none(), taken), st.just(1))


_SPANS = st.builds(
    Span, st.one_of(st.none(), st.integers(0, 6)), st.one_of(st.none(), st.integers(0, 9))
)
_DAYS = st.one_of(st.none(), st.integers(1, 6).map("2024-01-{:02}".format))
_TEXTS = st.sampled_from(("a", ".JPG", "É", "%", "_", "\\", '"', "or", "한국", "p/a", "\udcff"))


def _few(values: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(values, max_size=2).map(tuple)


_CRITERIA: Mapping[str, st.SearchStrategy[object]] = {
    "folders": _few(st.sampled_from((*FOLDERS, "/"))),
    "not_folders": _few(st.sampled_from(FOLDERS)),
    "taken_from": _DAYS,
    "taken_until": _DAYS,
    "changed_from": _DAYS,
    "changed_until": _DAYS,
    "formats": _few(st.sampled_from(("JPEG", "PNG", "BMP"))),
    "width": _SPANS,
    "height": _SPANS,
    "pixels": _SPANS,
    "bytes": _SPANS,
    "orientations": st.lists(st.sampled_from(Orientation), max_size=2).map(tuple),
    "name": _few(_TEXTS),
    "path": _few(_TEXTS),
    "available": st.sampled_from((None, *Availability)),
}


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    """Of up to three criteria: more would let next to nothing pass."""
    chosen = draw(st.lists(st.sampled_from(sorted(_CRITERIA)), max_size=3, unique=True))
    return Filter(**{name: draw(_CRITERIA[name]) for name in chosen})  # type: ignore[arg-type]


def offline_folders() -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(FOLDERS), max_size=3)
