"""Before a link is downloaded the user is asked; what yes and no do."""

from __future__ import annotations

import re
import threading
from functools import partial
from pathlib import Path

import pytest
from one_model import ONE_MODEL
from playing import BIRD, CAT, LITE0, Begin, Player, files, names, text_of, visible_text
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from serving import Handler, Site, answer

from finder.core.paths import Home
from finder.core.web.fetch import fetch_picture

SOON = 20.0  # seconds that no test takes unless it fails


@pytest.fixture
def filled(begin: Begin, library: Home) -> Player:
    """The window on the indexed samples, with one model."""
    return begin(library, ONE_MODEL)


@pytest.fixture
def near(site: Site, samples: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A server with a picture on this computer, which downloads may use in this test."""
    site.pages["/birds/king%20fisher.jpg?x=1"] = answer((samples / BIRD).read_bytes(), "image/jpeg")
    monkeypatch.setattr(
        "finder.core.web.fetch.fetch_picture", partial(fetch_picture, allow_private=True)
    )
    return site


def link(url: str) -> QMimeData:
    """What a browser drops for a link."""
    mime = QMimeData()
    mime.setUrls([QUrl(url)])
    mime.setText(url)
    mime.setHtml(f"<a href='{url}'>A picture</a>")
    return mime


def picture(site: Site) -> str:
    return f"{site.root}/birds/king%20fisher.jpg?x=1"


def silence(handler: Handler) -> None:
    handler.site.ending.wait(3 * SOON)


@pytest.mark.parametrize("pasted", [False, True])
def test_a_link_is_downloaded_when_the_user_agrees(
    filled: Player, near: Site, pasted: bool
) -> None:
    if pasted:
        filled.paste(text_of(picture(near)))
    else:
        filled.drop(link(picture(near)))
    box = filled.dialog(QMessageBox)
    assert "Download this picture from 127.0.0.1?" in visible_text(box)
    assert "http://127.0.0.1" in visible_text(box)
    assert "goes online only when you ask it to" in visible_text(box)
    assert near.seen == []
    filled.answer(lambda: filled.press("Download", box))
    assert near.asked() == ["/birds/king%20fisher.jpg?x=1"]
    assert filled.query_name() == "king fisher.jpg"
    assert names(filled.column(LITE0))[0] == Path(BIRD).name


def test_going_back_to_a_downloaded_picture_does_not_go_online(
    filled: Player, near: Site, samples: Path
) -> None:
    filled.drop(link(picture(near)))
    filled.answer(lambda: filled.press("Download", filled.dialog(QMessageBox)))
    filled.ask(samples / CAT)
    filled.answer(filled.bar.back.click)
    assert filled.query_name() == "king fisher.jpg"
    assert names(filled.column(LITE0))[0] == Path(BIRD).name
    assert len(near.asked()) == 1


@pytest.mark.parametrize("by_key", [False, True])
def test_without_consent_nothing_is_sent(
    filled: Player, near: Site, samples: Path, by_key: bool
) -> None:
    filled.ask(samples / CAT)
    filled.drop(link(picture(near)))
    box = filled.dialog(QMessageBox)
    if by_key:
        QTest.keyClick(box, Qt.Key.Key_Escape)
    else:
        filled.press("Cancel", box)
    filled.wait(lambda: not box.isVisible())
    filled.settle()
    assert near.seen == []
    assert filled.shows_results()
    assert filled.query_name() == Path(CAT).name


def test_a_picture_beside_the_link_needs_no_question(
    filled: Player, near: Site, samples: Path
) -> None:
    mime = link(picture(near))
    mime.setImageData(QImage(str(samples / CAT)))
    filled.answer(lambda: filled.drop(mime))
    assert not filled.window.findChildren(QMessageBox)
    assert near.seen == []
    assert names(filled.column(LITE0))[0] == Path(CAT).name


def test_a_host_in_the_local_network_is_not_contacted(filled: Player, site: Site) -> None:
    filled.drop(link(picture(site)))
    filled.press("Download", filled.dialog(QMessageBox))
    filled.wait(lambda: "local network" in filled.page())
    assert "Open picture…" in filled.page()
    assert filled.query_name() == ""
    assert site.seen == []


def test_an_address_that_cannot_be_used_is_reported_at_once(filled: Player) -> None:
    filled.drop(link("http://example.org:22/a.jpg"))
    assert "Port 22 is not allowed for pictures." in filled.notice()
    assert not filled.window.findChildren(QMessageBox)


def test_a_missing_picture_is_reported_and_the_next_one_works(
    filled: Player, near: Site, samples: Path
) -> None:
    filled.drop(link(f"{near.root}/gone.jpg"))
    filled.press("Download", filled.dialog(QMessageBox))
    filled.wait(lambda: "has no picture at this address (404)" in filled.page())
    filled.ask(samples / BIRD)
    assert filled.shows_results()


def test_a_download_that_takes_long_can_be_cancelled(filled: Player, near: Site) -> None:
    near.pages["/slow.jpg"] = silence
    filled.drop(link(f"{near.root}/slow.jpg"))
    filled.press("Download", filled.dialog(QMessageBox))
    filled.wait(lambda: "Downloading the picture …\nslow.jpg" in filled.page())
    filled.press("Cancel", filled.window.message)
    assert "All pictures" in filled.page()
    filled.settle()
    assert "All pictures" in filled.page()
    assert not near.ending.is_set()


def test_a_new_query_drops_the_download(filled: Player, near: Site, samples: Path) -> None:
    asked = threading.Event()

    def slow(handler: Handler) -> None:
        asked.set()
        silence(handler)

    near.pages["/slow.jpg"] = slow
    filled.drop(link(f"{near.root}/slow.jpg"))
    filled.press("Download", filled.dialog(QMessageBox))
    filled.wait(asked.is_set)
    filled.answer(lambda: filled.drop(files(samples / CAT)))
    filled.settle()
    assert filled.query_name() == Path(CAT).name
    assert filled.shows_results()


def test_the_window_closes_in_the_middle_of_a_download(filled: Player, near: Site) -> None:
    near.pages["/slow.jpg"] = silence
    filled.drop(link(f"{near.root}/slow.jpg"))
    filled.press("Download", filled.dialog(QMessageBox))
    filled.wait(lambda: bool(near.seen))
    filled.close()
    assert not near.ending.is_set(), "nobody waited for the server"


def test_a_long_address_is_shortened(filled: Player) -> None:
    filled.drop(link("https://example.org/" + "a" * 3_000 + "/<b>picture</b>.jpg"))
    box = filled.dialog(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert box.textFormat() is Qt.TextFormat.PlainText
    assert re.search(r"from example\.org\?\n\nhttps://example\.org/a*…", visible_text(box))
    assert box.width() < filled.window.width()
    box.reject()
