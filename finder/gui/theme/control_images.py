"""The small images of the style sheet (arrows, check marks) in the colours of each scheme.

A style sheet cannot colour an image, so they are files in resources/icons/controls. Run as a
module, this writes them anew; a test compares them with the tokens.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QDir

from finder.core.paths import resources_dir
from finder.gui.theme.svg import coloured_svg
from finder.gui.theme.tokens import DARK, LIGHT

SEARCH_PATH = "controls"

_IMAGES = {
    "chevron-up": ("chevron-up", "secondary", 2.5),
    "chevron-down": ("chevron-down", "secondary", 2.5),
    "chevron-right": ("chevron-right", "secondary", 2.5),
    "check": ("check", "on_accent", 3.5),
    "minus": ("minus", "on_accent", 3.5),
    "check-plain": ("check", "text", 2.5),
}
"""Name of the image: its icon, the name of its colour, the width of its lines."""


def images_folder() -> Path:
    return resources_dir() / "icons" / "controls"


def register_images() -> None:
    """Make `url(controls:…)` in a style sheet find the images."""
    QDir.setSearchPaths(SEARCH_PATH, [str(images_folder())])


def control_images() -> dict[str, bytes]:
    """File name → content."""
    images = {}
    for scheme, colours in (("light", LIGHT), ("dark", DARK)):
        for name, (icon, colour, stroke) in _IMAGES.items():
            svg = coloured_svg(icon, getattr(colours, colour), stroke)
            images[f"{name}-{scheme}.svg"] = svg
    return images


if __name__ == "__main__":
    for name, content in control_images().items():
        images_folder().mkdir(exist_ok=True)
        (images_folder() / name).write_bytes(content)
