"""Library → Storage…: where the vectors are, trying a server, moving there and back, and the
pictures of other machines, which come by themselves."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import keyring
import pytest
from command_line import locked_by_process
from fault_relay import FaultRelay
from keyring.backends import fail
from memory_keyring import MemoryKeyring
from milvus_server import MilvusWithUsers, address_of
from one_model import BY_HASH, HASH, keep
from playing import Begin, Player, button_with, visible_text
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QMessageBox, QWidget
from shared_machine import Machine

from finder.core.library.server import credentials
from finder.core.library.server.server_address import ServerAddress, parse
from finder.core.library.server.store_settings import (
    StoreSettings,
    read_store_settings,
    write_store_settings,
)
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.gui.storage.storage_dialog import StorageDialog
from finder.jobs.task_runner import Lane

SECRET = "hunter2-geheim"
MakeMachine = Callable[[str], Machine]


@pytest.fixture(autouse=True)
def _own_secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No keyring, and nothing held of another test."""
    monkeypatch.setattr(credentials, "_held", {})
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
    yield
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]


@pytest.fixture
def birds(samples: Path) -> list[Path]:
    return sorted((samples / "birds").glob("*.jpg"))


@pytest.fixture
def machine(tmp_path: Path, hash_spec: ModelSpec, extractors: ExtractorPool) -> MakeMachine:
    return lambda name: Machine(tmp_path, name, [hash_spec], extractors)


@pytest.fixture
def one(machine: MakeMachine, birds: list[Path]) -> Machine:
    """A machine with three pictures, in its library's folder."""
    one = machine("one")
    one.add(*birds[:3])
    one.index()
    keep(one.home, BY_HASH)
    return one


@pytest.fixture
def address(milvus_uri: str, library_name: str) -> ServerAddress:
    return parse(milvus_uri, library=library_name)


@pytest.fixture
def player(begin: Begin, one: Machine) -> Player:
    return begin(one.home, BY_HASH)


def opened(player: Player) -> StorageDialog:
    player.window.actions_by_name["storage"].trigger()
    dialog = player.dialog(StorageDialog)
    assert isinstance(dialog, StorageDialog)
    player.wait(lambda: bool(dialog.server.form.note.text()))
    player.settle()
    return dialog


def type_into(field: QLineEdit, text: str) -> None:
    field.clear()
    QTest.keyClicks(field, text)


def fill(
    dialog: StorageDialog, uri: str, library: str = "", user: str = "", secret: str = ""
) -> None:
    form = dialog.server.form
    for field, text in (
        (form.address, uri),
        (form.library, library),
        (form.user, user),
        (form.secret, secret),
    ):
        type_into(field, text)


def try_it(player: Player, dialog: StorageDialog) -> str:
    """What the dialog says about the connection."""
    player.press("Test connection", dialog)
    player.wait(lambda: bool(dialog.server.verdict.text))
    return dialog.server.verdict.text


def move(player: Player, dialog: StorageDialog) -> None:
    player.press("Copy there and use it", dialog)
    player.wait(lambda: dialog.server.form.isEnabled())
    assert "The vectors are on" in dialog.place.verdict.text, dialog.server.verdict.text
    player.settle()


