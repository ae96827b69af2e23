"""Models are downloaded, taken from a file, and removed in the window's model manager."""

from __future__ import annotations

import time
from pathlib import Path

from making import as_bytes, assert_in_step
from model_manager import MOBILENET, RESNET, Open, half_of
from model_servers import ServedFile, in_turn
from offered_graphs import small_file
from playing import BIRD, LITE0, picture_count, visible_text
from serving import Site, headers

from finder.gui.models.model_view import ModelCommand
from finder.gui.models.models_dialog import ModelsDialog


def test_a_model_is_downloaded_in_two_parts_indexed_with_and_removed(
    manage: Open, site: Site, samples: Path
) -> None:
    content = small_file(RESNET)
    rest = ServedFile(content)
    manager = manage(in_turn(half_of(content), rest))
    player = manager.player
    before = as_bytes(assert_in_step(manager.home, LITE0))
    manager.choose(RESNET)
    manager.press(ModelCommand.INSTALL)
    words = manager.agree("Cancel")
    assert "Download ResNet-18 from 127.0.0.1?" in words
    assert f"{len(content) / 1e3:,.0f} kB will be downloaded" in words
    assert site.seen == []

    manager.press(ModelCommand.INSTALL)
    manager.agree("Download")
    manager.wait_for_text("MB from 127.0.0.1")
    manager.press(ModelCommand.CANCEL)
    manager.wait_for_text("The download was cancelled.")
    manager.wait_for_text("What was downloaded is kept; the next download continues from there.")
    manager.wait_for_text("already downloaded")
    at = manager.come
    assert 0 < at <= len(content) // 2

    manager.press(ModelCommand.INSTALL)
    assert "the download continues from there" in manager.agree("Download")
    manager.wait_for_text("ResNet-18 is installed.")
    assert rest.asked == [(f"bytes={at}-", None)]
    player.wait(lambda: manager.section(RESNET) == "Installed")
    assert not manager.dialog.page.buttons[ModelCommand.INSTALL].isVisible()
    player.wait(lambda: RESNET in [row.spec.name for row in player.bar.models.rows])

    pictures, _ = picture_count(manager.home, LITE0)
    assert f"Index {pictures} pictures with it now" in visible_text(manager.dialog.page)
    with player.qtbot.waitSignal(player.controllers.library.indexing.run_ended, timeout=40_000):
        manager.press(ModelCommand.INDEX)
    manager.wait_for_text(f"all {pictures} pictures")
    player.choose(LITE0, RESNET)
    player.ask(samples / BIRD)
    assert [column.key for column in player.columns] == ["", LITE0, RESNET]

    manager.press(ModelCommand.REMOVE)
    words = manager.agree("Cancel")
    assert f"This also deletes its vectors of {pictures} pictures" in words
    assert len(assert_in_step(manager.home, RESNET)) == pictures
    manager.press(ModelCommand.REMOVE)
    manager.agree("Remove")
    player.wait(lambda: manager.section(RESNET) == "Available")
    player.wait(lambda: [column.key for column in player.columns] == [LITE0])
    player.wait(lambda: RESNET not in [row.spec.name for row in player.bar.models.rows])
    assert not [path for path in manager.home.nearest.iterdir() if RESNET in path.name]
    player.end()
    assert as_bytes(assert_in_step(manager.home, LITE0)) == before


REFUSALS = {
    "no longer has the file (error 404)": headers("Content-Length: 0", status=404),
    "(error 403)": headers("Content-Length: 0", status=403),
    "is not the one that the catalogue describes": headers("Content-Length: 3") + b"odd",
}


def test_a_download_that_fails_says_why_and_can_be_repeated(manage: Open) -> None:
    manager = manage(in_turn(*REFUSALS.values()))
    for words in REFUSALS:
        manager.install()
        manager.wait_for_text(words)
        assert manager.offers(ModelCommand.INSTALL)
        manager.choose(LITE0)
        assert words not in visible_text(manager.dialog.page)
        manager.choose(RESNET)
        manager.wait_for_text(words)


def test_a_file_from_the_disk_is_accepted_instead(manage: Open, site: Site, tmp_path: Path) -> None:
    manager = manage()
    file = tmp_path / "mine.onnx"
    file.write_bytes(manager.content[:-1])
    manager.choose(RESNET)
    manager.give(file)
    manager.wait_for_text("mine.onnx is not the file of ResNet-18 that the catalogue describes.")
    file.write_bytes(manager.content)
    manager.give(file)
    manager.wait_for_text("ResNet-18 is installed.")
    assert site.seen == []


def test_downloads_run_one_by_one_and_a_waiting_one_can_be_cancelled(
    manage: Open, site: Site
) -> None:
    manager = manage(half_of(small_file(RESNET)))
    manager.install()
    manager.wait_for_text("MB from 127.0.0.1")
    manager.choose(MOBILENET)
    manager.press(ModelCommand.INSTALL)
    manager.agree("Download")
    manager.wait_for_text("Waiting for another model …")
    manager.press(ModelCommand.CANCEL)
    manager.player.wait(lambda: manager.offers(ModelCommand.INSTALL))
    manager.choose(RESNET)
    assert "MB from 127.0.0.1" in visible_text(manager.dialog.page)
    manager.press(ModelCommand.CANCEL)
    manager.wait_for_text("The download was cancelled.")
    manager.player.settle()
    assert site.asked() == ["/model.onnx"]


def test_a_download_continues_without_the_dialog_beside_a_search(
    manage: Open, site: Site, samples: Path
) -> None:
    content = small_file(RESNET)
    half = len(content) // 2

    manager = manage(in_turn(half_of(content), ServedFile(content)))
    player = manager.player
    manager.install()
    manager.wait_for_text("MB from 127.0.0.1")
    manager.press(ModelCommand.CANCEL)
    manager.wait_for_text("The download was cancelled.")
    assert manager.come <= half
    manager.press(ModelCommand.INSTALL)
    manager.agree("Download")
    manager.dialog.close()
    player.wait(lambda: "ResNet-18 is installed." in player.notice())
    player.ask(samples / BIRD)
    pictures, _ = picture_count(manager.home, LITE0)
    with player.qtbot.waitSignal(player.controllers.library.indexing.run_ended, timeout=40_000):
        player.controllers.library.index_with(RESNET)
    player.settle()
    assert picture_count(manager.home, RESNET) == (pictures, pictures)


def test_closing_during_a_download_keeps_the_part(manage: Open) -> None:
    manager = manage(half_of(small_file(RESNET)))
    manager.install()
    manager.wait_for_text("MB from 127.0.0.1")
    manager.dialog.close()
    assert "1 model is being downloaded." in manager.player.notice()
    manager.player.press("Show")
    assert manager.player.has_dialog(ModelsDialog)
    began = time.monotonic()
    manager.player.close()
    assert time.monotonic() - began < 20, "it waited for the server"
    assert manager.come > 0
