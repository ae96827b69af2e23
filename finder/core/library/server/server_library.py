"""A library on a server: its client, the names of its collections, places and machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finder.core.library.server.credentials import secret_of
from finder.core.library.server.machines import SharedState
from finder.core.library.server.places import Places
from finder.core.library.server.server_client import ServerClient
from finder.core.library.server.server_names import Collections

if TYPE_CHECKING:
    from finder.core.library.server.credentials import Secret
    from finder.core.library.server.patience import Patience
    from finder.core.library.server.store_settings import StoreSettings


class ServerLibrary:
    """One connection, for one thread at a time where nothing else is said. Connects with the first
    call."""

    def __init__(
        self,
        settings: StoreSettings,
        secret: Secret | None = None,
        patience: Patience | None = None,
    ) -> None:
        """settings: of a library on a server; secret: if it is not the one that is kept; patience:
        what calls do while the server is away, if they do not just fail."""
        assert settings.address is not None
        self.settings = settings
        secret = secret or secret_of(settings.address)
        self.client = ServerClient(settings.address, secret, patience=patience)
        self.names = Collections(settings.address.library)
        self.places = Places(self.client, self.names.places)
        self.state = SharedState(self.client, self.names.state)

    def close(self) -> None:
        self.client.close()
