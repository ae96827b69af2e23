"""The window's part of where the vectors are: asking a server, moving there and back, what is set
for a library on one."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING

from finder.core.cancellation import Cancelled, CancelToken
from finder.core.errors import LibraryBusyError
from finder.jobs.library_models import WINDOW

if TYPE_CHECKING:
    from finder.core.library.server.connection_test import ServerFacts
    from finder.core.library.server.credentials import Secret
    from finder.core.library.server.mirror import Pulled
    from finder.core.library.server.sending import Report, SendProgress
    from finder.core.library.server.server_address import ServerAddress
    from finder.core.library.server.store_settings import Precision
    from finder.core.paths import Home
    from finder.use_cases.library.vector_store import StoreStatus


class LibraryStorage:
    """The use cases for one library. Methods raise FinderError, and Cancelled once their token is
    set. Secrets are passed on, and kept in the keyring only."""

    def __init__(self, home: Home) -> None:
        self._home = home

    # Reading (lane QUICK)

    def is_shared(self) -> bool:
        """Whether the vectors are on a server."""
        from finder.core.library.server.store_settings import read_store_settings

        return read_store_settings(self._home).is_server

    def known(self) -> StoreStatus:
        """What is known without asking the server."""
        from finder.use_cases.library.vector_store import known_status

        return known_status(self._home)

    # Asking a server, and the keyring, which may ask the user (lane SERVER)

    def status(self, stop: CancelToken) -> StoreStatus:
        from finder.use_cases.library.vector_store import store_status

        return store_status(self._home, lambda: stop.is_set)

    def has_keyring(self) -> bool:
        from finder.core.library.server.credentials import has_keyring

        return has_keyring()

    def test(
        self, address: ServerAddress, secret: Secret | None, keeps: bool, stop: CancelToken
    ) -> ServerFacts:
        """Try a server. keeps: keep the secret if it is accepted."""
        from finder.use_cases.library.vector_store import sign_in, try_server

        facts = try_server(address, secret, lambda: stop.is_set)
        if keeps and secret is not None:
            sign_in(address, secret)
        return facts

    # Where folders of other machines are (lane DRIVES: looking for one may take long)

    def map_folder(self, folder: str, here: str | None, stop: CancelToken) -> None:
        """Keep where a folder of another machine ("nas-2:/mnt/photos") is on this one, or with None
        that it is nowhere. Stopped, nothing is changed."""
        from finder.use_cases.library.vector_store import map_folder

        map_folder(self._home, folder, here, lambda: stop.is_set)

    # Writing (lane LIBRARY)

    def move(
        self,
        address: ServerAddress,
        machine: str,
        secret: Secret | None,
        precision: Precision,
        stop: CancelToken,
    ) -> Generator[SendProgress]:
        """Send everything to a server, and use it. What is sent stays there if this is cancelled;
        the next time goes on. The secret is kept once the server has accepted it. precision: of a
        library that is new there."""
        from finder.use_cases.library.move_library import use_server
        from finder.use_cases.library.vector_store import sign_in

        is_signed_in = secret is None
        steps = use_server(
            self._home, address, WINDOW, machine, secret, lambda: stop.is_set, precision
        )
        try:
            for progress in steps:
                if secret is not None and not is_signed_in:
                    sign_in(address, secret)
                    is_signed_in = True
                yield progress
            if secret is not None and not is_signed_in:  # there was nothing to send
                sign_in(address, secret)
        except Cancelled:
            return
        finally:
            _close(steps)

    def bring_back(self, report: Report, stop: CancelToken) -> None:
        """Keep the vectors in the library's folder again. Stopped, the library is on the server
        still."""
        from finder.use_cases.library.move_library import use_embedded

        use_embedded(self._home, WINDOW, report, lambda: stop.is_set)

    def set_mirror(self, is_on: bool, report: Report, stop: CancelToken) -> None:
        """Keep a copy of all vectors on this computer, or search on the server only. Stopped, the
        next time goes on."""
        from finder.use_cases.library.move_library import set_mirror

        set_mirror(self._home, is_on, WINDOW, report, lambda: stop.is_set)

    def rebuild(self, index: str) -> Generator[list[str]]:
        """Index the vectors on the server anew, with this type; yields the models that are done."""
        from finder.core.library.server.store_settings import IndexType
        from finder.use_cases.library.vector_store import index_server

        done: list[str] = []
        yield done
        with closing(index_server(self._home, IndexType(index), WINDOW)) as run:
            for model, _ in run:
                done = [*done, model]
                yield done

    def forget_machine(self, machine: str) -> int:
        """Remove a machine that is gone for good. Returns how many files it had."""
        from finder.use_cases.library.vector_store import forget_machine

        return forget_machine(self._home, machine, WINDOW)

    def synchronise(self, stop: CancelToken, report: Report | None = None) -> Pulled:
        """Exchange with the other machines what has changed."""
        from finder.use_cases.library.vector_store import synchronise

        return synchronise(self._home, WINDOW, lambda: stop.is_set, report)

    def follow(self, stop: CancelToken) -> Pulled | None:
        """The same in the background. None if another program is writing to the library."""
        try:
            return self.synchronise(stop)
        except LibraryBusyError:
            return None


def _close(steps: Generator[SendProgress]) -> None:
    """A store that is closed while its calls are cancelled says so."""
    try:
        steps.close()
    except Cancelled:
        return
