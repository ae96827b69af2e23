"""Pictures of other machines come by themselves, and the window is not disturbed by it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from command_line import locked_by_process
from fault_relay import FaultRelay
from milvus_server import address_of
from one_model import BY_HASH, HASH
from playing import Begin, visible_text
from shared_machine import Machine, MakeMachine
from storage_scene import opened, refused_uri

from finder.core.cancellation import CancelToken
from finder.core.errors import FinderError
from finder.core.library.server.mirror import Pulled
from finder.core.library.server.server_address import ServerAddress, parse
from finder.core.library.server.store_settings import StoreSettings, write_store_settings
from finder.gui.storage.storage_dialog import StorageDialog
from finder.jobs.library_storage import LibraryStorage
from finder.jobs.task_runner import Lane


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
        player.wait(lambda: "is being written to by" in dialog.activity.verdict.text)


def test_pictures_of_other_machines_come_by_themselves(
    begin: Begin,
    one: Machine,
    machine: MakeMachine,
    birds: list[Path],
    address: ServerAddress,
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
        player.wait(lambda: "No server responds" in dialog.activity.verdict.text)
        assert "3 known here" in visible_text(dialog)
        assert "No changes could be exchanged yet: No server responds" in visible_text(dialog)
        player.controllers.syncing.synchronise()
        player.settle()
        assert not player.notice()
        relay.restore()
        player.press("Synchronise now", dialog)
        player.wait(lambda: "Everything is up to date." in dialog.activity.verdict.text)
        player.settle()
        assert "Changes were last exchanged 20" in visible_text(dialog)
        relay.refuse()
        player.controllers.syncing.synchronise()
        player.wait(lambda: "No server responds" in player.notice())
        assert "; since then: No server responds" in visible_text(dialog)
        relay.restore()
        player.press("Synchronise now", dialog)
        player.wait(lambda: "Everything is up to date." in dialog.activity.verdict.text)
        player.wait(lambda: not player.notice())
        player.settle()


def test_a_failure_is_shown_again_where_it_is_another_one_or_after_a_success(
    begin: Begin, one: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the user closes the notice or not."""
    ends: list[Pulled | FinderError] = []

    def follow(_storage: LibraryStorage, _stop: CancelToken) -> Pulled:
        end = ends.pop(0)
        if isinstance(end, FinderError):
            raise end
        return end

    monkeypatch.setattr(LibraryStorage, "follow", follow)
    player = begin(one.home, BY_HASH)
    player.settle()
    syncing, notice = player.controllers.syncing, player.window.notice

    def shown_after(end: Pulled | FinderError) -> str:
        ends.append(end)
        syncing.synchronise()
        player.settle()
        return player.notice().partition("\n")[0]

    away, full = FinderError("It is away."), FinderError("It is full.")
    assert shown_after(away) == "It is away."
    notice.clear_unpinned()
    assert shown_after(away) == ""
    assert shown_after(full) == "It is full."
    notice.clear_unpinned()
    assert shown_after(full) == ""
    assert shown_after(Pulled()) == ""
    assert shown_after(full) == "It is full."
    assert syncing.state.problem is not None
    assert shown_after(Pulled()) == "", "it no longer applies"
    assert syncing.state.problem is None
    notice.show_notice("Something else.")
    assert shown_after(Pulled()) == "Something else."
