"""Where a library keeps its vectors: `store.json` in its folder. It holds no secret."""

from __future__ import annotations

import logging
import re
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from finder.core.errors import FinderError, cannot_write
from finder.core.i18n import tr
from finder.core.library.server.server_address import ServerAddress
from finder.core.small_files import read_json, write_json

if TYPE_CHECKING:
    from finder.core.paths import Home

log = logging.getLogger(__name__)


class IndexType(StrEnum):
    """How a server searches. SIZE: by the number of vectors, see `server_tables`. The other values
    are Milvus' own names."""

    SIZE = "SIZE"
    FLAT = "FLAT"
    IVF_FLAT = "IVF_FLAT"
    HNSW = "HNSW"
    AUTOINDEX = "AUTOINDEX"


class Precision(StrEnum):
    """How a server keeps the numbers of a vector."""

    FLOAT32 = "float32"
    FLOAT16 = "float16"


@dataclass(frozen=True)
class StoreSettings:
    """address: of the server; None: the vectors are in the library's folder. machine: this
    machine's name among those that share the library; token: a random text that tells two machines
    of the same name apart. mirror: this machine keeps a copy of all vectors, which it searches.
    mappings: folders of other machines ("nas-2:/mnt/photos") and where they are here. precision: of
    the vectors that are new on the server; those that are there stay as they are."""

    address: ServerAddress | None = None
    machine: str = ""
    token: str = ""
    mirror: bool = True
    index: IndexType = IndexType.SIZE
    mappings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    precision: Precision = Precision.FLOAT32

    @property
    def is_server(self) -> bool:
        return self.address is not None

    def with_machine(self) -> StoreSettings:
        """The same with a machine's name and token, if it has none yet."""
        return replace(
            self,
            machine=self.machine or default_machine_name(),
            token=self.token or secrets.token_hex(8),
        )


def is_machine_name(name: str) -> bool:
    """Whether a machine may be called so: "MACHINE:PATH" must never look like a path here."""
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{1,59}", name) is not None


def require_machine_name(name: str) -> str:
    """The name, if a machine may have it. Raises FinderError."""
    if not is_machine_name(name):
        raise FinderError(
            tr("“{name}” is not a name of a machine.").format(name=name[:80]),
            tr("Use 2 to 60 letters, digits, “.”, “_” or “-”, beginning with a letter or digit."),
        )
    return name


def default_machine_name() -> str:
    """The host's name as far as it can be used: letters, digits, ".", "_" and "-", at least two, so
    that it is never taken for a drive letter."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", socket.gethostname().split(".")[0]).strip("-.")[:60]
    return name if len(name) > 1 else f"machine-{name or 1}"


def read_store_settings(home: Home) -> StoreSettings:
    """Without a file, or with an empty one, the vectors are in the library's folder. Raises
    FinderError where the file cannot be understood: guessing could split the library in two."""
    try:
        kept = read_json(home.store_settings)
    except (FileNotFoundError, NotADirectoryError):
        return StoreSettings()
    except (OSError, ValueError) as error:
        raise _not_understood(home) from error
    try:
        return _from_json(kept)
    except (FinderError, KeyError, TypeError, ValueError) as error:
        log.warning("store.json: %s", error)
        raise _not_understood(home) from error


def write_store_settings(home: Home, settings: StoreSettings) -> None:
    """Raises FinderError."""
    address = settings.address
    try:
        write_json(
            home.store_settings,
            {
                "server": None if address is None else address.as_json(),
                "machine": settings.machine,
                "token": settings.token,
                "mirror": settings.mirror,
                "index": settings.index,
                "mappings": dict(settings.mappings),
                "precision": settings.precision,
            },
        )
    except OSError as error:
        raise cannot_write(error) from error


def update_store_settings(
    home: Home, change: Callable[[StoreSettings], StoreSettings]
) -> StoreSettings:
    """Read, change and write the settings, while no other process does; returns the new ones.
    change: is quick, and changes what its caller is about only. Raises FinderError."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(f"{home.store_settings}.lock", timeout=_LOCK_SECONDS, thread_local=False):
            changed = change(read_store_settings(home))
            write_store_settings(home, changed)
            return changed
    except Timeout:
        raise FinderError(
            tr("Another Image Finder is changing where this library keeps its vectors."),
            tr("Wait until it has finished, and try again."),
        ) from None
    except OSError as error:
        raise cannot_write(error) from error


_LOCK_SECONDS = 10.0


def _from_json(kept: Any) -> StoreSettings:
    server = kept["server"]
    mappings = {str(place): str(here) for place, here in kept.get("mappings", {}).items()}
    return StoreSettings(
        None if server is None else ServerAddress.from_json(server),
        str(kept.get("machine", "")),
        str(kept.get("token", "")),
        bool(kept.get("mirror", True)),
        IndexType(kept.get("index", IndexType.SIZE)),
        MappingProxyType(mappings),
        Precision(kept.get("precision", Precision.FLOAT32)),
    )


def _not_understood(home: Home) -> FinderError:
    return FinderError(
        tr("It is not known where this library keeps its vectors: {file} is damaged.").format(
            file=home.store_settings
        ),
        tr("Put back an earlier copy, or delete it and repeat: image-finder store use …"),
    )
