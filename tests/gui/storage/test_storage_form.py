"""Library → Storage… without a server: where the vectors are, and the form for one."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from one_model import BY_HASH
from playing import Begin, Player, visible_text
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget
from shared_machine import Machine
from storage_scene import fill, opened, refused_uri, try_it, type_into

from finder.core.library.server.store_settings import read_store_settings
from finder.gui.storage.storage_dialog import StorageDialog


def test_where_the_vectors_are(storing: Player, one: Machine) -> None:
    dialog = opened(storing)
    storing.wait(lambda: "3 vectors" in visible_text(dialog))
    shown = visible_text(dialog)
    assert "In the library’s folder on this computer" in shown
    assert one.home.root.name in shown.replace("\N{ZERO WIDTH SPACE}", "")
    assert not dialog.place.synchronise.isVisible()
    assert not dialog.place.bring_back.isVisible()
    assert not dialog.server.test.isEnabled(), "there is no address yet"
    assert not dialog.server.move_there.isEnabled()
    storing.window.actions_by_name["storage"].trigger()
    assert len(storing.window.findChildren(StorageDialog)) == 1
    storing.press("Close", dialog)
    storing.wait(lambda: not storing.has_dialog(StorageDialog))


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
    storing: Player, uri: str, library: str, user: str, said: str
) -> None:
    dialog = opened(storing)
    fill(dialog, uri, library, user)
    for button in (dialog.server.test, dialog.server.move_there):
        button.click()
        assert said in dialog.server.verdict.text
        assert not storing.task_runner.busy()
        type_into(dialog.server.form.address, uri)
        assert not dialog.server.verdict.text, "it was about what was typed before"


def test_certificates_are_behind_more(storing: Player) -> None:
    dialog = opened(storing)
    form = dialog.server.form
    assert not form.files["ca_file"].isVisible()
    storing.press("More", dialog)
    fill(dialog, "https://nas")
    type_into(form.files["certificate_file"], "me.pem")
    dialog.server.test.click()
    assert "needs its key" in dialog.server.verdict.text
    type_into(form.files["key_file"], "me.key")
    typed = form.typed_address()
    assert (typed.certificate_file, typed.tls) == (str(Path("me.pem").absolute()), True)
    storing.press("Less", dialog)
    assert not form.files["ca_file"].isVisible()


def test_nobody_there(storing: Player) -> None:
    dialog = opened(storing)
    fill(dialog, refused_uri())
    said = try_it(storing, dialog)
    assert "No server responds at 127.0.0.1" in said
    assert "Check the address, and whether the server is running." in said
    assert dialog.server.test.isEnabled()
    storing.press("Copy there and use it", dialog)
    storing.wait(lambda: "No server responds" in dialog.server.verdict.text)
    assert not read_store_settings(storing.home).is_server


def test_a_test_is_stopped_by_its_button_and_by_closing(storing: Player, silent_uri: str) -> None:
    dialog = opened(storing)
    fill(dialog, silent_uri)
    storing.press("Test connection", dialog)
    storing.press("Stop the test", dialog)
    assert dialog.server.verdict.text == "The test was stopped."
    storing.wait(lambda: not storing.task_runner.busy(), 4)
    storing.press("Test connection", dialog)
    started = time.monotonic()
    storing.press("Close", dialog)
    storing.wait(lambda: not storing.task_runner.busy(), 4)
    assert time.monotonic() - started < 4, "the server is given 10 seconds"


def test_the_keyboard_is_enough(storing: Player) -> None:
    dialog = opened(storing)
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
    storing.wait(lambda: "No server responds" in dialog.server.verdict.text)
    assert storing.has_dialog(StorageDialog)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    storing.wait(lambda: not storing.has_dialog(StorageDialog))


def test_every_control_has_a_name(storing: Player) -> None:
    dialog = opened(storing)
    storing.press("More", dialog)
    controls = [
        w for w in dialog.findChildren(QWidget) if isinstance(w, QLineEdit | QAbstractButton)
    ]
    names = [c.accessibleName() or getattr(c, "text", str)() for c in controls]
    assert all(names)
    assert len({n for n in names if n.startswith("Choose")}) == 4
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


def test_settings_that_cannot_be_read(begin: Begin, one: Machine) -> None:
    one.home.store_settings.write_text("{")
    player = begin(one.home, BY_HASH)
    player.wait(lambda: "store.json" in player.notice())
    dialog = opened(player)
    player.wait(lambda: "is damaged" in dialog.activity.verdict.text)
    player.noise.clear()
