"""Nothing leaves this computer, and nothing is left on it outside the library, unless asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from command_line import command
from touring import tour

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
tried = {name: n for name, n in counters() if n and name.rstrip(":").endswith(COUNTED)}
print(json.dumps({"codes": codes, "sockets": sorted(seen), "tried": tried}))
"""
"""Runs commands one after the other; says what they opened and what the system was asked to send.
The counters are the kernel's: they see every library, whatever language it is written in."""

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


def without_network(commands: Sequence[Sequence[str]], env: dict[str, str]) -> Any:
    """What `_WATCH` says of the commands, in a network of their own that has no interface."""
    unshare = ["unshare", "-n" if os.geteuid() == 0 else "-rn"]
    try:
        tried = subprocess.run([*unshare, "true"], capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"there is no unshare: {error}")
    if tried.returncode:
        pytest.skip(f"the system refuses: {tried.stderr.strip()}")
    watch = [*unshare, sys.executable, "-c", _WATCH, json.dumps(commands)]
    ended = subprocess.run(watch, capture_output=True, text=True, check=True, env=env)
    return json.loads(ended.stdout)


def a_day(home: Home, samples: Path) -> list[list[str]]:
    return [
        command("index", samples / "birds", "--model", DEFAULT_MODEL, home=home),
        command("search", samples / BIRD, home=home),
        command("check", home=home),
        command("index", home=home),
        tour(home, samples / "cats", samples / BIRD),
    ]


def as_a_user(folder: Path, **more: str) -> dict[str, str]:
    """The environment of somebody with an empty folder of their own, on no build server (where
    some libraries behave better)."""
    folder.mkdir()
    kept = ("PATH", "LANG", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "QT_QPA_PLATFORM", "TMPDIR")
    passed = {name: os.environ[name] for name in kept if name in os.environ}
    here = str(Path(__file__).parents[2])
    return {"HOME": str(folder), "PYTHONPATH": here} | passed | more


def test_an_attempt_would_be_seen(tmp_path: Path) -> None:
    listens = "import socket, time; s = socket.create_server(('', 0)); time.sleep(0.5)"
    reaches = [sys.executable, "-c", _REACHES_OUT]
    told = without_network([reaches, [sys.executable, "-c", listens]], as_a_user(tmp_path / "user"))
    assert sum(told["tried"].values()) >= 1
    assert [line for line in told["sockets"] if line.startswith("tcp ")]


def test_all_works_without_a_network_and_tries_none(
    home: Home, samples: Path, tmp_path: Path
) -> None:
    told = without_network(a_day(home, samples), as_a_user(tmp_path / "user"))
    assert [code for code, _ in told["codes"]] == [0] * 5, told["codes"]
    assert told["sockets"] == []
    assert told["tried"] == {}


def test_no_address_is_asked_for(home: Home, samples: Path, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(_GUARD)
    seen = tmp_path / "seen"
    env = as_a_user(tmp_path / "user", SEEN=str(seen))
    env["PYTHONPATH"] = os.pathsep.join([str(tmp_path / "site"), env["PYTHONPATH"]])
    for words in a_day(home, samples):
        subprocess.run(words, env=env, check=True, capture_output=True)
    assert not seen.exists(), seen.read_text()
    subprocess.run([sys.executable, "-c", _REACHES_OUT], env=env, check=True)
    assert "192.0.2.1" in seen.read_text(), "such a call would be seen"


def test_nothing_is_kept_outside_the_library(home: Home, samples: Path, tmp_path: Path) -> None:
    """ONNX Runtime would number this computer, and report to its makers."""
    user = tmp_path / "user"
    env = as_a_user(user)
    *words, window = a_day(home, samples)
    for command_line in words:
        subprocess.run(command_line, env=env, check=True, capture_output=True)
    assert list(user.rglob("*")) == []
    subprocess.run(window, env=env, check=True, capture_output=True)
    assert {path.relative_to(user).parts[:2] for path in user.rglob("*")} <= {
        (".cache",),
        (".cache", "fontconfig"),
        (".cache", "mesa_shader_cache"),
    }
