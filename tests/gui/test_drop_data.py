"""What can be dropped or pasted, and what is made of it."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from PySide6.QtCore import QByteArray, QMimeData, QUrl
from PySide6.QtGui import QImage

from finder.core.search.query.query_spec import LONGEST_TEXT
from finder.gui.query.input.dragged import glance
from finder.gui.query.input.drop_data import DropData, data_url_bytes, read_mime

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def _text(text: str) -> QMimeData:
    mime = QMimeData()
    mime.setText(text)
    return mime


def _urls(*urls: str) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl(url) for url in urls])
    return mime


def test_local_files_are_accepted_in_their_order() -> None:
    mime = _urls("file:///a/one.jpg", "file:///b/two%20words.png")
    assert glance(mime).is_usable
    assert read_mime(mime) == DropData(paths=("/a/one.jpg", "/b/two words.png"))


def test_of_mixed_addresses_only_the_local_ones_are_accepted() -> None:
    mixed = _urls("https://example.org/a.jpg", "file:///a/one.jpg")
    assert read_mime(mixed).paths == ("/a/one.jpg",)


@pytest.mark.parametrize("url", ["http://example.org/a.jpg", "https://example.org/a.jpg"])
@pytest.mark.parametrize("as_text", [False, True])
def test_a_link_alone_is_accepted(url: str, as_text: bool) -> None:
    mime = _text(f" {url}\n") if as_text else _urls(url)
    assert glance(mime).is_usable
    assert read_mime(mime) == DropData(url=url)


def test_a_dropped_link_stays_encoded() -> None:
    url = "https://example.org/a%20b%23.jpg?x=%26%20"
    assert read_mime(_urls(url)) == DropData(url=url)


def test_the_picture_beside_a_link_is_preferred(qapp: object) -> None:
    mime = _urls("https://example.org/a.jpg")
    mime.setData("image/png", QByteArray(PNG))
    assert read_mime(mime) == DropData(data=PNG)


def test_an_image_is_accepted_as_it_is(qapp: object) -> None:
    image = QImage(3, 2, QImage.Format.Format_RGB32)
    image.fill(0x336699)
    mime = QMimeData()
    mime.setImageData(image)
    assert glance(mime).is_usable
    intake = read_mime(mime)
    assert intake.image == image
    assert not intake.error


def test_a_null_image_is_no_picture(qapp: object) -> None:
    mime = QMimeData()
    mime.setImageData(QImage())
    assert read_mime(mime).error


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/webp"])
def test_encoded_bytes_are_accepted_unchanged(kind: str) -> None:
    mime = QMimeData()
    mime.setData(kind, QByteArray(PNG))
    assert read_mime(mime) == DropData(data=PNG)


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png;base64," + base64.b64encode(PNG).decode(),
        "data:image/png;base64," + quote(base64.b64encode(PNG), safe=""),
        "data:image/png;BASE64,\n" + base64.encodebytes(PNG).decode(),
        "data:image/png," + quote(PNG),
    ],
    ids=["base64", "percent-encoded base64", "base64 in lines", "percent-encoded"],
)
def test_a_data_address_is_the_picture_itself(url: str) -> None:
    assert data_url_bytes(url) == PNG


def test_a_pasted_data_address_is_accepted() -> None:
    url = "data:image/png;base64," + base64.b64encode(PNG).decode()
    assert read_mime(_text(f"  {url}\n")) == DropData(data=PNG)
    assert read_mime(_urls(url)) == DropData(data=PNG)


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png;base64,abc",
        "data:image/png;base64,????",
        "data:image/png;base64,",
        "data:image/png",
        "data:text/plain,hello",
        "data:",
    ],
)
def test_a_damaged_data_address_is_declined(url: str) -> None:
    assert read_mime(_text(url)) == DropData(
        error="The dropped address does not lead to a picture."
    )


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/a/one.jpg", "/a/one.jpg"),
        ("  /a/one.jpg\n", "/a/one.jpg"),
        ("/a/one.jpg\n/a/two.jpg\n", "/a/one.jpg"),
        ('"/a/two words.jpg"', "/a/two words.jpg"),
        ("'/a/one.jpg'", "/a/one.jpg"),
        ("~/one.jpg", "~/one.jpg"),
        ("file:///a/two%20words.jpg", "/a/two words.jpg"),
    ],
)
def test_a_path_as_text_is_accepted(text: str, path: str) -> None:
    assert glance(_text(text)).is_usable
    assert read_mime(_text(text)) == DropData(paths=(path,))


@pytest.mark.parametrize("text", ["  ", "", "\n", "ftp://a.b/c"])
def test_text_of_no_use_is_declined(text: str) -> None:
    assert not glance(_text(text)).is_usable
    assert read_mime(_text(text)).error.startswith("There is no picture")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hello", "hello"),
        ("one.jpg", "one.jpg"),
        ("Cc: someone", "Cc: someone"),
        ("https://a.b/c.jpg is nice", "https://a.b/c.jpg is nice"),
        (" a red\n  bicycle\tat night ", "a red bicycle at night"),
    ],
)
def test_other_text_is_words(text: str, words: str) -> None:
    assert glance(_text(text)).words == words
    assert read_mime(_text(text)) == DropData(words=words)


def test_of_a_long_text_the_beginning_counts() -> None:
    assert read_mime(_text("word " * 1_000)).words == " ".join(["word"] * (LONGEST_TEXT // 5))


def test_an_address_of_another_kind_is_no_text() -> None:
    mime = QMimeData()
    mime.setUrls([QUrl("mailto:someone")])
    assert not glance(mime).is_usable
    assert read_mime(mime).error.startswith("There is no picture")


def test_an_empty_drop_is_declined() -> None:
    assert not glance(QMimeData()).is_usable
    assert read_mime(QMimeData()).error.startswith("There is no picture")
