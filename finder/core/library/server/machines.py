"""The machines that share a library, and other facts about it: small texts by key on the server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from finder.core.i18n import tr
from finder.core.library.server.server_tables import NO_VECTOR, create_state, load
from finder.core.library.server.store_settings import is_machine_name

if TYPE_CHECKING:
    from finder.core.library.server.server_client import ServerClient

_MACHINE = "machine: "
_FORGOTTEN: Final = {"forgotten": True}


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

    def last_seen(self, now: datetime) -> str:
        """In words, in the user's time zone. A machine whose clock is ahead was here just now."""
        if self.seen > now:
            return tr("last seen just now")
        time = self.seen.astimezone().strftime("%Y-%m-%d %H:%M")
        return tr("last seen {time}").format(time=time)


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
        found = (_machine(name, kept) for name, kept in self._kept_machines())
        return {
            machine.name: machine
            for machine in found
            if machine is not None and is_machine_name(machine.name)
        }

    def forgotten(self) -> set[str]:
        """The names of machines that another one has removed for good."""
        return {name for name, kept in self._kept_machines() if kept == _FORGOTTEN}

    def _kept_machines(self) -> Iterator[tuple[str, Any]]:
        self._prepare()
        rows = self._client.call(
            "query",
            self._name,
            filter=f'key like "{_MACHINE}%"',
            output_fields=["key", "value"],
        )
        for row in rows:
            yield str(row["key"]).removeprefix(_MACHINE), _parsed(row["value"])

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
        """The others then forget it, too; until it comes back."""
        self.put(f"{_MACHINE}{name}", _FORGOTTEN)

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
