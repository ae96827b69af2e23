"""The names of a library's collections on a server."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from finder.core.library.catalogue.records import FIRST_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from finder.core.library.catalogue.records import ModelState

_PLACES = "places"
_STATE = "state"
_MOST_OF_VERSION = 32


class Collections:
    """The collections of one library. Several libraries may be in one database: each name begins
    with that of its library."""

    def __init__(self, library: str) -> None:
        """library: letters, digits and underscores, as `ServerAddress.library`."""
        self._prefix = f"{library}__"
        self.places = f"{self._prefix}{_PLACES}"
        self.state = f"{self._prefix}{_STATE}"

    def of_model(self, model: ModelState) -> str:
        """Letters, digits, underscores; different for every model's key."""
        return f"{self._prefix}{model_part(model.name, model.version, model.sha256)}"

    def models(self, names: Iterable[str]) -> dict[str, str]:
        """Of the names, those of models' collections, by their `model_part`."""
        prefix = f"{self._prefix}m_"
        return {n.removeprefix(self._prefix): n for n in names if n.startswith(prefix)}

    def own(self, names: Iterable[str]) -> list[str]:
        """Those of the names that belong to this library."""
        ours = {self.places, self.state}
        return sorted(n for n in names if n in ours or n.startswith(f"{self._prefix}m_"))


def model_part(name: str, version: str, sha256: str) -> str:
    """The part of a collection's name that belongs to the model: each version has its own, also of
    the same file."""
    part = f"m_{_escaped_name(name)}_{sha256[:8] or 'none'}"
    return part if version == FIRST_VERSION else f"{part}_v{_short(_escaped_name(version))}"


def _short(escaped: str) -> str:
    if len(escaped) <= _MOST_OF_VERSION:
        return escaped
    return hashlib.blake2b(escaped.encode(), digest_size=_MOST_OF_VERSION // 2).hexdigest()


def _escaped_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", lambda found: f"_{ord(found[0]):x}_", name)
