"""The machines that share a library, and other facts about it: small texts by key on the server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from finder.core.library.server.server_tables import NO_VECTOR, create_state, load

if TYPE_CHECKING:
    from finder.core.library.server.server_client import ServerClient

_MACHINE = "machine: "


@dataclass(frozen=True)
class Machine:
    """seen: when it last wrote something, by its own clock, in UTC. sequence: of its last change.
    token: tells it from another machine of the same name. pictures: different ones that it has.
    places: the collection of places in which all of its own are; empty if it is not known."""

    name: str
    token: str
    seen: datetime
    sequence: int
    pictures: int
    places: str = ""


class SharedState:
    """The state of one library on a server. Raises FinderError."""

    def __init__(self, client: ServerClient, collection: str) -> None:
        self._client = client
        self._name = collection
        self._is_ready = False

    def get(self, key: str) -> Any:
        """None if there is no such value, or one that cannot be read."""
        self._prepare()
        rows = self._client.call("get", self._name, ids=[key], output_fields=["value"])
        return _parsed(rows[0]["value"]) if rows else None

    def put(self, key: str, value: object) -> None:
        """value: as JSON at most 64 kB."""
        self._prepare()
        row = {"key": key, "value": json.dumps(value), "vector": NO_VECTOR}
        self._client.call("upsert", self._name, [row])

    def machines(self) -> dict[str, Machine]:
        """By their names."""
        self._prepare()
        rows = self._client.call(
            "query",
            self._name,
            filter=f'key like "{_MACHINE}%"',
            output_fields=["key", "value"],
        )
        found = (_machine(str(r["key"]).removeprefix(_MACHINE), _parsed(r["value"])) for r in rows)
        return {machine.name: machine for machine in found if machine is not None}

    def put_machine(self, machine: Machine) -> None:
        self.put(
            f"{_MACHINE}{machine.name}",
            {
                "token": machine.token,
                "seen": machine.seen.isoformat(timespec="seconds"),
                "sequence": machine.sequence,
                "pictures": machine.pictures,
                "places": machine.places,
            },
        )

    def forget_machine(self, name: str) -> None:
        self._prepare()
        self._client.call("delete", self._name, ids=[f"{_MACHINE}{name}"])

    def _prepare(self) -> None:
        if not self._is_ready:
            if not self._client.call("has_collection", self._name):
                create_state(self._client, self._name)
            load(self._client, self._name)
            self._is_ready = True


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (RecursionError, ValueError):
        return None


def _machine(name: str, kept: Any) -> Machine | None:
    if not isinstance(kept, Mapping):
        return None
    try:
        seen = datetime.fromisoformat(kept["seen"]).astimezone(UTC)
        return Machine(
            name,
            str(kept["token"]),
            seen,
            int(kept["sequence"]),
            int(kept["pictures"]),
            str(kept.get("places", "")),
        )
    except (KeyError, OverflowError, TypeError, ValueError):
        return None
