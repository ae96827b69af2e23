"""Library → Storage… of a library on a real server: who shares it, folders of other machines, the
copy of the vectors, the index."""

from __future__ import annotations

import threading
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest
from fault_relay import FaultRelay
from milvus_server import address_of
from one_model import BY_HASH, HASH
from playing import Begin, Player, button_with, visible_text
from PySide6.QtWidgets import QAbstractButton
from shared_machine import Machine, MakeMachine
from storage_scene import (
    MACHINES,
    SEARCHING,
    VECTORS,
    opened,
    page,
    question,
    refused_uri,
    type_into,
)

from finder.core.cancellation import CancelToken
from finder.core.library.server.mirror import Mirror, Pulled
from finder.core.library.server.server_address import ServerAddress, parse
from finder.core.library.server.store_settings import (
    IndexType,
    StoreSettings,
    read_store_settings,
    write_store_settings,
)
from finder.gui.storage.storage_dialog import StorageDialog
from finder.jobs.library_storage import LibraryStorage
from finder.jobs.task_runner import Lane


@pytest.fixture
def two(one: Machine, machine: MakeMachine, birds: list[Path], address: ServerAddress) -> Machine:
    """Another machine with three pictures, one of them also the first one's; both on the server."""
    one.use(address)
    two = machine("two")
    two.add(*birds[2:5])
    two.index()
    two.use(address)
    one.sync()
    return two


@pytest.fixture
def shared(begin: Begin, one: Machine, two: Machine) -> Player:
    """The window of the first machine."""
    return begin(one.home, BY_HASH)


def pictures(player: Player) -> int:
    return player.controllers.library.overview.pictures


def test_a_copy_of_the_vectors_is_removed_and_fetched_again(shared: Player) -> None:
    dialog = opened(shared)
    assert "Searches run here: exact" in page(dialog, SEARCHING)
    assert "The vectors take 1 kB on the disk." in visible_text(dialog.pages)
    assert dialog.searching.choices[True].isChecked()
    assert not dialog.searching.apply.isEnabled(), "nothing else is chosen"
    dialog.searching.choices[False].click()
    assert "then the copy is removed" in visible_text(dialog.pages)
    shared.press("Apply", dialog)
    shared.wait(lambda: "Searches run on the server now." in dialog.activity.verdict.text)
    assert not read_store_settings(shared.home).mirror
    assert list(shared.home.nearest.iterdir()) == []
    shared.wait(lambda: pictures(shared) == 3)
    shared.settle()
    assert not dialog.searching.apply.isEnabled()
    dialog.searching.choices[True].click()
    shared.press("Apply", dialog)
    shared.wait(lambda: "are on this computer, too" in dialog.activity.verdict.text)
    assert read_store_settings(shared.home).mirror
    shared.wait(lambda: pictures(shared) == 5)
    shared.settle()
    assert shared.noise == [f"rebuilding the matrix of {HASH} from the vector store"]
    shared.noise.clear()


def test_the_index_is_built_anew_after_a_question(shared: Player) -> None:
    dialog = opened(shared)
    shown = page(dialog, SEARCHING)
    assert "BIN_FLAT" in shown
    assert "5 vectors" in shown
    index = dialog.searching.index
    assert index.currentData() == "SIZE"
    index.setCurrentIndex(index.findData("HNSW"))
    assert "Follows a graph" in visible_text(dialog.pages)
    shared.press("Rebuild…", dialog)
    box = question(dialog)
    assert "HNSW" in box.informativeText()
    assert "nobody can search it on the server" in box.informativeText()
    button_with(box, "Cancel").click()
    shared.settle()
    assert read_store_settings(shared.home).index is IndexType.SIZE
    shared.press("Rebuild…", dialog)
    button_with(question(dialog), "Rebuild").click()
    shared.wait(lambda: "The index was built: 1 model." in dialog.activity.verdict.text)
    assert read_store_settings(shared.home).index is IndexType.HNSW
    shared.settle()
    assert index.currentData() == "HNSW"


