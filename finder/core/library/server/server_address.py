"""The address of a Milvus server or of Zilliz Cloud. It holds no secret."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.printable import printable

DEFAULT_PORT: Final = 19530
_PORTS = {"https": 443, "milvus": DEFAULT_PORT, "http": DEFAULT_PORT}
_MAX_LENGTH = 2_000
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_LIBRARY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}", re.ASCII)
_DATABASE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}", re.ASCII)
_MAX_USER = 255
_GLOBAL_CLUSTER = "global-cluster"
"""Zilliz' name for several clusters behind one address, which the client asks over the web."""


@dataclass(frozen=True)
class ServerAddress:
    """Where a library's vectors are. Raises FinderError for values that no server can have.

    host: a name, or an IPv4 or IPv6 address without brackets; library: the prefix of the names of
    its collections; user: empty for a token, or where the server asks for nothing. Paths of PEM
    files: ca_file: whom to trust instead of the public authorities; certificate_file, key_file:
    this machine's own, for servers that demand one.
    """

    host: str
    port: int
    tls: bool = False
    database: str = "default"
    library: str = "images"
    user: str = ""
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""

    def __post_init__(self) -> None:
        if not _is_host(self.host) or not 1 <= self.port <= 65_535:
            raise _invalid()
        if _GLOBAL_CLUSTER in self.host:
            raise FinderError(
                tr("The address of a global cluster cannot be used."),
                tr("Use the address of one of its clusters."),
            )
        check_library_name(self.library)
        if not _DATABASE.fullmatch(self.database):
            raise FinderError(
                tr("“{name}” is not a name of a database.").format(name=_short(self.database)),
                tr("Use letters, digits and underscores, beginning with a letter."),
            )
        self._check_user()
        self._check_files()

    def _check_user(self) -> None:
        if len(self.user) > _MAX_USER or ":" in self.user or printable(self.user) != self.user:
            raise FinderError(
                tr("This is not a name of a user."),
                tr("Give the name alone; the password is asked for, and kept in the keyring."),
            )

    def _check_files(self) -> None:
        files = (self.ca_file, self.certificate_file, self.key_file)
        if any("\0" in file for file in files):
            raise FinderError(
                tr("This is not a name of a file of certificates."), tr("Choose another file.")
            )
        if any(files) and not self.tls:
            raise FinderError(
                tr("Certificates are used with https only."),
                tr("Write the address as https://host:port, or leave out the certificates."),
            )
        if bool(self.certificate_file) != bool(self.key_file):
            raise FinderError(
                tr("A certificate of this machine needs its key, and a key its certificate."),
                tr("Give the files of both."),
            )

    @property
    def authority(self) -> str:
        """host:port, with brackets around an IPv6 address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def target(self) -> str:
        """The address for gRPC, to which “unix:1” would be a file."""
        return f"dns:///{self.authority.replace('%', '%25')}"

    @property
    def uri(self) -> str:
        """The address for programs."""
        return f"{'https' if self.tls else 'http'}://{self.authority}"

    @property
    def shown(self) -> str:
        """The address for people: with the database, unless it is the default."""
        return self.uri if self.database == "default" else f"{self.uri}/{self.database}"

    def as_json(self) -> dict[str, str | int | bool]:
        """For `from_json`; holds no secret."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: object) -> ServerAddress:
        """Raises FinderError for anything that `as_json` cannot have written."""
        kinds = {field.name: type(field.default) for field in fields(cls)}
        kinds.update(host=str, port=int)
        if not isinstance(value, dict) or not {"host", "port"} <= value.keys() <= kinds.keys():
            raise _damaged()
        if any(type(item) is not kinds[name] for name, item in value.items()):
            raise _damaged()
        return cls(**value)


def parse(text: str, **options: Any) -> ServerAddress:
    """The address that a user has typed: http://host:port, https://host (port 443),
    milvus://host (19530), or host:port alone; a path is the database, as for pymilvus.

    options: the fields of ServerAddress from `database` on. Files are made absolute; they mean
    TLS where the text does not say. Raises FinderError, which never quotes a text that may hold a
    secret.
    """
    text = text.strip()
    if "@" in text:
        raise FinderError(
            tr("The address contains a user or a password, which is not kept in addresses."),
            tr("Give host and port alone, and the user separately; the password is asked for."),
        )
    parts, port = _split(text)
    for name in ("ca_file", "certificate_file", "key_file"):
        if options.get(name):
            options[name] = str(Path(options[name]).expanduser().absolute())
    has_files = any(options.get(name) for name in ("ca_file", "certificate_file"))
    tls = parts.scheme == "https" or (parts.scheme == "milvus" and has_files)
    if database := parts.path.strip("/"):
        if options.get("database", database) != database:
            raise FinderError(
                tr("The address names one database, the options another."), tr("Name one of them.")
            )
        options["database"] = database
    return ServerAddress(_ascii_host(parts.hostname or ""), port, tls, **options)


def _split(text: str) -> tuple[SplitResult, int]:
    if len(text) > _MAX_LENGTH or re.search(r"[\s\\]", text) or printable(text) != text:
        raise _invalid()
    try:
        parts = urlsplit(text if "://" in text else f"milvus://{text}")
        port = parts.port
    except ValueError:
        raise _invalid() from None
    if parts.scheme not in _PORTS or parts.query or parts.fragment or "?" in text or "#" in text:
        raise _invalid()
    if port is None:
        port = _PORTS[parts.scheme]
    return parts, port


def _ascii_host(host: str) -> str:
    if ":" in host:
        return host
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise _invalid() from None


def check_library_name(name: str) -> None:
    """Raise FinderError unless a library on a server can have this name."""
    if not _LIBRARY.fullmatch(name):
        raise FinderError(
            tr("“{name}” is not a name of a library on a server.").format(name=_short(name)),
            tr("Use 1 to 64 letters, digits and underscores, beginning with a letter."),
        )


def _is_host(host: str) -> bool:
    if ":" not in host:
        return len(host) <= 253 and all(map(_LABEL.fullmatch, host.removesuffix(".").split(".")))
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return "%" not in host or host.partition("%")[2].isalnum()


def _short(text: str) -> str:
    return printable(text[:80]) + ("…" if len(text) > 80 else "")


def _invalid() -> FinderError:
    """Quotes nothing: a token may have been pasted in place of the address."""
    return FinderError(
        tr("This is not an address of a Milvus server."),
        tr("Write http://host:19530, or https://host for a server with TLS or Zilliz Cloud."),
    )


def _damaged() -> FinderError:
    return FinderError(
        tr("The saved address of the server is damaged."), tr("Choose the server again.")
    )
