"""The storage dialog of a window, and the machine whose library it is."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail
from one_model import BY_HASH, keep
from playing import Begin, Player, visible_text
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMessageBox
from shared_machine import Machine, MakeMachine

from finder.core.library.server import credentials
from finder.core.library.server.server_address import parse
from finder.core.library.server.store_settings import StoreSettings, write_store_settings
from finder.gui.storage.storage_dialog import StorageDialog

VECTORS, MACHINES, SEARCHING = range(3)


@pytest.fixture
def own_secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No keyring, and nothing held of another test."""
    monkeypatch.setattr(credentials, "_held", {})
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
    yield
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]


@pytest.fixture
def one(machine: MakeMachine, birds: list[Path], own_secrets: None) -> Machine:
    """A machine with three pictures, in its library's folder."""
    one = machine("one")
    one.add(*birds[:3])
    one.index()
    keep(one.home, BY_HASH)
    return one


@pytest.fixture
def storing(begin: Begin, one: Machine) -> Player:
    """The window of that machine."""
    return begin(one.home, BY_HASH)


@pytest.fixture
def away(begin: Begin, one: Machine) -> Player:
    """The window of a machine whose server is away."""
    write_store_settings(one.home, StoreSettings(parse(refused_uri()), "one", "token"))
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


def page(dialog: StorageDialog, number: int) -> str:
    dialog.list.setCurrentRow(number)
    return visible_text(dialog.pages)


def question(dialog: StorageDialog) -> QMessageBox:
    return next(box for box in dialog.findChildren(QMessageBox) if box.isVisible())


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
