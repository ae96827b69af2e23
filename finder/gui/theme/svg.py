"""The line icons as SVG text in a colour."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from finder.core.paths import resources_dir
from finder.gui.theme.tokens import ICON_STROKE


def icons_folder() -> Path:
    return resources_dir() / "icons" / "lucide"


@cache
def _source(name: str) -> bytes:
    return (icons_folder() / f"{name}.svg").read_bytes()


def coloured_svg(name: str, colour: str, stroke: float = ICON_STROKE) -> bytes:
    """The icon in this colour (#RRGGBB), with lines of this width on its grid of 24."""
    source = _source(name).replace(b"currentColor", colour.encode())
    return source.replace(b'stroke-width="2"', b'stroke-width="%.4g"' % stroke)
