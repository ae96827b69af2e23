"""Library → Storage…: moving the vectors to a real server and back."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from fault_relay import FaultRelay
from milvus_server import address_of
from playing import Player, button_with, visible_text
from PySide6.QtWidgets import QMessageBox
from shared_machine import Machine, MakeMachine
from storage_scene import fill, move, opened, try_it, type_into

from finder.core.library.server.server_address import ServerAddress
from finder.core.library.server.store_settings import Precision, read_store_settings


def test_a_server_that_can_be_used(storing: Player, address: ServerAddress) -> None:
    dialog = opened(storing)
    fill(dialog, address.uri, address.library)
    said = try_it(storing, dialog)
    assert f"{address.uri} can be used: Milvus 2.3.5" in said
    assert f"It holds no library “{address.library}” yet." in said


def test_there_and_back(
    storing: Player,
    one: Machine,
    machine: MakeMachine,
    birds: list[Path],
    address: ServerAddress,
) -> None:
    dialog = opened(storing)
    fill(dialog, address.uri, address.library)
    storing.press("More", dialog)
    type_into(dialog.server.form.machine, "one")
    move(storing, dialog)
    storing.wait(lambda: "3 on the server" in visible_text(dialog))
    shown = visible_text(dialog)
    assert "3 known here" in shown
    assert not dialog.server.move_there.isVisible()
    assert not dialog.server.form.address.isEnabled()
    assert not one.home.vectors.exists()

    two = machine("two")
    two.add(*birds[2:5])
    two.index()
    two.use(address)
    storing.press("Synchronise now", dialog)
    storing.wait(lambda: "3 files new or changed" in dialog.activity.verdict.text)
    storing.wait(lambda: storing.controllers.library.overview.pictures == 5)
    dialog.list.setCurrentRow(1)
    storing.wait(lambda: "one (this machine)" in visible_text(dialog))
    storing.wait(lambda: "two" in visible_text(dialog))
    dialog.list.setCurrentRow(0)
    storing.wait(lambda: storing.window.library_page.model.rowCount() == 5)

    storing.press("Bring back…", dialog)
    question = next(box for box in dialog.findChildren(QMessageBox) if box.isVisible())
    assert "stays there" in question.informativeText()
    button_with(question, "Bring back").click()
    storing.wait(lambda: "in the library’s folder again" in dialog.activity.verdict.text)
    storing.wait(lambda: storing.controllers.library.overview.pictures == 3)
    assert one.home.vectors.exists()
    assert not read_store_settings(one.home).is_server
    storing.settle()
    assert dialog.server.move_there.isVisible()
    assert dialog.server.form.address.isEnabled()
    assert storing.noise == ["sending 3 missing vectors of dhash-64 again"]  # to the new database
    storing.noise.clear()


def test_float16_where_the_server_has_it(
    storing: Player, address: ServerAddress, float16_uri: str
) -> None:
    dialog = opened(storing)
    fill(dialog, address.uri, address.library)
    storing.press("More", dialog)
    dialog.server.form.half.click()
    storing.press("Copy there and use it", dialog)
    storing.wait(lambda: bool(dialog.server.verdict.text))
    assert f"{address.uri} cannot keep vectors as float16." in dialog.server.verdict.text
    assert "float32, or use Milvus 2.4" in dialog.server.verdict.text
    assert not read_store_settings(storing.home).is_server

    fill(dialog, float16_uri, "half")
    move(storing, dialog)
    assert read_store_settings(storing.home).precision is Precision.FLOAT16
    assert dialog.server.form.half.isChecked()
    assert not dialog.server.form.half.isEnabled()


def test_copying_is_cancelled_while_the_server_hangs_and_goes_on_later(
    storing: Player, address: ServerAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finder.core.library.server.sending._AT_ONCE", 1)
    with FaultRelay(address_of(address.uri)) as relay:
        dialog = opened(storing)
        fill(dialog, f"http://127.0.0.1:{relay.port}", address.library)
        storing.press("Copy there and use it", dialog)
        storing.wait(lambda: dialog.server.bar.maximum() > 0)
        relay.delay(0.3)
        storing.wait(lambda: dialog.server.bar.value() > 0)
        relay.hang()
        started = time.monotonic()
        storing.press("Cancel", dialog)
        storing.wait(lambda: "Copying was stopped" in dialog.server.verdict.text)
        assert time.monotonic() - started < 5, "the server is given 10 seconds"
        assert not read_store_settings(storing.home).is_server
        assert storing.home.vectors.exists()
        relay.restore()
        storing.settle()
        move(storing, dialog)
        assert read_store_settings(storing.home).is_server
