"""The storage dialog of a window, and the machine whose library it is."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail
from one_model import BY_HASH, keep
from playing import Begin, Player
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from shared_machine import Machine

from finder.core.library.server import credentials
from finder.core.library.server.server_address import ServerAddress, parse
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.gui.storage.storage_dialog import StorageDialog

MakeMachine = Callable[[str], Machine]


@pytest.fixture
def own_secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No keyring, and nothing held of another test."""
    monkeypatch.setattr(credentials, "_held", {})
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
    yield
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]


@pytest.fixture
def bird_files(samples: Path) -> list[Path]:
    return sorted((samples / "birds").glob("*.jpg"))


@pytest.fixture
def make_machine(
    tmp_path: Path, hash_spec: ModelSpec, extractors: ExtractorPool, own_secrets: None
) -> MakeMachine:
    return lambda name: Machine(tmp_path, name, [hash_spec], extractors)


@pytest.fixture
def one(make_machine: MakeMachine, bird_files: list[Path]) -> Machine:
    """A machine with three pictures, in its library's folder."""
    one = make_machine("one")
    one.add(*bird_files[:3])
    one.index()
    keep(one.home, BY_HASH)
    return one


@pytest.fixture
def server_address(milvus_uri: str, library_name: str) -> ServerAddress:
    return parse(milvus_uri, library=library_name)


@pytest.fixture
def storing(begin: Begin, one: Machine) -> Player:
    """The window of that machine."""
    return begin(one.home, BY_HASH)


@pytest.fixture
def silent_uri() -> Iterator[str]:
    """Of something that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def refused_uri() -> str:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def opened(player: Player) -> StorageDialog:
    player.window.actions_by_name["storage"].trigger()
    dialog = player.dialog(StorageDialog)
    assert isinstance(dialog, StorageDialog)
    player.wait(lambda: bool(dialog.server.form.note.text()))
    player.settle()
    return dialog


def type_into(line: QLineEdit, text: str) -> None:
    line.clear()
    QTest.keyClicks(line, text)


def fill(
    dialog: StorageDialog, uri: str, library: str = "", user: str = "", secret: str = ""
) -> None:
    form = dialog.server.form
    for line, text in (
        (form.address, uri),
        (form.library, library),
        (form.user, user),
        (form.secret, secret),
    ):
        type_into(line, text)


def try_it(player: Player, dialog: StorageDialog) -> str:
    """What the dialog says about the connection."""
    player.press("Test connection", dialog)
    player.wait(lambda: bool(dialog.server.verdict.text))
    return dialog.server.verdict.text


def move(player: Player, dialog: StorageDialog) -> None:
    player.press("Copy there and use it", dialog)
    player.wait(lambda: dialog.server.form.isEnabled())
    assert "The vectors are on" in dialog.activity.verdict.text, dialog.server.verdict.text
    player.settle()
