"""The ways in which copies are altered: their names in tables and JSON, and in words."""

from __future__ import annotations

from typing import Final

from finder.core.i18n import mark, tr

TITLES: Final = {
    "cropped": mark("cropped"),
    "resized": mark("resized"),
    "compressed": mark("compressed"),
    "blurred": mark("blurred"),
    "mirrored": mark("mirrored"),
    "rotated": mark("rotated"),
    "written on": mark("written on"),
    "brightness": mark("brightness"),
    "mixed": mark("mixed"),
}
"""Of those that `alterations` makes, by name."""


def alteration_title(name: str) -> str:
    """In the user's language; the name itself where it was found with the copies."""
    return tr(TITLES[name]) if name in TITLES else name
