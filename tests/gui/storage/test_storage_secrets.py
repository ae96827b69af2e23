"""Library → Storage…: passwords and tokens, which are in the keyring or nowhere."""

from __future__ import annotations

import logging

import keyring
import pytest
from memory_keyring import MemoryKeyring
from milvus_server import MilvusWithUsers
from playing import Player, visible_text
from storage_scene import fill, move, opened, refused_uri, try_it, type_into

from finder.core.library.server import credentials
from finder.core.library.server.store_settings import read_store_settings
from finder.core.paths import Home

SECRET = "hunter2-geheim"


def files_with(text: str, home: Home) -> list[str]:
    """Which files of the library, and of the log, have this text in them."""
    return [
        str(path)
        for path in home.root.rglob("*")
        if path.is_file() and text.encode() in path.read_bytes()
    ]


def test_without_a_keyring_the_dialog_says_so(storing: Player) -> None:
    assert "There is no keyring here" in opened(storing).server.form.note.text()


def test_with_a_keyring_the_dialog_says_so(storing: Player) -> None:
    keyring.set_keyring(MemoryKeyring())
    assert "is kept in the system’s keyring" in opened(storing).server.form.note.text()


def test_a_secret_is_nowhere(
    storing: Player, caplog: pytest.LogCaptureFixture, silent_uri: str
) -> None:
    caplog.set_level(logging.DEBUG)
    dialog = opened(storing)
    for uri in (refused_uri(), silent_uri):
        fill(dialog, uri, user="ann", secret=SECRET)
        storing.press("Test connection", dialog)
        storing.qtbot.wait(300)
        if dialog.server.form.isEnabled():
            assert dialog.server.verdict.text
        else:
            storing.press("Stop the test", dialog)
    fill(dialog, f"http://{SECRET}@nas")
    dialog.server.test.click()
    assert SECRET not in visible_text(dialog)
    assert SECRET not in caplog.text
    storing.close()
    assert files_with(SECRET, storing.home) == []


def test_who_may_use_a_server(
    storing: Player, milvus_with_users: MilvusWithUsers, library_name: str
) -> None:
    kept = MemoryKeyring()
    keyring.set_keyring(kept)
    dialog = opened(storing)
    server = milvus_with_users
    fill(dialog, server.uri, library_name)
    assert "asks for a password or a token" in try_it(storing, dialog)
    fill(dialog, server.uri, library_name, server.user, SECRET)
    assert "does not accept the user and the password" in try_it(storing, dialog)
    assert not kept.kept, "nothing is kept that the server does not accept"
    fill(dialog, server.uri, library_name, server.user, server.password)
    move(storing, dialog)
    assert list(kept.kept.values()) == [server.password]
    assert not dialog.server.form.secret.text()
    assert read_store_settings(storing.home).is_server

    kept.kept.clear()
    type_into(dialog.server.form.secret, server.password)
    assert "can be used" in try_it(storing, dialog)
    storing.settle()
    assert list(kept.kept.values()) == [server.password], "signed in again"
    storing.close()
    assert files_with(f'"{server.password}"', storing.home) == []


def test_without_a_keyring_a_password_is_held_until_the_window_is_closed(
    storing: Player, milvus_with_users: MilvusWithUsers, library_name: str
) -> None:
    server = milvus_with_users
    dialog = opened(storing)
    fill(dialog, server.uri, library_name, server.user, server.password)
    move(storing, dialog)
    storing.press("Synchronise now", dialog)
    storing.wait(lambda: "Everything is up to date." in dialog.activity.verdict.text)
    credentials._held.clear()
    storing.press("Synchronise now", dialog)
    storing.wait(lambda: "asks for a password or a token" in dialog.activity.verdict.text)
    type_into(dialog.server.form.secret, server.password)
    assert "can be used" in try_it(storing, dialog)
    storing.wait(lambda: "3 on the server" in visible_text(dialog))
    storing.settle()
