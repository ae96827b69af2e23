"""Nothing leaves this computer, and nothing is stored outside the library, unless requested."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from command_line import command
from scripted_window import window_command
from sharing import made_once

from finder.core.models.spec import DEFAULT_MODEL
from finder.core.paths import Home

BIRD = "birds/kingfisher.jpg"

_WATCH = """
import json, subprocess, sys, time
TABLES = ("tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "raw", "raw6")
COUNTED = ("OutRequests", "OutNoRoutes", "ActiveOpens", "PassiveOpens", "OutDatagrams")

def sockets():
    for table in TABLES:
        with open(f"/proc/net/{table}") as lines:
            yield from (f"{table} {line.strip()}" for line in list(lines)[1:])

def counters():
    with open("/proc/net/snmp") as lines:
        lines = [line.split() for line in lines]
    for names, values in zip(lines[::2], lines[1::2]):
        yield from zip((names[0] + name for name in names[1:]), map(int, values[1:]))
    with open("/proc/net/snmp6") as lines:
        yield from ((name, int(value)) for name, value in map(str.split, lines))

seen, codes = set(), []
for words in json.loads(sys.argv[1]):
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while process.poll() is None:
        seen.update(sockets())
        time.sleep(0.05)
    codes.append([process.returncode, process.stderr.read().decode()[-500:]])
attempts = {name: n for name, n in counters() if n and name.rstrip(":").endswith(COUNTED)}
print(json.dumps({"codes": codes, "sockets": sorted(seen), "attempts": attempts}))
"""
"""Runs commands one after the other; prints the sockets they opened and what the kernel was asked
to send. The counters are the kernel's: they see every library, whatever its language."""

_GUARD = """
import os, sys
def guard(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"):
        if arguments[0].family.name == "AF_UNIX":
            return
    elif event not in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        return
    with open(os.environ["SEEN"], "a") as seen:
        print(event, arguments[1:], file=seen)
sys.addaudithook(guard)
"""

_REACHES_OUT = """
import socket
for address in ("192.0.2.1", 9), ("2001:db8::1", 9):
    try:
        socket.create_connection(address, 1)
    except OSError:
        pass
"""
"""Addresses that RFC 5737 and RFC 3849 keep for examples."""


def isolation() -> list[str]:
    """The beginning of a command that runs in a network of its own, which has no interface; empty
    where there is no such thing."""
    unshare = ["unshare", "-n" if os.geteuid() == 0 else "-rn"]
    try:
        tried = subprocess.run([*unshare, "true"], capture_output=True, check=False)
    except OSError:
        return []
    return [] if tried.returncode else unshare


def watched(commands: Sequence[Sequence[str]], env: dict[str, str]) -> Any:
    """What `_WATCH` prints about the commands, run without a network; their exit codes and messages
    only, where they can be run with it only."""
    unshare = isolation()
    if not unshare:
        plain = [subprocess.run(c, env=env, capture_output=True, check=False) for c in commands]
        return {"codes": [(done.returncode, done.stderr.decode()[-500:]) for done in plain]}
    watch = [*unshare, sys.executable, "-c", _WATCH, json.dumps(commands)]
    ended = subprocess.run(watch, capture_output=True, text=True, check=True, env=env)
    return json.loads(ended.stdout)


@pytest.fixture(scope="module")
def isolated() -> None:
    if not isolation():
        pytest.skip("the system has no networks of one process")


def usual_commands(home: Home, samples: Path) -> list[list[str]]:
    return [
        command("index", samples / "birds", "--model", DEFAULT_MODEL, home=home),
        command("search", samples / BIRD, home=home),
        command("check", home=home),
        command("index", "--model", DEFAULT_MODEL, home=home),
        window_command(home, samples / "cats", samples / BIRD),
    ]


def user_environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a user with an empty home folder, not on a build server (where
    some libraries behave better)."""
    folder.mkdir()
    kept = ("PATH", "LANG", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "QT_QPA_PLATFORM", "TMPDIR")
    passed = {name: os.environ[name] for name in kept if name in os.environ}
    here = str(Path(__file__).parents[2])
    return {"HOME": str(folder), "PYTHONPATH": here} | passed | more


@dataclass(frozen=True)
class Traces:
    """What the usual commands left behind. user: the folder of their user; guard: the file in which
    every call that names an address is noted; seen: what `_WATCH` printed about the commands, and
    about the window."""

    user: Path
    guard: Path
    seen: list[Any]


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Traces:
    """The usual commands, without a network where that is possible; all of them succeeded."""

    def run_all(folder: Path) -> None:
        (folder / "site").mkdir()
        (folder / "site" / "sitecustomize.py").write_text(_GUARD)
        env = user_environment(folder / "user", SEEN=str(folder / "seen"))
        env["PYTHONPATH"] = os.pathsep.join([str(folder / "site"), env["PYTHONPATH"]])
        *words, window = usual_commands(Home(folder / "home"), samples)
        seen = [watched(words, env)]
        assert list((folder / "user").rglob("*")) == [], "commands keep nothing there"
        seen.append(watched([window], env))
        codes = [*seen[0].pop("codes"), *seen[1].pop("codes")]
        assert [code for code, _ in codes] == [0] * 5, codes
        (folder / "watched.json").write_text(json.dumps(seen))

    folder = made_once(tmp_path_factory, "usual-commands", run_all)
    seen = json.loads((folder / "watched.json").read_text())
    return Traces(folder / "user", folder / "seen", seen)


@pytest.mark.usefixtures("isolated")
def test_an_attempt_would_be_seen(tmp_path: Path) -> None:
    listens = "import socket, time; s = socket.create_server(('', 0)); time.sleep(0.5)"
    reaches = [sys.executable, "-c", _REACHES_OUT]
    found = watched([reaches, [sys.executable, "-c", listens]], user_environment(tmp_path / "user"))
    assert sum(found["attempts"].values()) >= 1
    assert [line for line in found["sockets"] if line.startswith("tcp ")]


@pytest.mark.usefixtures("isolated")
def test_everything_works_without_a_network_and_tries_none(traces: Traces) -> None:
    assert traces.seen == [{"sockets": [], "attempts": {}}] * 2


def test_no_address_is_looked_up_or_contacted(traces: Traces, tmp_path: Path) -> None:
    assert not traces.guard.exists(), traces.guard.read_text()
    (tmp_path / "sitecustomize.py").write_text(_GUARD)
    env = user_environment(tmp_path / "user", SEEN=str(tmp_path / "seen"), PYTHONPATH=str(tmp_path))
    subprocess.run([sys.executable, "-c", _REACHES_OUT], env=env, check=True)
    assert "192.0.2.1" in (tmp_path / "seen").read_text(), "such a call would be seen"


def test_nothing_is_kept_outside_the_library(traces: Traces) -> None:
    """ONNX Runtime would give this computer an id, and send telemetry."""
    assert {path.relative_to(traces.user).parts[:2] for path in traces.user.rglob("*")} <= {
        (".cache",),
        (".cache", "fontconfig"),
        (".cache", "mesa_shader_cache"),
    }