def refused_uri() -> str:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def silent_uri() -> Iterator[str]:
    """Of something that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def files_with(text: str, home: Home) -> list[str]:
    """Which files of the library, and of the log, have this text in them."""
    return [
        str(path)
        for path in home.root.rglob("*")
        if path.is_file() and text.encode() in path.read_bytes()
    ]


# Without a server


def test_where_the_vectors_are(player: Player, one: Machine) -> None:
    dialog = opened(player)
    shown = visible_text(dialog)
    assert "In the library’s folder on this computer" in shown
    assert one.home.root.name in shown.replace("\N{ZERO WIDTH SPACE}", "")
    assert "3 vectors" in shown
    assert not dialog.place.synchronise.isVisible()
    assert not dialog.place.bring_back.isVisible()
    assert not dialog.server.test.isEnabled(), "there is no address yet"
    assert not dialog.server.move_there.isEnabled()
    player.window.actions_by_name["storage"].trigger()
    assert len(player.window.findChildren(StorageDialog)) == 1
    player.press("Close", dialog)
    player.wait(lambda: not player.has_dialog(StorageDialog))


@pytest.mark.parametrize(
    ("uri", "library", "user", "said"),
    [
        ("ftp://nas", "", "", "This is not an address of a Milvus server. Write http://"),
        ("http://ann:x@nas", "", "", "which is not kept in addresses"),
        ("http://nas", "9 lives", "", "“9 lives” is not a name of a library on a server."),
        ("http://nas", "", "ann:x", "This is not a name of a user."),
    ],
)
def test_what_cannot_be_an_address_is_said_at_once(
    player: Player, uri: str, library: str, user: str, said: str
) -> None:
    dialog = opened(player)
    fill(dialog, uri, library, user)
    for button in (dialog.server.test, dialog.server.move_there):
        button.click()
        assert said in dialog.server.verdict.text
        assert not player.task_runner.busy()
        type_into(dialog.server.form.address, uri)
        assert not dialog.server.verdict.text, "it was about what was typed before"


def test_certificates_are_behind_more(player: Player) -> None:
    dialog = opened(player)
    form = dialog.server.form
    assert not form.files["ca_file"].isVisible()
    player.press("More", dialog)
    fill(dialog, "https://nas")
    type_into(form.files["certificate_file"], "me.pem")
    dialog.server.test.click()
    assert "needs its key" in dialog.server.verdict.text
    type_into(form.files["key_file"], "me.key")
    typed = form.typed_address()
    assert (typed.certificate_file, typed.tls) == (str(Path("me.pem").absolute()), True)
    player.press("Less", dialog)
    assert not form.files["ca_file"].isVisible()


def test_nobody_there(player: Player) -> None:
    dialog = opened(player)
    fill(dialog, refused_uri())
    said = try_it(player, dialog)
    assert "No server responds at 127.0.0.1" in said
    assert "Check the address, and whether the server is running." in said
    assert dialog.server.test.isEnabled()
    player.press("Copy there and use it", dialog)
    player.wait(lambda: "No server responds" in dialog.server.verdict.text)
    assert not read_store_settings(player.home).is_server


def test_a_test_is_stopped_by_its_button_and_by_closing(player: Player, silent_uri: str) -> None:
    dialog = opened(player)
    fill(dialog, silent_uri)
    player.press("Test connection", dialog)
    player.press("Stop the test", dialog)
    assert dialog.server.verdict.text == "The test was stopped."
    player.wait(lambda: not player.task_runner.busy(), 4)
    player.press("Test connection", dialog)
    started = time.monotonic()
    player.press("Close", dialog)
    player.wait(lambda: not player.task_runner.busy(), 4)
    assert time.monotonic() - started < 4, "the server is given 10 seconds"


def test_the_keyboard_is_enough(player: Player) -> None:
    dialog = opened(player)
    form = dialog.server.form
    assert dialog.focusWidget() is form.address
    fill(dialog, refused_uri())
    order = [dialog.focusWidget()]
    form.address.setFocus()
    while len(order) < 8:
        QTest.keyClick(dialog.focusWidget() or dialog, Qt.Key.Key_Tab)
        order.append(dialog.focusWidget())
    assert order[1:] == [
        *(form.library, form.database, form.user, form.secret, form.more),
        *(dialog.server.test, dialog.server.move_there),
    ]
    QTest.keyClick(form.user, Qt.Key.Key_Return)
    player.wait(lambda: "No server responds" in dialog.server.verdict.text)
    assert player.has_dialog(StorageDialog)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    player.wait(lambda: not player.has_dialog(StorageDialog))


def test_every_control_has_a_name(player: Player) -> None:
    dialog = opened(player)
    player.press("More", dialog)
    controls = [
        w for w in dialog.findChildren(QWidget) if isinstance(w, QLineEdit | QAbstractButton)
    ]
    names = [c.accessibleName() or getattr(c, "text", str)() for c in controls]
    assert all(names)
    assert len({n for n in names if n.startswith("Choose")}) == 3
    assert dialog.server.form.secret.echoMode() is QLineEdit.EchoMode.Password


def test_all_of_it_can_be_reached_in_a_small_window(begin: Begin, one: Machine) -> None:
    player = begin(one.home, BY_HASH, None, (900, 600))
    dialog = opened(player)
    dialog.resize(846, 564)
    player.press("More", dialog)
    dialog.server.verdict.show_failure("A sentence. " * 12, "A way out. " * 12)
    player.settle()
    assert (dialog.width(), dialog.height()) == (846, 564)
    area = dialog.server.parentWidget()
    assert area is not None
    assert area.width() <= 846, "nothing is cut off at the side"


def test_without_a_keyring_the_dialog_says_so(player: Player) -> None:
    assert "There is no keyring here" in opened(player).server.form.note.text()


def test_with_a_keyring_the_dialog_says_so(player: Player) -> None:
    keyring.set_keyring(MemoryKeyring())
    assert "is kept in the system’s keyring" in opened(player).server.form.note.text()


def test_a_secret_is_nowhere(
    player: Player, caplog: pytest.LogCaptureFixture, silent_uri: str
) -> None:
    caplog.set_level(logging.DEBUG)
    dialog = opened(player)
    for uri in (refused_uri(), silent_uri):
        fill(dialog, uri, user="ann", secret=SECRET)
        player.press("Test connection", dialog)
        player.qtbot.wait(300)
        if dialog.server.form.isEnabled():
            assert dialog.server.verdict.text
        else:
            player.press("Stop the test", dialog)
    fill(dialog, f"http://{SECRET}@nas")
    dialog.server.test.click()
    assert SECRET not in visible_text(dialog)
    assert SECRET not in caplog.text
    player.close()
    assert files_with(SECRET, player.home) == []


def test_settings_that_cannot_be_read(begin: Begin, one: Machine) -> None:
    one.home.store_settings.write_text("{")
    player = begin(one.home, BY_HASH)
    player.wait(lambda: "store.json" in player.notice())
    dialog = opened(player)
    player.wait(lambda: "is damaged" in dialog.place.verdict.text)
    player.noise.clear()


def test_the_background_gives_way_and_ends_with_the_window(
    begin: Begin, one: Machine, silent_uri: str
) -> None:
    write_store_settings(one.home, StoreSettings(parse(silent_uri), "one", "token"))
    player = begin(one.home, BY_HASH)
    syncing = player.controllers.syncing
    player.wait(lambda: player.task_runner.busy(Lane.LIBRARY))
    started = time.monotonic()
    done: list[bool] = []
    player.task_runner.call(Lane.LIBRARY, lambda: True, done.append)
    player.wait(lambda: bool(done))
    assert time.monotonic() - started < 4, "the server is given 10 seconds"
    assert not player.notice(), "what gives way has not failed"
    syncing.synchronise()
    player.qtbot.wait(500)
    started = time.monotonic()
    player.close()
    assert time.monotonic() - started < 4


def test_the_writer_s_lock_is_left_to_others(begin: Begin, one: Machine) -> None:
    write_store_settings(one.home, StoreSettings(parse(refused_uri()), "one", "token"))
    with locked_by_process(one.home):
        player = begin(one.home, BY_HASH)
        player.settle()
        player.controllers.syncing.synchronise()
        player.settle()
        assert not player.notice()
        dialog = opened(player)
        player.press("Synchronise now", dialog)
        player.wait(lambda: "is being written to by" in dialog.place.verdict.text)


# On a real server


def test_a_server_that_can_be_used(player: Player, address: ServerAddress) -> None:
    dialog = opened(player)
    fill(dialog, address.uri, address.library)
    said = try_it(player, dialog)
    assert f"{address.uri} can be used: Milvus 2.3.5" in said
    assert f"It holds no library “{address.library}” yet." in said


def test_who_may_use_a_server(
    player: Player, milvus_with_users: MilvusWithUsers, library_name: str
) -> None:
    kept = MemoryKeyring()
    keyring.set_keyring(kept)
    dialog = opened(player)
    server = milvus_with_users
    fill(dialog, server.uri, library_name)
    assert "asks for a password or a token" in try_it(player, dialog)
    fill(dialog, server.uri, library_name, server.user, SECRET)
    assert "does not accept the user and the password" in try_it(player, dialog)
    assert not kept.kept, "nothing is kept that the server does not accept"
    fill(dialog, server.uri, library_name, server.user, server.password)
    move(player, dialog)
    assert list(kept.kept.values()) == [server.password]
    assert not dialog.server.form.secret.text()
    assert read_store_settings(player.home).is_server

    kept.kept.clear()
    type_into(dialog.server.form.secret, server.password)
    assert "can be used" in try_it(player, dialog)
    player.settle()
    assert list(kept.kept.values()) == [server.password], "signed in again"
    player.close()
    assert files_with(f'"{server.password}"', player.home) == []


def test_without_a_keyring_a_password_is_held_until_the_window_is_closed(
    player: Player, milvus_with_users: MilvusWithUsers, library_name: str
) -> None:
    server = milvus_with_users
    dialog = opened(player)
    fill(dialog, server.uri, library_name, server.user, server.password)
    move(player, dialog)
    player.press("Synchronise now", dialog)
    player.wait(lambda: "Everything is up to date." in dialog.place.verdict.text)
    credentials._held.clear()
    player.press("Synchronise now", dialog)
    player.wait(lambda: "asks for a password or a token" in dialog.place.verdict.text)
    type_into(dialog.server.form.secret, server.password)
    assert "can be used" in try_it(player, dialog)
    player.settle()
    assert "3 on the server" in visible_text(dialog)


def test_there_and_back(
    player: Player, one: Machine, machine: MakeMachine, birds: list[Path], address: ServerAddress
) -> None:
    dialog = opened(player)
    fill(dialog, address.uri, address.library)
    player.press("More", dialog)
    type_into(dialog.server.form.machine, "one")
    move(player, dialog)
    player.wait(lambda: "3 on the server" in visible_text(dialog))
    shown = visible_text(dialog)
    assert "3 known here" in shown
    assert "one (this machine)" in shown
    assert not dialog.server.move_there.isVisible()
    assert not dialog.server.form.address.isEnabled()
    assert not one.home.vectors.exists()

    two = machine("two")
    two.add(*birds[2:5])
    two.index()
    two.use(address)
    player.press("Synchronise now", dialog)
    player.wait(lambda: "3 files new or changed" in dialog.place.verdict.text)
    player.wait(lambda: player.controllers.library.overview.pictures == 5)
    player.wait(lambda: "two" in visible_text(dialog))
    player.wait(lambda: player.window.library_page.model.rowCount() == 5)

    player.press("Bring back…", dialog)
    question = next(box for box in dialog.findChildren(QMessageBox) if box.isVisible())
    assert "stays there" in question.informativeText()
    button_with(question, "Bring back").click()
    player.wait(lambda: "in the library’s folder again" in dialog.place.verdict.text)
    player.wait(lambda: player.controllers.library.overview.pictures == 3)
    assert one.home.vectors.exists()
    assert not read_store_settings(one.home).is_server
    player.settle()
    assert dialog.server.move_there.isVisible()
    assert dialog.server.form.address.isEnabled()
    assert player.noise == ["sending 3 missing vectors of dhash-64 again"]  # to the new database
    player.noise.clear()


def test_copying_is_cancelled_while_the_server_hangs_and_goes_on_later(
    player: Player, address: ServerAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finder.core.library.server.sending._AT_ONCE", 1)
    with FaultRelay(address_of(address.uri)) as relay:
        dialog = opened(player)
        fill(dialog, f"http://127.0.0.1:{relay.port}", address.library)
        player.press("Copy there and use it", dialog)
        player.wait(lambda: dialog.server.bar.maximum() > 0)
        relay.delay(0.3)
        player.wait(lambda: dialog.server.bar.value() > 0)
        relay.hang()
        started = time.monotonic()
        player.press("Cancel", dialog)
        player.wait(lambda: "Copying was stopped" in dialog.server.verdict.text)
        assert time.monotonic() - started < 5, "the server is given 10 seconds"
        assert not read_store_settings(player.home).is_server
        assert player.home.vectors.exists()
        relay.restore()
        player.settle()
        move(player, dialog)
        assert read_store_settings(player.home).is_server


def test_pictures_of_other_machines_come_by_themselves(
    begin: Begin, one: Machine, machine: MakeMachine, birds: list[Path], address: ServerAddress
) -> None:
    one.use(address)
    two = machine("two")
    two.add(*birds[3:5])
    two.index()
    two.use(address)
    player = begin(one.home, BY_HASH)
    player.wait(lambda: player.controllers.library.overview.pictures == 5)
    player.wait(lambda: player.window.library_page.model.rowCount() == 5)
    assert player.controllers.library.overview.indexed_by(HASH) == 5
    two.add(birds[5])
    two.index()
    player.settle()
    player.controllers.syncing.synchronise()  # what the timer does every two minutes
    player.wait(lambda: player.controllers.library.overview.pictures == 6)
    assert not player.notice()


def test_a_server_that_is_away_is_said_once(
    begin: Begin, one: Machine, address: ServerAddress
) -> None:
    with FaultRelay(address_of(address.uri)) as relay:
        one.use(parse(f"http://127.0.0.1:{relay.port}", library=address.library))
        relay.refuse()
        player = begin(one.home, BY_HASH)
        player.wait(lambda: "No server responds" in player.notice())
        player.press("Storage…", player.window.notice)
        dialog = player.dialog(StorageDialog)
        assert isinstance(dialog, StorageDialog)
        player.wait(lambda: "No server responds" in dialog.place.verdict.text)
        assert "3 known here" in visible_text(dialog)
        player.controllers.syncing.synchronise()
        player.settle()
        assert not player.notice()
        relay.restore()
        player.press("Synchronise now", dialog)
        player.wait(lambda: "Everything is up to date." in dialog.place.verdict.text)
        player.settle()