def test_building_indexes_is_stopped_before_the_next_model(
    shared: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on, built = threading.Event(), threading.Event(), list[str]()

    def index_server(*_: object) -> Generator[tuple[str, str]]:
        for model in (HASH, "another", "a third"):
            built.append(model)
            yield model, "FLAT"
            begun.set()
            assert goes_on.wait(30)

    monkeypatch.setattr("finder.use_cases.library.vector_store.index_server", index_server)
    dialog = opened(shared)
    page(dialog, SEARCHING)
    shared.press("Rebuild…", dialog)
    button_with(question(dialog), "Rebuild").click()
    shared.wait(begun.is_set)
    shared.wait(lambda: "1 of 1 models" in dialog.activity.status.text())
    assert not dialog.searching.rebuild.isEnabled()
    shared.press("Cancel", dialog.activity)
    assert dialog.activity.status.text() == "Stopping …"
    goes_on.set()
    shared.wait(lambda: "was stopped" in dialog.activity.verdict.text)
    assert built == [HASH, "another"]
    shared.settle()


def test_a_machine_is_forgotten_after_a_question(
    shared: Player, one: Machine, two: Machine
) -> None:
    dialog = opened(shared)
    shown = page(dialog, MACHINES)
    assert "one (this machine)\n3 pictures" in shown
    assert "two\n3 pictures" in shown
    assert shown.count("Forget…") == 1, "not this one"
    shared.press("Forget…", dialog)
    box = question(dialog)
    assert "Its 3 pictures leave the shared library" in box.informativeText()
    assert box.defaultButton() is button_with(box, "Cancel")
    button_with(box, "Forget").click()
    shared.wait(lambda: "two is forgotten, with 3 files." in dialog.activity.verdict.text)
    shared.wait(lambda: pictures(shared) == 3)
    shared.settle()
    assert "two\n" not in page(dialog, MACHINES)
    assert two.places() == {}


def test_a_folder_of_another_machine_is_mapped(
    shared: Player, one: Machine, two: Machine, tmp_path: Path
) -> None:
    dialog = opened(shared)
    assert "None yet." in page(dialog, MACHINES)
    form = dialog.machines.form
    assert [form.machine.itemText(row) for row in range(form.machine.count())] == ["two"]
    assert not form.add.isEnabled(), "no folder is named yet"
    type_into(form.there, f"{two.folder}/")
    type_into(form.here, str(tmp_path / "nowhere"))
    shared.press("Add", dialog)
    shared.wait(lambda: "There is no folder" in dialog.activity.verdict.text)
    assert form.there.text(), "what was typed can be mended"
    here = tmp_path / "share"
    here.mkdir()
    type_into(form.here, str(here))
    shared.press("Add", dialog)
    shared.wait(lambda: "can be opened here now" in dialog.activity.verdict.text)
    folder = f"two:{two.folder}"
    assert read_store_settings(one.home).mappings == {folder: str(here)}
    shared.settle()
    assert f"two\n{two.folder}\n{here}" in page(dialog, MACHINES)
    assert not form.there.text()
    found = [one.pictures()[picture].paths[0] for picture in two.pictures()]
    assert sum(path.startswith(str(here)) for path in found) == 2, "the third is here anyway"
    buttons = dialog.machines.findChildren(QAbstractButton)
    next(b for b in buttons if b.accessibleName() == f"Remove {folder}").click()
    shared.wait(lambda: "has no place on this computer any more" in dialog.activity.verdict.text)
    assert not read_store_settings(one.home).mappings
    shared.settle()


def test_what_is_known_while_the_server_is_away(begin: Begin, one: Machine) -> None:
    uri = refused_uri()
    settings = StoreSettings(parse(uri), "one", "token", mappings={"nas:/photos": "/media/x"})
    write_store_settings(one.home, settings)
    player = begin(one.home, BY_HASH)
    dialog = opened(player)
    assert "No server responds" in dialog.activity.verdict.text
    shown = page(dialog, MACHINES)
    assert "Not known while the server is away." in shown
    assert "nas\n/photos\n/media/x" in shown
    dialog.machines.form.machine.setEditText("nas-2")
    type_into(dialog.machines.form.there, "/mnt")
    type_into(dialog.machines.form.here, "~")
    assert dialog.machines.form.add.isEnabled()
    page(dialog, SEARCHING)
    dialog.searching.choices[False].click()
    player.press("Apply", dialog)
    player.wait(lambda: "No server responds" in dialog.activity.verdict.text)
    assert read_store_settings(one.home) == settings


def test_synchronising_is_cancelled_while_the_server_hangs(
    begin: Begin, one: Machine, address: ServerAddress
) -> None:
    with FaultRelay(address_of(address.uri)) as relay:
        one.use(parse(f"http://127.0.0.1:{relay.port}", library=address.library))
        player = begin(one.home, BY_HASH)
        dialog = opened(player)
        relay.hang()
        player.press("Synchronise now", dialog)
        player.press("Cancel", dialog.activity)
        player.wait(lambda: "It was stopped." in dialog.activity.verdict.text, 8)
        relay.restore()
        player.settle()


def test_a_library_in_its_folder_has_one_page(storing: Player) -> None:
    dialog = opened(storing)
    assert not dialog.list.isVisible()
    assert dialog.focusWidget() is dialog.server.form.address
    settings = read_store_settings(storing.home)
    write_store_settings(storing.home, replace(settings, address=parse(refused_uri())))
    storing.press("Close", dialog)
    storing.wait(lambda: not storing.has_dialog(StorageDialog))
    dialog = opened(storing)
    assert dialog.list.isVisible()
    assert dialog.focusWidget() is dialog.list


def test_what_is_under_way_is_said_once_it_has_begun(
    begin: Begin, one: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the library is being written to, that is what it waits for."""
    other_ends, ends = threading.Event(), threading.Event()

    def synchronise(_storage: LibraryStorage, _stop: CancelToken, _report: object) -> Pulled:
        assert ends.wait(30)
        return Pulled(files=2)

    monkeypatch.setattr(LibraryStorage, "synchronise", synchronise)
    monkeypatch.setattr(LibraryStorage, "follow", lambda *_: None)
    write_store_settings(one.home, StoreSettings(parse(refused_uri()), "one", "token"))
    player = begin(one.home, BY_HASH)
    dialog = opened(player)
    player.task_runner.call(Lane.LIBRARY, lambda: other_ends.wait(30))
    player.press("Synchronise now", dialog)
    assert dialog.activity.status.text() == "Waiting for other work on the library to finish …"
    player.press("Cancel", dialog.activity)
    other_ends.set()
    player.wait(lambda: "It was stopped." in dialog.activity.verdict.text)
    player.settle()
    other_ends.clear()
    player.task_runner.call(Lane.LIBRARY, lambda: other_ends.wait(30))
    player.press("Synchronise now", dialog)
    other_ends.set()
    player.wait(lambda: dialog.activity.status.text() == "Synchronising …")
    ends.set()
    player.wait(lambda: "2 files new or changed" in dialog.activity.verdict.text)
    player.settle()


def test_a_dialog_that_is_closed_meanwhile_is_not_touched(
    shared: Player, one: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be cancelled goes on, and the window follows."""
    begun, ends = threading.Event(), threading.Event()
    forget_machine = LibraryStorage.forget_machine

    def forget(storage: LibraryStorage, machine: str) -> int:
        begun.set()
        assert ends.wait(30)
        return forget_machine(storage, machine)

    monkeypatch.setattr(LibraryStorage, "forget_machine", forget)
    dialog = opened(shared)
    page(dialog, MACHINES)
    shared.press("Forget…", dialog)
    button_with(question(dialog), "Forget").click()
    shared.wait(begun.is_set)
    shared.press("Close", dialog)
    shared.wait(lambda: not shared.has_dialog(StorageDialog))
    ends.set()
    shared.wait(lambda: pictures(shared) == 3)
    shared.settle()
    again = opened(shared)
    assert "Forget…" not in page(again, MACHINES)


@pytest.mark.parametrize("what", ["bring back", "mirror"])
def test_bringing_back_and_the_copy_show_steps_and_are_cancelled(
    shared: Player, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """The library is on the server still; the next exchange completes, or removes, the copy."""
    begun, goes_on = threading.Event(), threading.Event()
    remove = Mirror.forget

    def forget(mirror: Mirror, *args: object, **options: object) -> None:
        begun.set()
        assert goes_on.wait(30)
        remove(mirror, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Mirror, "forget", forget)
    dialog = opened(shared)
    if what == "bring back":
        shared.press("Bring back…", dialog)
        button_with(question(dialog), "Bring back").click()
    else:
        page(dialog, SEARCHING)
        dialog.searching.choices[False].click()
        shared.press("Apply", dialog)
    shared.wait(begun.is_set)
    shared.press("Cancel", dialog.activity)
    goes_on.set()
    shared.wait(lambda: "It was stopped." in dialog.activity.verdict.text)
    assert read_store_settings(shared.home).is_server
    shared.settle()
    assert dialog.place.bring_back.isEnabled()
    monkeypatch.setattr(Mirror, "forget", remove)
    page(dialog, VECTORS)
    shared.press("Synchronise now", dialog)
    shared.wait(lambda: "It was stopped." not in dialog.activity.verdict.text)
    keeps_copy = read_store_settings(shared.home).mirror
    shared.wait(lambda: pictures(shared) == (5 if keeps_copy else 3))
    shared.settle()
