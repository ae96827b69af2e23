"""Captions and labels from the metadata of pictures, good and hostile."""

from __future__ import annotations

import io
import random
import struct
from typing import Any

import pytest
from picture_files import FORMATS, encoded, smooth
from PIL import Image, PngImagePlugin, TiffImagePlugin

from finder.core.pictures.decode import decode, read_description
from finder.core.pictures.metadata.description import (
    MAX_CAPTION,
    MAX_LABEL,
    MAX_LABELS,
    NOTHING,
    Description,
    clean,
)
from finder.core.pictures.metadata.iptc import read_iptc
from finder.core.pictures.metadata.xmp import MAX_XMP_BYTES, read_xmp

XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/">
<rdf:Description rdf:about=""{attributes}>{inside}</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
TITLE = '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:title>'
TEXT = '<dc:description><rdf:Alt><rdf:li xml:lang="en">{}</rdf:li></rdf:Alt></dc:description>'


def bag(name: str, *items: str) -> str:
    inside = "".join(f"<rdf:li>{item}</rdf:li>" for item in items)
    return f"<{name}><rdf:Bag>{inside}</rdf:Bag></{name}>"


def packet(inside: str = "", attributes: str = "") -> bytes:
    return XMP.format(inside=inside, attributes=attributes).encode()


def dataset(record: int, number: int, value: bytes) -> bytes:
    return struct.pack(">BBBH", 0x1C, record, number, len(value)) + value


def with_photoshop(jpeg: bytes, iptc: bytes) -> bytes:
    resource = b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(iptc)) + iptc + b"\0" * (len(iptc) % 2)
    body = b"Photoshop 3.0\0" + resource
    return jpeg[:2] + b"\xff\xed" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def exif_of(**tags: Any) -> Image.Exif:
    exif = Image.Exif()
    numbers = {"description": 0x010E, "title": 0x9C9B, "comment": 0x9C9C} | {
        "keywords": 0x9C9E,
        "subject": 0x9C9F,
    }
    for name, value in tags.items():
        if name == "user_comment":
            exif.get_ifd(0x8769)[0x9286] = value
        else:
            exif[numbers[name]] = value
    return exif


def described(data: bytes) -> Description:
    """The same, decoded or not."""
    found = read_description(data)
    assert found == decode(data, 16).description
    assert found is not None
    return found


SMALL = smooth(32, 24)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_xmp_in_every_format(name: str) -> None:
    inside = (
        TITLE.format("Hội An")
        + TEXT.format("Lanterns &amp; boats")
        + bag("dc:subject", "Vietnam", "night")
        + bag("lr:hierarchicalSubject", "places|Vietnam|Hội An")
    )
    if name == "TIFF":
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[700] = packet(inside)
        data = encoded(SMALL, name, tiffinfo=tags)
    elif name == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_itxt("XML:com.adobe.xmp", packet(inside).decode())
        data = encoded(SMALL, name, pnginfo=texts)
    else:
        data = encoded(SMALL, name, xmp=packet(inside))
    labels = ("Vietnam", "night", "places", "Hội An")
    assert described(data) == Description("Hội An\nLanterns & boats", labels)


def test_xmp_as_attributes_and_without_lists() -> None:
    assert read_xmp(packet(attributes=' dc:title="Short"')) == {"title": ["Short"]}
    assert read_xmp(packet("<dc:title>Plain</dc:title>")) == {"title": ["Plain"]}


def test_exif_as_cameras_and_windows_write_it() -> None:
    exif = exif_of(
        description="Am Fluß".encode(),
        title="Урожай".encode("utf-16-le") + b"\0\0",
        comment="trong vườn".encode("utf-16-le"),
        subject="수확".encode("utf-16-le"),
        keywords="apples;autumn; apples".encode("utf-16-le"),
        user_comment=b"UNICODE\0" + "丰收".encode("utf-16-le"),
    )
    found = described(encoded(SMALL, "JPEG", exif=exif))
    assert found.caption.split("\n") == ["Урожай", "Am Fluß", "수확", "trong vườn", "丰收"]
    assert found.labels == ("apples", "autumn")


@pytest.mark.parametrize(
    ("comment", "caption"),
    [
        (b"ASCII\0\0\0a walk", "a walk"),
        (b"\0" * 8 + b"a walk", "a walk"),
        (b"UNICODE\0" + "a walk".encode("utf-16-be"), "a walk"),
        (b"UNICODE\0" + "\ufeffa walk".encode("utf-16-be"), "a walk"),
        (b"JIS\0\0\0\0\0" + "散歩".encode("iso2022_jp"), "散歩"),
        (b"ASCII\0\0\0" + b" " * 100, ""),
        (b"\x07\x01\x02\x91" * 30, ""),
        (b"", ""),
    ],
)
def test_comments_in_each_encoding(comment: bytes, caption: str) -> None:
    data = encoded(SMALL, "JPEG", exif=exif_of(user_comment=comment))
    assert described(data).caption == caption


@pytest.mark.parametrize("as_utf_8", [True, False])
def test_iptc(as_utf_8: bool) -> None:
    code = "utf-8" if as_utf_8 else "cp1252"
    iptc = (dataset(1, 90, b"\x1b%G") if as_utf_8 else b"") + b"".join(
        [
            dataset(2, 5, "Café".encode(code)),
            dataset(2, 105, b"Opening"),
            dataset(2, 120, "The café opens".encode(code)),
            dataset(2, 25, b"coffee"),
            dataset(2, 25, "Zürich".encode(code)),
        ]
    )
    found = described(with_photoshop(encoded(SMALL, "JPEG"), iptc))
    assert found == Description("Café\nOpening\nThe café opens", ("coffee", "Zürich"))


