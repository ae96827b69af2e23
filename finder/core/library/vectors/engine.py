"""The embedded vector engine: Milvus Lite on a Unix socket.

It runs with the lean classes (`lean_engine`) where milvus-lite is the version that these were
tested with (`engine_version`). Otherwise it runs as it is: just as correct, but slower and with
more memory.
"""

from __future__ import annotations

import ctypes
import logging
import re
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.vectors.engine_version import (
    TESTED_VERSION,
    differences,
    installed_version,
)
from finder.core.library.vectors.quiet_grpc import grpc
from finder.core.temporary_folders import TemporaryFolder

if TYPE_CHECKING:
    from finder.core.paths import Home

log = logging.getLogger(__name__)

# At most 100 bytes (the system's limit is 108 on Linux, 104 on macOS), none of which has
# a meaning in the URI that gRPC reads the path from.
_SOCKET_PATH = re.compile(rb"[\w/.+ -]{1,100}")
_THREADS = 10
_MAX_MESSAGE = 256 * 1024 * 1024
"""Bytes of a message; what a Milvus server allows."""
_MESSAGES = [
    ("grpc.max_receive_message_length", _MAX_MESSAGE),
    ("grpc.max_send_message_length", _MAX_MESSAGE),
]


class Engine:
    """A running engine. uri: its address for a client.

    Raises FinderError where milvus-lite is a version that cannot be run at all.
    """

    def __init__(self, home: Home) -> None:
        database, servicer, register = _parts()
        _choose_classes()
        home.vectors.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._socket_folder: TemporaryFolder | None = None
        address = self._address(home)
        # A server of our own instead of milvus_lite's, which does not end its threads.
        self._threads = ThreadPoolExecutor(_THREADS)
        self._server = grpc.server(self._threads, options=_MESSAGES)
        self._engine = database(str(home.vectors))
        try:
            register(servicer(self._engine), self._server)
            port = self._server.add_insecure_port(address)
            self._server.start()
        except BaseException:
            self._engine.close()
            raise
        self.uri = address if address.startswith("unix:") else f"http://127.0.0.1:{port}"

    def _address(self, home: Home) -> str:
        """What the server listens on: a Unix socket, where the system has them."""
        if sys.platform == "win32":  # gRPC has none there: loopback, a port chosen by the system
            return "127.0.0.1:0"
        folder = home.run
        if not _SOCKET_PATH.fullmatch(bytes(folder / "m.sock")):
            self._socket_folder = TemporaryFolder()
            folder = self._socket_folder.path
        folder.mkdir(exist_ok=True, mode=0o700)
        socket = folder / "m.sock"
        socket.unlink(missing_ok=True)  # left by a killed process; the writer's lock is ours
        return f"unix:{socket}"

    def stop(self, keep_unflushed: bool) -> None:
        """Release the files. keep_unflushed: flush first what is only in memory."""
        self._server.stop(grace=2).wait()
        self._threads.shutdown()
        if not keep_unflushed:
            _drop_memtables(self._engine)
        self._engine.close()
        if self._socket_folder:
            self._socket_folder.close()


def _parts() -> tuple[Any, Any, Any]:
    """(the database's class, the class of its gRPC service, the function that registers this)."""
    try:
        from milvus_lite import MilvusLite
        from milvus_lite.adapter.grpc.servicer import MilvusServicer
        from pymilvus.grpc_gen.milvus_pb2_grpc import add_MilvusServiceServicer_to_server
    except ImportError as error:
        log.warning("milvus-lite %s cannot be run", installed_version(), exc_info=True)
        raise FinderError(
            tr("Version {version} of milvus-lite does not work with this program.").format(
                version=installed_version()
            ),
            tr("Install version {version} of it.").format(version=TESTED_VERSION),
        ) from error
    return MilvusLite, MilvusServicer, add_MilvusServiceServicer_to_server


def _choose_classes() -> None:
    """Use the lean classes, if milvus-lite is the version that they were made for."""
    different = differences()
    if different:
        log.warning("milvus-lite runs without the lean classes: %s", "; ".join(different))
    else:
        from finder.core.library.vectors import lean_engine as lean

        lean.install()


def give_back_memory() -> None:
    """Return the memory that a flush has freed to the system: otherwise the C library keeps it for
    each of the engine's threads (100 MB after a few flushes)."""
    if _trim is not None:
        _trim(0)


def _find_trim() -> Callable[[int], int] | None:
    """glibc's malloc_trim(3); other C libraries return memory by themselves."""
    return getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


_trim = _find_trim()
pa.set_memory_pool(pa.system_memory_pool())  # its own pool would never return memory


def _drop_memtables(engine: Any) -> None:
    """WORKAROUND: MilvusLite.close() flushes, and a flush after a failed write loses rows
    permanently (milvus-lite 3.2.2 has no other way to release its lock). So its collections are
    removed from it first, when their background work has ended, and their log files are closed.

    A version that keeps them elsewhere does flush; the writer compares its records after each
    failure and sends again, from the matrix, what was lost.
    """
    try:
        for collection in engine._collections.values():
            collection._bg_executor.shutdown(wait=True)
            for log_file in (collection._wal._data_sink, collection._wal._delta_sink):
                if log_file is not None:
                    with suppress(OSError):  # the disk is still full
                        log_file.close()
        engine._collections.clear()
    except AttributeError:
        log.warning("milvus-lite is closed with a flush", exc_info=True)
