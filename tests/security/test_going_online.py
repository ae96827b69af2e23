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
        time.sleep(0.02)
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
    """The beginning of a command that runs in a network of its own, which has no interface. Skips
    the test where there is no such thing."""
    unshare = ["unshare", "-n" if os.geteuid() == 0 else "-rn"]
    try:
        tried = subprocess.run([*unshare, "true"], capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"there is no unshare: {error}")
    if tried.returncode:
        pytest.skip(f"the system refuses: {tried.stderr.strip()}")
    return unshare


def watched(commands: Sequence[Sequence[str]], env: dict[str, str]) -> Any:
    """What `_WATCH` prints about the commands, run without a network."""
    watch = [*isolation(), sys.executable, "-c", _WATCH, json.dumps(commands)]
    ended = subprocess.run(watch, capture_output=True, text=True, check=True, env=env)
    return json.loads(ended.stdout)


def usual_commands(home: Home, samples: Path) -> list[list[str]]:
    return [
        command("index", samples / "birds", "--model", DEFAULT_MODEL, home=home),
        command("search", samples / BIRD, home=home),
        command("check", home=home),
        command("index", home=home),
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
    every call that names an address is noted."""

    user: Path
    guard: Path


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Traces:
    """The usual commands with a network; all of them succeeded."""

    def run_all(folder: Path) -> None:
        (folder / "site").mkdir()
        (folder / "site" / "sitecustomize.py").write_text(_GUARD)
        env = user_environment(folder / "user", SEEN=str(folder / "seen"))
        env["PYTHONPATH"] = os.pathsep.join([str(folder / "site"), env["PYTHONPATH"]])
        *words, window = usual_commands(Home(folder / "home"), samples)
        for command_line in words:
            subprocess.run(command_line, env=env, check=True, capture_output=True)
        assert list((folder / "user").rglob("*")) == [], "commands keep nothing there"
        subprocess.run(window, env=env, check=True, capture_output=True)

    folder = made_once(tmp_path_factory, "usual-commands", run_all)
    return Traces(folder / "user", folder / "seen")


def test_an_attempt_would_be_seen(tmp_path: Path) -> None:
    listens = "import socket, time; s = socket.create_server(('', 0)); time.sleep(0.5)"
    reaches = [sys.executable, "-c", _REACHES_OUT]
    found = watched([reaches, [sys.executable, "-c", listens]], user_environment(tmp_path / "user"))
    assert sum(found["attempts"].values()) >= 1
    assert [line for line in found["sockets"] if line.startswith("tcp ")]


def test_everything_works_without_a_network_and_tries_none(
    home: Home, samples: Path, tmp_path: Path
) -> None:
    found = watched(usual_commands(home, samples), user_environment(tmp_path / "user"))
    assert [code for code, _ in found["codes"]] == [0] * 5, found["codes"]
    assert found["sockets"] == []
    assert found["attempts"] == {}


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
