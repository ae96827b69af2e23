"""Library → Storage… where text runs from right to left: addresses and paths are read from the left
all the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from one_model import BY_HASH
from playing import Begin
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit
from shared_machine import Machine
from storage_scene import opened, refused_uri

from finder.core.library.server.server_address import parse
from finder.core.library.server.store_settings import StoreSettings, write_store_settings
from finder.gui.common.widgets import ElidedLabel

THERE, HERE = "/mnt/photos/", "/media/photos"


@pytest.fixture
def from_right(qapp: QApplication) -> Iterator[None]:
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def test_addresses_and_paths_are_read_from_the_left(
    from_right: None, begin: Begin, one: Machine
) -> None:
    uri = refused_uri()
    mappings = {f"nas-2:{THERE}": HERE}
    write_store_settings(one.home, StoreSettings(parse(uri), "one", "token", mappings=mappings))
    player = begin(one.home, BY_HASH)
    dialog = opened(player)
    labels = {_bare(label.text()): label for label in dialog.findChildren(QLabel)}
    assert _is_isolated(labels[uri].text())
    image = labels[uri].grab().toImage()
    ground = image.pixel(0, 0)
    last = range(image.width() - 12, image.width())
    assert any(image.pixel(x, y) != ground for x in last for y in range(image.height())), (
        "it begins where the dialog begins"
    )
    paths = [label.whole_text() for label in dialog.findChildren(ElidedLabel)]
    for path in (THERE, HERE):
        assert any(_bare(text) == path and _is_isolated(text) for text in paths)
    lines = [line for line in dialog.findChildren(QLineEdit) if line is not _machine_line(dialog)]
    assert len(lines) > 8
    for line in lines:
        assert line.layoutDirection() is Qt.LayoutDirection.LeftToRight
        assert line.alignment() & Qt.AlignmentFlag.AlignRight
    for row in range(dialog.list.count()):
        dialog.list.setCurrentRow(row)
        player.qtbot.wait(20)
        for label in dialog.findChildren(QLabel):
            parent = label.parentWidget()
            if label.isVisible() and parent is not None:
                assert parent.rect().contains(label.geometry()), label.text()


def test_they_are_as_they_are_where_all_text_does(begin: Begin, one: Machine) -> None:
    uri = refused_uri()
    write_store_settings(one.home, StoreSettings(parse(uri), "one", "token"))
    dialog = opened(begin(one.home, BY_HASH))
    assert any(label.text() == uri for label in dialog.findChildren(QLabel))


def _machine_line(dialog: object) -> QLineEdit | None:
    from finder.gui.storage.storage_dialog import StorageDialog

    assert isinstance(dialog, StorageDialog)
    return dialog.machines.form.machine.lineEdit()


def _is_isolated(text: str) -> bool:
    isolate, end = "\N{LEFT-TO-RIGHT ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
    return text.startswith(isolate) and text.endswith(end)


def _bare(text: str) -> str:
    return text.strip("\N{LEFT-TO-RIGHT ISOLATE}\N{POP DIRECTIONAL ISOLATE}").replace(
        "\N{ZERO WIDTH SPACE}", ""
    )
