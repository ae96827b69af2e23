"""A process that runs a Milvus server in a network of its own, where nobody else reaches it, with
one port of this computer that leads to it.

The server listens on all addresses that it has. So it has none but its own: the process listens on
a port of this computer, then leaves its network for an empty one, starts the server there, and
forwards to it what comes to the port. It ends with the test run, however that ends.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from relay import HOST, Relay, listening

PID, RESTART = "server.pid", "restart"
NO_NETWORK = 3
"""The exit code where the system allows no network of the server's own."""
_NEW_USER, _NEW_NETWORK, _NEW_MOUNTS = 0x1000_0000, 0x4000_0000, 0x0002_0000
"""CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWNS: unshare(2)."""
_BIND, _ALL_PRIVATE = 0x1000, 0x4_4000
"""MS_BIND, MS_REC | MS_PRIVATE: mount(2)."""
_SET_FLAGS, _UP = 0x8914, 0x1
"""SIOCSIFFLAGS, IFF_UP: netdevice(7)."""
_RUN, _NOTES = Path("/run"), Path("/tmp/milvus")
"""Where the server writes, whatever its settings are: in a folder of the first, and a file."""
_PORT = 19530
_SETTINGS: dict[str, dict[str, Any]] = {
    "etcd": {"endpoints": "localhost:2379", "use": {"embed": True}},
    "mq": {"type": "rocksmq"},
    "log": {"level": "error"},
    "proxy": {"port": _PORT, "internalPort": 19529, "timeTickInterval": 20},
    "rootCoord": {"port": 53100, "dmlChannelNum": 4},
    "dataCoord": {"port": 13333, "segment": {"assignmentExpiration": 200}},
    "dataNode": {"port": 21124},
    "queryCoord": {
        "port": 19531,
        "checkInterval": 100,
        "checkSegmentInterval": 100,
        "checkChannelInterval": 100,
        "distPullInterval": 50,
        "UpdateNextTargetInterval": 0.1,
    },
    "queryNode": {"port": 21123},
    "indexCoord": {"scheduler": {"interval": 100}},
    "indexNode": {"port": 21121},
}
"""Shorter intervals than the server's own: loading, flushing and strongly consistent answers take a
fifth of the time. (Milliseconds, but UpdateNextTargetInterval in seconds.)"""
_DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG: prctl(2)."""
_FORGOTTEN = 5
"""Seconds after which a server that was killed is no part of itself any more."""
_LOOK = 0.1
"""Seconds between two looks whether the server is ready."""


def main(folder: Path, binaries: Path, run: int, kind: str) -> int:
    """End when the server answers, and leave a process that keeps it.

    folder: for the server's files. run: a pidfd of the test run's process. kind: see `served`.
    """
    listener = listening()
    if not _own_network():
        return NO_NETWORK
    _own_run_folder(folder / "run")
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        return 0 if os.read(reading, 1) else 1
    os.setsid()  # Ctrl-C is for the run, which ends this
    _keep(folder, binaries, listener, run, kind, writing)
    return 0


def _keep(
    folder: Path, binaries: Path, listener: socket.socket, run: int, kind: str, ready: int
) -> None:
    """Keep a server until the run or the server ends; write to `ready` when it answers. One that
    ends while there is the file RESTART is started again, which ends the file."""
    try:
        with Relay((HOST, _PORT), listener) as relay:
            while _serve(folder, binaries, run, kind, lambda: _tell(folder, relay, ready)):
                pass
    finally:
        shutil.rmtree(folder / "data", ignore_errors=True)


def _tell(folder: Path, relay: Relay, ready: int) -> None:
    if (folder / RESTART).exists():
        (folder / RESTART).unlink()
        return
    (folder / "port").write_text(str(relay.port))
    os.write(ready, b"!")


def _serve(folder: Path, binaries: Path, run: int, kind: str, tell: Callable[[], None]) -> bool:
    """Keep one server. Returns whether it is to be started again."""
    server = _start(folder, binaries, kind)
    (folder / PID).write_text(str(server.pid))
    ended = os.pidfd_open(server.pid)
    try:
        while not _is_ready():
            if select.select([run, ended], [], [], _LOOK)[0]:
                return False
        tell()
        return run not in select.select([run, ended], [], [])[0] and (folder / RESTART).exists()
    finally:
        os.close(ended)
        server.kill()
        server.wait()
        (_NOTES / f"server_id_{server.pid}").unlink(missing_ok=True)
        with suppress(OSError):  # another server's is there
            _NOTES.rmdir()


def _own_network() -> bool:
    """Leave the network for one that has only this process and a loopback of its own."""
    import fcntl  # there is none on Windows, where others import this module

    libc = ctypes.CDLL(None)
    user = 0 if os.geteuid() == 0 else _NEW_USER
    if libc.unshare(user | _NEW_NETWORK | _NEW_MOUNTS) != 0:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        try:
            fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh22x", b"lo", _UP))
        except OSError:
            return False
    return True


def _own_run_folder(folder: Path) -> None:
    """Let this process have the folder in the place of the system's, which may not be writable."""
    folder.mkdir()
    libc = ctypes.CDLL(None)
    libc.mount(b"none", b"/", None, _ALL_PRIVATE, None)
    libc.mount(bytes(folder), bytes(_RUN), None, _BIND, None)


def _start(folder: Path, binaries: Path, kind: str) -> subprocess.Popen[bytes]:
    (folder / "data").mkdir(exist_ok=True)
    etcd = folder / "etcd.yaml"
    etcd.write_text(json.dumps(_etcd(folder)))
    (folder / "milvus.yaml").write_text(json.dumps(_settings(folder, etcd, kind)))
    (folder / "glog.conf").write_text("--logtostderr=true\n--minloglevel=2\n")
    libc = ctypes.CDLL(None)
    with open(folder / "server.log", "wb") as log:
        return subprocess.Popen(
            [binaries / "milvus", "run", "standalone"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ
            | {
                "MILVUSCONF": str(folder),
                "DEPLOY_MODE": "STANDALONE",
                "LD_LIBRARY_PATH": str(binaries),
            },
            preexec_fn=lambda: libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL),
        )


def _etcd(folder: Path) -> dict[str, Any]:
    """JSON is YAML, too."""
    return {
        "data-dir": str(folder / "data" / "etcd"),
        "log-level": "error",
        "log-outputs": ["stderr"],
        "unsafe-no-fsync": True,
    }


def _settings(folder: Path, etcd: Path, kind: str) -> dict[str, Any]:
    data = folder / "data"
    return _SETTINGS | {
        "etcd": _SETTINGS["etcd"] | {"config": {"path": str(etcd)}},
        "localStorage": {"path": str(data / "storage")},
        "rocksmq": {"path": str(data / "rocksmq")},
        "common": {
            "storageType": "local",
            "security": {"authorizationEnabled": kind == "users"},
            "session": {"ttl": _FORGOTTEN if kind == "restarted" else 30},
        },
    }


def _is_ready() -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{HOST}:9091/healthz", timeout=1) as answer:
            return bytes(answer.read()) == b"OK"
    except OSError:
        return False


if __name__ == "__main__":
    folder, binaries, run, kind = sys.argv[1:]
    sys.exit(main(Path(folder), Path(binaries), int(run), kind))
