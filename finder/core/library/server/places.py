"""Which machine has which picture where: the collection of places that all machines share.

A place that is gone is kept as a row without a picture, so that the other machines hear of it.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from finder.core.library.server.expression import text_literal
from finder.core.library.server.paging import pages
from finder.core.library.server.path_text import path_of, path_text
from finder.core.library.server.server_tables import MAX_THUMBNAIL, NO_VECTOR, create_places, load
from finder.core.pictures.facts import PictureFacts

if TYPE_CHECKING:
    from finder.core.library.server.server_client import ServerClient

_GONE = -1
_AT_ONCE = 200
"""Rows with thumbnails: about a megabyte."""
_MOST_IDS = 4_000
_SPAN = 1_000
_LARGEST = 1 << 31
"""Pixels of a side."""
_FIELDS = ["machine", "path", "size", "mtime_ns", "picture", "sequence", "facts", "thumbnail"]


@dataclass(frozen=True)
class Place:
    """A file on a machine; picture: its content id, None where the file is gone. sequence: the
    changes of a machine in their order. thumbnail: a JPEG of at most 4 kB, or nothing."""

    machine: str
    path: str
    size: int
    mtime_ns: int
    picture: int | None
    sequence: int
    facts: PictureFacts | None = None
    thumbnail: bytes = b""

    @property
    def id(self) -> int:
        return place_id(self.machine, self.path)


def place_id(machine: str, path: str) -> int:
    """63 bits of BLAKE3 of machine and path."""
    name = f"{machine}\0{path}".encode("utf-8", "surrogateescape")
    return int.from_bytes(blake3(name).digest(length=8), "big") >> 1


@dataclass(frozen=True)
class PlaceEntry:
    """What the server has of a file of a machine. path: as text, see `portable`."""

    id: int
    path: str
    size: int
    mtime_ns: int
    picture: int


class Places:
    """The places of one library on a server. Raises FinderError."""

    def __init__(self, client: ServerClient, collection: str) -> None:
        self._client = client
        self._name = collection
        self._is_ready = False

    def put(self, places: Sequence[Place]) -> None:
        """Add places, or replace those of the same machines and paths."""
        self._prepare()
        for start in range(0, len(places), _AT_ONCE):
            rows = [_row(place) for place in places[start : start + _AT_ONCE]]
            self._client.call("upsert", self._name, rows)

    def placed(self, pictures: Iterable[int], without: str = "") -> set[int]:
        """Those of the pictures (content ids) that are on any machine, but for this one."""
        self._prepare()
        wanted, found = list(pictures), set[int]()
        other = f" and machine != {text_literal(without)}" if without else ""
        for start in range(0, len(wanted), _MOST_IDS):
            some = [int(picture) for picture in wanted[start : start + _MOST_IDS]]
            rows = self._query(f"picture in {some}{other}", ["picture"])
            found.update(int(row["picture"]) for row in rows)
        return found

    def of_pictures(
        self, pictures: Sequence[int], with_thumbnails: bool = False
    ) -> dict[int, list[Place]]:
        """All places of each of the pictures, by machine and path."""
        self._prepare()
        found: dict[int, list[Place]] = {}
        fields = _FIELDS if with_thumbnails else _FIELDS[:-1]
        for start in range(0, len(pictures), _AT_ONCE):
            some = [int(picture) for picture in pictures[start : start + _AT_ONCE]]
            rows = self._query(f"picture in {some}", fields)
            for place in sorted(_places(rows), key=lambda p: (p.machine, p.path)):
                if place.picture is not None:
                    found.setdefault(place.picture, []).append(place)
        return found

    def picture_at(self, machine: str, path: str) -> int | None:
        """The content id of a machine's file; None if it shows no picture."""
        self._prepare()
        rows = self._query(f"id in [{place_id(machine, path)}]", ["picture"])
        return next((int(row["picture"]) for row in rows if int(row["picture"]) >= 0), None)

    def pictures_where(self, wanted: str, most: int) -> set[int] | None:
        """The pictures with a place that fulfils an expression; None if there are more than
        `most` places."""
        self._prepare()
        found = set[int]()
        number = 0
        for rows in pages(self._client, self._name, wanted, ["picture"], 10 * _AT_ONCE):
            number += len(rows)
            if number > most:
                return None
            found.update(int(row["picture"]) for row in rows)
        return found

    def changes(self, machine: str, after: int, until: int) -> Iterator[tuple[int, list[Place]]]:
        """What the machine has published after one sequence until another, about a thousand places
        at a time: each with the sequence up to which that is everything. What comes later may be
        here in part only."""
        self._prepare()
        mine = f"machine == {text_literal(machine)}"
        wanted = f"{mine} and sequence > {after} and sequence <= {until}"
        for first, last in self._spans(wanted, after):
            wanted = f"{mine} and sequence > {first} and sequence <= {last}"
            rows = [
                row
                for page in pages(self._client, self._name, wanted, _FIELDS, _AT_ONCE)
                for row in page
            ]
            yield last, _places(rows)

    def _spans(self, wanted: str, after: int) -> list[tuple[int, int]]:
        """The sequences of the rows, in spans (after, up to) of about a thousand rows."""
        counts: Counter[int] = Counter()
        for rows in pages(self._client, self._name, wanted, ["sequence"], 50 * _AT_ONCE):
            counts.update(int(row["sequence"]) for row in rows)
        spans, first, number = [], after, 0
        for sequence in sorted(counts):
            number += counts[sequence]
            if number >= _SPAN:
                spans.append((first, sequence))
                first, number = sequence, 0
        if number:
            spans.append((first, max(counts)))
        return spans

    def entries(self, machine: str) -> Iterator[PlaceEntry]:
        """Every file of the machine that shows a picture."""
        self._prepare()
        wanted = f"machine == {text_literal(machine)} and picture != {_GONE}"
        fields = ["id", "path", "size", "mtime_ns", "picture"]
        for rows in pages(self._client, self._name, wanted, fields, 10 * _AT_ONCE):
            for row in rows:
                number, path, *facts = (row[field] for field in fields)
                yield PlaceEntry(number, path_of(path), *facts)

    def identity(self) -> str:
        """Another one once somebody has made the collection anew."""
        self._prepare()
        return str(self._client.call("describe_collection", self._name)["collection_id"])

    def count(self, machine: str) -> int:
        """How many files of the machine show a picture."""
        self._prepare()
        wanted = f"machine == {text_literal(machine)} and picture != {_GONE}"
        rows = self._query(wanted, ["count(*)"])
        return int(rows[0]["count(*)"])

    def forget_machine(self, machine: str) -> None:
        """Delete all places of a machine that is gone for good. Its vectors stay."""
        self._prepare()
        self._client.call("delete", self._name, filter=f"machine == {text_literal(machine)}")

    def _query(self, wanted: str, fields: list[str]) -> list[Mapping[str, Any]]:
        return list(self._client.call("query", self._name, filter=wanted, output_fields=fields))

    def _prepare(self) -> None:
        if not self._is_ready:
            if not self._client.call("has_collection", self._name):
                create_places(self._client, self._name)
            load(self._client, self._name)
            self._is_ready = True