def test_texts_of_png() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Title", "Plan")
    texts.add_itxt("Description", "первый этаж")
    texts.add_text("Software", "not a caption", zip=True)
    assert described(encoded(SMALL, "PNG", pnginfo=texts)).caption == "Plan\nпервый этаж"


def test_no_picture_is_decoded_for_its_description(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {name: encoded(SMALL, name) for name in FORMATS}
    exif = exif_of(description="a plan")
    described_png = encoded(SMALL, "PNG", exif=exif)

    def load(image: Image.Image) -> None:
        raise AssertionError(f"{image.format} was decoded")

    for opener in {type(Image.open(io.BytesIO(data))) for data in files.values()}:
        monkeypatch.setattr(opener, "load", load)
    for data in files.values():
        assert read_description(data) == NOTHING
    assert read_description(described_png) == Description("a plan")


def test_the_same_text_in_several_places_is_one() -> None:
    iptc = dataset(2, 120, b"On the beach") + dataset(2, 25, b"sea")
    data = encoded(
        SMALL,
        "JPEG",
        exif=exif_of(description="On the Beach"),
        xmp=packet(TEXT.format("On the beach") + bag("dc:subject", "Sea", "sand")),
    )
    found = described(with_photoshop(data, iptc))
    assert found == Description("On the beach", ("Sea", "sand"))


def test_what_cameras_write_is_no_caption() -> None:
    for text in ("OLYMPUS DIGITAL CAMERA         ", "SONY DSC", "default", "---", "\0\0\0"):
        assert described(encoded(SMALL, "JPEG", exif=exif_of(description=text))) == NOTHING


def test_a_picture_without_metadata_says_nothing() -> None:
    for name in ("JPEG", "PNG", "GIF", "BMP"):
        assert described(encoded(SMALL, name)) == NOTHING


# Hostile metadata

LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "ha">' for n in range(12)
)
HOSTILE_XMP = {
    "a thousand million laughs": packet(TEXT.format("&l11;")).replace(
        b"<x:xmpmeta", f"<!DOCTYPE x [{LAUGHS}]><x:xmpmeta".encode(), 1
    ),
    "a file of this computer": packet(TEXT.format("&e;")).replace(
        b"<x:xmpmeta", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x:xmpmeta', 1
    ),
    "an outer document type": b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">' + packet(),
    "deep": packet(TEXT.format("<a>" * 60_000 + "</a>" * 60_000)),
    "huge": packet(TEXT.format("x" * (MAX_XMP_BYTES + 1))),
    "much text": packet(TEXT.format("word " * 100_000)),
    "cut off": packet(TEXT.format("half a"))[:-80],
    "not xml": b"\x00\xff\xfe<<<" * 100,
    "another encoding": b'<?xml version="1.0" encoding="no-such"?>' + packet(),
    "empty": b"",
}


@pytest.mark.parametrize("name", HOSTILE_XMP)
def test_hostile_xmp_gives_nothing(name: str) -> None:
    data = HOSTILE_XMP[name]
    assert {key: value for key, value in read_xmp(data).items() if any(value)} == {}
    if len(data) < 65_000:
        assert described(encoded(SMALL, "JPEG", xmp=data)) == NOTHING


def test_lengths_are_bounded() -> None:
    many = bag("dc:subject", *(f"label {n}" for n in range(500)), "l" * (MAX_LABEL + 1))
    data = encoded(SMALL, "WEBP", xmp=packet(TEXT.format("long " * 5_000) + many))
    found = described(data)
    assert len(found.caption) <= MAX_CAPTION
    assert len(found.labels) == MAX_LABELS
    assert max(map(len, found.labels)) <= MAX_LABEL


def test_any_bytes_as_iptc() -> None:
    chance = random.Random(3)
    whole = b"".join(dataset(2, n, chance.randbytes(40)) for n in (5, 25, 105, 120) * 5)
    for _ in range(300):
        at = chance.randrange(len(whole))
        changed = whole[:at] + chance.randbytes(3) + whole[at + 3 :]
        for texts in read_iptc(changed[: chance.randrange(len(changed))]).values():
            assert all(isinstance(text, str) for text in texts)
    assert read_iptc(dataset(2, 120, b"x") * 1_000_000) == {}


def test_damaged_metadata_harms_neither_caption_nor_picture() -> None:
    exif = exif_of(description="kept", user_comment=b"UNICODE\0" + b"\xd8" * 9)
    data = encoded(SMALL, "JPEG", exif=exif, xmp=packet(TEXT.format("also kept")))
    chance = random.Random(5)
    head = data.index(b"\xff\xdb")
    assert described(data).caption == "also kept\nkept"
    for _ in range(300):
        broken = bytearray(data)
        for at in chance.choices(range(20, head), k=4):
            broken[at] = chance.randrange(256)
        read_description(bytes(broken))


def test_texts_without_what_cannot_be_shown() -> None:
    assert clean("  two\r\n lines\t ") == "two lines"
    assert clean("cafe\u0301 noir\udc80") == "café noir"
    assert clean("\ufffd\ufffdab") == ""
    assert clean("a\0b" * 10_000_000) == clean("a\0b" * 20_000)
