"""The writer lock and the note on its holder: stored in English, shown in the reader's language."""

from __future__ import annotations

import gettext
import os
from typing import ClassVar

import pytest

from finder.core import i18n
from finder.core.errors import LibraryBusyError
from finder.core.paths import Home
from finder.core.writer_lock import WriterLock


class _German(gettext.NullTranslations):
    _words: ClassVar = {
        "the window": "dem Fenster",
        "{who} (process {pid})": "{who} (Prozess {pid})",
    }

    def gettext(self, message: str) -> str:
        return self._words.get(message, message)


def message_of(home: Home) -> str:
    with pytest.raises(LibraryBusyError) as raised:
        WriterLock(home).acquire()
    return raised.value.sentence


@pytest.mark.parametrize("language", ["of the holder", "of the reader"])
def test_the_note_is_translated_when_it_is_shown(
    home: Home, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    home.root.mkdir()
    if language == "of the holder":
        monkeypatch.setattr(i18n, "_catalogue", _German())
    with WriterLock(home, "the window"):
        monkeypatch.undo()
        assert f"by the window (process {os.getpid()})" in message_of(home)
        if language == "of the reader":
            monkeypatch.setattr(i18n, "_catalogue", _German())
            assert f"by dem Fenster (Prozess {os.getpid()})" in message_of(home)


@pytest.mark.parametrize("note", ["", "half a no", b"\xff\xfe", "()"])
def test_a_note_that_cannot_be_read(home: Home, note: str | bytes) -> None:
    home.root.mkdir()
    with WriterLock(home):
        data = note if isinstance(note, bytes) else note.encode()
        (home.root / f"{home.lock.name}.holder").write_bytes(data)
        assert "by another Image Finder." in message_of(home)
