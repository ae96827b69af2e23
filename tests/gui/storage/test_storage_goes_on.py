"""What is under way in Library → Storage… when the dialog is closed, or a drive hangs."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from one_model import HASH
from playing import Player, button_with
from storage_scene import MACHINES, opened, page, question, type_into

from finder.core.cancellation import CancelToken
from finder.core.errors import FinderError
from finder.core.library.server.sending import Report, SendProgress, Step
from finder.core.library.server.store_settings import read_store_settings
from finder.gui.storage.storage_dialog import StorageDialog
from finder.jobs.library_storage import LibraryStorage


class Held:
    """Bringing the vectors back, as far as the window knows: it is at a step, and ends in one of
    three ways."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ends = threading.Event()
        self.error: FinderError | None = None
        monkeypatch.setattr(
            LibraryStorage, "bring_back", lambda _, report, stop: self._bring_back(report, stop)
        )
        monkeypatch.setattr(LibraryStorage, "follow", lambda *_: None)

    def _bring_back(self, report: Report, stop: CancelToken) -> None:
        report(SendProgress(Step.FILLING, 1, 3, HASH))
        while not self.ends.wait(0.01):
            stop.check()
        if self.error is not None:
            raise self.error

    def begin(self, player: Player) -> StorageDialog:
        """The dialog that has begun it, closed."""
        dialog = opened(player)
        player.press("Bring back…", dialog)
        button_with(question(dialog), "Bring back").click()
        player.wait(lambda: dialog.activity.bar.value() == 1)
        player.press("Close", dialog)
        assert not player.has_dialog(StorageDialog)
        assert "This goes on" in player.status()
        return dialog


def test_what_is_under_way_goes_on_when_the_dialog_is_closed(
    away: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch)
    dialog = held.begin(away)
    away.window.actions_by_name["storage"].trigger()
    assert away.dialog(StorageDialog) is dialog
    assert dialog.activity.is_busy
    assert not dialog.place.bring_back.isEnabled()
    away.press("Close", dialog)
    held.ends.set()
    away.wait(lambda: away.status() == "The vectors are in the library’s folder again.")
    away.settle()
    assert opened(away) is not dialog


def test_what_goes_on_is_stopped_once_the_dialog_is_open_again(
    away: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = Held(monkeypatch).begin(away)
    away.window.actions_by_name["storage"].trigger()
    away.press("Cancel", dialog.activity)
    away.press("Close", dialog)
    away.wait(lambda: away.status().startswith("It was stopped. What was done stays;"))
    away.settle()


def test_the_window_says_what_failed_after_the_dialog_was_closed(
    away: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch)
    held.begin(away)
    held.error = FinderError("The disk is full.", "Make room.")
    held.ends.set()
    away.wait(lambda: "The disk is full. Make room." in away.notice())
    away.settle()


def test_looking_for_a_folder_on_a_drive_that_hangs_is_cancelled(
    away: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not waited for; nothing is kept, even if it responds after all."""
    begun, goes_on, is_dir = threading.Event(), threading.Event(), os.path.isdir

    def hanging(path: str) -> bool:
        if str(path) == str(tmp_path):
            begun.set()
            assert goes_on.wait(30)
        return is_dir(path)

    dialog = opened(away)
    page(dialog, MACHINES)
    dialog.machines.form.machine.setEditText("nas-2")
    type_into(dialog.machines.form.there, "/mnt")
    type_into(dialog.machines.form.here, str(tmp_path))
    monkeypatch.setattr(os.path, "isdir", hanging)
    away.press("Add", dialog)
    away.wait(begun.is_set)
    away.press("Cancel", dialog.activity)
    assert dialog.activity.verdict.text == "It was stopped."
    assert dialog.machines.form.there.text() == "/mnt"
    away.wait(lambda: "No server responds" in dialog.activity.verdict.text)
    assert dialog.machines.form.add.isEnabled()
    goes_on.set()
    away.settle()
    assert not read_store_settings(away.home).mappings
