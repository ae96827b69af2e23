"""The full check of the thumbnails, each against its checksum in the catalogue."""

from __future__ import annotations

import io
import zlib
from collections.abc import Generator
from contextlib import suppress
from typing import TYPE_CHECKING

from PIL import Image

from finder.core.errors import SkippedPicture
from finder.core.i18n import tr, trn
from finder.core.library.catalogue.settings import load_settings
from finder.core.library.check.findings import Finding, repairable
from finder.core.library.thumbnail_store import ThumbnailStore, remove_unfinished
from finder.core.pictures.decode import decode, read_file
from finder.core.pictures.thumbnails import encode_thumbnail

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.writer import LibraryWriter
    from finder.core.paths import Home

_DECODE_SIDE = 320
_YIELD_EVERY = 200


def check_thumbnails(
    home: Home, writer: LibraryWriter, repair: bool
) -> Generator[tuple[int, int], None, list[Finding]]:
    """Verify the thumbnails; repair: recreate bad ones from the pictures. Yields (done, total)."""
    catalogue, store = writer.catalogue, writer.thumbnails
    was_sound = store.is_sound()
    if repair and not was_sound:
        store.rebuild()
    known = catalogue.pictures.thumbnails()
    bad = []
    for number, (picture, crc) in enumerate(known.items()):
        if number % _YIELD_EVERY == 0:
            yield number, len(known)
        thumbnail = store.read(picture)
        actual = _decodable_crc(thumbnail) if crc is None else _crc(thumbnail)
        if actual is None or crc not in (None, actual):
            bad.append(picture)
        elif crc is None and repair:
            _store_crc(catalogue, picture, actual)
    made = 0
    if repair:
        max_pixels = load_settings(catalogue).max_pixels
        for number, picture in enumerate(bad):
            yield number, len(bad)
            made += _make(catalogue, store, picture, max_pixels)
        store.remove(store.pictures() - known.keys())
        writer.features.keep_only(known.keys() - bad)  # others are of what was damaged, or is gone
        remove_unfinished(home.thumbnails)
        for part in home.thumbs.glob("*/*.part"):  # left by killed runs of earlier versions
            part.unlink(missing_ok=True)
    structure = _structure(was_sound, repair and store.is_sound())
    return [*structure, *_findings(len(bad) - made, made, repair)]


def _structure(was_sound: bool, is_repaired: bool) -> list[Finding]:
    if was_sound:
        return []
    sentence = tr("The file that holds the thumbnails is damaged.")
    return [repairable(sentence, "file of thumbnails", done=is_repaired)]


def _findings(left: int, made: int, repair: bool) -> list[Finding]:
    findings = []
    if made:
        sentence = trn(
            "{n} thumbnail was damaged or missing.",
            "{n} thumbnails were damaged or missing.",
            made,
        )
        findings.append(repairable(sentence, "thumbnails made", done=True))
    if left:
        sentence = trn(
            "{n} thumbnail is damaged or missing.", "{n} thumbnails are damaged or missing.", left
        )
        hint = tr(
            "The picture cannot be read now: connect its drive, or index again if it was "
            "deleted; then check again."
        )
        about = "thumbnails"
        findings.append(
            Finding(sentence, hint, about=(about,)) if repair else repairable(sentence, about)
        )
    return findings


def _crc(thumbnail: bytes | None) -> int | None:
    return zlib.crc32(thumbnail) if thumbnail is not None else None


def _decodable_crc(thumbnail: bytes | None) -> int | None:
    """The checksum of a thumbnail if it can be decoded; for those that have none stored."""
    try:
        with Image.open(io.BytesIO(thumbnail or b""), formats=["JPEG"]) as image:
            image.load()
    except (OSError, SyntaxError, ValueError):
        return None
    return _crc(thumbnail)


def _make(catalogue: Catalogue, store: ThumbnailStore, picture: int, max_pixels: int) -> bool:
    """Make a thumbnail from one of the files that still have the picture."""
    known = catalogue.pictures.get([picture]).get(picture)
    for path in known.paths if known else ():
        with suppress(SkippedPicture):
            data = read_file(path, follow_link=False)
            if catalogue.content_hash.content_id(data) == picture:
                image = decode(data, _DECODE_SIDE, max_pixels).image
                thumbnail = encode_thumbnail(image)
                store.put({picture: thumbnail})
                _store_crc(catalogue, picture, zlib.crc32(thumbnail))
                return store.read(picture) == thumbnail
    return False


def _store_crc(catalogue: Catalogue, picture: int, crc: int) -> None:
    with catalogue.transaction():
        catalogue.pictures.put_thumbnail(picture, crc)
