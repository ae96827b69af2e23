"""A library's vectors on a server, as a `StoreBackend`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from finder.core.library.server.patience import Patience

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import ModelState
    from finder.core.library.server.credentials import Secret
    from finder.core.library.server.server_library import ServerLibrary
    from finder.core.library.server.server_store import ServerStore
    from finder.core.library.server.store_settings import StoreSettings


class ServerBackend:
    """Nothing of it is in the library's folder but `store.json`. patience: of all its
    connections."""

    is_shared = True

    def __init__(
        self,
        settings: StoreSettings,
        secret: Secret | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        """settings: of a library on a server; secret: if it is not the one that is kept; cancelled:
        as for ServerClient."""
        self._settings = settings
        self._secret = secret
        self.patience = Patience(cancelled)
        self._for_stamps: ServerLibrary | None = None

    @property
    def settings(self) -> StoreSettings:
        return self._settings

    @property
    def keeps_matrix(self) -> bool:
        return self._settings.mirror

    def preload(self) -> None:
        import finder.core.library.server.server_store  # noqa: F401

    def exists(self) -> bool:
        return True

    def open(self) -> ServerStore:
        from finder.core.library.server.server_store import ServerStore

        return ServerStore(self._library())

    def _library(self) -> ServerLibrary:
        from finder.core.library.server.server_library import ServerLibrary

        return ServerLibrary(self._settings, self._secret, self.patience)

    def open_or_recreate(self, suspects: Iterable[ModelState] = ()) -> ServerStore:
        """A server's store is never replaced: other machines may be using it."""
        return self.open()

    def remove_damaged(self) -> None:
        pass

    def stamp(self, model: ModelState) -> str:
        """Which collection of which server; another one after somebody has made it anew. What is in
        it is the server's to keep: a full check compares it."""
        library = self._for_stamps = self._for_stamps or self._library()
        address = self._settings.address
        assert address is not None
        name = library.names.of_model(model)
        place = f"{address.uri} {address.database} {name} {self._settings.mirror}"
        facts = f"{place} {_identity(library, name)}"
        return hashlib.blake2b(facts.encode(), digest_size=16).hexdigest()

    def close(self) -> None:
        if self._for_stamps is not None:
            self._for_stamps.close()
        self._for_stamps = None

    def disk_bytes(self, model: ModelState) -> int:
        """On this machine."""
        return 0


def _identity(library: ServerLibrary, name: str) -> str:
    if not library.client.call("has_collection", name):
        return "none"
    return str(library.client.call("describe_collection", name).get("collection_id"))
