"""A decoder that kills, hangs or swallows memory, inside a real process of the program."""

from __future__ import annotations

import os
from pathlib import Path

ABORTS, HANGS, DEVOURS = b"ABORT", b"HANGS", b"DEVOURS"

_SITE = """
import os, time
from PIL import Image, ImageFile

class Deadly(ImageFile.ImageFile):
    format = "BMP"
    def _open(self):
        head = self.fp.read(8)
        if head.startswith(b"ABORT"):
            os.abort()
        while head.startswith(b"HANGS"):
            time.sleep(0.1)
        devoured = []
        while True:
            devoured.append(bytearray(100_000_000))

Image.init()
Image.register_open("BMP", Deadly, lambda head: head.startswith((b"ABORT", b"HANGS", b"DEVOURS")))
"""


def with_deadly_decoder(folder: Path, *settings: str) -> dict[str, str]:
    """The environment for a process in which a picture that begins with one of the words is
    deadly. settings: Python statements that are executed at its start."""
    site = folder / "site"
    site.mkdir(exist_ok=True)
    (site / "sitecustomize.py").write_text("\n".join([_SITE, *settings]))
    here = os.getcwd()
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(site), here])}
