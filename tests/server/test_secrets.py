"""The secret is nowhere in what the program writes or shows, even if a server repeats it."""

from __future__ import annotations

import gc
import logging
import pickle
import traceback
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import grpc
import keyring
import pytest
from failing_servers import FakeMilvus, aborting, closed_port, silent, status, web_server
from keyring.backends import fail

from finder.core.errors import FinderError
from finder.core.library.server.connection_test import try_connection
from finder.core.library.server.credentials import VARIABLE, Secret, keep_secret, secret_of
from finder.core.library.server.server_address import ServerAddress, parse
from finder.core.library.server.server_client import ServerClient
from finder.core.log import start_log, stop_log
from finder.core.paths import Home
from finder.core.small_files import write_json
from finder.workers.child_command import child_environment

PASSWORD = "hunter2-geheim"
FORMS = (PASSWORD, *(b64encode(t.encode()).decode()[:-4] for t in (PASSWORD, f"ann:{PASSWORD}")))
QUOTED = f"bad token ann:{PASSWORD} ({b64encode(f'ann:{PASSWORD}'.encode()).decode()})"


def assert_clean(text: str) -> None:
    assert not [form for form in FORMS if form in text]


@pytest.fixture
def logged_home(home: Home, capfd: pytest.CaptureFixture[str]) -> Iterator[Home]:
    """All that is written in it, or printed, is searched for the secret at the end."""
    home.root.mkdir(parents=True, exist_ok=True)
    start_log(home)
    logging.getLogger("finder").setLevel(logging.DEBUG)
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
    yield home
    stop_log()
    written = [path for path in home.root.rglob("*") if path.is_file()]
    assert written
    for path in written:
        assert_clean(path.read_bytes().decode("latin-1"))
    assert_clean("".join(capfd.readouterr()))


def errors_of(address: ServerAddress) -> list[BaseException]:
    """What a user can meet who uses this server."""
    client = ServerClient(address, Secret(PASSWORD), timeout=0.3)
    assert_clean(repr(client) + repr(vars(client)) + repr(address) + address.shown)
    caught: list[BaseException] = []
    with closing(client):
        for function in (client.version, lambda: client.call("list_collections")):
            try:
                function()
            except FinderError as error:
                caught.append(error)
                logging.getLogger("finder.test").exception("failed")
    return caught


def shown(error: BaseException) -> str:
    """Everything that anybody could print of an error."""
    texts = [str(error), repr(error), repr(vars(error))]
    texts += traceback.format_exception(error)
    return "".join(texts)


@pytest.mark.parametrize(
    "answer",
    [
        status(65535, QUOTED),
        status(65535, QUOTED.replace("bad", "privilege")),
        status(8, QUOTED, 49),
        status(9, QUOTED, 48),
        *(aborting(code, QUOTED) for code in grpc.StatusCode if code is not grpc.StatusCode.OK),
    ],
)
def test_a_server_that_repeats_it(logged_home: Home, answer: object) -> None:
    milvus = FakeMilvus()
    milvus.answers = [answer] * 100
    with milvus.serve() as port:
        errors = errors_of(parse(f"http://127.0.0.1:{port}", user="ann"))
    assert milvus.tokens == {b64encode(f"ann:{PASSWORD}".encode()).decode()}
    assert errors
    for error in errors:
        assert_clean(shown(error))


@pytest.mark.parametrize("server", [closed_port, silent, web_server])
def test_no_server_at_all(logged_home: Home, server: object) -> None:
    with server() as port:  # type: ignore[operator]
        errors = errors_of(parse(f"http://127.0.0.1:{port}", user="ann"))
    assert len(errors) == 2
    for error in errors:
        assert_clean(shown(error))


def test_what_is_saved(logged_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    address = parse("http://127.0.0.1:1", user="ann")
    secret = Secret(PASSWORD)
    write_json(logged_home.root / "store.json", address.as_json())
    assert not keep_secret(address, secret)
    monkeypatch.setenv(VARIABLE, PASSWORD)
    assert secret_of(address) == secret
    with pytest.raises(TypeError):
        pickle.dumps({"secret": secret})
    assert PASSWORD not in child_environment(logged_home.root).values()
    with suppress(OSError):  # the process list
        assert_clean(Path("/proc/self/cmdline").read_text())


def test_facts(logged_home: Home) -> None:
    milvus = FakeMilvus()
    address_of = "http://127.0.0.1:{}"
    with milvus.serve() as port:
        address = parse(address_of.format(port), user="ann")
        write_json(logged_home.root / "store.json", address.as_json())
        with closing(ServerClient(address, Secret(PASSWORD))) as client:
            facts = try_connection(client, thorough=True)
    assert facts.may_write is False
    assert_clean(repr(facts))
    gc.collect()
