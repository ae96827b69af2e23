"""The full check of the thumbnails, each against its checksum in the catalogue."""

from __future__ import annotations

import zlib
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

from PIL import Image

from finder.core.errors import SkippedPicture
from finder.core.i18n import tr, trn
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import load_settings
from finder.core.library.check.findings import Finding, repairable
from finder.core.paths import Home
from finder.core.pictures.decode import decode, read_file
from finder.core.pictures.thumbnails import save_thumbnail, thumbnail_path

_DECODE_SIDE = 320
_YIELD_EVERY = 200


def check_thumbnails(
    home: Home, catalogue: Catalogue, repair: bool
) -> Generator[tuple[int, int], None, list[Finding]]:
    """Verify the thumbnails; repair: recreate bad ones from the pictures. Yields (done, total)."""
    known = catalogue.pictures.thumbnails()
    bad = []
    for number, (picture, crc) in enumerate(known.items()):
        if number % _YIELD_EVERY == 0:
            yield number, len(known)
        path = thumbnail_path(home.thumbs, picture)
        actual = _decodable_crc(path) if crc is None else _crc(path)
        if actual is None or crc not in (None, actual):
            bad.append(picture)
        elif crc is None and repair:
            _store_crc(catalogue, picture, actual)
    made = 0
    if repair:
        max_pixels = load_settings(catalogue).max_pixels
        for number, picture in enumerate(bad):
            yield number, len(bad)
            made += _make(home, catalogue, picture, max_pixels)
        for part in home.thumbs.glob("*/*.part"):  # left by killed runs
            part.unlink(missing_ok=True)
    return _findings(len(bad) - made, made, repair)


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


def _crc(path: Path) -> int | None:
    try:
        return zlib.crc32(path.read_bytes())
    except OSError:
        return None


def _decodable_crc(path: Path) -> int | None:
    """The checksum of a thumbnail if it can be decoded; for those that have none stored."""
    try:
        with Image.open(path, formats=["JPEG"]) as image:
            image.load()
    except (OSError, SyntaxError, ValueError):
        return None
    return _crc(path)


def _make(home: Home, catalogue: Catalogue, picture: int, max_pixels: int) -> bool:
    """Make a thumbnail from one of the files that still have the picture."""
    known = catalogue.pictures.get([picture]).get(picture)
    for path in known.paths if known else ():
        with suppress(SkippedPicture):
            data = read_file(path, follow_link=False)
            if catalogue.content_hash.content_id(data) == picture:
                image = decode(data, _DECODE_SIDE, max_pixels).image
                crc = save_thumbnail(home.thumbs, picture, image)
                _store_crc(catalogue, picture, crc)
                return _crc(thumbnail_path(home.thumbs, picture)) == crc
    return False


def _store_crc(catalogue: Catalogue, picture: int, crc: int) -> None:
    with catalogue.transaction():
        catalogue.pictures.put_thumbnail(picture, crc)
