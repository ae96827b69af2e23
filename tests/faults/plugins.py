"""A decoder that kills, hangs or swallows memory, inside a real process of the program."""

from __future__ import annotations

import os
from pathlib import Path

from forking import PROGRAM

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
            devoured.append(bytes(100_000_000))  # of address space: that is what is limited

Image.init()
Image.register_open("BMP", Deadly, lambda head: head.startswith((b"ABORT", b"HANGS", b"DEVOURS")))
"""


class DeadlyProgram:
    """The program, in which a picture that begins with one of the words is deadly, also in its
    child processes. settings: Python statements that are executed at the start."""

    def __init__(self, folder: Path, *settings: str) -> None:
        site = folder / "site"
        site.mkdir()
        begin = "\n".join([_SITE, *settings])
        (site / "sitecustomize.py").write_text(begin)
        self.code = begin + PROGRAM
        self.env = {"PYTHONPATH": os.pathsep.join([str(site), os.getcwd()])}
