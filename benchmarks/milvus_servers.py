"""Milvus servers on this computer, for the benchmarks of a library on a server."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType

from benchmarks.common import ROOT

_TESTS = ROOT / "tests"


def from_tests(module: str) -> ModuleType:
    """A module of the tests."""
    if str(_TESTS) not in sys.path:
        sys.path.append(str(_TESTS))
    return import_module(module)


@contextmanager
def pypi_server() -> Iterator[tuple[str, int]]:
    """PyPI's Milvus 2.3.5 (Linux on x86-64), on a port of this computer only. Gives its address and
    its process."""
    with tempfile.TemporaryDirectory(prefix="milvus-") as name:
        folder = Path(name, "server")
        folder.mkdir()
        run = os.pidfd_open(os.getpid())
        binaries = from_tests("milvus_server").unpack_server(Path(name))
        command = [str(_TESTS / "milvus_host.py"), str(folder), str(binaries), str(run), "plain"]
        subprocess.run([sys.executable, *command], pass_fds=[run], check=True, timeout=120)
        pid = int((folder / "server.pid").read_text())
        yield f"http://127.0.0.1:{(folder / 'port').read_text().strip()}", pid


@contextmanager
def lite_server() -> Iterator[str]:
    """Milvus Lite, served as a server is, by a thread of this process. Gives its address."""
    import_module("finder.core.library.vectors.milvus_connection")
    from milvus_lite.adapter.grpc.server import start_server_in_thread

    with tempfile.TemporaryDirectory(prefix="milvus-lite-") as folder:
        server, database, port = start_server_in_thread(folder)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.stop(grace=2).wait()
            database.close()


def memory_of(pid: int | None) -> int:
    """Bytes that a process has in memory; 0 without one, as of a server on another computer."""
    if pid is None:
        return 0
    with suppress(OSError):
        status = Path(f"/proc/{pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1_024
    return 0