def _row(place: Place) -> dict[str, Any]:
    thumbnail = place.thumbnail if len(place.thumbnail) <= MAX_THUMBNAIL else b""
    return {
        "id": place.id,
        "machine": place.machine,
        "path": path_text(place.path),
        "size": place.size,
        "mtime_ns": place.mtime_ns,
        "picture": _GONE if place.picture is None else place.picture,
        "sequence": place.sequence,
        "facts": "" if place.facts is None else json.dumps(asdict(place.facts)),
        "thumbnail": base64.b64encode(thumbnail).decode("ascii"),
        "vector": NO_VECTOR,
    }


def _place(row: Mapping[str, Any]) -> Place | None:
    """Another machine has written it: None if it cannot be understood."""
    try:
        path = path_of(str(row["path"]))
        size, mtime_ns, picture, sequence = (
            int(row[name]) for name in ("size", "mtime_ns", "picture", "sequence")
        )
    except (KeyError, TypeError, ValueError):
        return None
    if not path or "\0" in path:
        return None
    return Place(
        str(row.get("machine", "")),
        path,
        size,
        mtime_ns,
        picture if picture >= 0 else None,
        sequence,
        _facts(str(row.get("facts", ""))),
        _decoded(str(row.get("thumbnail", ""))),
    )


def _places(rows: Iterable[Mapping[str, Any]]) -> list[Place]:
    """Those that can be understood."""
    return [place for row in rows if (place := _place(row)) is not None]


def _facts(text: str) -> PictureFacts | None:
    try:
        kept = json.loads(text)
        width, height, taken = int(kept["width"]), int(kept["height"]), kept["taken"]
        orientation = int(kept["orientation"])
        if not (0 < width < _LARGEST and 0 < height < _LARGEST and 1 <= orientation <= 8):
            return None
        return PictureFacts(
            width,
            height,
            str(kept["format"])[:32],
            None if taken is None else str(taken)[:32],
            orientation,
        )
    except (KeyError, OverflowError, RecursionError, TypeError, ValueError):
        return None


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
